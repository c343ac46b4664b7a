/** A person moves by a file: what comes along, what is refused, and what stays as it was. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { exportPerson } from '../../../src/cli/identity/export-person.ts'
import { importPerson, type ImportOptions } from '../../../src/cli/identity/import-person.ts'
import { succeedPerson } from '../../../src/cli/identity/succeed.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { isGenuine } from '../../../src/identity/succession.ts'
import { keptSuccessions } from '../../../src/peer/self/kept-successions.ts'
import { LocalPerson } from '../../../src/cli/running/local-person.ts'
import { movedMark, refuseMoved, removeMark } from '../../../src/cli/running/moved-mark.ts'
import { openPeerStore } from '../../../src/cli/running/open-store.ts'
import { temporaryDirectory } from '../../support/files.ts'

const PASSPHRASE = 'correct horse'
const warn = (): void => undefined

let base: string
let here: string
let there: string
let file: string

beforeEach(() => {
  base = temporaryDirectory()
  here = join(base, 'here')
  there = join(base, 'there')
  file = join(base, 'alice.parley')
  vi.stubEnv('XDG_DATA_HOME', join(base, 'home'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
})

/** Starts the person in a directory, and returns its key and what it has noted; `note` notes something new. */
async function start(data: string, note?: string) {
  const flags = { data, history: true, ephemeral: false, network: undefined }
  const { store, secure, name } = await openPeerStore('alice', flags, warn)
  const noted = store.setting('note')
  if (note !== undefined) store.set('note', note)
  store.close()
  return { id: secure.keys.id, noted, name, identity: store.identity }
}

function exported(data = here, to = file) {
  return exportPerson({
    person: new LocalPerson(data),
    file: to,
    passphrase: PASSPHRASE,
    warn,
    date: '2026-11-28',
  })
}

function imported(more: Partial<ImportOptions> = {}) {
  return importPerson({ file, passphrase: PASSPHRASE, name: undefined, data: there, warn, ...more })
}

test('the advice about a directory with spaces can be pasted', async () => {
  const spaced = join(base, 'a 1')
  await start(spaced)
  await exported(spaced)
  expect(() => {
    refuseMoved(spaced)
  }).toThrow(`"parley identity undo-move --data '${spaced}'"`)
})

test('key, identity and what was kept come along; the directory of before starts no more', async () => {
  const before = await start(here, 'kept')
  await exported()
  await imported()
  expect(await start(there)).toEqual({ ...before, noted: 'kept' })
  await expect(start(here)).rejects.toThrow(
    /here was moved on 2026-11-28 by the file .*alice\.parley, and must not run in two places/,
  )
  expect(readdirSync(there).sort()).toEqual(['key', 'name', 'parley.db'])
  expect(readFileSync(file).includes('kept')).toBe(false)
})

test('back again: what happened meanwhile is here, and the older database stays beside it', async () => {
  await start(here, 'first')
  await exported()
  await imported()
  await start(there, 'second')
  const back = join(base, 'back.parley')
  await exported(there, back)
  await imported({ file: back, data: here })
  expect((await start(here)).noted).toBe('second')
  await expect(start(there)).rejects.toThrow('was moved')
  expect(readdirSync(here).sort()).toEqual(['key', 'name', 'parley.db', 'parley.db.before-import'])
})

test('without a directory it is the one of the name, and that of before when it moves back', async () => {
  await start(here, 'kept')
  await exported()
  const { person } = await imported({ data: undefined })
  expect(person.directory).toBe(join(base, 'home', 'parley', 'alice'))
  const back = join(base, 'back.parley')
  await exported(person.directory, back)
  expect((await imported({ file: back, data: undefined, name: 'alicia' })).person.label).toBe('alicia')
  expect(readdirSync(join(base, 'home', 'parley'))).toEqual(['alice'])
})

test('a large history is streamed', async () => {
  const long = 'x'.repeat(1_000_000)
  await start(here, long)
  await exported()
  await imported()
  expect((await start(there)).noted).toBe(long)
})

describe('nothing is changed by an import', () => {
  beforeEach(async () => {
    await start(here, 'kept')
    await exported()
  })

  test.each<[what: string, spoil: () => Partial<ImportOptions>, sentence: RegExp]>([
    ['with another passphrase', () => ({ passphrase: 'wrong horse' }), /does not open/],
    ['of a file that is cut', () => ({ file: with_((bytes) => bytes.subarray(0, -1)) }), /does not open/],
    [
      'of a file that is cut in its head',
      () => ({ file: with_((bytes) => bytes.subarray(0, 20)) }),
      /is no file of/,
    ],
    [
      'of a file with more behind it',
      () => ({ file: with_((bytes) => Buffer.concat([bytes, Buffer.of(0)])) }),
      /does not open/,
    ],
    ['of a file with an altered byte in the middle', () => ({ file: with_(altered) }), /does not open/],
    ['of another file', () => ({ file: join(here, 'key') }), /is no file of/],
    ['of no file', () => ({ file: join(base, 'none') }), /cannot be read \(ENOENT\)/],
  ])('%s', async (_what, spoil, sentence) => {
    await expect(imported(spoil())).rejects.toThrow(sentence)
    expect(existsSync(there)).toBe(false)
  })

  test('where this person is and was not moved', async () => {
    removeMark(here)
    await expect(imported({ data: here })).rejects.toThrow('is in')
    expect((await start(here)).noted).toBe('kept')
  })

  test('where another person is', async () => {
    const other = await start(there, 'other')
    await expect(imported()).rejects.toThrow('is another person')
    expect(await start(there)).toEqual({ ...other, noted: 'other' })
  })

  function with_(change: (bytes: Buffer) => Buffer): string {
    const path = join(base, 'spoilt.parley')
    writeFileSync(path, change(readFileSync(file)))
    return path
  }

  function altered(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes)
    const at = Math.floor(copy.length / 2)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
})

