/** Committed files have the same bytes in every clone, even where git converts line ends for Windows. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)))
const BINARY = /\.(?:webp|png|db)$/

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** The project may have come as an archive, perhaps into the checkout of another. */
function isCheckout(): boolean {
  try {
    return realpathSync(resolve(git(ROOT, 'rev-parse', '--show-toplevel').trim())) === ROOT
  } catch {
    return false
  }
}

test('a clone with core.autocrlf: no line ends in CRLF, and nothing counts as changed', ({ skip }) => {
  skip(!isCheckout(), 'this is no checkout of git')
  const folder = mkdtempSync(join(tmpdir(), 'parley-clone-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  git(ROOT, 'clone', '--config', 'core.autocrlf=true', '.', folder)
  const texts = git(folder, 'ls-files', '-z')
    .split('\0')
    .filter((path) => path !== '' && !BINARY.test(path))
  expect(texts).toContain('.ci/run')
  expect(texts.filter((path) => readFileSync(join(folder, path), 'latin1').includes('\r\n'))).toEqual([])
  expect(git(folder, 'status', '--porcelain')).toBe('')
})
