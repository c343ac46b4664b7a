/** Probes of a tracker, of peers, of the own peer and of callbacks, over real sockets of this machine. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { DiscoveredPeers } from '../../../src/cli/doctor/probes/discovered-peers.ts'
import { probePeer } from '../../../src/cli/doctor/probes/peer.ts'
import { peerAt } from '../../../src/cli/doctor/probes/running.ts'
import { probeTracker } from '../../../src/cli/doctor/probes/tracker.ts'
import { CallbackListener, newNonce } from '../../../src/cli/doctor/probes/callback.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { TCP } from '../../../src/http/network.ts'
import { json, Router, type Routes } from '../../../src/http/router.ts'
import { freePort } from '../../support/ports.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import { startPeer } from '../../support/peers.ts'
import { ask, post } from '../../support/ask.ts'
import { liveTracker, startTracker, trackerSelf, trackerWithoutKey } from '../../support/trackers.ts'
import { PATIENCE } from '../../support/wait.ts'
import type { HttpProber } from '../../../src/cli/doctor/probes/http-probe.ts'
import type { Address } from '../../../src/http/message.ts'
import type { Tracker } from '../../../src/tracker/tracker.ts'

const HOUR = 3_600_000

function asker(): HttpProber {
  const client = TCP.client({ timeouts: { connect: PATIENCE, answer: PATIENCE }, kept: 0 })
  onTestFinished(() => {
    client.close()
  })
  return { client, now: () => Date.now() }
}

function here(port: number): Address {
  return { host: '127.0.0.1', port }
}

/** A peer that answers as a test wants. */
async function standIn(routes: Routes): Promise<Address> {
  const server = await TCP.listen(new Router(routes).handle, { host: '127.0.0.1' })
  onTestFinished(() => server.close(0))
  return server.address
}

async function listener(): Promise<CallbackListener> {
  const opened = await CallbackListener.open(TCP, { host: '127.0.0.1', port: await freePort() })
  onTestFinished(() => opened.close())
  return opened
}

describe('a tracker', () => {
  test('of Parley: the number of peers, their names, and its clock', async () => {
    await using running = await startTracker()
    await post(running.port, '/submit-info', { ip: '127.0.0.1', port: 8005, name: 'carol' })
    const { finding, peers } = await probeTracker(asker(), here(running.port))
    expect(finding).toMatchObject({ outcome: 'answers', peers: 1 })
    expect(finding.latency).toBeGreaterThanOrEqual(0)
    expect(Math.abs(finding.clockDifference ?? NaN)).toBeLessThan(2_000)
    expect(peers).toEqual([{ ip: '127.0.0.1', port: 8005, name: 'carol' }])
  })

  test.each<[what: string, known: boolean, start: () => Promise<Tracker>]>([
    ['that it says to have', true, () => liveTracker()],
    ['that it does not name', true, () => trackerWithoutKey()],
    ['that is not asked for where none is known', false, () => liveTracker()],
  ])('and the key %s', async (_what, isKnown, start) => {
    const { address } = await start()
    const { json: health } = await ask(address.port, { target: '/healthz' })
    const pinned = isKnown ? trackerSelf().keys.id : undefined
    const { finding } = await probeTracker(asker(), address, pinned)
    expect(finding).toMatchObject({ outcome: 'answers', pinned, key: isKnown ? health['key'] : undefined })
  })

  const dated = (at: number, body: string): string =>
    `HTTP/1.1 200 OK\r\nDate: ${new Date(at).toUTCString()}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`

  test.each<
    [name: string, answer: () => string | readonly [number, unknown], difference: number | undefined]
  >([
    ['by its Date field', () => dated(Date.now() + HOUR, '{"peers":[]}'), HOUR],
    ['by seconds in its answer', () => [200, { peers: [], ts: Date.now() / 1000 - 3600 }], -HOUR],
    ['by milliseconds in its answer', () => [200, { peers: {}, time: Date.now() + HOUR }], HOUR],
    ['which it does not tell', () => [200, { peers: [], ts: 'noon' }], undefined],
    ['a number that is no time', () => [200, { peers: [], time: 12 }], undefined],
  ])('of others, and its clock: %s', async (_name, answer, difference) => {
    const { port } = await scriptedServer(answer)
    const { finding } = await probeTracker(asker(), here(port))
    expect(finding.outcome).toBe('answers')
    if (difference === undefined) expect(finding.clockDifference).toBeUndefined()
    else expect(Math.abs((finding.clockDifference ?? NaN) - difference)).toBeLessThan(2_000)
  })

  test.each<[name: string, answer: string | readonly [number, unknown], outcome: string]>([
    ['another program', [200, { hello: 'world' }], 'not_tracker'],
    ['a page', [200, '<!doctype html>'], 'not_tracker'],
    ['an error', [404, { peers: [] }], 'not_tracker'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'not_http'],
  ])('is none: %s', async (_name, answer, outcome) => {
    const { port } = await scriptedServer(() => answer)
    const { finding, peers } = await probeTracker(asker(), here(port))
    expect({ outcome: finding.outcome, peers }).toEqual({ outcome, peers: [] })
  })

  test('is not there', async () => {
    const { finding } = await probeTracker(asker(), here(await freePort()))
    expect(finding).toMatchObject({ outcome: 'refused', latency: undefined, peers: undefined })
  })

  test('says nothing', async () => {
    const { port } = await scriptedServer(() => '')
    const { finding } = await probeTracker(asker(), here(port))
    expect(finding.outcome).toBe('closed')
  })
})