describe('an export is refused, and the person stays', () => {
  test('while it runs', async () => {
    const flags = { data: here, history: true, ephemeral: false, network: undefined }
    const { store } = await openPeerStore('alice', flags, warn)
    await expect(exported()).rejects.toThrow('in use')
    store.close()
    expect([existsSync(file), movedMark(here)]).toEqual([false, undefined])
  })

  test('where there is a file already, or no person', async () => {
    await start(here)
    writeFileSync(file, 'mine')
    await expect(exported()).rejects.toThrow('is there already')
    expect([readFileSync(file, 'utf8'), movedMark(here)]).toEqual(['mine', undefined])
    await expect(exported(there, join(base, 'x'))).rejects.toThrow('there is no person in')
    expect(existsSync(there)).toBe(false)
  })

  test('twice', async () => {
    await start(here)
    await exported()
    await expect(exported(here, join(base, 'x'))).rejects.toThrow('was moved on')
  })
})

describe('copies that a killed process left are gone', () => {
  const IMPORTS = ['.import-0123456789abcdef.tmp', '.import-0123456789abcdef.tmp-journal']

  function leave(directory: string, ...names: readonly string[]): void {
    mkdirSync(directory, { recursive: true })
    for (const name of names) writeFileSync(join(directory, name), 'in clear')
  }

  test('of an import: after a start', async () => {
    leave(there, ...IMPORTS)
    await start(there)
    expect(readdirSync(there).sort()).toEqual(['key', 'name', 'parley.db'])
  })

  test('of an import: after a start that is refused', async () => {
    await start(here)
    await exported()
    leave(here, ...IMPORTS)
    await expect(start(here)).rejects.toThrow('was moved')
    expect(readdirSync(here).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('of an import: after the next one, which takes the place of the half of the other', async () => {
    await start(here, 'kept')
    await exported()
    leave(there, ...IMPORTS, 'moved')
    await imported()
    expect((await start(there)).noted).toBe('kept')
    expect(readdirSync(there).sort()).toEqual(['key', 'name', 'parley.db'])
  })

  test('of an export: after a start, and no other file of the directory is', async () => {
    await start(here, 'kept')
    leave(here, 'export.tmp', 'export.tmp-journal', '.import-mine', 'mine.tmp')
    expect((await start(here)).noted).toBe('kept')
    expect(readdirSync(here).sort()).toEqual(['.import-mine', 'key', 'mine.tmp', 'name', 'parley.db'])
  })

  test('of an export: after the next one, into the same file', async () => {
    await start(here)
    leave(here, 'export.tmp', 'export.tmp-journal')
    writeFileSync(`${file}.new`, 'half')
    await exported()
    expect(readdirSync(here).sort()).toEqual(['key', 'moved', 'name', 'parley.db'])
    expect(existsSync(`${file}.new`)).toBe(false)
  })
})

describe('another key', () => {
  test('is that of the person from the next start on, which has the word of the old one', async () => {
    const before = await start(here, 'kept')
    const { old, now } = await succeedPerson(new LocalPerson(here), warn)
    expect(old.id).toBe(before.id)
    expect(await start(here)).toEqual({ ...before, id: now.id, noted: 'kept' })
    const flags = { data: here, history: true, ephemeral: false, network: undefined }
    const { store } = await openPeerStore('alice', flags, warn)
    const [succession] = keptSuccessions(store)
    store.close()
    expect(succession).toMatchObject({ old: old.id, new: now.id })
    expect(succession && isGenuine(succession)).toBe(true)
    expect(readdirSync(here).sort()).toEqual(['key', 'name', 'parley.db'])
  })

  test.each<[what: string, isNoted: boolean]>([
    ['after the new key was noted', true],
    ['before', false],
  ])('a process that is killed %s: the person starts', async (_what, isNoted) => {
    const before = await start(here)
    const [seed, key] = [Buffer.alloc(32, 9), readFileSync(join(here, 'key'), 'utf8')]
    if (isNoted) {
      const flags = { data: here, history: true, ephemeral: false, network: undefined }
      const { store } = await openPeerStore('alice', flags, warn)
      store.set('key', new KeyPair(seed).id)
      store.close()
    }
    writeFileSync(join(here, 'key.next'), `parley-key-1 ${seed.toString('base64url')}\n`, { mode: 0o600 })
    expect((await start(here)).id).toBe(isNoted ? new KeyPair(seed).id : before.id)
    expect(existsSync(join(here, 'key.next'))).toBe(false)
    expect(readFileSync(join(here, 'key'), 'utf8') === key).toBe(!isNoted)
  })
})
