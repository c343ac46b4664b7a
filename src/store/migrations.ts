/**
 * The tables of a store, as migrations from each version to the next.
 *
 * `PRAGMA application_id` marks the files of Parley, and `PRAGMA user_version` is the version of the tables.
 */
import { numberIn } from './rows.ts'
import type { Database } from './file/sqlite.ts'

/** "Parl". */
export const APPLICATION_ID = 0x50_61_72_6c

/** Where the history is: in the file, or in memory while the store is open. */
type HistorySchema = 'main' | 'temp'

export interface Migration {
  /** SQL for the tables of the history. */
  readonly history: (schema: HistorySchema) => string
  /** SQL for all other tables. */
  readonly rest: string
}

const PEER = `
  ip TEXT NOT NULL,
  port INTEGER NOT NULL,
  name TEXT NOT NULL,
  lsnp TEXT,
  identity TEXT`

/** Times are Unix time in milliseconds; a \`seq\` of -1 is none. */
const ENTRY = `
  number INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  at REAL NOT NULL,
  received_at REAL NOT NULL,
  own INTEGER NOT NULL,
  seq INTEGER NOT NULL, ${PEER},
  channel TEXT NOT NULL,
  text TEXT NOT NULL,
  sent_at REAL NOT NULL,
  action INTEGER NOT NULL,
  hops INTEGER`

