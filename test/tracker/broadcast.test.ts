/**
 * /broadcast-peer: the tracker passes a message on to the members of a channel, for clients that cannot.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SeedPeer, type SeedPeerOptions } from './support.ts'
import { ask, get, post, type Json } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

type Running = Awaited<ReturnType<typeof startTracker>>

let running: Running
let seeds: SeedPeer[]

beforeEach(async () => {
  running = await startTracker()
  seeds = []
})

afterEach(async () => {
  for (const seed of seeds) await seed[Symbol.asyncDispose]()
  await running.tracker.close()
  expect(running.errors, 'nothing was a mistake of the tracker').toEqual([])
})

/** A registered peer in #general. */
async function member(name: string, options: SeedPeerOptions = {}): Promise<SeedPeer> {
  const seed = await SeedPeer.start(name, running.port, options)
  seeds.push(seed)
  await seed.register()
  await seed.join('general')
  return seed
}

function stored(channel: string): unknown[] {
  return running.tracker.registry.messages(channel).map(({ from, message }) => [from.name, message])
}

describe('a clock that leaps', () => {
  test('a message stored afterwards still has a later time, and the forwarded copy has the new time', async () => {
    const [alice, bob] = [await member('alice'), await member('bob')]
    const say = (message: string) => alice.send('general', message)
    const times = (): number[] => running.tracker.registry.messages('general').map(({ at }) => at)
    await say('one')
    running.clock.set(400 * 86_400_000)
    await say('two')
    running.clock.set(-20 * 365 * 86_400_000)
    await say('three')
    running.clock.set(0)
    await say('four')
    const [one = 0, two = 0, three = 0, four = 0] = times()
    expect([two - one, three - two, four - three]).toEqual([400 * 86_400_000, 1, 1])
    expect(bob.inbox.map(({ ts }) => Number(ts) * 1000 - running.clock.now())).toEqual([
      ...[0, 400 * 86_400_000, -20 * 365 * 86_400_000, 0],
    ])
  })
})

describe('recipients', () => {
  test('every other member, not the sender, not those elsewhere', async () => {
    const [alice, bob, carol] = [await member('alice'), await member('bob'), await member('carol')]
    const dave = await SeedPeer.start('dave', running.port)
    seeds.push(dave)
    await dave.register()
    await dave.join('ops')
    const answer = await alice.send('general', 'hello')
    expect(answer).toMatchObject({ status: 'ok', channel: 'general', peers: [bob.info, carol.info] })
    expect(answer['forwarded']).toEqual([
      { peer: bob.id, ok: true },
      { peer: carol.id, ok: true },
    ])
    const message = { from: alice.info, channel: 'general', message: 'hello', ts: running.clock.now() / 1000 }
    expect(bob.inbox).toEqual([message])
    expect(carol.inbox).toEqual([message])
    expect(alice.inbox).toEqual([])
    expect(dave.inbox).toEqual([])
  })

  test('it is kept for clients that poll', async () => {
    const alice = await member('alice')
    await alice.send('general', 'hello')
    const list = await alice.list('general')
    expect(list['messages']).toEqual([{ from: alice.info, message: 'hello', ts: running.clock.now() / 1000 }])
  })

  test('the id and the kind are forwarded', async () => {
    const [alice, bob] = [await member('alice'), await member('bob')]
    const body = { id: 'a-1', from: alice.info, channel: 'general', message: 'waves', kind: 'action' }
    await post(running.port, '/broadcast-peer', body)
    expect(bob.inbox).toMatchObject([{ id: 'a-1', message: 'waves', kind: 'action' }])
  })

  test('a message in the channel private is neither kept nor forwarded', async () => {
    const [alice, bob] = [await member('alice'), await member('bob')]
    for (const body of [
      { from: alice.info, channel: 'private', message: 'secret' },
      { from: alice.info, channel: '#PRIVATE', message: 'secret' },
      { from: 'alice', to: 'bob', message: 'secret' },
    ]) {
      const { status, json } = await post(running.port, '/broadcast-peer', body)
      expect(status).toBe(200)
      expect(json).toMatchObject({ status: 'ok', forwarded: [] })
    }
    expect(bob.inbox).toEqual([])
    expect(stored('private')).toEqual([])
    expect((await get(running.port, '/get-list?channel=private')).json).toMatchObject({ messages: [] })
  })

  test('a member whose program is gone: ok is false, with a reason; the others get it', async () => {
    const [alice, bob, carol] = [await member('alice'), await member('bob'), await member('carol')]
    await bob.close()
    const { forwarded } = (await alice.send('general', 'hello')) as { forwarded: Json[] }
    expect(forwarded).toEqual([
      {
        peer: expect.stringMatching(/^127/) as string,
        ok: false,
        error: expect.stringContaining('refused') as string,
      },
      { peer: carol.id, ok: true },
    ])
    expect(carol.inbox).toHaveLength(1)
  })

  test.each([
    ['refuses', 'HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n', 'answered 422'],
    ['speaks no HTTP', 'ok\r\n\r\n', 'not a proper answer'],
    ['says nothing', '', 'closed'],
  ])('a member that %s: ok is false, with a reason', async (_name, answer, reason) => {
    const alice = await member('alice')
    const bob = await member('bob', { answer })
    const { forwarded } = (await alice.send('general', 'hello')) as { forwarded: Json[] }
    expect(forwarded).toEqual([{ peer: bob.id, ok: false, error: expect.stringContaining(reason) as string }])
  })

  test('text of any script, quotes and line breaks arrive as they are', async () => {
    const [alice, bob] = [await member('alice'), await member('bob')]
    const text = 'Ch\u00e0o "\u5c0f\u660e"\n\u{1f600} </script> \\'
    await alice.send('general', text)
    expect(bob.inbox).toMatchObject([{ message: text }])
  })

  test('the longest message is read by a seed peer whole', async () => {
    const [alice, bob] = [await member('alice'), await member('bob')]
    const text = 'x'.repeat(4096)
    await alice.send('general', text)
    expect(bob.inbox).toMatchObject([{ message: text }])
  })
})

