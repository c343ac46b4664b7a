/**
 * A legacy client (a "seed peer") and this tracker, from its start to its end: one request per connection, one recv(8192)
 * per answer, no ids, no heartbeats.
 */
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { SeedPeer } from './support.ts'
import { FakeServer } from '../support/raw-socket.ts'
import { until } from '../support/wait.ts'
import { post, type Json } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

type Running = Awaited<ReturnType<typeof startTracker>>

function listed(running: Running): string[] {
  return running.tracker.registry.members('general', running.clock.now()).map(({ peer }) => peer.name)
}

/** Lets a lease pass, and waits until the ports that were due have been checked. */
async function passLease({ tracker, clock }: Running): Promise<void> {
  clock.advanceSync(TIMES.lease)
  await until(
    () => tracker.registry.peers(clock.now()).every(({ renewedAt }) => renewedAt === clock.now()),
    'the checks',
  )
}

describe('a seed peer', () => {
  test('registers, joins general, lists, sends and receives', async () => {
    await using running = await startTracker()
    await using alice = await SeedPeer.start('alice', running.port)
    await using bob = await SeedPeer.start('bob', running.port)
    expect(await alice.register()).toMatchObject({ status: 'ok', peers_count: 1 })
    expect(await bob.register()).toMatchObject({ status: 'ok', peers_count: 2 })
    expect(await alice.join('general')).toMatchObject({ status: 'ok' })
    expect(await bob.join('general')).toMatchObject({ status: 'ok' })

    const everybody = [alice.info, bob.info]
    expect(await alice.list()).toMatchObject({ peers: everybody })
    expect(await alice.list('general')).toMatchObject({ channel: 'general', peers: everybody, messages: [] })
    expect(await alice.list('nowhere')).toMatchObject({ channel: 'nowhere', peers: [], messages: [] })
    expect(await alice.request('/connect-peer', { to: bob.info })).toMatchObject({ peer: bob.info })
    expect(await alice.request('/connect-peer', { to: { ip: '127.0.0.1', port: 1 } })).toMatchObject({
      error: 'peer_not_found',
    })

    expect(await alice.send('general', 'Hello!')).toMatchObject({
      status: 'ok',
      peers: [bob.info],
      forwarded: [{ peer: bob.id, ok: true }],
    })
    expect(bob.inbox).toMatchObject([{ from: alice.info, channel: 'general', message: 'Hello!' }])
    const { messages } = (await bob.list('general')) as { messages: Json[] }
    expect(messages).toMatchObject([{ from: alice.info, message: 'Hello!' }])
    expect(messages[0]?.['ts']).toBeTypeOf('number')
    expect(running.errors).toEqual([])
  })

  test('gets an error that it can read when it does not send JSON', async () => {
    await using running = await startTracker()
    const { status, json } = await post(running.port, '/submit-info', '{"ip":"127.0.0.1",')
    expect(status).toBe(400)
    expect(Object.keys(json)).toEqual(['error', 'detail'])
  })

  test('stays listed while its port answers, and is removed when it does not', async () => {
    await using running = await startTracker()
    await using alice = await SeedPeer.start('alice', running.port)
    await using bob = await SeedPeer.start('bob', running.port)
    for (const seed of [alice, bob]) {
      await seed.register()
      await seed.join('general')
    }
    for (let lease = 0; lease < 3; lease++) await passLease(running)
    expect(listed(running)).toEqual(['alice', 'bob'])
    expect(alice.inbox, 'the check is no message').toEqual([])

    await alice.close()
    running.clock.advanceSync(TIMES.lease - 1)
    expect(listed(running)).toEqual(['alice', 'bob'])
    running.clock.advanceSync(1)
    await until(() => listed(running).length < 2, 'alice is dropped')
    expect(listed(running)).toEqual(['bob'])
    await passLease(running)
    expect(await bob.list('general')).toMatchObject({ peers: [bob.info] })
    expect(running.errors).toEqual([])
  })

  test.each([
    ['an error', 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n'],
    ['no HTTP at all', 'what?\r\n\r\n'],
    ['nothing, but it was there', ''],
  ])('whose port answers %s stays listed', async (_name, answer) => {
    await using running = await startTracker()
    await using alice = await SeedPeer.start('alice', running.port, { answer })
    await alice.register()
    await passLease(running)
    expect(running.tracker.registry.size).toBe(1)
  })

  test('any request in its name renews its lease, so that its port is not checked', async () => {
    await using running = await startTracker()
    const { registry } = running.tracker
    const seed = { ip: '127.0.0.1', port: 8000, name: 'alice' }
    await post(running.port, '/submit-info', seed)
    const requests: [string, object][] = [
      ['/submit-info', seed],
      ['/add-list', { channel: 'general', peer: seed }],
      ['/broadcast-peer', { from: seed, channel: 'general', message: 'hi' }],
      ['/remove-list', { channel: 'general', peer: seed }],
      ['/heartbeat', seed],
    ]
    for (const [target, body] of requests) {
      running.clock.advanceSync(1000)
      expect((await post(running.port, target, body)).status).toBe(200)
      expect(registry.get('127.0.0.1:8000')?.renewedAt, target).toBe(running.clock.now())
    }
  })

  test('that accepts connections and never answers is removed', async () => {
    await using running = await startTracker()
    await using mute = await FakeServer.listen(() => undefined)
    const { port } = mute.address
    await post(running.port, '/submit-info', { ip: '127.0.0.1', port, name: 'mute' })
    running.clock.advanceSync(TIMES.lease)
    await until(() => running.tracker.registry.size === 0, 'mute is dropped')
  })

  test('that registers again while its port is found closed stays', async () => {
    await using running = await startTracker()
    const { registry } = running.tracker
    const [alice, bob] = [
      await SeedPeer.start('alice', running.port),
      await SeedPeer.start('bob', running.port),
    ]
    const [back, gone] = [alice.info, bob.info]
    for (const seed of [alice, bob]) {
      await seed.register()
      await seed.close()
    }
    running.clock.advanceSync(TIMES.lease)
    // Both checks are on their way. They end in this order, after this turn of the event loop.
    registry.register(back, running.clock.now() + 1)
    await until(() => registry.named(gone.name).length === 0, 'bob is dropped')
    expect(registry.peers(running.clock.now()).map(({ peer }) => peer)).toEqual([back])
  })

  test('a machine that slept does not lose its peers', async () => {
    await using running = await startTracker()
    const { registry } = running.tracker
    const alice = { ip: '127.0.0.1', port: 8000, name: 'alice' }
    await post(running.port, '/submit-info', { ...alice, channels: ['general'] })
    await post(running.port, '/heartbeat', alice)
    running.clock.sleep(3_600_000)
    expect(registry.peers(running.clock.now())).toHaveLength(1)
    running.clock.advanceSync(TIMES.lease - 2000)
    expect(registry.peers(running.clock.now())).toHaveLength(1)
    running.clock.advanceSync(2000)
    expect(registry.peers(running.clock.now())).toHaveLength(0)
  })
})
