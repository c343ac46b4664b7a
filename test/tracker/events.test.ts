/**
 * GET /events: the membership of channels as it changes, and what a broken feed says about its peer.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { until } from '../support/wait.ts'
import { get, post } from '../support/ask.ts'
import { EventReader } from '../support/event-reader.ts'
import { startTracker } from '../support/trackers.ts'

type Running = Awaited<ReturnType<typeof startTracker>>

let running: Running

beforeEach(async () => {
  running = await startTracker()
})

afterEach(() => {
  expect(running.errors, 'nothing was a mistake of the tracker').toEqual([])
})

const alice = { ip: '127.0.0.1', port: 8000, name: 'alice' }
const bob = { ip: '127.0.0.1', port: 8001, name: 'bob' }

function follow(query: string, headers: Record<string, string> = {}): Promise<EventReader> {
  return EventReader.open(`http://127.0.0.1:${running.port}/events?${query}`, headers)
}

/** Each event in short: its kind, its channel, and the name of its peer. */
function inShort(feed: EventReader): string[] {
  return feed.parsed.map(({ event, data }) => {
    const peer = data['peer'] as { name: string } | undefined
    return [event, data['channel'], ...(peer === undefined ? [] : [peer.name])].join(' ')
  })
}

/** Waits until `count` events came. */
async function events(feed: EventReader, count: number): Promise<EventReader['parsed']> {
  await until(() => feed.events.length >= count, `${count} events`)
  return feed.parsed
}

async function join(peer: typeof alice, channel: string): Promise<void> {
  await post(running.port, '/add-list', { channel, peer })
}

describe('what the feed sends', () => {
  test('the members first, in the form of /add-list', async () => {
    await join(alice, 'general')
    await join(bob, 'ops')
    const [first] = await events(await follow('channel=general'), 1)
    expect(first?.event).toBe('members')
    expect(first?.data).toMatchObject({ status: 'ok', channel: 'general', members: [alice], member_count: 1 })
  })

  test('then joins, parts, leaves and renames, in order', async () => {
    await join(alice, 'general')
    const feed = await follow('channel=%23General')
    await events(feed, 1)
    await join(bob, 'general')
    await post(running.port, '/submit-info', { ...bob, name: 'robert' })
    await post(running.port, '/remove-list', { channel: 'general', peer: bob })
    await post(running.port, '/leave', alice)
    await events(feed, 5)
    expect(inShort(feed)).toEqual([
      'members general',
      'joined general bob',
      'renamed general robert',
      'parted general robert',
      'parted general alice',
    ])
    expect(feed.parsed.at(2)?.data).toMatchObject({ before: 'bob' })
    expect(feed.parsed.at(3)?.data).toMatchObject({ peer: { ...bob, name: 'robert' }, reason: 'left' })
  })

  test('events of the chosen channels, and of no others', async () => {
    const feed = await follow('channel=general&channel=ops&channel=general')
    await events(feed, 2)
    await join(alice, 'elsewhere')
    await join(alice, 'ops')
    await join(alice, 'general')
    await events(feed, 4)
    expect(inShort(feed)).toEqual([
      'members general',
      'members ops',
      'joined ops alice',
      'joined general alice',
    ])
  })

  test('an event for each lease that ends', async () => {
    await join(alice, 'general')
    await post(running.port, '/heartbeat', alice)
    const feed = await follow('channel=general')
    await events(feed, 1)
    running.clock.advanceSync(TIMES.lease)
    await events(feed, 2)
    expect(feed.parsed.at(1)?.data).toMatchObject({ kind: 'parted', reason: 'timed out', peer: alice })
  })

  test('a channel of a thousand is one event', async () => {
    const { registry } = running.tracker
    const now = running.clock.now()
    for (let n = 0; n < 1000; n++) {
      const peer = { ip: '127.0.0.1', port: 20_000 + n, name: `"${n}"`.padEnd(32, '"') }
      registry.register(peer, now)
      for (const channel of ['general', 'ops', 'channel'.padEnd(60, 'x')]) {
        registry.join(`127.0.0.1:${peer.port}`, channel)
      }
    }
    const [first] = await events(await follow('channel=general'), 1)
    expect(first?.data['members']).toHaveLength(1000)
  })

  test.each([
    ['no channel', '', 400, 'channel'],
    ['a channel with a space', '?channel=a%20b', 422, 'channel'],
    ['a port that is none', '?channel=x&port=http', 400, 'port'],
    [
      'too many channels',
      `?${Array.from({ length: 33 }, (_, n) => `channel=c${n}`).join('&')}`,
      422,
      'channel',
    ],
  ])('refuses %s', async (_name, query, status, field) => {
    const answer = await get(running.port, `/events${query}`)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ field })
  })

  test('32 channels can be followed', async () => {
    const feed = await follow(Array.from({ length: 32 }, (_, n) => `channel=c${n}`).join('&'))
    await events(feed, 32)
  })
})

