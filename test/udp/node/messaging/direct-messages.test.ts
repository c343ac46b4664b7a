/** DM: to foreign programs, with and without acknowledgement, and from them. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  NOW,
  ADA,
  MAI,
  EVE,
  FROM_MAI,
  FROM_EVE,
  ID,
  startLan,
  addForeign,
  token,
  dmToAda,
} from './messaging-lan.ts'
import { START, type SimulatedLan, type Station } from '../../simulated-lan.ts'
import { rfc, seed, SeedStandIn, type RfcStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  ;({ lan, ada, mai } = startLan())
})

describe('a DM to a foreign program', () => {
  function dm(id: string, to = MAI): void {
    lan.command(ada, { kind: 'dm', id, to, text: 'coffee?' })
  }

  /** The DMs that were sent, each with its time after `from`. */
  function sendings(from: number): [ms: number, bytes: string][] {
    return ada.sent.filter(({ type }) => type === 'DM').map(({ at, bytes }) => [at - from, bytes.toString()])
  }

  test('is sent once and confirmed once if it is acknowledged', () => {
    const bob = addForeign(lan, 'bob@10.77.0.12', true)
    dm(ID, bob.program.userId)
    lan.step(20_000)
    expect(sendings(START)).toHaveLength(1)
    expect(ada.eventsOf('sent')).toEqual([
      { kind: 'sent', id: ID, to: 'bob@10.77.0.12', ok: true, confirmed: true, reason: '' },
    ])
  })

  test('that never acknowledged: is sent once, and reported as unconfirmed after 2 s; later ones at once', () => {
    const from = lan.now
    dm(ID)
    lan.step(1_900)
    expect(ada.eventsOf('sent')).toEqual([])
    lan.step(200)
    expect(ada.eventsOf('sent')).toMatchObject([{ id: ID, to: MAI, ok: true, confirmed: false }])

    dm('1'.repeat(16))
    expect(ada.eventsOf('sent')[1]).toMatchObject({
      id: '1'.repeat(16),
      ok: true,
      confirmed: false,
      reason: '',
    })
    lan.step(20_000)
    expect(sendings(from)).toHaveLength(2)
    expect(ada.eventsOf('sent')).toHaveLength(2)
  })

  /** Mai has acknowledged a message before. */
  function acknowledged(): void {
    dm('a'.repeat(16))
    lan.inject(rfc('ACK', { MESSAGE_ID: 'a'.repeat(16), STATUS: 'RECEIVED' }), FROM_MAI, ada)
    ada.sent.length = 0
    ada.events.length = 0
  }

  test('that acknowledged before: is sent 4 times, every 2 s, with the same bytes; the next one only once', () => {
    acknowledged()
    const from = lan.now
    dm(ID)
    lan.step(7_900)
    expect(ada.eventsOf('sent')).toEqual([])
    lan.step(2_000)
    expect(sendings(from).map(([ms]) => ms)).toEqual([0, 2_000, 4_000, 6_000])
    expect(new Set(sendings(from).map(([, bytes]) => bytes)).size).toBe(1)
    expect(ada.eventsOf('sent')).toMatchObject([{ id: ID, to: MAI, ok: true, confirmed: false }])

    dm('1'.repeat(16))
    lan.step(20_000)
    expect(sendings(from)).toHaveLength(5)
  })

  test('acknowledged after its third copy: is not sent again', () => {
    acknowledged()
    dm(ID)
    lan.step(5_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    lan.step(20_000)
    expect(sendings(START)).toHaveLength(3)
    expect(ada.eventsOf('sent')).toMatchObject([{ confirmed: true }])
  })

  test.each([
    ['from another program that is there', FROM_EVE, ID],
    ['from an unknown address', { host: '10.77.0.99', port: 50_999 }, ID],
    ['for another message', FROM_MAI, 'f'.repeat(16)],
  ])('is not confirmed by an ACK %s', (_name, from, id) => {
    addForeign(lan, EVE)
    dm(ID)
    lan.inject(rfc('ACK', { MESSAGE_ID: id, STATUS: 'RECEIVED' }), from, ada)
    lan.step(10_000)
    expect(ada.eventsOf('sent')).toMatchObject([{ to: MAI, confirmed: false }])
  })

  test('is confirmed by an ACK from any port of its machine, also with two programs there', () => {
    lan.inject(rfc('PROFILE', { USER_ID: 'max@10.77.0.11', DISPLAY_NAME: 'Max', STATUS: '' }), FROM_MAI, ada)
    dm(ID, 'max@10.77.0.11')
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), { host: '10.77.0.11', port: 41_234 }, ada)
    expect(ada.eventsOf('sent')).toMatchObject([{ to: 'max@10.77.0.11', confirmed: true }])
  })

  test('that is acknowledged twice: is confirmed once', () => {
    dm(ID)
    for (let time = 0; time < 2; time++)
      lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    expect(ada.eventsOf('sent')).toHaveLength(1)
  })

  test('after a late ACK: the next one is sent again until it is acknowledged', () => {
    dm(ID)
    lan.step(10_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    dm('1'.repeat(16))
    lan.step(10_000)
    expect(sendings(START)).toHaveLength(5)
  })

  test('that leaves: is reported as not delivered', () => {
    dm(ID)
    lan.inject(seed('REVOKE', { USER_ID: MAI, TIMESTAMP: NOW }), FROM_MAI, ada)
    lan.remove(mai)
    lan.step(4_000)
    expect(ada.eventsOf('left')).toMatchObject([{ peer: { userId: MAI }, reason: 'left' }])
    expect(ada.eventsOf('sent')).toEqual([
      { kind: 'sent', id: ID, to: MAI, ok: false, confirmed: false, reason: 'it has left' },
    ])
  })

  test('of a legacy client: is sent once, and reported at once', () => {
    const program = new SeedStandIn('zed@10.77.0.12', 8421)
    lan.add(program, '10.77.0.12', 8421)
    lan.step(0)
    for (const id of [ID, '1'.repeat(16)]) {
      dm(id, 'zed@10.77.0.12')
      expect(ada.eventsOf('sent').at(-1)).toMatchObject({ id, ok: true, confirmed: false, reason: '' })
    }
    lan.step(20_000)
    expect(program.of('DM')).toHaveLength(2)
    expect(ada.eventsOf('sent')).toHaveLength(2)
  })

  test('that never acknowledged: the same id is not sent a second time', () => {
    dm(ID)
    lan.inject(seed('REVOKE', { USER_ID: MAI, TIMESTAMP: NOW }), FROM_MAI, ada)
    lan.step(4_000)
    mai.program.sendEverybody(mai.program.profile())
    lan.step(100)
    dm(ID)
    lan.step(20_000)
    expect(mai.program.of('DM')).toHaveLength(1)
    expect(ada.eventsOf('sent').at(-1)).toMatchObject({ id: ID, ok: true, confirmed: false })
  })

  test('that acknowledged a FOLLOW: is sent again until it is acknowledged', () => {
    lan.command(ada, { kind: 'follow', to: MAI, following: true })
    const [follow] = ada.messages('FOLLOW')
    lan.inject(rfc('ACK', { MESSAGE_ID: follow?.messageId ?? '', STATUS: 'RECEIVED' }), FROM_MAI, ada)
    const from = lan.now
    dm(ID)
    lan.step(3_000)
    lan.inject(rfc('ACK', { MESSAGE_ID: ID, STATUS: 'RECEIVED' }), FROM_MAI, ada)
    lan.step(20_000)
    expect(sendings(from).map(([ms]) => ms)).toEqual([0, 2_000])
    expect(ada.eventsOf('sent')).toMatchObject([{ id: ID, confirmed: true }])
  })

  test('counts as sent when this node leaves, if it is sent only once', () => {
    dm(ID)
    lan.command(ada, { kind: 'quit' })
    expect(ada.eventsOf('sent')).toMatchObject([{ id: ID, ok: true, confirmed: false }])
  })

  test('stays open when this node leaves, if it would be sent again', () => {
    acknowledged()
    dm(ID)
    lan.command(ada, { kind: 'quit' })
    expect(ada.eventsOf('sent')).toEqual([])
  })

  test('is reported under the user id that it was sent to, after a change of that', () => {
    dm(ID)
    const renamed = rfc('PROFILE', { USER_ID: 'mai@laptop', DISPLAY_NAME: 'Mai', STATUS: '' })
    lan.inject(renamed, FROM_MAI, ada)
    lan.step(10_000)
    expect(ada.eventsOf('sent')).toMatchObject([{ id: ID, to: MAI }])
  })
})

