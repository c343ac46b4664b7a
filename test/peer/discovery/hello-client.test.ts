/** Peers that no list names: greeted, met when they answer as a peer does, and not greeted too often. */
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { HelloClient } from '../../../src/peer/discovery/hello-client.ts'
import { ManualSource } from '../../../src/peer/discovery/manual.ts'
import { PeerExchange } from '../../../src/peer/discovery/peer-exchange.ts'
import { FakeClient } from '../fake-client.ts'
import { membership, selfAt } from '../parts.ts'
import { ManualClock, fastClock } from '../../support/clock.ts'
import { ALICE, BOB, CAROL, eventsOf, knows, startPeer } from '../../support/peers.ts'
import { freePort } from '../../support/ports.ts'
import { scriptedServer } from '../../support/scripted-server.ts'
import type { ChatEvent, Peer } from '../../../src/chat/model.ts'
import type { Address } from '../../../src/http/message.ts'
import type { Discovery } from '../../../src/peer/discovery/discovery.ts'

const NODE = '00c0ffee00c0ffee'
const HELLO = { app: 'parley', version: '0.1.0', ...BOB, node: 'b0bb0bb0bb0bb0b0', channels: ['general'] }
const AT_BOB = { host: BOB.ip, port: BOB.port }

/** Both sources that greet, with a clock driven by hand, the peers they met, and the client by which they greet. */
function start(...addresses: readonly Address[]) {
  const clock = new ManualClock()
  const client = new FakeClient()
  const met: string[] = []
  const notices: string[] = []
  const events = {
    emit: (event: ChatEvent): void => {
      if (event.kind === 'notice') notices.push(event.text)
    },
  }
  const self = selfAt({ ...ALICE, name: 'alice' }, undefined, NODE)
  const discovery: Pick<Discovery, 'update'> = {
    update: (source, { peer: { ip, port, name }, channels }) => {
      met.push(`${source} ${name} at ${ip}:${port} in ${channels.join()}`)
    },
  }
  const greeting = (): Record<string, unknown> => ({ app: 'parley', ...ALICE, node: NODE })
  const hello = new HelloClient({ client, hello: { greeting }, self })
  const { presence } = membership()
  const manual = new ManualSource({ addresses, clock, hello, self, discovery, events })
  const exchange = new PeerExchange({ client, clock, presence, hello, self, discovery })
  const addCandidate = (peer: Peer): void => {
    exchange.addCandidate(peer, '127.0.0.1')
  }
  return { manual, exchange, addCandidate, clock, client, met, notices }
}

describe('who answered a greeting', () => {
  const FOUND = { kind: 'other' }
  const NOT_NOW = { kind: 'silent' }

  test.each<[status: number, greeted: object]>([
    [403, FOUND],
    [404, FOUND],
    [408, NOT_NOW],
    [429, NOT_NOW],
    [500, NOT_NOW],
    [503, NOT_NOW],
  ])('with %i: %o', async (status, greeted) => {
    const client = new FakeClient()
    const hello = new HelloClient({ client, hello: { greeting: () => ({}) }, self: selfAt(ALICE) })
    const answer = hello.greet(AT_BOB)
    await client.answer(0, { error: 'leaving' }, status)
    expect(await answer).toEqual(greeted)
  })
})

describe('a greeting', () => {
  test('describes this peer, to POST /p2p/hello', () => {
    const { manual, client } = start(AT_BOB)
    manual.start()
    const { address, request } = client.asked[0] ?? {}
    expect(address).toEqual(AT_BOB)
    expect(request).toMatchObject({ method: 'POST', target: '/p2p/hello' })
    expect(JSON.parse(String(request?.body))).toEqual({ app: 'parley', ...ALICE, node: NODE })
  })

  test.each<[name: string, answer: object, met: string]>([
    ['as a peer does', HELLO, 'manual bob at 127.0.0.1:7002 in general'],
    [
      'with another address: it is met where it answered',
      { ...HELLO, ip: '10.9.9.9', port: 9_999 },
      'manual bob at 127.0.0.1:7002 in general',
    ],
    ['without a node', { ...HELLO, node: undefined }, 'manual bob at 127.0.0.1:7002 in general'],
    ['from no channel', { ...HELLO, channels: undefined }, 'manual bob at 127.0.0.1:7002 in '],
    [
      'from several',
      { ...HELLO, channels: ['#Ops', 'general'] },
      'manual bob at 127.0.0.1:7002 in ops,general',
    ],
  ])('is answered %s', async (_name, answer, expected) => {
    const { manual, client, met } = start(AT_BOB)
    manual.start()
    await client.answer(0, answer)
    expect(met).toEqual([expected])
  })

  test.each<[name: string, body: object | string, status: number]>([
    ['by this peer itself', { ...HELLO, node: NODE }, 200],
    ['by a server that has no such page', HELLO, 404],
    ['by a peer that refuses it', HELLO, 403],
    ['by a page', '<!doctype html><title>router</title>', 200],
    ['by nothing', '', 200],
    ['by JSON that says nothing', {}, 200],
    ['by a list', [HELLO], 200],
    ['by another program', { ...HELLO, app: 'http' }, 200],
    ['by a program that does not say which', { ...HELLO, app: undefined }, 200],
    ['with a name that is none', { ...HELLO, name: '\u202e' }, 200],
    ['with a port that is none', { ...HELLO, port: 0 }, 200],
    ['with channels that are none', { ...HELLO, channels: ['a b'] }, 200],
    ['with more channels than a list can be', { ...HELLO, channels: 7 }, 200],
  ])('is answered %s: no peer is met', async (_name, body, status) => {
    const { manual, client, met } = start(AT_BOB)
    manual.start()
    await client.answer(0, body, status)
    expect(client.asked).toHaveLength(1)
    expect(met).toEqual([])
  })

  test('is not answered: no peer is met', async () => {
    const { manual, client, met } = start(AT_BOB)
    manual.start()
    await client.refuse(0)
    expect(met).toEqual([])
  })
})

