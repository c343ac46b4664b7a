/** The file of a running store is moved, removed, replaced, cut or overwritten by another program. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { BOB, CAROL, everything, opened, own, said, texts, type Opened } from './support.ts'
import { temporaryDirectory, mount } from '../support/files.ts'

const openDatabase = await loadSqlite()

/** One second: until then the store has looked at its file. */
const LOOK = 1_000

let base: string
let home: string
let path: string

beforeEach(() => {
  base = temporaryDirectory()
  home = join(base, 'alice')
  path = join(home, 'parley.db')
})

/** A store that has kept some messages, of which one waits for bob. */
async function running(): Promise<Opened> {
  const all = await opened({ path })
  for (let index = 0; index < 60; index++)
    all.store.add(said(`m${index}`, { at: index, text: `kept ${index} ${'x'.repeat(1_000)}` }))
  all.store.add(own('mine', { seq: 1, at: 100 }), [BOB])
  all.store.remember(CAROL, 5)
  all.store.set('colour', 'green')
  all.turns.end()
  return all
}

/** Upkeep has folded the journal into the file. */
function quiet({ clock, turns }: Opened): void {
  for (let passed = 0; passed < 1_500; passed += 20) {
    clock.advanceSync(20)
    turns.end()
  }
}

/** Says a line; `kept`, or the status of the refusal. */
async function sayTo({ store, turns }: Opened, id: string): Promise<unknown> {
  store.add(said(id, { at: 1_000 }))
  const saved = store.saved().then(
    () => 'kept',
    (error: unknown) => (error as { status: unknown }).status,
  )
  turns.end()
  return saved
}

/** Another program's database, with its journal. */
function foreignDatabase(file: string): void {
  const database = openDatabase(file)
  database.exec("CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('rain')")
  database.close()
}

/** The database of another Parley. */
async function parleysDatabase(): Promise<string> {
  const file = join(base, 'other.db')
  const { store, turns } = await opened({ path: file })
  store.add(said('other'))
  turns.end()
  store.close()
  return file
}

type Spoil = () => void | Promise<void>