describe('a DM to our user', () => {
  test('that comes three times is shown once, and acknowledged each time', () => {
    for (let time = 0; time < 3; time++) lan.inject(dmToAda(), FROM_MAI, ada)
    expect(ada.eventsOf('dm')).toMatchObject([
      { id: ID, text: 'coffee?', from: { userId: MAI }, sentAt: START },
    ])
    expect(ada.messages('ACK').map(({ messageId }) => messageId)).toEqual([ID, ID, ID])
    expect(ada.sent.filter(({ type }) => type === 'ACK').map(({ to }) => to)).toEqual([
      FROM_MAI,
      FROM_MAI,
      FROM_MAI,
    ])
  })

  test('with one id for all messages: each text is shown', () => {
    for (const CONTENT of ['one', 'two', 'one']) lan.inject(dmToAda({ CONTENT }), FROM_MAI, ada)
    expect(ada.eventsOf('dm').map(({ text }) => text)).toEqual(['one', 'two'])
  })

  test('with one id from two senders: both are shown', () => {
    addForeign(lan, EVE)
    lan.inject(dmToAda(), FROM_MAI, ada)
    lan.inject(dmToAda({ FROM: EVE, TOKEN: token('chat', EVE) }), FROM_EVE, ada)
    expect(ada.eventsOf('dm').map(({ from }) => from.userId)).toEqual([MAI, EVE])
  })

  test('without an id: is shown once a second, under an id that we make, and not acknowledged', () => {
    const text = rfc('DM', { FROM: MAI, TO: ADA, CONTENT: 'hi', TOKEN: token('chat') })
    for (let time = 0; time < 3; time++) lan.inject(text, FROM_MAI, ada)
    lan.step(1_000)
    lan.inject(text, FROM_MAI, ada)
    expect(ada.eventsOf('dm').map(({ id }) => /^[0-9a-f]{16}$/.test(id))).toEqual([true, true])
    expect(new Set(ada.eventsOf('dm').map(({ id }) => id)).size).toBe(2)
    expect(ada.messages('ACK')).toEqual([])
  })

  test.each<[string, number | undefined, number]>([
    ['none', undefined, START],
    ['in fractions', NOW - 0.5, START - 500],
    ['an hour ago', NOW - 3600, START - 3_600_000],
    ['1970', 5, START],
    ['in milliseconds', START, START],
  ])('has our time if its own is not plausible: %s', (_name, TIMESTAMP, expected) => {
    const fields = { FROM: MAI, TO: ADA, CONTENT: 'hi', TOKEN: token('chat') }
    lan.inject(rfc('DM', TIMESTAMP === undefined ? fields : { ...fields, TIMESTAMP }), FROM_MAI, ada)
    expect(ada.eventsOf('dm').map(({ sentAt }) => sentAt)).toEqual([expected])
  })

  test.each([
    ['to another user', 'TO', 'bob@10.77.0.12', 'it is for bob@10.77.0.12'],
    ['to our name at another address', 'TO', 'ada@10.77.0.2', 'it is for ada@10.77.0.2'],
    ['that claims to be from us', 'FROM', ADA, `the token belongs to ${MAI}, not to ${ADA}`],
  ])('is dropped %s', (_name, key, value, reason) => {
    lan.inject(dmToAda({ [key]: value }), FROM_MAI, ada)
    expect(ada.eventsOf('dm')).toEqual([])
    expect([...ada.program.dropped.keys()]).toEqual([reason])
    expect(ada.messages('ACK')).toEqual([])
  })

  test('that claims to be from us, with a token of ours: is dropped', () => {
    lan.inject(dmToAda({ FROM: ADA, TOKEN: token('chat', ADA) }), FROM_MAI, ada)
    expect([...ada.program.dropped.keys()]).toEqual(['it says that it is from us'])
  })

  test.each(['ada@10.77.0.1', 'ada@127.0.0.1', 'ada@laptop'])('is accepted for %s', (TO) => {
    lan.inject(dmToAda({ TO }), FROM_MAI, ada)
    expect(ada.eventsOf('dm')).toHaveLength(1)
  })

  test('with an id that cannot be repeated: is dropped', () => {
    lan.inject(dmToAda({ MESSAGE_ID: 'a\u000bb' }), FROM_MAI, ada)
    expect(ada.eventsOf('dm')).toEqual([])
    expect([...ada.program.dropped.keys()]).toEqual(['MESSAGE_ID must be one line'])
  })
})
