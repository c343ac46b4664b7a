/** A key is made once, kept for its owner alone, and never replaced. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { openKeyFile, type KeyFileOptions } from '../../src/identity/key-file.ts'
import { temporaryDirectory } from '../support/files.ts'

const isWindows = process.platform === 'win32'
const OPENER = new URL('./opener.ts', import.meta.url).pathname

let directory: string
let path: string
let warnings: string[]

beforeEach(() => {
  directory = join(temporaryDirectory(), 'peer')
  path = join(directory, 'key')
  warnings = []
})

function start(more: Partial<KeyFileOptions> = {}) {
  const warn = (sentence: string): void => {
    warnings.push(sentence)
  }
  return openKeyFile({ path, owner: 'peer', expected: undefined, random: randomBytes, warn, ...more })
}

/** A file of a start that was killed, before or after it gave the key its name. */
const LEFTOVER = '.key-0123456789abcdef.tmp'

describe('the first start', () => {
  test('makes a key, and the next one finds it', () => {
    const { id } = start()
    expect(start().id).toBe(id)
    expect(start({ expected: id }).id).toBe(id)
    expect(warnings).toEqual([])
  })

  test('leaves one file, which only its owner reads, in a directory that only its owner opens', () => {
    start()
    expect(readdirSync(directory)).toEqual(['key'])
    expect(readFileSync(path, 'utf8')).toMatch(/^parley-key-1 [\w-]{43}\n$/)
    if (isWindows) return
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test('of two programs at once gives both the same key', () => {
    // The second finds no file, and one when it gives its own a name.
    let first: string | undefined
    const random = (length: number): Buffer => {
      first ??= start().id
      return randomBytes(length)
    }
    expect(start({ random }).id).toBe(first)
    expect(readdirSync(directory)).toEqual(['key'])
  })

  test('of four processes at the same moment gives all the same key', async () => {
    const processes = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--import', 'tsx', OPENER, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const printed = processes.map(({ stdout }) => text(stdout))
    // All have loaded their modules; now they start.
    await Promise.all(processes.map(({ stdout }) => once(stdout, 'readable')))
    for (const { stdin } of processes) stdin.end()
    const ids = (await Promise.all(printed)).map((lines) => lines.trim().split('\n').at(-1))
    expect(new Set(ids)).toEqual(new Set([start().id]))
    expect(readdirSync(directory)).toEqual(['key'])
  })

  test('after one that was killed while it wrote makes a key, and removes what was left', () => {
    mkdirSync(directory)
    writeFileSync(join(directory, LEFTOVER), 'parley-key-1 AAAA')
    const { id } = start()
    expect(start().id).toBe(id)
    expect(readdirSync(directory)).toEqual(['key'])
  })

  test('never writes into a key that is put away, although a killed start left a link to it', () => {
    const { id } = start()
    linkSync(path, join(directory, LEFTOVER))
    const away = join(temporaryDirectory(), 'key')
    linkSync(path, away)
    rmSync(path)
    expect(start().id).not.toBe(id)
    expect(start({ path: away }).id).toBe(id)
  })
})

describe.skipIf(isWindows)('a key that others may read', () => {
  test('is for its owner alone from now on, which is said once', () => {
    const { id } = start()
    chmodSync(path, 0o644)
    expect(start().id).toBe(id)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    start()
    expect(warnings).toEqual([
      `Others on this machine could read ${path}, the secret key of this peer, until now`,
    ])
  })
})

describe('a start is refused, and nothing is made or changed', () => {
  test('when the key is missing beside data', () => {
    const { id } = start()
    rmSync(path)
    expect(() => start({ expected: id })).toThrow(
      expect.objectContaining({
        fault: 'missing',
        message: `${path} is missing: others know this peer by its key. Put the key back from a backup, or move ${directory} away to begin as another peer`,
      }),
    )
    expect(existsSync(path)).toBe(false)
  })

  test('when it is not the key of the data', () => {
    const other = start({ path: join(directory, 'other', 'key') })
    const { id } = start()
    expect(() => start({ expected: other.id })).toThrow(expect.objectContaining({ fault: 'other_key' }))
    expect(start().id).toBe(id)
  })

  test.each([
    ['nothing', ''],
    ['another file', 'SQLite format 3\0'],
    ['half a key', `parley-key-1 ${'A'.repeat(20)}\n`],
    ['two keys', `parley-key-1 ${'A'.repeat(43)}\nparley-key-1 ${'A'.repeat(43)}\n`],
    ['a later form', `parley-key-2 ${'A'.repeat(43)}\n`],
  ])('when the file holds %s', (_name, content) => {
    start()
    writeFileSync(path, content)
    for (const expected of [undefined, 'A'.repeat(43)])
      expect(() => start({ expected })).toThrow(
        expect.objectContaining({
          name: 'KeyFileError',
          fault: 'malformed',
          message: `${path} is not a key of a peer, which begins with "parley-key-1". Put the key back from a backup, or move ${directory} away to begin as another peer`,
        }),
      )
    expect(readFileSync(path, 'utf8')).toBe(content)
  })

  test('when a directory stands in its place', () => {
    mkdirSync(path, { recursive: true })
    expect(() => start()).toThrow(expect.objectContaining({ fault: 'unreadable' }))
  })

  test.skipIf(isWindows)('when it is a link that leads nowhere, as to a disk that is not mounted', () => {
    mkdirSync(directory)
    symlinkSync(join(directory, 'disk', 'key'), path)
    expect(() => start()).toThrow(
      expect.objectContaining({
        fault: 'unreadable',
        message: `${path} cannot be read (ENOENT): others know this peer by the key in it. Make it readable for you, or put it back from a backup`,
      }),
    )
    expect(readdirSync(directory)).toEqual(['key'])
  })

  // At the last one, mkdir(2) with all parents would never return.
  test.each(
    ['/dev/null/key', '/proc/nowhere/key'].filter((each) => existsSync(each.split('/', 2).join('/'))),
  )('when nothing can be made at %s', (nowhere) => {
    expect(() => start({ path: nowhere })).toThrow(expect.objectContaining({ fault: 'unwritable' }))
  })
})
