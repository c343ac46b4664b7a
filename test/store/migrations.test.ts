import { textOf } from '../../src/chat/content.ts'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSqlite, type Database } from '../../src/store/file/sqlite.ts'
import {
  createTemporaryHistory,
  migrate,
  MIGRATIONS,
  versionOf,
  type Migration,
} from '../../src/store/migrations.ts'
import { BEGIN, BOB, everything, opened, own, said, texts } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const openDatabase = await loadSqlite()

/** Version 1 as it was made, by hand: what a later Parley finds. Not to be changed with the schema. */
const VERSION_1 = `
  CREATE TABLE message (
    number INTEGER PRIMARY KEY, sender TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, at REAL NOT NULL,
    received_at REAL NOT NULL, own INTEGER NOT NULL, seq INTEGER NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL,
    name TEXT NOT NULL, lsnp TEXT, identity TEXT, channel TEXT NOT NULL, text TEXT NOT NULL, sent_at REAL NOT NULL,
    action INTEGER NOT NULL, hops INTEGER
  );
  CREATE UNIQUE INDEX message_id ON message (sender, id);
  CREATE INDEX message_order ON message (conversation, at, seq);
  CREATE INDEX message_sequence ON message (conversation, sender, seq, at) WHERE seq >= 0;
  CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '#'"
  );
  INSERT INTO search (search, rank) VALUES ('automerge', 0), ('crisismerge', 64);
  CREATE TABLE profile (identity TEXT NOT NULL, last_seq INTEGER NOT NULL);
  CREATE TABLE outgoing (
    number INTEGER PRIMARY KEY, sender TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, at REAL NOT NULL,
    received_at REAL NOT NULL, own INTEGER NOT NULL, seq INTEGER NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL,
    name TEXT NOT NULL, lsnp TEXT, identity TEXT, channel TEXT NOT NULL, text TEXT NOT NULL, sent_at REAL NOT NULL,
    action INTEGER NOT NULL, hops INTEGER, recipients INTEGER NOT NULL, queued_at REAL NOT NULL
  );
  CREATE TABLE recipient (
    number INTEGER NOT NULL, peer TEXT NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL, name TEXT NOT NULL, lsnp TEXT,
    identity TEXT, reason TEXT, PRIMARY KEY (number, peer)
  ) WITHOUT ROWID;
  CREATE TABLE person (
    peer TEXT PRIMARY KEY, ip TEXT NOT NULL, port INTEGER NOT NULL, name TEXT NOT NULL, lsnp TEXT, identity TEXT,
    met REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA application_id = 1348563564;
  PRAGMA user_version = 1;
  INSERT INTO profile VALUES ('0123456789abcdef', 7);
  INSERT INTO message VALUES (1, '10.0.0.2:8000', 'm1', 'general', 1763771000000, 1763771000000, 0, -1, '10.0.0.2', 8000,
    'bob', NULL, NULL, 'general', 'm1', 1763771000000, 0, NULL);
  INSERT INTO search (rowid, words) VALUES (1, '#67656e6572616c M1');
  INSERT INTO outgoing VALUES (2, 'a11ce00000000000', 'm2', 'general', 1763771000000, 1763771000000, 1, 7, '10.0.0.1', 8000,
    'alice', NULL, 'a11ce00000000000', 'general', 'm2', 1763771000000, 0, NULL, 1, 1763771000000);
  INSERT INTO recipient VALUES (2, '10.0.0.2:8000', '10.0.0.2', 8000, 'bob', NULL, NULL, NULL);
  INSERT INTO recipient VALUES (2, '10.0.0.3:8000', '10.0.0.3', 8000, CAST('ca"rol' AS BLOB), NULL, 'ca401', 'it said "no"');
  INSERT INTO person VALUES ('10.0.0.2:8000', '10.0.0.2', 8000, 'bob', NULL, NULL, 1763771000000);
  INSERT INTO setting VALUES ('colour', 'green');`