/** Another file, or nothing, is at the place; ours is elsewhere or gone. */
const AWAY: [what: string, spoil: Spoil][] = [
  [
    'removed',
    () => {
      rmSync(path)
    },
  ],
  [
    'removed with its journal',
    () => {
      rmSync(path)
      rmSync(`${path}-wal`)
    },
  ],
  [
    'moved',
    () => {
      renameSync(path, join(base, 'moved.db'))
    },
  ],
  [
    'moved with its journal',
    () => {
      renameSync(path, join(base, 'moved.db'))
      renameSync(`${path}-wal`, join(base, 'moved.db-wal'))
    },
  ],
  [
    'replaced by an empty file',
    () => {
      rmSync(path)
      writeFileSync(path, '')
    },
  ],
  [
    'replaced by a text',
    () => {
      rmSync(path)
      writeFileSync(path, 'Dear diary\n'.repeat(900))
    },
  ],
  [
    'replaced by the database of another program',
    () => {
      renameSync(path, join(base, 'moved.db'))
      renameSync(`${path}-wal`, join(base, 'moved.db-wal'))
      foreignDatabase(path)
    },
  ],
  [
    'replaced by the database of another Parley',
    async () => {
      renameSync(await parleysDatabase(), path)
    },
  ],
  [
    'replaced by a directory',
    () => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
  [
    'replaced by a symbolic link to another file',
    () => {
      writeFileSync(join(base, 'diary'), 'rain')
      rmSync(path)
      symlinkSync(join(base, 'diary'), path)
    },
  ],
  [
    'replaced by a symbolic link to itself elsewhere',
    () => {
      renameSync(path, join(base, 'moved.db'))
      symlinkSync(join(base, 'moved.db'), path)
    },
  ],
  [
    'replaced by a dangling symbolic link',
    () => {
      rmSync(path)
      symlinkSync(join(base, 'nowhere'), path)
    },
  ],
  [
    'in a directory that was renamed',
    () => {
      renameSync(home, join(base, 'renamed'))
    },
  ],
  [
    'in a directory that was removed',
    () => {
      rmSync(home, { recursive: true })
    },
  ],
  [
    'in a directory that a file replaced',
    () => {
      rmSync(home, { recursive: true })
      writeFileSync(home, 'a file')
    },
  ],
]

/** It is at its place, and not as it was left. */
const SPOILT: [what: string, spoil: Spoil][] = [
  [
    'cut to half',
    () => {
      truncateSync(path, statSync(path).size / 2)
    },
  ],
  [
    'cut to nothing',
    () => {
      truncateSync(path, 0)
    },
  ],
  [
    'overwritten with a text',
    () => {
      writeFileSync(path, 'Dear diary\n'.repeat(90_000))
    },
  ],
  [
    'overwritten with the database of another program',
    () => {
      foreignDatabase(join(base, 'foreign.db'))
      copyFileSync(join(base, 'foreign.db'), path)
    },
  ],
  [
    'overwritten with the database of another Parley',
    async () => {
      copyFileSync(await parleysDatabase(), path)
    },
  ],
  [
    'overwritten with zeros of the same length',
    () => {
      writeFileSync(path, Buffer.alloc(statSync(path).size))
    },
  ],
]

/** Whether all is in the file when it happens, or some of it in the journal only. */
const MOMENTS: [when: string, prepare: (all: Opened) => void, cases: typeof AWAY][] = [
  ['while much is in the journal only', () => undefined, [...AWAY, ...SPOILT]],
  ['while all is in the file', quiet, SPOILT],
]

describe.each(MOMENTS)('%s', (_when, prepare, cases) => {
  test.each(cases)(
    'a file that is %s: 507, one sentence, memory goes on, nothing foreign is changed, and the end is told',
    async (_what, spoil) => {
      const all = await running()
      prepare(all)
      expect(await sayTo(all, 'before')).toBe('kept')
      await spoil()
      const foreign = contentOfFile()
      expect(await sayTo(all, 'after')).toBe(507)
      expect(await sayTo(all, 'again')).toBe(507)
      expect(all.told).toEqual([all.store.problem])
      expect(all.told[0]).toContain(path)
      all.clock.advanceSync(2 * TIMES.rewrite)
      all.turns.end()
      expect(all.told).toHaveLength(1)
      expect(texts(all.store.page('general', 2).entries)).toEqual(['after', 'again'])
      expect(all.store.unsettled()).toHaveLength(1)
      expect(contentOfFile() === foreign).toBe(true)
      all.store.close()
      expect(all.told).toHaveLength(2)
      expect(all.told[1]).toContain(path)
      if (foreign !== undefined) {
        expect(contentOfFile() === foreign).toBe(true)
        expect(readdirSync(home).filter((name) => /-(?:wal|shm|journal)$/.test(name))).toEqual([])
      }
      const next = await opened({ path }).catch((error: unknown) => error)
      if (next instanceof Error) expect(next.name).toBe('StoreError')
      else expect(await useAll(next as Opened)).toBeUndefined()
    },
  )
})

test.each([...AWAY, ...SPOILT])(
  'a file that is %s is noticed also when no message arrives',
  async (_what, spoil) => {
    const all = await running()
    await spoil()
    all.clock.advanceSync(LOOK)
    expect(all.told).toEqual([all.store.problem])
    expect(all.store.problem).toContain(path)
  },
)

describe('everything that can be kept is kept', () => {
  /** All that running() kept, and what was said afterwards. */
  async function checkAll(place: string, identity: string, last: readonly string[]): Promise<void> {
    const { store } = await opened({ path: place })
    expect(store.identity).toBe(identity)
    expect(everything(store).map(({ message }) => message.id)).toEqual([...KEPT, ...last])
    expect(store.unsettled().map(({ waiting }) => waiting)).toEqual([[BOB]])
    expect(store.remembered('carol')).toEqual([CAROL])
    expect(store.setting('colour')).toBe('green')
    expect(store.lastSeq).toBeGreaterThanOrEqual(1)
  }

  const KEPT = [...Array.from({ length: 60 }, (_, index) => `m${index}`), 'mine']

  test('removed: it is created again at the end, with everything', async () => {
    const all = await running()
    rmSync(path)
    await sayTo(all, 'late')
    all.store.close()
    expect(readdirSync(home)).toEqual(['parley.db'])
    await checkAll(path, all.store.identity, ['late'])
  })

  test('removed, without messages since', async () => {
    const all = await running()
    rmSync(path)
    all.store.close()
    await checkAll(path, all.store.identity, [])
  })

  test('removed, without history: waiting messages are kept', async () => {
    const all = await opened({ path, keepHistory: false })
    all.store.add(own('mine', { seq: 1 }), [BOB])
    all.turns.end()
    rmSync(path)
    all.store.close()
    const { store } = await opened({ path })
    expect(store.unsettled().map(({ message }) => message.id)).toEqual(['mine'])
    expect(store.identity).toBe(all.store.identity)
  })

  test('failed messages are failed in the new file, too', async () => {
    const all = await running()
    all.store.failed('mine', '10.0.0.2:8000', 'gone')
    all.turns.end()
    rmSync(path)
    all.store.close()
    const { store } = await opened({ path })
    expect(store.unsettled()).toMatchObject([{ waiting: [], failed: [{ peer: BOB, reason: 'gone' }] }])
  })

  test.each<[what: string, journal: boolean, replace: () => void]>([
    ['moved', false, () => undefined],
    ['moved with its journal', true, () => undefined],
    [
      'moved, and another program has made a file in its place',
      false,
      () => {
        foreignDatabase(path)
      },
    ],
  ])('%s: everything is in the file that was moved', async (_what, journal, replace) => {
    const all = await running()
    const moved = join(base, 'moved.db')
    renameSync(path, moved)
    if (journal) renameSync(`${path}-wal`, `${moved}-wal`)
    await sayTo(all, 'late')
    replace()
    all.store.close()
    expect(all.told[1]).toContain('in the file that was moved')
    await checkAll(copied(moved), all.store.identity, ['late'])
  })

  test('in a directory that was renamed: everything is there', async () => {
    const all = await running()
    renameSync(home, join(base, 'renamed'))
    await sayTo(all, 'late')
    all.store.close()
    expect(existsSync(home)).toBe(false)
    await checkAll(copied(join(base, 'renamed', 'parley.db')), all.store.identity, ['late'])
  })

  test.each(SPOILT)(
    '%s: what is in memory, and what can be read, is in a file beside it',
    async (_what, spoil) => {
      const all = await running()
      quiet(all)
      await spoil()
      await sayTo(all, 'late')
      all.store.close()
      expect(all.told[1]).toContain(`${path}.saved-1`)
      const { store } = await opened({ path: `${path}.saved-1` })
      expect(store.identity).toBe(all.store.identity)
      const ids = everything(store).map(({ message }) => message.id)
      expect(ids).toEqual(expect.arrayContaining(['mine', 'late']))
      expect(store.unsettled()).toHaveLength(1)
      expect(store.setting('colour')).toBe('green')
    },
  )

  test('removed with its directory: nothing is created, and a sentence says what is lost', async () => {
    const all = await running()
    rmSync(home, { recursive: true })
    await sayTo(all, 'late')
    all.store.close()
    expect(existsSync(home)).toBe(false)
    expect(all.told[1]).toMatch(/^1 messages .* 1 of yours had not reached everybody$/)
  })

  /** The binding of Node 20 keeps its lock on a file that was moved: a copy has none. */
  function copied(file: string): string {
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
    const copy = join(base, 'copy.db')
    copyFileSync(file, copy)
    return copy
  }
})

describe('a file that comes back', () => {
  test.each<[what: string, from: () => string, to: () => string]>([
    ['it alone', () => path, () => join(base, 'moved.db')],
    ['with its directory', () => home, () => join(base, 'renamed')],
  ])('%s: the store goes on within a second, with all messages since', async (_what, from, to) => {
    const all = await running()
    renameSync(from(), to())
    expect(await sayTo(all, 'meanwhile')).toBe(507)
    all.clock.advanceSync(10 * LOOK)
    renameSync(to(), from())
    all.clock.advanceSync(LOOK)
    expect(all.store.problem).toBeUndefined()
    expect(all.told).toHaveLength(2)
    expect(await sayTo(all, 'afterwards')).toBe('kept')
    all.clock.advanceSync(2 * TIMES.rewrite)
    expect(all.told).toHaveLength(2)
    expect(await afterKill()).toEqual(['meanwhile', 'afterwards'])
  })

  test('another file in its place is noticed, however similar', async () => {
    const all = await running()
    quiet(all)
    copyFileSync(path, join(base, 'copy.db'))
    renameSync(path, join(base, 'moved.db'))
    renameSync(join(base, 'copy.db'), path)
    all.clock.advanceSync(10 * LOOK)
    expect(await sayTo(all, 'late')).toBe(507)
  })
})

describe('the journal', () => {
  test.each<[what: string, spoil: () => void]>([
    [
      'removed',
      () => {
        rmSync(`${path}-wal`)
      },
    ],
    [
      'moved',
      () => {
        renameSync(`${path}-wal`, join(base, 'moved-wal'))
      },
    ],
    [
      'replaced by another file',
      () => {
        rmSync(`${path}-wal`)
        writeFileSync(`${path}-wal`, 'Dear diary')
      },
    ],
    [
      'replaced by a directory',
      () => {
        rmSync(`${path}-wal`)
        mkdirSync(`${path}-wal`)
      },
    ],
    [
      'replaced by a symbolic link',
      () => {
        rmSync(`${path}-wal`)
        symlinkSync(join(base, 'nowhere'), `${path}-wal`)
      },
    ],
  ])('%s: it is created again, nothing is lost, and acknowledged messages are kept', async (_what, spoil) => {
    const all = await running()
    spoil()
    expect(await sayTo(all, 'said')).toBe('kept')
    expect(all.told).toEqual([expect.stringContaining(`${path}-wal`)])
    expect(await afterKill()).toEqual(['said'])
    expect(await sayTo(all, 'more')).toBe('kept')
    spoil()
    all.clock.advanceSync(LOOK)
    expect(all.told).toHaveLength(2)
    expect(await afterKill()).toEqual(['said', 'more'])
    expect(all.store.problem).toBeUndefined()
  })

  test('cut: 507, and the rest of it is kept for the next start', async () => {
    const all = await running()
    quiet(all)
    for (const id of ['n1', 'n2', 'n3']) expect(await sayTo(all, id)).toBe('kept')
    truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 100)
    expect(await sayTo(all, 'late')).toBe(507)
    expect(all.store.problem).toContain('damaged')
    all.store.close()
    expect(await afterKill()).toEqual(['n1', 'n2'])
    expect(everything((await opened({ path: `${path}.saved-1` })).store).at(-1)?.message.id).toBe('late')
  })

  test.each(['-wal', '-journal'])('%s beside no file is not written into a new one', async (suffix) => {
    mkdirSync(home)
    writeFileSync(`${path}${suffix}`, 'of a file that is gone')
    const { store, told } = await opened({ path })
    expect(everything(store)).toEqual([])
    expect(told).toEqual([expect.stringContaining(`${path}${suffix}.aside-1`)])
    expect(readFileSync(`${path}${suffix}.aside-1`, 'utf8')).toBe('of a file that is gone')
  })

  test('of a killed Parley beside an empty file is set aside', async () => {
    const all = await running()
    copyFileSync(`${path}-wal`, join(base, 'wal'))
    all.store.close()
    writeFileSync(path, '')
    copyFileSync(join(base, 'wal'), `${path}-wal`)
    expect(everything((await opened({ path })).store)).toEqual([])
    expect(existsSync(`${path}-wal.aside-1`)).toBe(true)
  })
})