describe('shapes', () => {
  test.each<[string, object | string, string, string]>([
    ['from as a name', { from: 'alice', channel: 'general', message: 'hi' }, 'general', 'alice'],
    ['username, no channel', { username: 'alice', text: 'hi' }, 'general', 'alice'],
    ['from_id', { from_id: 'alice', data: 'hi' }, 'general', 'alice'],
    ['content', { from: 'alice', channel: '#General', content: 'hi' }, 'general', 'alice'],
    ['another channel', { from: 'alice', channel: 'ops', message: 'hi' }, 'ops', 'alice'],
    ['a sender that is not registered', { from: 'webapp', message: 'hi' }, 'general', 'webapp'],
    [
      'an address that is not registered',
      { from: { ip: '127.0.0.1', port: 9 }, message: 'hi' },
      'general',
      '127.0.0.1:9',
    ],
    ['a form', 'from=alice&message=hi', 'general', 'alice'],
  ])('%s', async (_name, body, channel, from) => {
    const bob = await member('bob')
    await post(running.port, '/submit-info', { ip: '127.0.0.1', port: 8000, name: 'alice' })
    const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json'
    for (const target of ['/broadcast-peer', '/broadcast-peer/']) {
      const { status, json } = await ask(running.port, { target, body, type })
      expect(status).toBe(200)
      expect(json).toMatchObject({ status: 'ok', channel })
    }
    expect(stored(channel)).toEqual([
      [from, 'hi'],
      [from, 'hi'],
    ])
    expect(bob.inbox).toHaveLength(channel === 'general' ? 2 : 0)
  })

  test.each<[string, object, number, string]>([
    ['no sender', { message: 'hi' }, 400, 'from'],
    ['no text', { from: 'alice' }, 400, 'message'],
    ['text as a list', { from: 'alice', message: ['hi'] }, 400, 'message'],
    ['a long text', { from: 'alice', message: 'x'.repeat(4097) }, 422, 'message'],
    ['a channel with a space', { from: 'alice', message: 'hi', channel: 'a b' }, 422, 'channel'],
    ['a sender that is none', { from: 7.5e300, message: '', channel: 'a' }, 400, 'message'],
  ])('refuses %s', async (_name, body, status, field) => {
    const answer = await post(running.port, '/broadcast-peer', body)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ field })
    expect(running.tracker.registry.channels).toEqual([])
  })

  test('it renews the lease of its sender', async () => {
    const alice = await member('alice')
    running.clock.advanceSync(5000)
    await alice.send('general', 'hi')
    expect(running.tracker.registry.get(alice.id)?.renewedAt).toBe(running.clock.now())
  })
})