test('a file of version 1 opens', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const database = openDatabase(path)
  database.exec(VERSION_1)
  database.close()
  const { store } = await opened({ path })
  expect(store.identity).toBe('0123456789abcdef')
  expect(store.lastSeq).toBe(7)
  expect(everything(store)).toEqual([said('m1')])
  expect(await store.search('m1', 9)).toEqual([said('m1')])
  expect(store.unsettled()).toEqual([
    {
      message: own('m2', { seq: 7 }).message,
      recipients: 1,
      saidAt: 1763771000000,
      // What waits did not wait while nothing ran.
      queuedAt: 1763771234000,
      waiting: [BOB],
      failed: [
        { peer: { ip: '10.0.0.3', port: 8000, name: 'ca"rol', identity: 'ca401' }, reason: 'it said "no"' },
      ],
    },
  ])
  expect(store.remembered('bob')).toEqual([BOB])
  expect(store.setting('colour')).toBe('green')
})

describe('migrations', () => {
  const NEXT: Migration = {
    history: (schema) => `ALTER TABLE ${schema}.message ADD COLUMN mood TEXT DEFAULT 'fine'`,
    rest: "INSERT INTO setting VALUES ('migrated', 'yes')",
  }
  const fill = (database: Database): void => {
    database.exec("INSERT INTO setting VALUES ('filled', 'yes')")
  }
  const settings = (database: Database): unknown[] =>
    database
      .prepare('SELECT name FROM setting ORDER BY name')
      .all()
      .map(({ name }) => name)

  test('from version 1 to the next', () => {
    const database = openDatabase(':memory:')
    database.exec(VERSION_1)
    expect(migrate(database, fill, [...MIGRATIONS, NEXT])).toBe(true)
    expect(versionOf(database)).toBe(MIGRATIONS.length + 1)
    expect({ ...database.prepare('SELECT id, mood FROM message').get() }).toEqual({ id: 'm1', mood: 'fine' })
    expect(settings(database)).toEqual(['colour', 'migrated'])
    expect(migrate(database, fill, [...MIGRATIONS, NEXT])).toBe(false)
  })

  test('from nothing to the next', () => {
    const database = openDatabase(':memory:')
    expect(migrate(database, fill, [...MIGRATIONS, NEXT])).toBe(true)
    expect(settings(database)).toEqual(['filled', 'migrated'])
    createTemporaryHistory(database, [...MIGRATIONS, NEXT])
    database.exec('SELECT mood FROM temp.message')
  })

  test('all or nothing', () => {
    const database = openDatabase(':memory:')
    database.exec(VERSION_1)
    const broken: Migration = { history: () => 'DELETE FROM message', rest: 'NONSENSE' }
    expect(() => migrate(database, fill, [...MIGRATIONS, NEXT, broken])).toThrow('NONSENSE')
    database.exec('ROLLBACK')
    expect(versionOf(database)).toBe(1)
    expect(settings(database)).toEqual(['colour'])
  })
})

test('messages dated in the future by a wrong clock move back to their place', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const database = openDatabase(path)
  database.exec(VERSION_1)
  const insert = database.prepare(
    `INSERT INTO message VALUES (?, 'x', ?, 'general', ?, ?, 0, -1, '10.0.0.2', 8000, 'bob', NULL, NULL, 'general', ?,
      1763771000000, 0, NULL)`,
  )
  const year = 365 * 86_400_000
  for (const [number, at] of [
    [3, BEGIN + 2 * year],
    [4, BEGIN + 2 * year + 60_000],
    [5, BEGIN + 60_000],
  ] as const)
    insert.run(number, `m${number}`, at, at, `m${number}`)
  database.close()
  const { store } = await opened({ path })
  expect(
    everything(store).map(({ message, at }) => `${textOf(message.content)} ${Math.round(at - BEGIN)}`),
  ).toEqual(['m1 0', `m3 ${2 * year}`, `m4 ${2 * year + 60_000}`, 'm5 60000'])
  store.add(said('m6', { at: 61_000 }))
  expect(texts(everything(store)).at(-1)).toBe('m6')
})

test('loading SQLite prints no warning, and does not suppress others', () => {
  const script = `
    import('./src/store/file/sqlite.ts')
      .then(({ loadSqlite }) => loadSqlite())
      .then((open) => { open(':memory:').close(); process.emitWarning('heard') })`
  const { stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', script], { encoding: 'utf8' })
  expect(stderr.split('\n').filter((line) => line.includes('Warning'))).toEqual([
    expect.stringContaining('heard'),
  ])
})