describe('peers given by hand', () => {
  test(`are greeted at once and every ${TIMES.greeting / 1000} s, whether they answer or not`, async () => {
    const { manual, clock, client, met } = start(AT_BOB, { host: CAROL.ip, port: CAROL.port })
    manual.start()
    expect(client.asked).toHaveLength(2)
    await client.answer(0, HELLO)
    await client.refuse(1)
    await clock.advance(TIMES.greeting - 1)
    expect(client.asked).toHaveLength(2)
    await clock.advance(1)
    expect(client.asked.map(({ address }) => address.port)).toEqual(
      [BOB, CAROL, BOB, CAROL].map(({ port }) => port),
    )
    await client.answer(2, HELLO)
    await client.answer(3, { ...HELLO, name: 'carol' })
    expect(met).toEqual([
      'manual bob at 127.0.0.1:7002 in general',
      'manual bob at 127.0.0.1:7002 in general',
      'manual carol at 127.0.0.1:7003 in general',
    ])
  })

  test('the user is notified, once, of a program of another network', async () => {
    const { manual, clock, client, met, notices } = start(AT_BOB)
    manual.start()
    const refusal = { error: 'closed_network', detail: 'this network has a key' }
    await client.answer(0, refusal, 403)
    await clock.advance(TIMES.greeting)
    await client.answer(1, refusal, 403)
    expect(met).toEqual([])
    expect(notices).toEqual([
      'the program at 127.0.0.1:7002 is not in your network: members of a network are started with the same --network-key',
    ])
  })

  test('there are none: no timer keeps anything alive', () => {
    const { manual, clock } = start()
    manual.start()
    expect(clock.due).toEqual([])
  })

  test('are no longer greeted after the end, and one that answers later is not met', async () => {
    const { manual, exchange, addCandidate, clock, client, met } = start(AT_BOB)
    manual.start()
    manual.stop()
    exchange.stop()
    await client.answer(0, HELLO)
    await clock.advance(TIMES.greeting)
    addCandidate(CAROL)
    expect(client.asked).toHaveLength(1)
    expect(clock.due).toEqual([])
    expect(met).toEqual([])
  })
})

describe('peers that another peer named', () => {
  test(`are greeted once in ${TIMES.introduction / 1000} s, each address for itself`, async () => {
    const { addCandidate, clock, client, met } = start()
    addCandidate(BOB)
    addCandidate({ ...BOB, name: 'robert' })
    addCandidate(CAROL)
    expect(client.asked.map(({ address }) => address.port)).toEqual([BOB.port, CAROL.port])
    await client.answer(0, HELLO)
    await client.answer(2, HELLO)
    expect(client.asked.map(({ request }) => request.method)).toEqual(['GET', 'GET', 'POST'])
    expect(met).toEqual(['peer-exchange bob at 127.0.0.1:7002 in general'])
    await clock.advance(TIMES.introduction - 1)
    addCandidate(BOB)
    expect(client.asked).toHaveLength(3)
    await clock.advance(1)
    addCandidate(BOB)
    addCandidate(BOB)
    expect(client.asked).toHaveLength(4)
  })

  test.each<[name: string, body: object | string, status: number]>([
    ['a page', '<title>router</title>', 200],
    ['another program', { app: 'grafana' }, 200],
    ['an unknown path', { error: 'not found' }, 404],
    ['this peer itself', { ...HELLO, node: NODE }, 200],
    ['no permission', HELLO, 401],
  ])('are asked by GET first; when %s answers, nothing else is sent there', async (_name, body, status) => {
    const { addCandidate, client, met } = start()
    addCandidate(BOB)
    await client.answer(0, body, status)
    expect(client.asked.map(({ request }) => `${request.method} ${request.target}`)).toEqual([
      'GET /p2p/hello',
    ])
    expect(met).toEqual([])
  })

  test('one that takes datagrams only is not greeted', () => {
    const { addCandidate, client } = start()
    addCandidate({ ...BOB, lsnp: 'bob@127.0.0.1' })
    expect(client.asked).toEqual([])
  })

  test('at ever new addresses: few at a time, as long as it goes on', async () => {
    const { addCandidate, clock, client } = start()
    const stranger = (number: number): Peer => ({
      ...BOB,
      port: 8_000,
      ip: `10.0.${number >> 8}.${number & 255}`,
    })
    for (let number = 0; number < 5_000; number++) addCandidate(stranger(number))
    expect(client.asked).toHaveLength(20)
    await clock.advance(10_000)
    for (let number = 5_000; number < 10_000; number++) addCandidate(stranger(number))
    expect(client.asked).toHaveLength(40)
    // Who was not greeted for this reason is, as soon as there is time.
    await clock.advance(1_000)
    addCandidate(stranger(100))
    expect(client.asked).toHaveLength(41)
  })
})