describe('no alarm', () => {
  test.each<[what: string, task: () => void]>([
    [
      'a new time of modification (touch)',
      () => {
        utimesSync(path, 1, 1)
      },
    ],
    [
      'another name (a hard link)',
      () => {
        linkSync(path, join(base, 'link.db'))
      },
    ],
    [
      'a directory that is a symbolic link now',
      () => {
        renameSync(home, join(base, 'renamed'))
        symlinkSync(join(base, 'renamed'), home)
      },
    ],
  ])('%s', async (_what, task) => {
    const all = await running()
    task()
    all.clock.advanceSync(LOOK)
    expect(await sayTo(all, 'said')).toBe('kept')
    quiet(all)
    expect(all.told).toEqual([])
    expect(all.store.problem).toBeUndefined()
  })

  test('its own work: many messages and checkpoints', async () => {
    const all = await running()
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 60; index++)
        expect(await sayTo(all, `r${round}.${index} ${'x'.repeat(2_000)}`)).toBe('kept')
      quiet(all)
    }
    expect(all.told).toEqual([])
  })
})

test('on a disk that is unmounted (skipped where no file system can be mounted): it goes on when the disk is back', async (context) => {
  const disk = mount('1m')
  if (disk === undefined) return context.skip()
  path = join(disk, 'parley.db')
  const all = await running()
  const elsewhere = join(base, 'elsewhere')
  mkdirSync(elsewhere)
  spawnSync('mount', ['--bind', disk, elsewhere])
  onTestFinished(() => {
    spawnSync('umount', ['-l', elsewhere])
  })
  spawnSync('umount', ['-l', disk])
  expect(await sayTo(all, 'meanwhile')).toBe(507)
  spawnSync('mount', ['--bind', elsewhere, disk])
  all.clock.advanceSync(LOOK)
  expect(all.store.problem).toBeUndefined()
  expect(await sayTo(all, 'afterwards')).toBe('kept')
  expect(await afterKill()).toEqual(['meanwhile', 'afterwards'])
  spawnSync('umount', ['-l', disk])
})

