/** The registry of running peers outside of the data home. */
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { noteRunning, runningDirectories } from '../../../src/cli/system/running-directories.ts'
import { temporaryDirectory } from '../../support/files.ts'

/** Where the entries are, in a data home of the test. */
function registry(): string {
  const data = temporaryDirectory()
  vi.stubEnv('XDG_DATA_HOME', data)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return join(data, 'parley', '.running')
}

/** No process has this id. */
const ENDED = 2 ** 22 + 1

test('a directory is noted until the peer ends, in a file for its owner that has nothing but the path', () => {
  const entries = registry()
  const directory = realpathSync(temporaryDirectory())
  expect(runningDirectories()).toEqual([])
  const forget = noteRunning(directory)
  const again = noteRunning(directory)
  expect(runningDirectories()).toEqual([directory])
  for (const name of readdirSync(entries)) {
    expect(readFileSync(join(entries, name), 'utf8')).toBe(directory)
    expect(statSync(join(entries, name)).mode & 0o777).toBe(0o600)
  }
  expect(statSync(entries).mode & 0o777).toBe(0o700)
  forget()
  expect(runningDirectories()).toEqual([directory])
  again()
  expect(runningDirectories()).toEqual([])
  expect(readdirSync(entries)).toEqual([])
})

test('entries of ended processes are removed, and what is no entry is left alone', () => {
  const entries = registry()
  mkdirSync(entries, { recursive: true })
  const leave = (name: string, content: string): void => {
    writeFileSync(join(entries, name), content)
  }
  leave(`${ENDED}-ab`, '/killed')
  leave(`${ENDED}-ab.new`, '/half')
  leave(`${process.pid}-ab`, 'not/absolute')
  leave(`${process.pid}-cd.new`, '/unfinished')
  leave('notes.txt', '/other')
  mkdirSync(join(entries, `${process.pid}-ef`))
  expect(runningDirectories()).toEqual([])
  expect(readdirSync(entries).sort()).toEqual(
    [`${process.pid}-ab`, `${process.pid}-cd.new`, `${process.pid}-ef`, 'notes.txt'].sort(),
  )
})

test('a peer that starts removes the entries of ended ones', () => {
  const entries = registry()
  mkdirSync(entries, { recursive: true })
  writeFileSync(join(entries, `${ENDED}-ab`), '/killed')
  noteRunning(temporaryDirectory())()
  expect(readdirSync(entries)).toEqual([])
})

test('without a place for the registry nothing is noted and nothing is found', () => {
  const entries = registry()
  writeFileSync(join(entries, '..', '..', 'parley'), 'a file')
  const forget = noteRunning(temporaryDirectory())
  expect(runningDirectories()).toEqual([])
  forget()
})
