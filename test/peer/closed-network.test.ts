/** Running peers of a closed network: they find each other and talk, and programs of other networks learn nothing. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NetworkKey } from '../../src/identity/network-key.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { post } from '../support/ask.ts'
import { temporaryDirectory } from '../support/files.ts'
import { eventsOf, fate, knows, names, newSelf, startPeer, type Watched } from '../support/peers.ts'
import { raw } from '../support/raw-socket.ts'
import { liveTracker, trackerSelf } from '../support/trackers.ts'
import { until } from '../support/wait.ts'
import { testLan, type TestLan } from './discovery/lan-support.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import type { Store } from '../../src/store/store.ts'

const NETWORK = new NetworkKey(randomBytes(32))
const OTHER = new NetworkKey(randomBytes(32))

const member = () => newSelf(NETWORK)
const notices = (watched: Watched): string[] => eventsOf(watched, 'notice').map(({ text }) => text)
const at = ({ peer }: Watched) => ({ host: peer.self.ip, port: peer.self.port })

/** Why the tracker is of no use, once that is known. */
async function whyLost(watched: Watched): Promise<string | undefined> {
  const lost = () => eventsOf(watched, 'tracker').find(({ state }) => state === 'lost')
  await until(() => lost() !== undefined, 'the tracker is lost')
  return lost()?.detail
}

async function pairOn(lan: TestLan): Promise<[alice: Watched, bob: Watched]> {
  const alice = await startPeer({ name: 'alice', lan: lan.options, secure: member() })
  const bob = await startPeer({ name: 'bob', lan: lan.options, secure: member() })
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  return [alice, bob]
}

