/** What version 0.1.0 has written is read by this one: test/fixtures/data-0.1.0 was made by running it. */
import { isDeed, textOf } from '../../src/chat/content.ts'
import { chmodSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { everything, opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Entry } from '../../src/store/store.ts'

const FIXTURE = fileURLToPath(new URL('../fixtures/data-0.1.0/parley.db', import.meta.url))

const ALICE = { ip: '127.0.0.1', port: 31_045, name: 'alice', identity: '25dc097fe491b5cc' }
const BOB = { ip: '127.0.0.1', port: 27_328, name: 'bob', identity: 'cc0528f6b816d183' }
const CAROL = { ip: '127.0.0.1', port: 20_293, name: 'carol', identity: '516d1d3bf3a99f74' }

const WITH_BOB = '@127.0.0.1:27328'
const WITH_CAROL = '@127.0.0.1:20293'

/** What people see of an entry. */
function seen({ message, own }: Entry): string {
  return `${isDeed(message.content) ? '* ' : ''}${message.from.name}${own ? ' (own)' : ''}: ${textOf(message.content)}`
}

test('history, outbox, peers met and settings of 0.1.0 are all read, and stay', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  cpSync(FIXTURE, path)
  // A clone of git does not know that it is for its owner only.
  chmodSync(path, 0o600)
  // The second time, what the first has left.
  for (let time = 0; time < 2; time++) {
    const { store, told } = await opened({ path, retention: Infinity })
    expect(store.identity).toBe(ALICE.identity)
    expect(store.lastSeq).toBeGreaterThan(1_795_801_158_856_445)
    expect(everything(store, 'general').map(seen)).toEqual([
      'alice (own): Good morning',
      'bob: Good morning, Alice ☕',
    ])
    expect(everything(store, 'ops').map(seen)).toEqual([
      'carol: The backup is done',
      '* alice (own): looks at the logs',
    ])
    expect(everything(store, WITH_BOB).map(seen)).toEqual([
      'alice (own): Do you have a minute?',
      'bob: Two, even',
    ])
    expect(everything(store, WITH_CAROL).map(seen)).toEqual(['alice (own): Call me when you are back'])
    expect(everything(store, 'general').map(({ message }) => message.from)).toEqual([ALICE, BOB])
    expect(store.directs()).toEqual([{ conversation: WITH_CAROL }, { conversation: WITH_BOB, name: 'bob' }])
    expect((await store.search('minute', 9)).map(seen)).toEqual(['alice (own): Do you have a minute?'])
    const [waiting, ...others] = store.unsettled()
    expect([
      waiting && textOf(waiting.message.content),
      waiting?.recipients,
      waiting?.waiting,
      waiting?.failed,
      others,
    ]).toEqual(['Call me when you are back', 1, [CAROL], [], []])
    expect([...store.remembered('BOB'), ...store.remembered('carol')]).toEqual([BOB, CAROL])
    expect(store.setting('port')).toBe('31045')
    expect(store.setting('read general')).toBe('1795801158695')
    expect(store.setting(`read ${WITH_BOB}`)).toBe('1795801158718')
    await store.saved()
    store.close()
    expect(told).toEqual([])
  }
})

test('the fixture has version 2 of the tables, as 0.1.0 wrote it', () => {
  // user_version: https://sqlite.org/fileformat.html#user_version_number

  expect(readFileSync(FIXTURE).subarray(60, 64).readUInt32BE()).toBe(2)
})
