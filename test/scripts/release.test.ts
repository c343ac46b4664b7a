/** The reason why version 0.1.0 cannot be built, and what to do. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { missingHistory } from '../../scripts/release/build.ts'

function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'parley-release-')))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

function git(folder: string, ...args: string[]): void {
  const who = ['-c', 'user.name=kim', '-c', 'user.email=kim@example.org']
  execFileSync('git', ['-C', folder, ...who, ...args], { stdio: 'ignore' })
}

/** A repository with two commits. */
function repository(): string {
  const folder = join(temporary(), 'other')
  mkdirSync(folder)
  git(folder, 'init')
  for (const message of ['one', 'two']) git(folder, 'commit', '--allow-empty', '--message', message)
  return folder
}

test('no checkout', async () => {
  const folder = temporary()
  expect(await missingHistory(folder)).toBe(`${folder} is no checkout of git, so version 0.1.0 is not in it`)
})

test('a folder in the checkout of another project', async () => {
  const folder = join(repository(), 'parley')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{}')
  expect(await missingHistory(folder)).toBe(`${folder} is no checkout of git, so version 0.1.0 is not in it`)
})

test('another history', async () => {
  expect(await missingHistory(repository())).toBe(
    'commit 3dbc2a3, version 0.1.0, is not in the history of this checkout',
  )
})

test('a history that is cut off', async () => {
  const folder = temporary()
  git(folder, 'clone', '--depth', '1', `file://${repository()}`, 'shallow')
  expect(await missingHistory(join(folder, 'shallow'))).toBe(
    'the history of this clone is cut off before version 0.1.0: git fetch --unshallow',
  )
})
