/** Feeds of which only the last event of a topic is kept, and places in them that are known otherwise. */
import { expect, test } from 'vitest'
import { SYSTEM_CLOCK } from '../../src/http/transport/clock.ts'
import { EventStreamParser } from '../../src/http/event-stream.ts'
import { EventFeed } from '../../src/http/events.ts'

/** The events that a reader with this last id gets at once. */
async function beginning(feed: EventFeed, lastId: string | undefined): Promise<string[]> {
  const leaving = new AbortController()
  const first = () => [{ event: 'first', data: '0' }]
  const { body } = feed.answerSince(lastId, leaving.signal, () => true, first)
  for await (const text of body) {
    leaving.abort()
    return new EventStreamParser().push(text).map(({ event, data }) => `${event} ${data}`)
  }
  throw new Error('nothing came')
}

function feedWith(ring: number): EventFeed {
  const feed = new EventFeed('epoch', SYSTEM_CLOCK, { ring, replaces: (topic) => topic === 'state' })
  feed.publish('state', 'state', 1)
  feed.publish('news', 'news', 2)
  feed.publish('state', 'state', 3)
  feed.publish('news', 'news', 4)
  return feed
}

test.each([
  ['epoch-0', ['first 0']],
  ['epoch-1', ['news 2', 'state 3', 'news 4']],
  ['epoch-2', ['state 3', 'news 4']],
  ['epoch-3', ['news 4']],
  ['epoch-4', []],
  ['epoch-5', ['first 0']],
  [undefined, ['first 0']],
])('after %s: %j', async (lastId, expected) => {
  expect(await beginning(feedWith(10), lastId)).toEqual(expected)
})

test('what was replaced takes no place in the ring', async () => {
  expect(await beginning(feedWith(3), 'epoch-1')).toEqual(['news 2', 'state 3', 'news 4'])
})

test('lastId: of the last event, and before it of none', () => {
  expect(new EventFeed('epoch', SYSTEM_CLOCK).lastId).toBe('epoch-0')
  expect(feedWith(1).lastId).toBe('epoch-4')
})
