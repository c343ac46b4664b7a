/** What a peer asks that was away, which peers, how often; and what it makes of the answers. */
import { textOf } from '../../../src/chat/content.ts'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { messageBody } from '../../../src/chat/wire/messages.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import { LAN } from '../../../src/peer/discovery/source.ts'
import { historyAnswer } from '../../../src/peer/messages/history-service.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { HistorySync } from '../../../src/peer/messages/history-sync.ts'
import { Quotas } from '../../../src/peer/server/quotas.ts'
import { NO_CLOSED, membership, selfAt } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, BOB, CAROL } from '../../support/peers.ts'
import { turn } from '../../support/wait.ts'
import type { ChatMessage, Peer } from '../../../src/chat/model.ts'
import type { Address, ReceivedResponse } from '../../../src/http/message.ts'
import type { Entry } from '../../../src/store/store.ts'

const ZED: Peer = { ip: '127.0.0.1', port: 50_000, name: 'zed', lsnp: 'zed@127.0.0.1' }

interface Question {
  readonly host: string
  readonly channel: string | null
  readonly within: number
}

function setUp({
  answer = () => answered(200, '{"messages":[]}'),
  members = [ALICE, BOB],
  random = () => 0.5,
  quotas = { consume: () => undefined },
  clock = new ManualClock(),
}: {
  readonly answer?: () => Promise<ReceivedResponse>
  readonly members?: readonly Peer[]
  readonly random?: () => number
  readonly quotas?: Pick<Quotas, 'consume'>
  readonly clock?: ManualClock
} = {}) {
  const asked: Question[] = []
  const returned: boolean[] = []
  const received: { text: string; age: number; by: string }[] = []
  const { presence, channels } = membership(['ops'])
  for (const peer of members) presence.add(LAN, peer, 'general', Infinity)
  const sync = new HistorySync({
    ...NO_CLOSED,
    clock,
    random,
    client: {
      request: ({ host, port }: Address, { target }: { readonly target: string }) => {
        const url = new URL(target, 'http://x')
        expect(url.pathname).toBe('/p2p/history')
        expect(url.searchParams.get('port')).toBe('7001')
        returned.push(url.searchParams.has('returned'))
        asked.push({
          host: `${host}:${port}`,
          channel: url.searchParams.get('channel'),
          within: Number(url.searchParams.get('within')),
        })
        return answer()
      },
    },
    self: selfAt(ALICE),
    channels,
    presence,
    inbox: {
      receiveMissed: ({ content, age }, by) => {
        received.push({ text: textOf(content), age, by })
      },
    },
    quotas,
    vetting: { problem: () => Promise.resolve(undefined) },
    routes: new Routes(),
    lan: undefined,
  })
  const meet = (peer: Peer, channel = 'general'): void => {
    sync.onPresence({ kind: 'joined', peer, channel })
  }
  const lose = (peer: Peer, channel = 'general'): void => {
    sync.onPresence({ kind: 'parted', peer, channel, reason: 'left' })
  }
  return { sync, meet, lose, clock, asked, returned, received }
}

function answered(status: number, body: string): Promise<ReceivedResponse> {
  return Promise.resolve({ status, body: Buffer.from(body) } as ReceivedResponse)
}

/** A message as an answer has it. */
const SAID = { id: '1', from: { ...CAROL }, channel: 'general', message: 'hi', age: 1 }

const DAY = TIMES.caughtUp / 1000