describe('a peer', () => {
  test('answers, and reaches us: at the listener, by the nonce that it was given', async () => {
    const back = await listener()
    const { peer } = await startPeer({ name: 'bob' })
    const seen = await probePeer(asker(), peer.address, undefined, { port: back.port, nonce: back.nonce() })
    expect(seen).toMatchObject({
      outcome: 'answers',
      isParley: true,
      name: 'bob',
      reachesUs: true,
      reason: undefined,
      node: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      identity: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    })
    expect(Math.abs(seen.clockDifference ?? NaN)).toBeLessThan(2_000)
  })

  test('reaches another peer that is running here in our place', async () => {
    const [alice, bob] = [await startPeer({ name: 'alice' }), await startPeer({ name: 'bob' })]
    const back = { port: alice.peer.address.port, nonce: newNonce() }
    expect(await probePeer(asker(), bob.peer.address, undefined, back)).toMatchObject({ reachesUs: true })
  })

  test('does not reach us', async () => {
    const { peer } = await startPeer({ name: 'bob' })
    const back = { port: await freePort(), nonce: newNonce() }
    expect(await probePeer(asker(), peer.address, undefined, back)).toMatchObject({
      reachesUs: false,
      reason: 'refused',
    })
  })

  const hello = { 'GET /p2p/hello': () => json(200, { app: 'parley', name: 'bob' }) }

  test.each<[name: string, routes: Routes, seen: object]>([
    [
      'does not reach us, by its own account, and its clock is off',
      {
        ...hello,
        'POST /p2p/check': () => json(200, { reachable: false, reason: 'timeout', now: Date.now() - HOUR }),
      },
      { reachesUs: false, reason: 'timeout', clockDifference: expect.closeTo(-HOUR, -4) as number },
    ],
    ['does not know the question', hello, { isParley: true, reachesUs: undefined }],
    ['was asked too often', { ...hello, 'POST /p2p/check': () => json(429, {}) }, { reachesUs: undefined }],
    [
      'answers nonsense',
      { ...hello, 'POST /p2p/check': () => json(200, { reachable: 'no', reason: '\x1b[2J' }) },
      { reachesUs: undefined, reason: undefined },
    ],
    [
      'has a name and ids that are none',
      { 'GET /p2p/hello': () => json(200, { app: 'parley', name: '\x1b[2J', node: 'x', identity: 7 }) },
      { name: 'told', node: undefined, identity: undefined },
    ],
    ['is another program', {}, { outcome: 'answers', isParley: false, name: 'told', reachesUs: undefined }],
  ])('%s', async (_name, routes, expected) => {
    const address = await standIn(routes)
    expect(await probePeer(asker(), address, 'told', { port: 8000, nonce: newNonce() })).toMatchObject(
      expected,
    )
  })

  test('is not there', async () => {
    const seen = await probePeer(asker(), here(await freePort()), 'told', undefined)
    expect(seen).toMatchObject({ outcome: 'refused', name: 'told', isParley: false, latency: undefined })
  })
})

