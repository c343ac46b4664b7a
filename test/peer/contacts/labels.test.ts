/** What peers are called: a name is that of the key that had it first, and no other peer has the same label. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asContent } from '../../../src/chat/content.ts'
import { labelOf, peerId, type Peer } from '../../../src/chat/model.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { keyed, knowing, ME } from './people.ts'

const BOB = keyed(2, 'bob')
const BOB_2 = keyed(3, 'bob')
const BOB_3 = keyed(4, 'Bób')
const OLD_BOB: Peer = { ip: '10.0.0.5', port: 8000, name: 'bob' }
const OLD_BOB_2: Peer = { ip: '10.0.0.6', port: 8000, name: 'bob' }
const LSNP_BOB: Peer = { ip: '10.0.0.7', port: 50999, name: 'bob', lsnp: 'bob@10.0.0.7' }
const ALICE_2 = keyed(5, 'Alice')
const OLD_ALICE: Peer = { ip: '10.0.0.8', port: 8000, name: 'alice' }
const MIMIC = keyed(6, `bob·${shortId(BOB_2.key)}`)

function suffixed({ name, key }: { readonly name: string; readonly key: NonNullable<Peer['key']> }): string {
  return `${name}·${shortId(key)}`
}

describe.each<[what: string, met: Peer[], here: Peer[], peer: Peer, label: string]>([
  ['the only one', [BOB], [BOB], BOB, 'bob'],
  ['one that nobody has met', [], [BOB], BOB, 'bob'],
  ['the one that was met first', [BOB, BOB_2], [BOB_2, BOB], BOB, 'bob'],
  ['the one that was met second', [BOB, BOB_2], [BOB_2, BOB], BOB_2, suffixed(BOB_2)],
  ['the second while the first is away', [BOB, BOB_2], [BOB_2], BOB_2, suffixed(BOB_2)],
  ['one whose name differs in case and accents only', [BOB], [BOB_3], BOB_3, suffixed(BOB_3)],
  ['one that was met before one that is only listed', [BOB], [BOB_2, BOB], BOB, 'bob'],
  ['one that is only listed', [BOB], [BOB_2, BOB], BOB_2, suffixed(BOB_2)],
  ['a program without a key beside a peer with one', [BOB], [OLD_BOB], OLD_BOB, 'bob·10.0.0.5:8000'],
  ['a peer with a key beside a program without one', [OLD_BOB], [OLD_BOB, BOB], BOB, 'bob'],
  ['the only program without a key', [], [OLD_BOB], OLD_BOB, 'bob'],
  ['one of two programs without a key', [], [OLD_BOB, OLD_BOB_2], OLD_BOB, 'bob·10.0.0.5:8000'],
  ['a program while one of its name is away', [OLD_BOB], [OLD_BOB_2], OLD_BOB_2, 'bob'],
  ['an LSNP program beside a peer with a key', [BOB], [LSNP_BOB], LSNP_BOB, 'bob·bob@10.0.0.7'],
  ['another key with the own name', [], [ALICE_2], ALICE_2, suffixed(ALICE_2)],
  ['a program with the own name', [], [OLD_ALICE], OLD_ALICE, 'alice·10.0.0.8:8000'],
  ['one whose name looks like the label of another', [BOB, BOB_2], [MIMIC], MIMIC, suffixed(MIMIC)],
  ['a name with a dot of its own language', [], [keyed(7, 'Marcel·lí')], keyed(7, 'Marcel·lí'), 'Marcel·lí'],
])('%s', (_what, met, here, peer, label) => {
  test(`is ${label}`, async () => {
    const { labels } = await knowing(met, here)
    expect(labelOf(labels.shown(peer))).toBe(label)
  })
})

test.each([
  ...[
    '\uA78F',
    '\u2E33',
    '\u25E6',
    '\u2218',
    '\u2981',
    '\u02D1',
    '\u0660',
    '\u0F0B',
    '\u{10101}',
    '\u{10A50}',
  ],
  ...['\u25CB', '\uA60E', '\u0E4F', '\u00B0', '\u1C7E'],
])('a name with %s instead of the dot of a label is told apart', async (sign) => {
  const { labels } = await knowing([BOB, BOB_2])
  for (const dash of ['-', '\u2010', '\u2212', '\u02D7', '\u2043'])
    for (const id of [shortId(BOB_2.key).replace('-', dash), `kafh${dash}qmxz`, '10.0.0.5:8000']) {
      const mimic = keyed(6, `bob${sign}${id}`)
      expect(labelOf(labels.shown(mimic))).toBe(suffixed(mimic))
    }
})

test.each(['Jean·Luc', 'zoë-anne', 'jürg-otto', 'max 🎉', '🎉 max-2024', 'søren–berg', 'anna°', 'Ann‑Mari'])(
  'the name %s is shown as it is',
  async (name) => {
    const { labels } = await knowing([])
    expect(labelOf(labels.shown(keyed(6, name)))).toBe(name)
  },
)

test('the own name is that of this peer', async () => {
  const { labels, self } = await knowing([ALICE_2], [ALICE_2])
  expect(labelOf(labels.shown(self.peer))).toBe(ME.name)
})

test('a contact that takes the name of another stays what it was called here', async () => {
  const { labels, store, presence } = await knowing([keyed(3, 'mallory'), BOB], [BOB])
  store.remember(BOB_2, 10)
  presence.add('lan', BOB_2, 'general', 100)
  expect([BOB, BOB_2].map((peer) => labelOf(labels.shown(peer)))).toEqual(['bob', 'mallory'])
})

test('a peer with a key is called by the name that it has now, a program without one as it said then', async () => {
  const { labels } = await knowing([keyed(2, 'robert')], [{ ...OLD_BOB, name: 'rob' }])
  expect([BOB, OLD_BOB].map((peer) => labelOf(labels.shown(peer)))).toEqual(['robert', 'bob'])
})

test('people of one name are never called the same, whatever order they come in', async () => {
  const people = fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 10, max: 40 }),
      name: fc.constantFrom('bob', 'Bob', 'bób', 'alice', 'eve'),
    }),
    { selector: ({ number }) => number, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(people, fc.nat(12), async (all, count) => {
      const peers = all.map(({ number, name }) => keyed(number, name))
      const { labels } = await knowing(peers.slice(0, count), peers)
      const shown = [...peers.map((peer) => labelOf(labels.shown(peer))), ME.name]
      expect(new Set(shown).size).toBe(shown.length)
    }),
    { numRuns: 30 },
  )
})

test('every event has the labels of its peers', async () => {
  const { labels } = await knowing([BOB, BOB_2], [BOB, BOB_2])
  const second = { ...BOB_2, label: suffixed(BOB_2) }
  const from = BOB_2
  const message = { id: 'm', from, channel: 'general', content: asContent('hello'), sentAt: 1 }
  const moment = { at: 1, receivedAt: 1, late: false, own: false }
  const receipt = { messageId: 'm', channel: 'general', recipients: 2, delivered: 0, unconfirmed: 0 }
  const failed = [{ peer: BOB_2, reason: 'silent' }]
  const shown = [
    labels.event({ kind: 'message', message, ...moment }),
    labels.event({ kind: 'receipt', receipt: { ...receipt, failed, queued: [BOB_2] } }),
    labels.event({ kind: 'resumed', messages: [{ id: 'm', waiting: [BOB, BOB_2] }] }),
    labels.event({ kind: 'present', channel: 'general', peers: [BOB, BOB_2] }),
    labels.event({ kind: 'joined', channel: 'general', peer: BOB_2 }),
    labels.event({ kind: 'became', before: peerId(OLD_BOB), peer: BOB_2 }),
  ]
  expect(shown).toEqual([
    { kind: 'message', message: { ...message, from: second }, ...moment },
    {
      kind: 'receipt',
      receipt: { ...receipt, failed: [{ peer: second, reason: 'silent' }], queued: [second] },
    },
    { kind: 'resumed', messages: [{ id: 'm', waiting: [BOB, second] }] },
    { kind: 'present', channel: 'general', peers: [BOB, second] },
    { kind: 'joined', channel: 'general', peer: second },
    { kind: 'became', before: peerId(OLD_BOB), peer: second },
  ])
})

test('an own direct message is shown with its recipient', async () => {
  const { labels, self } = await knowing([BOB, BOB_2])
  const message = { id: 'm', from: self.peer, channel: 'private', content: asContent('hello'), sentAt: 1 }
  const entry = { message, conversation: `@${BOB_2.key}`, at: 1, receivedAt: 1, own: true }
  expect(labels.entries([entry])).toEqual([{ ...entry, to: { ...BOB_2, label: suffixed(BOB_2) } }])
})
