/** Wrong times on messages, and clocks that leap between a message and its reading: its place, and its age in a history. */
import { describe, expect, test } from 'vitest'
import { textOf } from '../../../src/chat/content.ts'
import { TIMES } from '../../../src/chat/limits.ts'
import { incomingMessage } from '../../../src/chat/wire/messages.ts'
import { historyAnswer } from '../../../src/peer/messages/history-service.ts'
import { startMessages } from './support.ts'
import { ManualClock } from '../../support/clock.ts'

const SECOND = 1_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const BOB = { ip: '10.0.0.2', port: 8000, name: 'bob', identity: 'b0b0b0b0b0b0b0b0' }
const CAROL = { ip: '10.0.0.3', port: 8000, name: 'carol', identity: 'ca401ca401ca401c' }

/** A peer in #general, what it shows, and what comes in: fields as they are on the wire. */
async function start() {
  const { clock, store, inbox, events, say } = await startMessages()
  const receive = (text: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const message = { id: text, from: BOB, channel: 'general', message: text, ts: clock.wall() / 1000 }
    inbox.receive(incomingMessage({ ...message, ...fields }, BOB.ip), BOB.ip)
  }
  const order = (): string[] =>
    store.page('general', 100).entries.map(({ message }) => textOf(message.content))
  return { clock, store, inbox, shown: events, receive, say, order }
}

/** The `seq` of a sender whose clock is right, now. */
function seqAt(clock: ManualClock, offset = 0): number {
  return Math.floor((clock.now() + offset) * 1000)
}

describe('after one bad message the next lines of its sender stand where they arrive', () => {
  test.each<[what: string, bad: (clock: ManualClock) => Record<string, unknown>]>([
    ['the greatest order there is, and 5 hours old', () => ({ seq: Number.MAX_SAFE_INTEGER, age: 18_000 })],
    ['the greatest order, and a year old', () => ({ seq: Number.MAX_SAFE_INTEGER, age: 31_535_970 })],
    ['an order of this evening, and 5 hours old', (clock) => ({ seq: seqAt(clock, 10 * HOUR), age: 18_000 })],
    [
      'an order of this evening, and a year old',
      (clock) => ({ seq: seqAt(clock, 10 * HOUR), age: 31_535_970 }),
    ],
    [
      'an order of this evening, and endlessly old',
      (clock) => ({ seq: seqAt(clock, 10 * HOUR), age: 1e300 }),
    ],
    ['5 hours old, without an order', () => ({ age: 18_000 })],
    ['sent in 1970', () => ({ ts: 0 })],
    ['sent in the last year that there is', () => ({ ts: 8.64e15 })],
    ['a negative age', () => ({ age: -1e9 })],
    ['an age that is no number', () => ({ age: NaN, seq: NaN })],
  ])('%s', async (_what, bad) => {
    const { clock, store, shown, receive, order } = await start()
    receive('first', { from: CAROL, seq: seqAt(clock) })
    await clock.advance(5 * SECOND)
    receive('bad', bad(clock))
    for (const text of ['one', 'two', 'three']) {
      await clock.advance(5 * SECOND)
      receive(text, { seq: seqAt(clock) })
      expect(shown.at(-1)).toMatchObject({ at: clock.wall(), receivedAt: clock.wall(), late: false })
      receive(`${text} of carol`, { from: CAROL, seq: seqAt(clock) })
    }
    const lines = ['one', 'one of carol', 'two', 'two of carol', 'three', 'three of carol']
    expect(order().filter((text) => text !== 'bad')).toEqual(['first', ...lines])
    const { messages } = JSON.parse(
      historyAnswer('general', store.since('general', store.now() - HOUR, 100), store.now()),
    ) as { messages: { message: string }[] }
    const fresh = messages.map(({ message }) => message).filter((text) => text !== 'bad')
    expect(fresh).toEqual(['first', ...lines])
    await clock.advance(TIMES.longestWait + DAY)
    expect(order()).toHaveLength(8)
  })
})

describe('an order that is too far ahead is none', () => {
  test.each<[name: string, over: number, isKept: boolean]>([
    ['seqAhead, at the limit', 0, true],
    ['seqAhead, one over', 1, false],
  ])('%s', async (_name, over, isKept) => {
    const { clock, shown, receive } = await start()
    receive('one', { seq: (clock.now() + TIMES.seqAhead) * 1000 + over })
    expect(shown[0]?.message.seq !== undefined).toBe(isKept)
  })

  test.each<[name: string, ms: number]>([
    ['20 years', -20 * YEAR],
    ['a day', -DAY],
  ])('but not because the own clock is set back by %s', async (_name, ms) => {
    const { clock, shown, receive } = await start()
    clock.set(ms)
    receive('one', { seq: seqAt(clock) })
    expect(shown[0]?.message.seq).toBe(seqAt(clock))
  })
})

describe('the own clock leaps', () => {
  test.each<[name: string, ms: number]>([
    ['an hour forward', HOUR],
    ['25 hours forward', 25 * HOUR],
    ['400 days forward', 400 * DAY],
    ['an hour back', -HOUR],
    ['25 hours back', -25 * HOUR],
    ['20 years back', -20 * YEAR],
  ])('%s and back: the order stays, seq rises, and the history has each age', async (_name, ms) => {
    const { clock, store, shown, receive, say, order } = await start()
    const lines: string[] = []
    for (const offset of [0, ms, 0]) {
      clock.set(offset)
      await clock.advance(60 * SECOND)
      say(`ours, ${lines.length}`)
      receive(`theirs, ${lines.length}`, { seq: seqAt(clock) })
      lines.push(`ours, ${lines.length}`, `theirs, ${lines.length}`)
      expect(shown.slice(-2)).toMatchObject([
        { at: clock.wall(), late: false },
        { at: clock.wall(), late: false },
      ])
    }
    expect(order()).toEqual(lines)
    const seqs = shown.filter(({ own }) => own).map(({ message }) => message.seq ?? NaN)
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other))
    const answer = JSON.parse(
      historyAnswer('general', store.since('general', store.now() - DAY, 100), store.now()),
    ) as { messages: { age: number }[] }
    expect(answer.messages.map(({ age }) => Math.round(age))).toEqual([120, 120, 60, 60, 0, 0])
  })

  test('a message by history is no older than a day', async () => {
    const { inbox, clock, shown } = await start()
    const fields = { id: 'a', from: CAROL, channel: 'general', message: 'a', ts: 1, age: 29 * 86_400 }
    inbox.receiveMissed(incomingMessage(fields, BOB.ip), BOB.ip, BOB.port)
    expect(shown[0]).toMatchObject({ at: clock.wall() - TIMES.caughtUp, late: true })
  })

  test('a copy that says that it is older moves nothing', async () => {
    const { clock, receive, order, store } = await start()
    receive('one', { seq: seqAt(clock) })
    await clock.advance(SECOND)
    receive('two', { seq: seqAt(clock) })
    const before = store.page('general', 10).entries
    for (const age of [60, 18_000, 86_400, 1e9]) receive('two', { age, seq: 5 })
    expect(order()).toEqual(['one', 'two'])
    expect(store.page('general', 10).entries).toEqual(before)
  })
})