test('another Parley started with the same path gets its own file, and neither harms the other', async () => {
  const first = await running()
  renameSync(path, join(base, 'moved.db'))
  first.clock.advanceSync(LOOK)
  const second = await opened({ path })
  expect(second.store.identity).not.toBe(first.store.identity)
  expect(await sayTo(second, 'of the second')).toBe('kept')
  expect(await sayTo(first, 'of the first')).toBe(507)
  first.store.close()
  expect(await sayTo(second, 'still there')).toBe('kept')
  expect(second.told).toEqual([])
  second.store.close()
  const { store } = await opened({ path })
  expect(texts(everything(store))).toEqual(['of the second', 'still there'])
})

/** What a kill now would leave: what came after running(). */
async function afterKill(): Promise<string[]> {
  const copy = join(temporaryDirectory(), 'parley.db')
  copyFileSync(path, copy)
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
  const { store } = await opened({ path: copy })
  const ids = everything(store).map(({ message }) => message.id)
  store.close()
  return ids.slice(ids.indexOf('mine') + 1)
}

/** Reads all of a store, and writes to it; returns its problem. */
async function useAll(all: Opened): Promise<string | undefined> {
  everything(all.store)
  await sayTo(all, 'next')
  return all.store.problem
}

/** As bytes; undefined when there is none at the place, or a link to our own. */
function contentOfFile(): string | undefined {
  return existsSync(path) && lstatSync(path).isFile() ? readFileSync(path, 'latin1') : undefined
}
