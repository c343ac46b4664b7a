/** The file of an older version, before, while and after the tables are changed. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { openFile } from '../../../src/store/file/file.ts'
import { loadSqlite, type Database } from '../../../src/store/file/sqlite.ts'
import { MIGRATIONS, versionOf } from '../../../src/store/migrations.ts'
import { everything, opened, said, texts } from '../support.ts'
import { mount, temporaryDirectory } from '../../support/files.ts'

const openDatabase = await loadSqlite()

const FIXTURE = fileURLToPath(new URL('../../fixtures/data-0.1.0/parley.db', import.meta.url))
const WITH_BOB = '@127.0.0.1:27328'
const MESSAGES = 2_000
const WAITING = 50

let path: string

beforeEach(() => {
  path = oldFile(temporaryDirectory())
})

/** What 0.1.0 left, with more messages from bob and more that wait for carol. */
function oldFile(directory: string): string {
  const path = join(directory, 'parley.db')
  cpSync(FIXTURE, path)
  chmodSync(path, 0o600)
  const database = openDatabase(path)
  const columns = 'sender, own, ip, port, name, lsnp, identity, channel, text, sent_at, action, hops'
  database.exec(`
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${MESSAGES})
    INSERT INTO message (number, id, conversation, at, received_at, seq, ${columns})
      SELECT 1000 + n, 'more-' || n, '${WITH_BOB}', at + n, received_at + n, seq + n, ${columns}
      FROM count, (SELECT * FROM message WHERE conversation = '${WITH_BOB}' AND own = 0 LIMIT 1);
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${WAITING})
    INSERT INTO outgoing (number, id, conversation, at, received_at, seq, recipients, queued_at, waiting, failed, ${columns})
      SELECT 100000 + n, 'wait-' || n, conversation, at, received_at, seq + n, recipients, queued_at, waiting, failed, ${columns}
      FROM count, (SELECT * FROM outgoing LIMIT 1);`)
  database.close()
  return path
}

function copyOf(path: string): string {
  return `${path}.before-update`
}

/** Version, tables and numbers of rows of a file. A copy is read, because a reader may finish the journal, and keep its lock for a while. */
function contentOf(path: string): readonly unknown[] {
  const directory = temporaryDirectory()
  for (const end of ['', '-wal', '-journal'])
    if (existsSync(`${path}${end}`)) cpSync(`${path}${end}`, join(directory, `copy${end}`))
  const database = openDatabase(join(directory, 'copy'))
  const counted = ['message', 'outgoing', 'person', 'setting'].map((table) => {
    return database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']
  })
  const check = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  const schema = database.prepare("SELECT group_concat(sql, ';') AS sql FROM sqlite_schema").get()?.['sql']
  const content = [versionOf(database), schema, check, ...counted]
  database.close()
  return content
}

async function checkAll(path: string): Promise<void> {
  const { store, told } = await opened({ path, retention: Infinity })
  expect(everything(store, WITH_BOB, 500)).toHaveLength(MESSAGES + 2)
  expect(texts(everything(store, 'general'))).toEqual(['Good morning', 'Good morning, Alice ☕'])
  expect(store.unsettled()).toHaveLength(WAITING + 1)
  expect(store.remembered('bob')).toHaveLength(1)
  expect(told).toEqual([])
  store.close()
}

