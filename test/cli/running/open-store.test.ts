/** Where a person keeps key and messages, and what a peer is called where its name is taken. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { openPeerStore, type PeerStore, type StorageFlags } from '../../../src/cli/running/open-store.ts'
import { legacyIdentity } from '../../../src/identity/legacy-identity.ts'
import { fileStore } from '../../support/peers.ts'
import { temporaryDirectory } from '../../support/files.ts'

const USUAL: StorageFlags = { data: undefined, history: true, ephemeral: false }

/** A separate home for the peers of a test. */
function home(): string {
  const data = temporaryDirectory()
  vi.stubEnv('XDG_DATA_HOME', data)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return join(data, 'parley')
}

async function open(
  name: string,
  isNamed: boolean,
  problems: string[] = [],
  flags = USUAL,
): Promise<PeerStore> {
  const kept = await openPeerStore(name, flags, (sentence) => problems.push(sentence), isNamed)
  onTestFinished(() => {
    kept.store.close()
  })
  return kept
}

describe('a second peer on this machine', () => {
  test('gets the next number if its name was not chosen, and has its own messages', async () => {
    const all = home()
    const problems: string[] = []
    const names: string[] = []
    const directories: (string | undefined)[] = []
    for (let count = 0; count < 3; count++) {
      const { name, person } = await open('kim', false, problems)
      names.push(name)
      directories.push(person?.directory)
    }
    expect(names).toEqual(['kim', 'kim-2', 'kim-3'])
    expect(directories).toEqual(names.map((name) => join(all, name)))
    expect(problems).toEqual([])
  })

  test('is the first again when that has ended', async () => {
    home()
    const first = await open('kim', false)
    first.store.close()
    expect((await open('kim', false)).name).toBe('kim')
  })

  test('keeps a name that was chosen, and nothing else', async () => {
    home()
    const problems: string[] = []
    await open('alice', true)
    const { name, person } = await open('alice', true, problems)
    expect({ name, person }).toEqual({ name: 'alice', person: undefined })
    expect(problems).toEqual([expect.stringContaining('alice runs on this machine already')])
  })

  test('is refused in a directory that was named', async () => {
    const data = temporaryDirectory()
    await open('kim', false, [], { ...USUAL, data })
    await expect(open('kim', false, [], { ...USUAL, data })).rejects.toThrow('in use by another Parley')
  })
})

test('nine peers without a chosen name, and a tenth that keeps nothing', async () => {
  home()
  const problems: string[] = []
  const names: string[] = []
  for (let count = 0; count < 10; count++) names.push((await open('kim', false, problems)).name)
  expect(names.slice(8)).toEqual(['kim-9', 'kim'])
  expect(problems).toHaveLength(1)
})

test('an ephemeral peer writes nothing', async () => {
  home()
  const all = home()
  expect((await open('kim', false, [], { ...USUAL, ephemeral: true })).person).toBeUndefined()
  expect(existsSync(all)).toBe(false)
})

/** Opens a person, does something, and closes; returns the key, the identity and the name. */
async function run(
  name: string,
  { isNamed = true, data, problems = [] }: { isNamed?: boolean; data?: string; problems?: string[] } = {},
  work: (kept: PeerStore) => void = () => undefined,
) {
  const kept = await open(name, isNamed, problems, { ...USUAL, data })
  work(kept)
  const { store, secure, name: called, nameNote, person } = kept
  store.close()
  const directory = person?.directory
  return { key: secure.keys.id, identity: store.identity, name: called, nameNote, directory }
}

