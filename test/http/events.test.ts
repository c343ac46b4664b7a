/** Server-sent events: replay, first state, readers that do not read, and the whole way over sockets. */
import { afterEach, describe, expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { SYSTEM_CLOCK } from '../../src/http/transport/clock.ts'
import { EventStreamParser, type ServerSentEvent } from '../../src/http/event-stream.ts'
import { EventFeed, type FeedOptions } from '../../src/http/events.ts'
import { serve } from './support.ts'
import { request } from './values.ts'
import { turn } from '../support/wait.ts'
import type { Response } from '../../src/http/message.ts'

const everything = (): boolean => true
const feeds: EventFeed[] = []

function feedOf(options: FeedOptions = {}): EventFeed {
  const feed = new EventFeed('e1', SYSTEM_CLOCK, { heartbeat: 600_000, ...options })
  feeds.push(feed)
  return feed
}

afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close()
})

/** A reader of the body of an answer, as the server would be. */
class Reader {
  readonly #pieces: AsyncIterator<string>
  readonly #parser = new EventStreamParser()
  readonly gone = new AbortController()
  readonly response: Response
  text = ''
  ended = false

  constructor(
    feed: EventFeed,
    lastId?: string,
    {
      wants = everything,
      first = [],
    }: { wants?: (topic: string) => boolean; first?: readonly Omit<ServerSentEvent, 'id'>[] } = {},
  ) {
    const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId }
    this.response = feed.answer(request({ headers }), this.gone.signal, wants, () => first)
    this.#pieces = (this.response.body as AsyncIterable<string>)[Symbol.asyncIterator]()
  }

  /** The events of the next piece. */
  async next(): Promise<ServerSentEvent[]> {
    const { value, done } = (await this.#pieces.next()) as IteratorResult<string, undefined>
    if (done === true) this.ended = true
    this.text += value ?? ''
    return this.#parser.push(value ?? '')
  }
}

const event = (number: number, data: string, name = 'message'): ServerSentEvent => ({
  id: `e1-${number}`,
  event: name,
  data,
})

