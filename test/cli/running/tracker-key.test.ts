/** Where a tracker keeps its key, and what happens where it cannot. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openTrackerKey } from '../../../src/cli/running/tracker-key.ts'
import { temporaryDirectory } from '../../support/files.ts'

function start(flags: { readonly data?: string; readonly ephemeral?: boolean } = {}) {
  const warnings: string[] = []
  const { keys, isKept } = openTrackerKey({ ephemeral: false, ...flags }, (sentence) => {
    warnings.push(sentence)
  })
  return { id: keys.id, isKept, warnings }
}

/** The data home of a test. */
function dataHome(path = temporaryDirectory()): string {
  vi.stubEnv('XDG_DATA_HOME', path)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return path
}

test('in the data home: the same key at each start', () => {
  const path = join(dataHome(), 'parley', '.tracker', 'tracker-key')
  const first = start()
  expect(first).toMatchObject({ isKept: true, warnings: [] })
  expect(start()).toEqual(first)
  expect(readFileSync(path, 'utf8')).toMatch(/^parley-key-1 /)
})

test('in a directory that the user named, beside the files of a peer', () => {
  const data = temporaryDirectory()
  writeFileSync(join(data, 'key'), 'of a peer')
  expect(start({ data })).toEqual(start({ data }))
  expect(readFileSync(join(data, 'key'), 'utf8')).toBe('of a peer')
})

test('--ephemeral: a key of this run', () => {
  const home = dataHome()
  const first = start({ ephemeral: true })
  expect(first).toMatchObject({ isKept: false, warnings: [] })
  expect(start({ ephemeral: true }).id).not.toBe(first.id)
  expect(() => readFileSync(join(home, 'parley', '.tracker', 'tracker-key'))).toThrow('ENOENT')
})

describe('where nothing can be kept', () => {
  test('in the data home, the tracker starts with a key of this run, and says so', () => {
    const path = join(temporaryDirectory(), 'file')
    writeFileSync(path, '')
    dataHome(path)
    const { isKept, warnings } = start()
    expect(isKept).toBe(false)
    expect(warnings).toEqual([
      expect.stringMatching(/cannot be made \(ENOTDIR\).*; the key is lost when the tracker ends$/),
    ])
  })

  test('in a directory that the user named, the start is refused', () => {
    const data = join(temporaryDirectory(), 'file')
    writeFileSync(data, '')
    expect(() => start({ data })).toThrow(expect.objectContaining({ name: 'ExitError', status: 1 }))
  })

  test('a key that cannot be read is never replaced', () => {
    const path = join(dataHome(), 'parley', '.tracker', 'tracker-key')
    mkdirSync(path, { recursive: true })
    expect(() => start()).toThrow(expect.objectContaining({ name: 'ExitError', status: 1 }))
    expect(() => start()).toThrow(
      `${path} cannot be read (EISDIR): others know this tracker by the key in it`,
    )
  })
})