/** From version 0, an empty file, to 1. */
const FIRST: Migration = {
  history: (schema) => `
    CREATE TABLE ${schema}.message (${ENTRY});
    CREATE UNIQUE INDEX ${schema}.message_id ON message (sender, id);
    CREATE INDEX ${schema}.message_order ON message (conversation, at, seq);
    CREATE INDEX ${schema}.message_sequence ON message (conversation, sender, seq, at) WHERE seq >= 0;
    CREATE VIRTUAL TABLE ${schema}.search USING fts5 (
      words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '#'"
    );
    INSERT INTO ${schema}.search (search, rank) VALUES ('automerge', 0), ('crisismerge', 64);`,
  rest: `
    CREATE TABLE profile (identity TEXT NOT NULL, last_seq INTEGER NOT NULL);
    CREATE TABLE outgoing (${ENTRY}, recipients INTEGER NOT NULL, queued_at REAL NOT NULL);
    CREATE TABLE recipient (
      number INTEGER NOT NULL,
      peer TEXT NOT NULL, ${PEER},
      reason TEXT,
      PRIMARY KEY (number, peer)
    ) WITHOUT ROWID;
    CREATE TABLE person (peer TEXT PRIMARY KEY, ${PEER}, met REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
}

const PEER_AS_JSON = `
  'ip', CAST(ip AS TEXT), 'port', port, 'name', CAST(name AS TEXT), 'lsnp', CAST(lsnp AS TEXT),
  'identity', CAST(identity AS TEXT)`

/** To 2: the row of a message has its recipients, so that one write changes all of them. */
const SECOND: Migration = {
  history: () => '',
  rest: `
    ALTER TABLE outgoing ADD COLUMN waiting TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE outgoing ADD COLUMN failed TEXT NOT NULL DEFAULT '[]';
    UPDATE outgoing SET
      waiting = (
        SELECT json_group_array(json_object(${PEER_AS_JSON})) FROM recipient
        WHERE recipient.number = outgoing.number AND reason IS NULL
      ),
      failed = (
        SELECT json_group_array(json_object('peer', json_object(${PEER_AS_JSON}), 'reason', CAST(reason AS TEXT)))
        FROM recipient WHERE recipient.number = outgoing.number AND reason IS NOT NULL
      );
    DROP TABLE recipient;`,
}

/** A message that is dated this much later than one that arrived after it, in milliseconds, has the time of a wrong clock. */
const LEAP = 3_600_000

/** To 3: `at` and `received_at` are store time; with `clock_shift` added they are dates. */
const THIRD: Migration = {
  history: (schema) => `
    ALTER TABLE ${schema}.message ADD COLUMN clock_shift REAL NOT NULL DEFAULT 0;
    WITH newest AS (SELECT number, received_at FROM ${schema}.message ORDER BY number DESC LIMIT 1)
    UPDATE ${schema}.message SET
      clock_shift = message.at - newest.received_at,
      at = newest.received_at - (newest.number - message.number) / 1000.0,
      received_at = newest.received_at
    FROM newest WHERE message.at > newest.received_at + ${LEAP};`,
  rest: 'ALTER TABLE outgoing ADD COLUMN clock_shift REAL NOT NULL DEFAULT 0',
}

/**
 * To 4: peers have keys, and a message says how its author is known. Messages with a `conversation` that `renamed` lists
 * belong to the conversation `name`.
 */
const FOURTH: Migration = {
  history: (schema) => `
    ALTER TABLE ${schema}.message ADD COLUMN key TEXT;
    ALTER TABLE ${schema}.message ADD COLUMN signature BLOB;
    ALTER TABLE ${schema}.message ADD COLUMN proof INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE ${schema}.renamed (conversation TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;`,
  rest: `
    ALTER TABLE outgoing ADD COLUMN key TEXT;
    ALTER TABLE outgoing ADD COLUMN signature BLOB;
    ALTER TABLE outgoing ADD COLUMN proof INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE person ADD COLUMN key TEXT;
    ALTER TABLE person ADD COLUMN since REAL NOT NULL DEFAULT 0;
    ALTER TABLE person ADD COLUMN named REAL NOT NULL DEFAULT 0;
    UPDATE person SET since = met, named = met;`,
}

/**
 * To 5: keys that were compared with their owners, the names that people had before, in which network a message was kept,
 * the people that the user does not want to hear (an `until` of -1 is none), and closed channels: `closed` of a message is the
 * id of its channel and the number of its epoch.
 */
const FIFTH: Migration = {
  history: (schema) => `
    ALTER TABLE ${schema}.message ADD COLUMN network TEXT;
    ALTER TABLE ${schema}.message ADD COLUMN closed TEXT;`,
  rest: `
    ALTER TABLE outgoing ADD COLUMN network TEXT;
    ALTER TABLE outgoing ADD COLUMN closed TEXT;
    CREATE TABLE verified (key TEXT PRIMARY KEY, name TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
    ALTER TABLE person ADD COLUMN called TEXT;
    CREATE TABLE former_name (key TEXT NOT NULL, name TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (key, name)) WITHOUT ROWID;
    CREATE TABLE hushed (target TEXT PRIMARY KEY, kind TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL, dropped INTEGER NOT NULL, taken_from TEXT, name TEXT) WITHOUT ROWID;
    CREATE TABLE closed_channel (label TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;`,
}

/** To 6: what people were called here while they had a name before, where that was another. */
const SIXTH: Migration = {
  history: () => '',
  rest: 'ALTER TABLE former_name ADD COLUMN shown TEXT',
}

/** To 7: what people were called here from a change of their names on, and what they called themselves. */
const SEVENTH: Migration = {
  history: () => '',
  rest: `
    ALTER TABLE former_name ADD COLUMN became TEXT;
    ALTER TABLE former_name ADD COLUMN claimed TEXT;`,
}

/** To change the tables, add a migration; never change an existing one. */
export const MIGRATIONS: readonly Migration[] = [FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH]

/**
 * Brings the tables to the newest version, all or nothing. `fill` writes the first rows of a new store. Returns whether
 * anything changed.
 */
export function migrate(
  database: Database,
  fill: (database: Database) => void,
  migrations = MIGRATIONS,
): boolean {
  const version = versionOf(database)
  if (version >= migrations.length) return false
  database.exec('BEGIN IMMEDIATE')
  for (const { history, rest } of migrations.slice(version)) {
    database.exec(history('main'))
    database.exec(rest)
  }
  if (version === 0) fill(database)
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`)
  database.exec('COMMIT')
  return true
}

/** Creates an empty history in memory, which hides that of the file under the same names. */
export function createTemporaryHistory(database: Database, migrations = MIGRATIONS): void {
  database.exec('PRAGMA temp_store = MEMORY')
  for (const { history } of migrations) database.exec(history('temp'))
}

export function dropTemporaryHistory(database: Database): void {
  const tables = ['search', 'message', 'renamed']
  database.exec(tables.map((table) => `DROP TABLE IF EXISTS temp.${table};`).join(' '))
}

/** Hides the history in the file, which stays as it is. Messages from now on are in memory. */
export function beginWithoutHistory(database: Database): void {
  // An earlier store on this database may have left one.
  dropTemporaryHistory(database)
  // Delivered messages must leave no trace in the file.
  database.exec('PRAGMA secure_delete = ON')
  createTemporaryHistory(database)
}

export function versionOf(database: Database): number {
  return numberIn(database.prepare('PRAGMA user_version').get() ?? {}, 'user_version')
}
