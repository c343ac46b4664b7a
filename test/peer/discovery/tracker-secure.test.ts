/** Peers and a tracker over secure connections, on real sockets: what is listed, what can be read on the way, what changes. */
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import { TrackerClient } from '../../../src/peer/discovery/tracker-client.ts'
import { TrackerRoute } from '../../../src/peer/discovery/tracker-route.ts'
import { connectorOf } from '../../../src/secure/initiator.ts'
import { seedTracker } from './seed-tracker.ts'
import { SeedPeer } from '../../tracker/support.ts'
import { post, get } from '../../support/ask.ts'
import { eventsOf, knows, memoryStore, newSelf, startPeer, type Watched } from '../../support/peers.ts'
import { freePort } from '../../support/ports.ts'
import { liveTracker, trackerWithoutKey } from '../../support/trackers.ts'
import { until } from '../../support/wait.ts'
import type { ServerSentEvent } from '../../../src/http/event-stream.ts'
import type { Tracker } from '../../../src/tracker/tracker.ts'

const HOST = '127.0.0.1'

function peerAt(port: number, name: string, secure = newSelf()): Promise<Watched> {
  return startPeer({ name, secure, tracker: { host: HOST, port } })
}

/** The keys of the listed peers, by name. */
function listedKeys({ registry }: Tracker): Record<string, string | undefined> {
  const entries = registry.named('alice').concat(registry.named('bob'))
  return Object.fromEntries(entries.map(({ peer: { name, key } }) => [name, key]))
}

function notices(watched: Watched): string[] {
  return eventsOf(watched, 'notice').map(({ text }) => text)
}