describe('running peers', () => {
  test('one is given the other: both know both', async () => {
    const bob = await startPeer({ name: 'bob' })
    const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
    alice.peer.say('general', 'hello')
    bob.peer.say('general', 'hello, too')
    await expect.poll(() => bob.heard()).toEqual(['alice: hello'])
    await expect.poll(() => alice.heard()).toEqual(['bob: hello, too'])
  })

  test('each is given the other: each is listed once', async () => {
    const [one, other] = [await freePort(), await freePort()]
    const alice = await startPeer({ name: 'alice', port: one, peers: [{ host: '127.0.0.1', port: other }] })
    const bob = await startPeer({ name: 'bob', port: other, peers: [{ host: '127.0.0.1', port: one }] })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
  })

  test('that listen on every address of this machine know each other, too', async () => {
    const bob = await startPeer({ name: 'bob', host: '0.0.0.0' })
    const { port } = bob.peer.address
    const alice = await startPeer({ name: 'alice', host: '0.0.0.0', peers: [{ host: '127.0.0.1', port }] })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
    bob.peer.direct('alice', 'hello')
    await expect.poll(() => alice.heard()).toEqual(['bob: hello'])
    alice.peer.say('general', 'hello, too')
    await expect.poll(() => bob.heard()).toEqual(['alice: hello, too'])
    expect(bob.peer.peers.map(({ name }) => name)).toEqual(['alice'])
    expect(alice.peer.peers.map(({ name }) => name)).toEqual(['bob'])
  })

  test('one that comes later, goes and comes again is met each time', async () => {
    const clock = fastClock(50)
    const port = await freePort()
    const alice = await startPeer({ name: 'alice', clock, peers: [{ host: '127.0.0.1', port }] })
    for (const name of ['bob', 'robert']) {
      const bob = await startPeer({ name, port, clock })
      await knows(alice, 'general', [name])
      await knows(bob, 'general', ['alice'])
      await bob.peer.close()
      await knows(alice, 'general', [])
    }
  })

  test('this peer itself among them is not met', async () => {
    const port = await freePort()
    const bob = await startPeer({ name: 'bob' })
    const self = { host: '127.0.0.1', port }
    const alice = await startPeer({
      name: 'alice',
      port,
      clock: fastClock(50),
      peers: [self, bob.peer.address, self],
    })
    await knows(bob, 'general', ['alice'])
    // Several rounds of greetings: the name is new in the answers to a later one.
    await bob.peer.rename('robert')
    await knows(alice, 'general', ['robert'])
    expect(alice.peer.peers.map(({ name }) => name)).toEqual(['robert'])
  })

  test('a server among them that is no peer is not met', async () => {
    const router = await scriptedServer(() => [200, '<title>router</title>'])
    const web = { host: '127.0.0.1', port: router.port }
    const alice = await startPeer({ name: 'alice', clock: fastClock(50), peers: [web] })
    // The second greeting comes after the answer to the first.
    await expect.poll(() => router.asked.length).toBeGreaterThan(1)
    expect(router.asked[0]).toMatchObject({ method: 'POST', target: '/p2p/hello' })
    expect(alice.peer.peers).toEqual([])
  })

  test('a peer that parted from a channel is no longer there after the next greeting', async () => {
    const clock = fastClock(50)
    const bob = await startPeer({ name: 'bob', clock })
    await bob.peer.join('ops')
    const alice = await startPeer({ name: 'alice', clock, peers: [bob.peer.address] })
    await alice.peer.join('ops')
    await knows(alice, 'ops', ['bob'])
    await bob.peer.part('ops')
    await knows(alice, 'ops', [])
    expect(eventsOf(alice, 'parted').map(({ reason }) => reason)).toEqual(['left'])
    expect(alice.peer.members('general').map(({ name }) => name)).toEqual(['bob'])
  })
})