describe('the way back', () => {
  test('answers the nonces that were given out, and nothing else', async () => {
    const back = await listener()
    const nonce = back.nonce()
    expect((await ask(back.port, { target: `/p2p/check/${nonce}` })).json).toEqual({ status: 'ok', nonce })
    expect((await ask(back.port, { target: `/p2p/check/${newNonce()}` })).status).toBe(503)
  })

  test('a sender of a message is told to try again, so that it does not give up', async () => {
    const back = await listener()
    const answer = await post(back.port, '/p2p/receive', { from: 'bob', message: 'hi' })
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('10')
  })
})

describe('the own peer', () => {
  test('is recognised by its answer', async () => {
    const { peer } = await startPeer({ name: 'alice' })
    const { port } = peer.address
    expect(await peerAt(asker(), ['127.0.0.1'], port)).toMatchObject({ name: 'alice', port })
    const closed = await freePort()
    expect(await peerAt(asker(), ['127.0.0.1', '::1'], closed)).toBeUndefined()
    expect(await peerAt(asker(), ['127.0.0.1'], (await standIn({})).port)).toBeUndefined()
  })
})

describe('a peer that a source names', () => {
  function encountered(own: { node?: string; port?: number } = {}, given: HttpProber = asker()) {
    return new DiscoveredPeers({
      asker: given,
      own: { addresses: ['127.0.0.1', '192.168.1.5'], node: own.node, port: own.port },
      callback: () => undefined,
    })
  }

  test('is probed once, however many sources name it', async () => {
    let asked = 0
    const address = await standIn({
      'GET /p2p/hello': () => {
        asked++
        return json(200, { app: 'parley', name: 'bob' })
      },
    })
    const peers = encountered()
    peers.add('--peer', address)
    peers.add('tracker', address, 'Bob')
    peers.add('LAN', address, 'bob')
    const found = await peers.findings(systemClock, 2_000)
    expect(found).toMatchObject([
      { address, name: 'bob', sources: ['--peer', 'tracker', 'LAN'], outcome: 'answers' },
    ])
    expect(asked).toBe(1)
  })

  test('we ourselves are not among them: by address, and by node', async () => {
    const { peer } = await startPeer({ name: 'alice' })
    const { port } = peer.address
    const byAddress = encountered({ port })
    byAddress.add('tracker', { host: '192.168.1.5', port })
    expect(await byAddress.findings(systemClock, 2_000)).toEqual([])
    const { json: me } = await ask(port, { target: '/p2p/hello' })
    const byNode = encountered({ node: String(me['node']) })
    byNode.add('tracker', here(port))
    expect(await byNode.findings(systemClock, 2_000)).toEqual([])
  })

  test.each<[name: string, address: Address]>([
    ['a port below 1024', { host: '192.168.1.1', port: 80 }],
    ['a service', here(6379)],
    ['everybody', { host: '255.255.255.255', port: 8000 }],
    ['a link-local address', { host: '169.254.169.254', port: 8000 }],
  ])('nobody is sent to %s', async (_name, address) => {
    const never: HttpProber = { client: { request: () => Promise.reject(new Error('asked')) }, now: () => 0 }
    const peers = encountered({}, never)
    peers.add('tracker', address)
    expect(await peers.findings(systemClock, 2_000)).toEqual([])
  })

  test('at most 64 are probed, and a late answer counts as none', async () => {
    let asked = 0
    const never: HttpProber = {
      client: {
        request: () => {
          asked++
          return new Promise(() => undefined)
        },
      },
      now: () => 0,
    }
    const peers = encountered({}, never)
    for (let port = 8000; port < 8100; port++) peers.add('tracker', here(port), 'bob')
    const found = await peers.findings(systemClock, 10)
    expect(found).toHaveLength(64)
    expect(asked).toBe(64)
    expect(found[0]).toMatchObject({ name: 'bob', outcome: 'timeout', sources: ['tracker'] })
  })
})