describe('the key of a person', () => {
  test('is made at the first start, and is the same at the next one', async () => {
    const all = home()
    const first = await run('kim')
    expect(await run('kim')).toEqual(first)
    expect(readdirSync(join(all, 'kim')).sort()).toEqual(['key', 'parley.db'])
    if (process.platform !== 'win32') expect(statSync(join(all, 'kim', 'key')).mode & 0o777).toBe(0o600)
  })

  test('gives a new installation its identity', async () => {
    home()
    const { key, identity } = await run('kim')
    expect(identity).toBe(legacyIdentity(key))
  })

  test('is of one run in memory, and so is the identity', async () => {
    const flags = { ...USUAL, ephemeral: true }
    const [one, other] = [await open('kim', true, [], flags), await open('kim', true, [], flags)]
    expect(one.secure.keys.id).not.toBe(other.secure.keys.id)
    expect(one.store.identity).toBe(legacyIdentity(one.secure.keys.id))
  })

  test('is made beside a database of 0.1.0, whose identity stays', async () => {
    const data = temporaryDirectory()
    copyFileSync('test/fixtures/data-0.1.0/parley.db', join(data, 'parley.db'))
    const before = await fileStore(join(data, 'parley.db'))
    const { identity } = before
    before.close()
    const first = await run('alice', { data })
    expect(first.identity).toBe(identity)
    expect(first.identity).not.toBe(legacyIdentity(first.key))
    expect(await run('alice', { data })).toEqual(first)
    rmSync(join(data, 'key'))
    await expect(run('alice', { data })).rejects.toThrow(/key is missing/)
  })

  test('stays when the database is removed: a new database of the same person', async () => {
    home()
    const first = await run('kim')
    for (const file of readdirSync(first.directory ?? ''))
      if (file !== 'key') rmSync(join(first.directory ?? '', file))
    expect(await run('kim')).toEqual(first)
  })

  test('makes what is said after the database was lost later than what others have kept', async () => {
    home()
    const problems = (): void => undefined
    const flags = { data: undefined, history: true, ephemeral: false }
    const before = await openPeerStore('kim', flags, problems)
    const directory = before.person?.directory ?? ''
    const said = systemClock.wall() * 1000
    expect(before.store.lastSeq).toBe(0)
    before.store.close()
    for (const file of readdirSync(directory)) if (file !== 'key') rmSync(join(directory, file))
    const after = await openPeerStore('kim', flags, problems)
    expect(after.store.lastSeq).toBeGreaterThanOrEqual(said)
    after.store.close()
  })
})

describe('a start is refused with a sentence, and changes nothing', () => {
  test.each<[string, string, (key: string, other: string) => void]>([
    [
      'the key is missing',
      'is missing',
      (key) => {
        rmSync(key)
      },
    ],
    [
      'it is another key',
      'is not the key that belongs to',
      (key, other) => {
        renameSync(other, key)
      },
    ],
    [
      'it is no key',
      'is not a key of a peer',
      (key) => {
        writeFileSync(key, 'x')
      },
    ],
    [
      'it is empty',
      'is not a key of a peer',
      (key) => {
        writeFileSync(key, '')
      },
    ],
    [
      'it cannot be read',
      'cannot be read (EISDIR)',
      (key) => {
        rmSync(key)
        mkdirSync(key)
      },
    ],
  ])('when %s', async (_name, words, spoil) => {
    const all = home()
    const before = await run('kim')
    await run('bob')
    spoil(join(all, 'kim', 'key'), join(all, 'bob', 'key'))
    const problems: string[] = []
    for (const isNamed of [true, false]) {
      const refused = run('kim', { isNamed, problems })
      await expect(refused).rejects.toMatchObject({ name: 'ExitError', status: 1 })
      await expect(refused).rejects.toThrow(words)
      await expect(refused).rejects.toThrow(join(all, 'kim', 'key'))
    }
    expect(problems).toEqual([])
    // With the right key it would start again.
    const store = await fileStore(join(all, 'kim', 'parley.db'))
    expect(store.setting('key')).toBe(before.key)
  })
})

describe('a start that was killed leaves a directory that starts', () => {
  /** States of the directory, from those of a whole one. */
  const LEFT: readonly (readonly [string, (whole: string, left: string) => void])[] = [
    [
      'before the directory',
      (_whole, left) => {
        rmSync(left, { recursive: true })
      },
    ],
    ['before its first file', () => undefined],
    [
      'while it made the database',
      (_whole, left) => {
        writeFileSync(join(left, 'parley.db.1.new'), 'SQLite')
      },
    ],
    [
      'while it made the key',
      (_whole, left) => {
        writeFileSync(join(left, '.key-0123456789abcdef.tmp'), 'parl')
      },
    ],
    [
      'when the key had its name',
      (whole, left) => {
        copyFileSync(join(whole, 'key'), join(left, 'key'))
        linkSync(join(left, 'key'), join(left, '.key-0123456789abcdef.tmp'))
      },
    ],
    [
      'before it made the database',
      (whole, left) => {
        copyFileSync(join(whole, 'key'), join(left, 'key'))
      },
    ],
  ]

  test.each(LEFT)('%s', async (_name, leave) => {
    const [whole, left] = [temporaryDirectory(), temporaryDirectory()]
    const { key } = await run('kim', { data: whole })
    leave(whole, left)
    const hadKey = existsSync(join(left, 'key'))
    const first = await run('kim', { data: left })
    expect(await run('kim', { data: left })).toEqual(first)
    if (hadKey) expect(first.key).toBe(key)
  })

  test('before the database had noted the key', async () => {
    const data = temporaryDirectory()
    const { key } = await run('kim', { data })
    const [again] = [temporaryDirectory()]
    copyFileSync(join(data, 'key'), join(again, 'key'))
    ;(await fileStore(join(again, 'parley.db'))).close()
    expect((await run('kim', { data: again })).key).toBe(key)
    rmSync(join(again, 'key'))
    await expect(run('kim', { data: again })).rejects.toThrow('is missing')
  })
})