describe('a file of 0.1.0', () => {
  test('is kept beside the new one, for its user only, until the new version has ended cleanly', async () => {
    const before = contentOf(path)
    expect(before[0]).toBe(2)
    const { store, turns } = await opened({ path, retention: Infinity })
    expect(statSync(copyOf(path)).mode & 0o777).toBe(0o600)
    expect(contentOf(copyOf(path))).toEqual(before)
    store.add(said('new', { conversation: 'elsewhere' }))
    turns.end()
    expect(existsSync(copyOf(path))).toBe(true)
    store.close()
    expect(readdirSync(dirname(path))).toEqual(['parley.db'])
    await checkAll(path)
    expect(readdirSync(dirname(path))).toEqual(['parley.db'])
  })

  test('is kept over a crash of the new version, and over its next start', async () => {
    const before = contentOf(path)
    const { store, turns } = await opened({ path, retention: Infinity })
    store.add(said('new', { conversation: 'elsewhere' }))
    turns.end()
    const crashed = join(temporaryDirectory(), 'parley.db')
    cpSync(dirname(path), dirname(crashed), { recursive: true })
    const again = await opened({ path: crashed, retention: Infinity })
    expect(contentOf(copyOf(crashed))).toEqual(before)
    again.store.close()
    expect(readdirSync(dirname(crashed))).toEqual(['parley.db'])
    await checkAll(crashed)
  })

  test('is copied with the journal that a killed process left', async () => {
    const database = openDatabase(path)
    database.exec(`PRAGMA journal_mode = WAL; INSERT INTO setting VALUES ('in the journal', 'yes')`)
    const killed = join(temporaryDirectory(), 'parley.db')
    cpSync(dirname(path), dirname(killed), { recursive: true })
    database.close()
    expect(statSync(`${killed}-wal`).size).toBeGreaterThan(0)
    const { store } = await opened({ path: killed, retention: Infinity })
    expect(store.setting('in the journal')).toBe('yes')
    const copy = openDatabase(copyOf(killed))
    const row = copy.prepare("SELECT value FROM setting WHERE name = 'in the journal'").get()
    expect({ ...row }).toEqual({ value: 'yes' })
    copy.close()
  })

  test('that is damaged is refused, and nothing is beside it', async () => {
    const bytes = readFileSync(path)
    // The first page has the schema, and is whole.
    bytes.fill(0xee, 4_096, bytes.length)
    writeFileSync(path, bytes)
    await expect(opened({ path })).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' })
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(readdirSync(dirname(path)).filter((name) => name.includes('before'))).toEqual([])
  })
})

describe('without a copy', () => {
  test('where none can be made, the new version starts, and says so', async () => {
    mkdirSync(copyOf(path))
    const { store, told } = await opened({ path, retention: Infinity })
    expect(told).toEqual([expect.stringContaining(`No copy of ${path} was made (`)])
    expect(store.problem).toBeUndefined()
    store.close()
    expect(readdirSync(dirname(path)).sort()).toEqual(['parley.db', 'parley.db.before-update'])
    await checkAll(path)
  })

  test('on a disk without room for one (skipped where no file system can be mounted)', async ({ skip }) => {
    const size = statSync(path).size
    const disk = mount(`${Math.ceil((size * 1.5) / 1024)}k`)
    if (disk === undefined) return skip()
    const full = oldFile(disk)
    const { store, told } = await opened({ path: full, retention: Infinity })
    expect(told).toEqual([expect.stringMatching(/No copy of .* was made \(.*full/)])
    expect(everything(store, WITH_BOB, 500)).toHaveLength(MESSAGES + 2)
    store.close()
    expect(readdirSync(disk)).toEqual(['parley.db'])
  })
})

test('a crash at any step leaves the old file or the whole new one', async () => {
  const before = contentOf(path)
  const snapshots: string[] = []
  /** The files as they are after a process has died at this step. */
  const snapshot = (): void => {
    const directory = temporaryDirectory()
    cpSync(dirname(path), directory, { recursive: true })
    snapshots.push(join(directory, basename(path)))
  }
  const openWatched = (file: string): Database => {
    const database = openDatabase(file)
    return {
      ...database,
      exec: (sql) => {
        // The changes of one step, one after the other.
        for (const one of sql.includes('VACUUM') ? [sql] : statementsIn(sql)) {
          snapshot()
          database.exec(one)
        }
        snapshot()
      },
      prepare: (sql) => database.prepare(sql),
      close: () => {
        database.close()
      },
    }
  }
  const close = openFile(path, openWatched, {
    fill: () => undefined,
    warn: (sentence) => expect.fail(sentence),
    begin: (_, file) => () => {
      file.close()
    },
  })
  snapshot()
  close()
  expect(snapshots.length).toBeGreaterThan(20)
  const after = contentOf(snapshots.at(-1) ?? '')
  expect(after[0]).toBe(MIGRATIONS.length)
  expect(after.slice(2)).toEqual(before.slice(2))
  const versions = new Set<unknown>()
  for (const crashed of snapshots) {
    const content = contentOf(crashed)
    versions.add(content[0])
    expect(content).toEqual(content[0] === before[0] ? before : after)
    // Before the first change of the tables the copy is whole.
    if (existsSync(copyOf(crashed))) expect(contentOf(copyOf(crashed))).toEqual(before)
    else expect(content[0]).toBe(before[0])
  }
  expect(versions).toEqual(new Set([before[0], after[0]]))
  for (const crashed of [...snapshots.slice(0, 3), ...snapshots.slice(-12)]) {
    await checkAll(crashed)
    expect(readdirSync(dirname(crashed))).toEqual(['parley.db'])
  }
})

/** No text in the migrations has a semicolon. */
function statementsIn(sql: string): string[] {
  return sql.split(';').filter((statement) => statement.trim() !== '')
}