describe('a client that reconnects', () => {
  test('with Last-Event-ID gets the events that it missed, and no others', async () => {
    const first = await follow('channel=general')
    await join(alice, 'general')
    await events(first, 2)
    first.close()
    await join(bob, 'general')
    await join(bob, 'elsewhere')
    await post(running.port, '/leave', alice)
    const second = await follow('channel=general', { 'Last-Event-ID': first.events.at(1)?.id ?? '' })
    await events(second, 2)
    await join(alice, 'general')
    await events(second, 3)
    expect(inShort(second)).toEqual(['joined general bob', 'parted general alice', 'joined general alice'])
  })

  test.each([
    ['of a tracker that was restarted', () => 'another-1'],
    ['that makes no sense', () => 'what'],
    ['from the future', (id: string) => id.replace(/-\d+$/, '-999')],
  ])('with an id %s gets the members again', async (_name, change) => {
    const first = await follow('channel=general')
    await join(alice, 'general')
    await events(first, 2)
    const second = await follow('channel=general', { 'Last-Event-ID': change(first.events.at(1)?.id ?? '') })
    await events(second, 1)
    expect(inShort(second)).toEqual(['members general'])
  })
})

describe('a feed that breaks', () => {
  /** A peer with heartbeats that follows #general, and a client that watches. */
  async function aliceFollows() {
    const suspect = vi.spyOn(running.tracker.registry, 'suspect')
    await join(alice, 'general')
    await post(running.port, '/heartbeat', alice)
    const watcher = await follow('channel=general')
    await events(watcher, 1)
    const own = await follow(`channel=general&ip=127.0.0.1&port=${alice.port}`)
    await events(own, 1)
    return { watcher, own, suspected: () => suspect.mock.calls.length > 0 }
  }

  test('removes its peer after TIMES.suspicion', async () => {
    const { watcher, own, suspected } = await aliceFollows()
    own.close()
    await until(suspected, 'the suspicion')
    running.clock.advanceSync(TIMES.suspicion - 1)
    expect((await get(running.port, '/get-list?channel=general')).json).toMatchObject({ peers: [alice] })
    running.clock.advanceSync(TIMES.sweep)
    await events(watcher, 2)
    expect(watcher.parsed.at(1)).toMatchObject({
      event: 'parted',
      data: { peer: alice, reason: 'connection lost' },
    })
    expect((await get(running.port, '/get-list?channel=general')).json).toMatchObject({ peers: [] })
  })

  test('does not remove its peer if it is opened again in time', async () => {
    const { watcher, own, suspected } = await aliceFollows()
    own.close()
    await until(suspected, 'the suspicion')
    running.clock.advanceSync(TIMES.suspicion - 1)
    await events(await follow(`channel=general&port=${alice.port}`), 1)
    running.clock.advanceSync(2 * TIMES.suspicion)
    expect((await get(running.port, '/get-list?channel=general')).json).toMatchObject({ peers: [alice] })
    expect(inShort(watcher)).toEqual(['members general'])
  })

  test('without a port says nothing about any peer', async () => {
    const { watcher, own, suspected } = await aliceFollows()
    watcher.close()
    await join(bob, 'general')
    await events(own, 2)
    running.clock.advanceSync(TIMES.suspicion * 2)
    expect(suspected()).toBe(false)
    expect((await get(running.port, '/get-list?channel=general')).json).toMatchObject({ peers: [alice, bob] })
  })
})

test('the tracker ends every feed when it closes', async () => {
  const other = await startTracker()
  const response = await fetch(`http://127.0.0.1:${other.port}/events?channel=general`)
  const read = response.text()
  await other.tracker.close()
  expect(await read).toContain('event: members')
})