describe('a person that was renamed', () => {
  const rename = (name: string) => (kept: PeerStore) => {
    kept.person?.rename(name)
  }

  test('is found by the new name, and the old one is a new person, which is said once', async () => {
    home()
    const problems: string[] = []
    const bob = await run('bob', { problems }, rename('robert'))
    expect(await run('robert', { problems })).toMatchObject({ key: bob.key, directory: bob.directory })
    expect(problems).toEqual([])
    const other = await run('bob', { problems })
    expect(other.key).not.toBe(bob.key)
    expect(await run('bob', { problems })).toEqual(other)
    expect(await run('robert', { problems })).toMatchObject({ key: bob.key })
    expect(problems).toEqual([
      'bob is a new person here: the one who had this name is robert now, and starts with --name robert',
    ])
  })

  test('is the usual one without a chosen name, and the line says why it is called otherwise', async () => {
    home()
    const usual = { isNamed: false }
    const kim = await run('kim', usual, rename('Kim Novak'))
    expect(kim).toMatchObject({ name: 'kim', nameNote: '' })
    expect(await run('kim', usual)).toMatchObject({
      key: kim.key,
      name: 'Kim Novak',
      nameNote: ': the name that you chose last',
    })
    const named = await run('kim')
    expect(named.key).not.toBe(kim.key)
    expect(await run('kim', usual)).toMatchObject({ key: named.key, name: 'kim', nameNote: '' })
  })

  test('while it runs, a second peer without a chosen name is the next one', async () => {
    home()
    const kim = await open('kim', false)
    kim.person?.rename('robert')
    expect(await run('kim', { isNamed: false })).toMatchObject({
      name: 'kim-2',
      nameNote: ': kim runs on this machine already',
    })
  })

  test('in a directory that was named: --name renames it for good', async () => {
    const data = temporaryDirectory()
    const first = await run('kim', { data, isNamed: false })
    expect(first).toMatchObject({ name: 'kim', nameNote: '' })
    expect(await run('bob', { data })).toMatchObject({ key: first.key, name: 'bob' })
    expect(await run('kim', { data, isNamed: false })).toMatchObject({
      name: 'bob',
      nameNote: ': the name that you chose last',
    })
  })

  test('never gets the name of another person of this machine', async () => {
    const all = home()
    await run('alice')
    const bob = await run('bob', {}, (kept) => {
      expect(() => kept.person?.rename('alice')).toThrow(
        'alice is another person of this machine: choose another name, or start that person with --name',
      )
    })
    await expect(run('alice', { data: join(all, 'bob') })).rejects.toMatchObject({ status: 2 })
    expect(await run('bob')).toEqual(bob)
  })
})

test('a copy of the directory in another place is the same person, by the name of the last start', async () => {
  const all = home()
  const hank = await open('hank', true)
  hank.store.close()
  const copy = join(temporaryDirectory(), 'x')
  cpSync(join(all, 'hank'), copy, { recursive: true })
  const flags = { ...USUAL, data: copy }
  expect(await open('root', false, [], flags)).toMatchObject({
    ...{ name: 'hank', secure: { keys: { id: hank.secure.keys.id } } },
  })
})

test('a copied directory is found by its own name, unless the copy has the label of the first', async () => {
  const all = home()
  const alice = await run('alice')
  cpSync(join(all, 'alice'), join(all, 'carol'), { recursive: true })
  expect(await run('carol')).toMatchObject({ key: alice.key, directory: join(all, 'carol') })
  await run('alice', {}, ({ person }) => person?.rename('Alicia'))
  cpSync(join(all, 'alice'), join(all, 'Alicia'), { recursive: true })
  expect((await run('Alicia')).directory).toBe(join(all, 'Alicia'))
  expect(readFileSync(join(all, 'alice', 'name'), 'utf8')).toBe('Alicia\n')
})