describe('the peers that are asked', () => {
  test('a member that is met for the first time: for a day', async () => {
    const { meet, clock, asked } = setUp()
    meet(BOB)
    expect(asked).toEqual([])
    await clock.advance(500)
    expect(asked).toEqual([{ host: '127.0.0.1:7002', channel: 'general', within: DAY + 1 }])
  })

  test('one that was lost: for the time since, and a minute more, because a loss is noticed late', async () => {
    const { meet, lose, clock, asked } = setUp()
    lose(BOB)
    await clock.advance(600_000)
    meet(BOB)
    await clock.advance(500)
    expect(asked.map(({ within }) => within)).toEqual([661])
  })

  test.each<[name: string, leap: number, within: number]>([
    ['forward by an hour: for the longer of both', 3_600_000, 3_600_000 / 1000 + 661],
    ['back by an hour: for what was counted', -3_600_000, 661],
    ['back by 20 years: for what was counted', -20 * 365 * 86_400_000, 661],
  ])('one that was lost, while the clock was set %s', async (_name, leap, within) => {
    const { meet, lose, clock, asked } = setUp()
    lose(BOB)
    await clock.advance(600_000)
    clock.set(leap)
    meet(BOB)
    await clock.advance(500)
    expect(asked.map(({ within }) => within)).toEqual([within])
  })

  test('one that was lost in another channel is new in this one', async () => {
    const { meet, lose, clock, asked } = setUp()
    lose(BOB, 'ops')
    meet(BOB)
    await clock.advance(500)
    expect(asked.map(({ within }) => within)).toEqual([DAY + 1])
  })

  test.each<[name: string, peer: Peer, channel: string]>([
    ['a peer that takes datagrams only', ZED, 'general'],
    ['direct messages only', BOB, 'private'],
    ['a channel that this peer left meanwhile', BOB, 'left'],
  ])('not asked: %s', async (_name, peer, channel) => {
    const { meet, clock, asked } = setUp()
    meet(peer, channel)
    await clock.advance(60_000)
    expect(asked).toEqual([])
  })

  test('a peer that is gone before it was asked is not asked', async () => {
    const { meet, lose, clock, asked } = setUp()
    meet(BOB)
    lose(BOB)
    await clock.advance(60_000)
    expect(asked).toEqual([])
  })

  test('one that is lost again before it was asked: for what it was to be asked then', async () => {
    const { asked, meet, lose, clock } = setUp()
    lose(BOB)
    await clock.advance(600_000)
    meet(BOB)
    lose(BOB)
    await clock.advance(100_000)
    meet(BOB)
    await clock.advance(1_000)
    expect(asked.map(({ within }) => within)).toEqual([600 + 100 + 60 + 1])
  })

  test('one that never answered: for the same, when it is met again', async () => {
    const { asked, meet, lose, clock } = setUp({
      answer: () => Promise.reject(new ClientError('timeout', 'no answer')),
    })
    meet(BOB)
    await clock.advance(300_000)
    const before = asked.length
    lose(BOB)
    meet(BOB)
    await clock.advance(1_000)
    expect(asked.slice(before).map(({ within }) => within > 24 * 3_600)).toEqual([true])
  })

  test('no peer is asked twice at a time', async () => {
    const { meet, clock, asked } = setUp()
    meet(BOB)
    meet(BOB)
    await clock.advance(60_000)
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['of few, each', LIMITS.askedForHistory, 0.999, 1],
    ['of many, the lucky ones', 100 * LIMITS.askedForHistory, 0.0099, 1],
    ['of many, not the others', 100 * LIMITS.askedForHistory, 0.01, 0],
  ])('%s', async (_name, count, chance, expected) => {
    const members = Array.from({ length: count }, (_member, index) => ({ ...BOB, port: 10_000 + index }))
    const { meet, clock, asked } = setUp({ members, random: () => chance })
    meet(BOB)
    await clock.advance(500)
    expect(asked).toHaveLength(expected)
  })

  test('no peer after stop()', async () => {
    const { sync, meet, clock, asked } = setUp()
    meet(BOB)
    sync.stop()
    await clock.advance(60_000)
    expect(asked).toEqual([])
  })
})

describe('a peer that asks', () => {
  test('is asked the same, because it had lost this peer', async () => {
    const { sync, clock, asked } = setUp()
    sync.onRequest(BOB, 'general', 90_000)
    await clock.advance(500)
    expect(asked).toEqual([{ host: '127.0.0.1:7002', channel: 'general', within: 91 }])
  })

  test('says that it need not be asked again, so that two do not ask each other for ever', async () => {
    const { sync, meet, clock, returned } = setUp()
    meet(CAROL)
    sync.onRequest(BOB, 'general', 90_000)
    await clock.advance(1_000)
    expect(returned).toEqual([false, true])
  })

  test('is asked only for what was said since it has answered', async () => {
    const { sync, meet, clock, asked } = setUp()
    meet(BOB)
    await clock.advance(10_250)
    sync.onRequest(BOB, 'general', 90_000)
    await clock.advance(1_000)
    expect(asked.map(({ within }) => within)).toEqual([DAY + 1, 16])
  })

  test('is asked once, when it is about to be asked anyway', async () => {
    const { sync, meet, clock, asked } = setUp()
    meet(BOB)
    sync.onRequest(BOB, 'general', 90_000)
    await clock.advance(1_000)
    expect(asked).toHaveLength(1)
  })

  test('one of many is asked only now and then', async () => {
    const members = Array.from({ length: 800 }, (_member, index) => ({ ...BOB, port: 10_000 + index }))
    const { sync, clock, asked } = setUp({ members, random: () => 0.01 })
    sync.onRequest(BOB, 'general', 90_000)
    await clock.advance(1_000)
    expect(asked).toEqual([])
  })
})