describe('on the LAN, by beacons', () => {
  test('members find each other and talk both ways', async () => {
    const [alice, bob] = await pairOn(await testLan())
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('1/1')
    expect(await fate(bob, bob.peer.direct('alice', 'psst'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: hello'])
    expect(alice.heard()).toEqual(['bob: psst'])
  })

  test('a channel that a member joins, and another name, are known at once', async () => {
    const [alice, bob] = await pairOn(await testLan())
    await alice.peer.join('ops')
    await bob.peer.join('ops')
    await knows(alice, 'ops', ['bob'])
    await knows(bob, 'ops', ['alice'])
    await bob.peer.rename('robert')
    await knows(alice, 'ops', ['robert'])
  })

  test('a member that leaves is gone', async () => {
    const [alice, bob] = await pairOn(await testLan())
    await bob.peer.close()
    await knows(alice, 'general', [])
  })

  test('no datagram has a word of it, and none goes to the ports of LSNP', async () => {
    const lan = await testLan()
    const heard: Buffer[] = []
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.on('message', (bytes) => heard.push(bytes))
    await new Promise<void>((resolve) => socket.bind(lan.options.ports?.discoveryPort ?? 0, resolve))
    onTestFinished(() => {
      socket.close()
    })
    const [alice, bob] = await pairOn(lan)
    await alice.peer.join('engineering')
    await until(() => heard.length >= 4, 'beacons were heard')
    expect(new Set(heard.map(({ length }) => length))).toEqual(new Set([64]))
    const all = Buffer.concat(heard).toString('latin1')
    const secrets = [alice, bob].flatMap(({ peer: { self } }) => [
      self.name,
      self.key ?? '',
      Buffer.from(self.key ?? '', 'base64url').toString('latin1'),
    ])
    for (const secret of [...secrets, 'general', 'engineering', 'parley', NETWORK.tag.toString('latin1')])
      expect(all).not.toContain(secret)
  })

  test('a peer without the key, and one with another, hear nothing of it, and are not heard', async () => {
    const lan = await testLan()
    const strangers = [
      await startPeer({ name: 'olga', lan: lan.options }),
      await startPeer({ name: 'otto', lan: lan.options, secure: newSelf(OTHER) }),
    ]
    const [alice] = await pairOn(lan)
    expect(names(alice)).toEqual(['bob'])
    for (const stranger of strangers) expect(stranger.peer.peers).toEqual([])
  })

  test('LSNP is off, and its commands say why', async () => {
    const [alice] = await pairOn(await testLan())
    expect(() => alice.peer.lan).toThrow('a network with a key does not use LSNP')
  })
})

describe('by address', () => {
  test('a member is met', async () => {
    const alice = await startPeer({ name: 'alice', secure: member() })
    const bob = await startPeer({ name: 'bob', secure: member(), peers: [at(alice)] })
    await knows(bob, 'general', ['alice'])
    await knows(alice, 'general', ['bob'])
    expect(await fate(bob, bob.peer.say('general', 'hello'))).toBe('1/1')
  })

  test.each<[who: string, self: () => SecureSelf, other: () => SecureSelf]>([
    ['an open one', member, () => newSelf()],
    ['another closed one', member, () => newSelf(OTHER)],
    ['a closed one, from an open one', () => newSelf(), member],
  ])('a program of %s is never met, and the user is notified once', async (_who, self, other) => {
    const stranger = await startPeer({ name: 'olga', secure: other() })
    const secret = await startPeer({ name: 'secretary', secure: self(), peers: [at(stranger)] })
    await until(() => notices(secret).length > 0, 'a notice')
    expect(notices(secret)).toEqual([
      `the program at 127.0.0.1:${stranger.peer.self.port} is not in your network: members of a network are started with the same --network-key`,
    ])
    expect([secret.peer.peers, stranger.peer.peers]).toEqual([[], []])
  })
})

describe('by a tracker', () => {
  test('members of it find each other', async () => {
    const { address } = await liveTracker({ secure: trackerSelf(NETWORK) })
    const alice = await startPeer({ name: 'alice', secure: member(), tracker: address })
    const bob = await startPeer({ name: 'bob', secure: member(), tracker: address })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('1/1')
  })

  test('a stranger gets no list, and a sentence why', async () => {
    const tracker = await liveTracker({ secure: trackerSelf(NETWORK) })
    const { address } = tracker
    await startPeer({ name: 'alice', secure: member(), tracker: address })
    await until(() => tracker.registry.size === 1, 'alice is registered')
    const olga = await startPeer({ name: 'olga', tracker: address })
    expect(await whyLost(olga)).toContain('this network has a key, which this program did not prove')
    for (const path of ['/submit-info', '/get-list', '/add-list', '/broadcast-peer'])
      expect(await post(address.port, path, { port: 8000, name: 'mallory' })).toMatchObject({
        status: 403,
        json: { error: 'closed_network' },
      })
    expect(tracker.registry.size).toBe(1)
  })

  test('a member tells a tracker of another network nothing', async () => {
    const tracker = await liveTracker()
    const alice = await startPeer({ name: 'alice', secure: member(), tracker: tracker.address })
    expect(await whyLost(alice)).toBe('the program there is not in your network')
    expect(tracker.registry.size).toBe(0)
  })
})

test.each<[what: string, start: () => Promise<number>]>([
  ['a peer', async () => (await startPeer({ name: 'alice', secure: member() })).peer.self.port],
  ['a tracker', async () => (await liveTracker({ secure: trackerSelf(NETWORK) })).address.port],
])('the port of %s answers alike whatever a stranger sends', async (_what, start) => {
  const port = await start()
  const paths = ['/', '/p2p/hello', '/p2p/history?channel=general&within=60', '/peer-inbox', '/p2p/avatar/x']
  const answers = await Promise.all(
    paths.map((path) => raw(port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)),
  )
  for (const field of ['Host: evil.example', 'Host: 127.0.0.1\r\nOrigin: http://evil.example'])
    answers.push(await raw(port, `GET /p2p/secure HTTP/1.1\r\n${field}\r\n\r\n`))
  const requests = [
    'OPTIONS * HTTP/1.1',
    'BREW / HTTP/1.1',
    'CONNECT x:1 HTTP/1.1',
    'GET / HTTP/3.0',
    '\x16\x03\x01',
  ]
  for (const line of requests) answers.push(await raw(port, `${line}\r\nHost: 127.0.0.1\r\n\r\n`))
  const bodies = answers.map((answer) => answer.slice(answer.indexOf('\r\n\r\n')))
  expect(new Set(bodies).size).toBe(1)
  expect(bodies[0]).toContain('closed_network')
})

describe('what was said in one network', () => {
  const path = (): string => `${temporaryDirectory()}/parley.db`

  async function storeOf(file: string, network: NetworkKey | undefined): Promise<Store> {
    const store = await openStore({
      path: file,
      clock: systemClock,
      random: Math.random,
      defer: setImmediate,
      keepHistory: true,
      network: network?.tag.toString('base64url'),
    })
    onTestFinished(() => {
      store.close()
    })
    return store
  }

  test('is told to members of it, and in no other', async () => {
    const file = path()
    const secure = member()
    const office = await startPeer({ name: 'alice', secure, store: await storeOf(file, NETWORK) })
    office.peer.say('general', 'the secret of the office')
    await office.peer.close()

    const inCafe = new SecureSelf({
      keys: secure.keys,
      kind: 'peer',
      random: randomBytes,
    })
    const cafe = await startPeer({ name: 'alice', secure: inCafe, store: await storeOf(file, undefined) })
    const olga = await startPeer({ name: 'olga', peers: [at(cafe)] })
    await knows(olga, 'general', ['alice'])
    cafe.peer.say('general', 'hello, café')
    await until(() => olga.heard().length > 0, 'olga hears alice')
    expect(olga.heard()).toEqual(['alice: hello, café'])
    await cafe.peer.close()

    const back = await startPeer({ name: 'alice', secure, store: await storeOf(file, NETWORK) })
    const bob = await startPeer({ name: 'bob', secure: member(), peers: [at(back)] })
    await until(() => bob.heard().length > 0, 'bob catches up')
    expect(bob.heard()).toEqual(['alice: the secret of the office'])
  })
})