/** All bytes between a peer and its tracker, as text. */
async function listener(port: number): Promise<{ readonly port: number; readonly text: () => string }> {
  const seen: Buffer[] = []
  const middle = createServer((near) => {
    const far = connect(port, HOST)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes: Buffer) => {
        seen.push(bytes)
        to.write(bytes)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => middle.listen(0, HOST, resolve))
  onTestFinished(() => {
    middle.close()
  })
  return {
    port: (middle.address() as AddressInfo).port,
    text: () => Buffer.concat(seen).toString('latin1'),
  }
}

test('every request of a client goes over connections that prove both ends', async () => {
  const tracker = await liveTracker()
  const own = newSelf()
  const client = new Client({ secure: connectorOf(own) })
  onTestFinished(() => {
    client.close()
  })
  const [address, store] = [tracker.address, await memoryStore()]
  const route = new TrackerRoute({ client, address, store, events: { emit: () => undefined } })
  await route.find()
  const asked = new TrackerClient(client, route)
  const self = { ip: HOST, port: 7001, name: 'alice' }
  const alice = { ...self, key: own.keys.id }

  expect(await asked.register(self, ['general'])).toEqual({ ip: HOST, leases: true })
  expect(tracker.registry.get('127.0.0.1:7001')?.peer).toEqual(alice)
  expect(await asked.heartbeat(self)).toEqual({ channels: ['general'] })
  expect(await asked.join(self, 'ops')).toEqual([alice])
  expect(await asked.members('general')).toEqual([alice])
  expect(await asked.locate('alice')).toEqual(alice)
  expect(await asked.isListed(self)).toBe(true)

  const events: ServerSentEvent[] = []
  const enough = new AbortController()
  const following = asked.follow(self, ['general'], (event) => events.push(event), enough.signal)
  await until(() => events.length === 1, 'the members')
  await asked.register({ ...self, name: 'alicia' }, [])
  await until(() => events.length === 2, 'the new name')
  expect(events.map(({ data }) => JSON.parse(data) as unknown)).toMatchObject([
    { members: [alice] },
    { peer: { ...alice, name: 'alicia' } },
  ])
  enough.abort()
  await expect(following).rejects.toMatchObject({ code: 'closed' })

  await asked.part(self, 'ops')
  expect(await asked.members('ops')).toEqual([])
  await asked.leave(self)
  expect(tracker.registry.size).toBe(0)
})

test('peers see each other with the keys that they proved, and nothing of them can be read on the way', async () => {
  const tracker = await liveTracker()
  const wire = await listener(tracker.address.port)
  const [alice, bob] = await Promise.all([peerAt(wire.port, 'alice'), peerAt(wire.port, 'bob')])
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  expect(listedKeys(tracker)).toEqual({ alice: alice.peer.self.key, bob: bob.peer.self.key })
  expect(alice.peer.members('general')[0]?.key).toBe(bob.peer.self.key)
  expect(wire.text()).toContain('GET /healthz')
  for (const word of ['alice', 'bob', 'general', 'submit-info', alice.peer.self.key])
    expect(wire.text()).not.toContain(word)
})

test('no program of the same machine can remove or rename such a peer in clear', async () => {
  const tracker = await liveTracker()
  const alice = await peerAt(tracker.address.port, 'alice')
  await until(() => tracker.registry.size === 1, 'alice is registered')
  const { ip, port, key } = alice.peer.self
  for (const target of ['/leave', '/submit-info', '/heartbeat']) {
    const answer = await post(tracker.address.port, target, { ip, port, name: 'mallory', key })
    expect([answer.status, answer.json['error']]).toEqual([403, 'key_required'])
  }
  expect(tracker.registry.get(`${ip}:${port}`)?.peer).toEqual({ ip, port, name: 'alice', key })
})

test('legacy clients are members beside it, and what they say there reaches it', async () => {
  const tracker = await liveTracker()
  const alice = await peerAt(tracker.address.port, 'alice')
  await until(() => tracker.registry.channels.includes('general'), 'alice is in #general')
  await using seed = await SeedPeer.start('seed', tracker.address.port)
  expect(await seed.register()).toMatchObject({ status: 'ok', result: 'success' })
  await seed.join('general')
  await knows(alice, 'general', ['seed'])
  const { ip, port } = alice.peer.self
  const list = await seed.list('general')
  expect(list['peers']).toMatchObject([{ ip, port, name: 'alice' }, seed.info])
  expect(await seed.send('general', 'hello')).toMatchObject({
    forwarded: [{ peer: `${ip}:${port}`, ok: true }],
  })
  expect(alice.heard()).toEqual(['seed: hello'])
})

describe('another program at the address of a known tracker', () => {
  test('a tracker with another key: the user is notified, and it is used', async () => {
    const port = await freePort()
    const first = await liveTracker({ port })
    const alice = await peerAt(port, 'alice')
    await until(() => first.registry.size === 1, 'alice is registered')
    await first.close()
    const second = await liveTracker({ port })
    await until(() => second.registry.size === 1, 'alice is registered again')
    expect(listedKeys(second)).toEqual({ alice: alice.peer.self.key })
    expect(notices(alice)).toEqual([expect.stringContaining('another key than before')])
  })

  test('one without a key: the user is notified, and it is used in clear', async () => {
    const port = await freePort()
    const first = await liveTracker({ port })
    const alice = await peerAt(port, 'alice')
    await until(() => first.registry.size === 1, 'alice is registered')
    await first.close()
    const second = await trackerWithoutKey({ port })
    await until(() => second.registry.size === 1, 'alice is registered again')
    expect(listedKeys(second)).toEqual({ alice: undefined })
    expect(notices(alice)).toEqual([expect.stringContaining('offered secure connections before')])
  })

  test('a legacy tracker: it is used in clear', async () => {
    const port = await freePort()
    const first = await liveTracker({ port })
    const alice = await peerAt(port, 'alice')
    await until(() => first.registry.size === 1, 'alice is registered')
    await first.close()
    const seed = await seedTracker(port)
    await until(() => seed.asked.some(({ target }) => target === '/add-list'), 'alice has joined')
    expect(seed.asked.filter(({ whole }) => !whole)).toEqual([])
    expect(notices(alice)).toEqual([expect.stringContaining('offered secure connections before')])
  })
})

test('a tracker without a key is used in clear, and nobody is notified of it', async () => {
  const tracker = await trackerWithoutKey()
  expect((await get(tracker.address.port, '/healthz')).json).toEqual({ status: 'ok', peers: 0, channels: 0 })
  const [alice, bob] = await Promise.all([
    peerAt(tracker.address.port, 'alice'),
    peerAt(tracker.address.port, 'bob'),
  ])
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  expect(listedKeys(tracker)).toEqual({ alice: undefined, bob: undefined })
  expect([...notices(alice), ...notices(bob)]).toEqual([])
})
