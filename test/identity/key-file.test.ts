/** A key is made once, kept for its owner alone, and never replaced. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KeyFileError, openKeyFile } from '../../src/identity/key-file.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'parley-key-'))
  path = join(directory, 'peer', 'key')
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const start = (mustExist = false) => openKeyFile({ path, mustExist, random: randomBytes })

describe('the first start', () => {
  test('makes a key, and the next one finds it', () => {
    const { id } = start()
    expect(start().id).toBe(id)
    expect(start(true).id).toBe(id)
  })

  test('leaves one file, which only its owner reads, in a directory that only its owner opens', () => {
    start()
    expect(readdirSync(join(directory, 'peer'))).toEqual(['key'])
    if (process.platform === 'win32') return
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'peer')).mode & 0o777).toBe(0o700)
  })

  test('of two programs at once gives both the same key', () => {
    // The second reads no file, and finds one when it writes its own.
    let first: string | undefined
    const second = openKeyFile({
      path,
      mustExist: false,
      random: (length) => {
        first = start().id
        return randomBytes(length)
      },
    })
    expect(second.id).toBe(first)
  })

  test('after one that was killed while it wrote makes a key', () => {
    start()
    rmSync(path)
    writeFileSync(join(directory, 'peer', `.key-${process.pid}.tmp`), 'parley-key-1 AAAA')
    expect(start().id).toMatch(/^[\w-]{43}$/)
    expect(readdirSync(join(directory, 'peer'))).toEqual(['key'])
  })
})

describe('a start is refused, and the file stays as it is', () => {
  test('when the key is missing beside data', () => {
    expect(() => start(true)).toThrow(/is missing.*backup/)
  })

  test.each([
    ['nothing', ''],
    ['another file', 'SQLite format 3\0'],
    ['half a key', `parley-key-1 ${'A'.repeat(20)}\n`],
    ['two keys', `parley-key-1 ${'A'.repeat(43)}\nparley-key-1 ${'A'.repeat(43)}\n`],
    ['a later form', `parley-key-2 ${'A'.repeat(43)}\n`],
  ])('when the file holds %s', (_name, text) => {
    start()
    writeFileSync(path, text)
    expect(() => start()).toThrow(KeyFileError)
    expect(() => start()).toThrow(/is no key file/)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  test('when a directory stands in its place', () => {
    path = directory
    expect(() => start()).toThrow(/cannot be read \(EISDIR\)/)
  })

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('when it may not be read', () => {
    start()
    chmodSync(path, 0)
    expect(() => start()).toThrow(/cannot be read \(EACCES\)/)
  })
})