describe('a host that asks and tells much', () => {
  const HOST = (port: number): Peer => ({ ip: '10.0.0.66', port, name: `m${port}` })
  const many = Array.from({ length: 8 }, (_, index) => HOST(8_000 + index))

  test('is asked in return once in 20 s in a channel, from whatever port it asks', async () => {
    const { sync, clock, asked } = setUp({ members: many })
    for (const peer of many) sync.onRequest(peer, 'general', 90_000)
    await clock.advance(500)
    expect(asked).toHaveLength(1)
    await clock.advance(TIMES.askedBack - 501)
    expect(asked).toHaveLength(1)
    await clock.advance(501)
    expect(asked).toHaveLength(2)
    sync.onRequest(BOB, 'general', 90_000)
    sync.onRequest(many[0] ?? BOB, 'ops', 90_000)
    await clock.advance(500)
    expect(asked).toHaveLength(4)
  })

  test('counts as a few members, however many it has: others are asked all the same', async () => {
    const ghosts = Array.from({ length: 900 }, (_, index) => HOST(8_000 + index))
    const { meet, clock, asked } = setUp({ members: [...ghosts, CAROL] })
    meet(CAROL)
    await clock.advance(500)
    expect(asked).toHaveLength(1)
  })

  test.each<[name: string, age: number, isKept: boolean]>([
    ['as old as was asked for', 600, true],
    ['older', 600.1, false],
  ])('what is %s', async (_name, age, isKept) => {
    const message = { ...SAID, age }
    const { meet, lose, clock, received } = setUp({
      answer: () => answered(200, JSON.stringify({ messages: [message] })),
    })
    lose(BOB)
    await clock.advance(539_000)
    meet(BOB)
    await clock.advance(500)
    expect(received.map(({ text }) => text)).toEqual(isKept ? ['hi'] : [])
  })

  test('an answer of more than 512 KiB is none', async () => {
    const padded = (bytes: number): string => {
      const messages = { messages: [SAID], pad: '' }
      return JSON.stringify({ ...messages, pad: 'x'.repeat(bytes - JSON.stringify(messages).length) })
    }
    for (const [bytes, kept] of [
      [LIMITS.caughtUpBytes, 1],
      [LIMITS.caughtUpBytes + 4_097, 0],
    ] as const) {
      const { meet, clock, received } = setUp({ answer: () => answered(200, padded(bytes)) })
      meet(BOB)
      await clock.advance(500)
      expect(received).toHaveLength(kept)
    }
  })

  test('is asked again later for what is more than it may send now', async () => {
    const clock = new ManualClock()
    const quotas = new Quotas(clock)
    const messages = Array.from({ length: 600 }, (_, index) => ({ ...SAID, message: `m${index}` }))
    const { meet, asked, received } = setUp({
      answer: () => answered(200, JSON.stringify({ messages })),
      quotas,
      clock,
    })
    quotas.consume('messages', '10.0.0.66', 900)
    meet(HOST(8_000))
    await clock.advance(500)
    const texts = (): number => new Set(received.map(({ text }) => text)).size
    expect([asked.length, texts()]).toEqual([1, 150])
    await clock.advance(60_000)
    expect(texts()).toBe(600)
  })
})