describe('EventFeed', () => {
  test('an answer that says what it is', () => {
    const { response } = new Reader(feedOf())
    expect(response).toMatchObject({
      status: 200,
      headers: {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
    })
  })

  test('a new reader gets the first state, then what happens', async () => {
    const feed = feedOf()
    feed.publish('t', 'message', 'before')
    const reader = new Reader(feed, undefined, { first: [{ event: 'peers', data: '[]' }] })
    expect(await reader.next()).toEqual([event(1, '[]', 'peers')])
    feed.publish('t', 'message', { text: 'grüße\n' })
    feed.publish('t', 'left', null)
    expect(await reader.next()).toEqual([event(2, '{"text":"grüße\\n"}'), event(3, 'null', 'left')])
  })

  test('a reader that waits is woken', async () => {
    const feed = feedOf()
    const reader = new Reader(feed)
    await reader.next()
    const next = reader.next()
    await turn()
    feed.publish('t', 'message', 1)
    expect(await next).toEqual([event(1, '1')])
  })

  test('only topics that are wanted', async () => {
    const feed = feedOf()
    const reader = new Reader(feed, undefined, { wants: (topic) => topic === 'mine' })
    await reader.next()
    feed.publish('theirs', 'message', 1)
    feed.publish('mine', 'message', 2)
    expect(await reader.next()).toEqual([event(2, '2')])
    const back = new Reader(feed, 'e1-0', { wants: (topic) => topic === 'mine' })
    expect(await back.next()).toEqual([event(2, '2')])
  })

  test.each([
    ['the last but one', 'e1-4', [5]],
    ['the last: nothing was missed', 'e1-5', []],
    ['the oldest that the ring can serve', 'e1-2', [3, 4, 5]],
  ])('a reader that comes back gets what it missed: after %s', async (_name, lastId, numbers) => {
    const feed = feedOf({ ring: 3 })
    for (let n = 1; n <= 5; n++) feed.publish('t', 'message', n)
    const reader = new Reader(feed, lastId, { first: [{ event: 'peers', data: '[]' }] })
    expect(await reader.next()).toEqual(numbers.map((n) => event(n, String(n))))
    feed.publish('t', 'message', 6)
    expect(await reader.next()).toEqual([event(6, '6')])
  })

  test.each([
    ['away for too long', 'e1-1'],
    ['of an earlier run', 'e0-5'],
    ['from the future', 'e1-6'],
    ['of another kind', 'x'],
    ['not a number', 'e1-x'],
    ['not whole', 'e1-4.5'],
    ['below zero', 'e1--1'],
    ['hexadecimal', 'e1-0x4'],
    ['with an exponent', 'e1-4e0'],
    ['with a sign', 'e1-+4'],
    ['with a space', 'e1- 4'],
    ['nothing', 'e1-'],
    ['empty', ''],
  ])('an id that cannot be served gets the first state: %s', async (_name, lastId) => {
    const feed = feedOf({ ring: 3 })
    for (let n = 1; n <= 5; n++) feed.publish('t', 'message', n)
    const reader = new Reader(feed, lastId, { first: [{ event: 'peers', data: '[]' }] })
    expect(await reader.next()).toEqual([event(5, '[]', 'peers')])
  })

  test('the id of the first state is a place to come back to', async () => {
    const feed = feedOf()
    const reader = new Reader(feed, undefined, { first: [{ event: 'peers', data: '[]' }] })
    const [state] = await reader.next()
    feed.publish('t', 'message', 1)
    expect(await new Reader(feed, state?.id).next()).toEqual([event(1, '1')])
  })

  test('heartbeats, which are no events', async () => {
    const feed = feedOf({ heartbeat: 20 })
    const reader = new Reader(feed)
    for (let n = 0; n < 3; n++) expect(await reader.next()).toEqual([])
    expect(reader.text).toMatch(/^(?:: alive\n\n){3,}$/)
  })

  test('a reader that does not read is cut when too much waits, and memory does not grow on', async () => {
    const feed = feedOf({ backlog: 1_000 })
    const reader = new Reader(feed)
    await reader.next()
    for (let n = 0; n < 1_000; n++) feed.publish('t', 'message', 'x'.repeat(100))
    await reader.next()
    expect(reader.ended).toBe(true)
    expect(reader.text.length).toBeLessThan(2_000)
    expect(feed.readers).toBe(0)
  })

  test('one slow reader does not cut the others', async () => {
    const feed = feedOf({ backlog: 1_000 })
    const slow = new Reader(feed)
    const quick = new Reader(feed)
    await slow.next()
    await quick.next()
    for (let n = 0; n < 30; n++) {
      feed.publish('t', 'message', 'x'.repeat(100))
      expect(await quick.next()).toHaveLength(1)
    }
    await slow.next()
    expect([slow.ended, quick.ended, feed.readers]).toEqual([true, false, 1])
  })

  test.each([
    ['a first state', undefined],
    ['a replay', 'e1-0'],
  ])('%s larger than the backlog is sent all the same', async (_name, lastId) => {
    const feed = feedOf({ backlog: 1_000 })
    for (let n = 0; n < 50; n++) feed.publish('t', 'message', 'x'.repeat(100))
    const first = Array.from({ length: 50 }, () => ({ event: 'message', data: 'x'.repeat(100) }))
    const reader = new Reader(feed, lastId, { first })
    expect(await reader.next()).toHaveLength(50)
    feed.publish('t', 'message', 'more')
    expect(await reader.next()).toEqual([event(51, '"more"')])
  })

  test('a reader that is gone is forgotten', async () => {
    const feed = feedOf()
    const [waiting, late] = [new Reader(feed), new Reader(feed)]
    await waiting.next()
    await late.next()
    expect(feed.readers).toBe(2)
    const end = waiting.next()
    waiting.gone.abort()
    await end
    expect([waiting.ended, feed.readers]).toEqual([true, 1])
    late.gone.abort()
    await late.next()
    expect([late.ended, feed.readers]).toEqual([true, 0])
  })

  test('close() ends every stream, and those that come later', async () => {
    const feed = feedOf()
    const readers = Array.from({ length: 3 }, () => new Reader(feed))
    for (const reader of readers) await reader.next()
    const ends = readers.map((reader) => reader.next())
    feed.close()
    await Promise.all(ends)
    expect(readers.map(({ ended }) => ended)).toEqual([true, true, true])
    expect(feed.readers).toBe(0)
    const late = new Reader(feed)
    for (let n = 0; n < 2 && !late.ended; n++) await late.next()
    expect(late.ended).toBe(true)
  })

  test('many readers leave no warning about listeners', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error): unknown => warnings.push(warning)
    process.on('warning', warn)
    try {
      const feed = feedOf()
      const readers = Array.from({ length: 50 }, () => new Reader(feed))
      for (const reader of readers) await reader.next()
      await turn()
      await turn()
      expect(warnings).toEqual([])
    } finally {
      process.off('warning', warn)
    }
  })

  test('an answer that is not read, as to HEAD, is no reader', () => {
    const feed = feedOf()
    expect(new Reader(feed).response.status).toBe(200)
    expect(feed.readers).toBe(0)
  })
})

describe('over sockets', () => {
  async function* events(pieces: AsyncIterable<Buffer>): AsyncGenerator<ServerSentEvent> {
    const parser = new EventStreamParser()
    const decoder = new TextDecoder()
    for await (const piece of pieces) yield* parser.push(decoder.decode(piece, { stream: true }))
  }

  test('server to client, cut off and continued', async () => {
    const feed = feedOf()
    await using server = await serve((asked, { signal }) => feed.answer(asked, signal, everything, () => []))
    await using client = new Client()
    const follow = (headers = {}) =>
      client.stream(server.address, { method: 'GET', target: '/events', headers })

    const first = await follow()
    await expect.poll(() => feed.readers).toBe(1)
    for (let n = 1; n <= 3; n++) feed.publish('t', 'message', `ünï${n}`)
    const seen: ServerSentEvent[] = []
    for await (const each of events(first.pieces)) if (seen.push(each) === 2) break
    await expect.poll(() => feed.readers).toBe(0)

    feed.publish('t', 'message', 'missed')
    const again = await follow({ 'Last-Event-ID': seen.at(-1)?.id ?? '' })
    for await (const each of events(again.pieces)) if (seen.push(each) === 4) break
    expect(seen.map(({ data }) => JSON.parse(data) as string)).toEqual(['ünï1', 'ünï2', 'ünï3', 'missed'])
  })

  test('closing the feed ends the answers properly', async () => {
    const feed = feedOf()
    await using server = await serve((asked, { signal }) => feed.answer(asked, signal, everything, () => []))
    await using client = new Client()
    const { pieces } = await client.stream(server.address, { method: 'GET', target: '/events' })
    await expect.poll(() => feed.readers).toBe(1)
    feed.publish('t', 'message', 'last words')
    feed.close()
    const seen: string[] = []
    for await (const each of events(pieces)) seen.push(each.data)
    expect(seen).toEqual(['"last words"'])
  })
})