describe('no answer', () => {
  test('after the stop: no peer is asked again', async () => {
    let fail: (error: Error) => void = () => undefined
    const answer = (): Promise<ReceivedResponse> => new Promise((_resolve, reject) => (fail = reject))
    const { sync, meet, clock, asked } = setUp({ answer })
    meet(BOB)
    await clock.advance(250)
    sync.stop()
    fail(new ClientError('closed', 'the client was closed'))
    meet(CAROL)
    await clock.advance(600_000)
    expect(asked).toHaveLength(1)
    expect(clock.due).toEqual([])
  })

  test.each<[name: string, answer: () => Promise<ReceivedResponse>, attempts: number]>([
    ['no listener', () => Promise.reject(new ClientError('refused', 'x')), 5],
    ['too much asked', () => answered(429, '{}'), 5],
    ['in trouble', () => answered(503, '{}'), 5],
    ['another program', () => answered(404, '{}'), 1],
    ['a redirect', () => answered(302, ''), 1],
  ])('%s', async (_name, answer, attempts) => {
    const { meet, clock, asked } = setUp({ answer })
    meet(BOB)
    await clock.advance(600_000)
    expect(asked).toHaveLength(attempts)
  })

  test('the time that passes meanwhile is asked for, too', async () => {
    const { meet, clock, asked } = setUp({ answer: () => answered(503, '{}') })
    meet(BOB)
    await clock.advance(600_000)
    expect(asked.map(({ within }) => within - DAY)).toEqual([1, 2, 6, 21, 61])
  })
})

describe('an answer', () => {
  const said = (text: string, id = text): ChatMessage => ({
    id,
    from: { ...CAROL, identity: '00c0ffee00c0ffee' },
    channel: 'general',
    content: { kind: 'text', text },
    sentAt: 1_000,
    seq: 7,
  })
  const entry = (message: ChatMessage, at: number): Entry => ({
    message,
    conversation: 'general',
    at,
    receivedAt: at,
    own: false,
  })

  test('what one answers is what another reads: with its age, whatever the clocks say', async () => {
    const body = historyAnswer('general', [entry(said('one'), 1_000), entry(said('two'), 61_500)], 121_500)
    const { meet, clock, received } = setUp({ answer: () => answered(200, body) })
    meet(BOB)
    await clock.advance(500)
    expect(received).toEqual([
      { text: 'one', age: 120_500, by: '127.0.0.1' },
      { text: 'two', age: 60_000, by: '127.0.0.1' },
    ])
  })

  test('of more text than fits, the newest', () => {
    const long = 'x'.repeat(8_000)
    const count = Math.ceil(LIMITS.caughtUpBytes / 8_000)
    const entries = Array.from({ length: count }, (_entry, index) => entry(said(long, `${index}`), index))
    const body = historyAnswer('general', entries, 100_000)
    const { messages } = JSON.parse(body) as { messages: { id: string }[] }
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LIMITS.caughtUpBytes + 1_000)
    expect(messages.at(-1)?.id).toBe(`${count - 1}`)
    expect(messages.length).toBeGreaterThan(count - 10)
    expect(messages.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: messages.length }, (_id, index) => count - messages.length + index),
    )
  })

  test.each<[name: string, body: string, received: string[]]>([
    ['no JSON', 'hello', []],
    ['no object', '[1,2]', []],
    ['no messages', '{"channel":"general"}', []],
    ['messages that are no list', '{"messages":7}', []],
    ['an empty list', '{"messages":[]}', []],
    ['what is no message is left out', `{"messages":[7,null,{"a":1},${messageBody(said('one'))}]}`, ['one']],
    ['of another channel', `{"messages":[${messageBody({ ...said('one'), channel: 'ops' })}]}`, []],
    ['too long', `{"messages":[${messageBody(said('x'.repeat(5_000)))}]}`, []],
  ])('%s', async (_name, body, texts) => {
    const { meet, clock, received } = setUp({ answer: () => answered(200, body) })
    meet(BOB)
    await clock.advance(500)
    await turn()
    expect(received.map(({ text }) => text)).toEqual(texts)
  })

  test(`of more than ${LIMITS.caughtUp} messages, the newest`, async () => {
    const count = LIMITS.caughtUp + 1
    const bodies = Array.from({ length: count }, (_body, index) => messageBody(said(`m${index}`)))
    const { meet, clock, received } = setUp({
      answer: () => answered(200, `{"messages":[${bodies.join(',')}]}`),
    })
    meet(BOB)
    await clock.advance(500)
    expect(received).toHaveLength(LIMITS.caughtUp)
    expect(received[0]?.text).toBe('m1')
  })
})
