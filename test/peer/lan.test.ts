/** Running peers that find each other on the LAN, which is loopback here, with and without a tracker. */
import { createSocket } from 'node:dgram'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/cli/system/clock.ts'
import { peerId, addressKey } from '../../src/chat/model.ts'
import { Tracker } from '../../src/tracker/tracker.ts'
import { LanSockets, type Datagrams, type LanSocketsOptions } from '../../src/udp/socket.ts'
import { ask, post } from '../support/ask.ts'
import { fastClock } from '../support/clock.ts'
import { LsnpProgram, testLan, type TestLan } from './discovery/lan-support.ts'
import { pictureOf, sha256 } from './profiles/picture-server.ts'
import { FakeServer } from '../support/raw-socket.ts'
import { freePort } from '../support/ports.ts'
import { eventsOf, fate, knows, names, newSelf, startPeer, type Watched } from '../support/peers.ts'
import { liveTracker } from '../support/trackers.ts'
import { PATIENCE, until } from '../support/wait.ts'
import type { Clock } from '../../src/chat/clock.ts'

/** An announcement of the other family. */
function sendJson({ everybody, options }: TestLan, announcement: object): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => {
      socket.setBroadcast(true)
      const port = options.ports?.announcePort ?? 0
      socket.send(JSON.stringify(announcement), port, everybody.host, () => socket.close(resolve))
    })
  })
}

interface Pair {
  readonly lan: TestLan
  readonly alice: Watched
  readonly bob: Watched
}

/** Alice and Bob on a LAN, and they know of each other. */
async function pair(clock: Clock = systemClock): Promise<Pair> {
  const lan = await testLan()
  const alice = await startPeer({ name: 'alice', lan: lan.options, clock })
  const bob = await startPeer({ name: 'bob', lan: lan.options, clock })
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  return { lan, alice, bob }
}

describe('without a tracker', () => {
  test('two find each other and talk both ways', async () => {
    const { alice, bob } = await pair()
    expect(await fate(alice, alice.peer.say('general', 'hello\nBob 👋'))).toBe('1/1')
    expect(await fate(bob, bob.peer.say('general', 'hello, Alice'))).toBe('1/1')
    expect(await fate(bob, bob.peer.direct('alice', 'psst'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: hello\nBob 👋'])
    expect(alice.heard()).toEqual(['bob: hello, Alice', 'bob: psst'])
    expect(alice.peer.peers).toMatchObject([bob.peer.self])
    expect(eventsOf(alice, 'joined')).toMatchObject([{ peer: bob.peer.self, channel: 'general' }])
  })

  test('four all find each other', async () => {
    const lan = await testLan()
    const all: Watched[] = []
    for (const name of ['ann', 'ben', 'cat', 'dan']) all.push(await startPeer({ name, lan: lan.options }))
    const everybody = ['ann', 'ben', 'cat', 'dan']
    for (const one of all)
      await knows(
        one,
        'general',
        everybody.filter((name) => name !== one.peer.self.name),
      )
  })

  test('those that listen on every address find each other, too', async () => {
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', lan: lan.options, host: '0.0.0.0' })
    const bob = await startPeer({ name: 'bob', lan: lan.options, host: '0.0.0.0' })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('1/1')
    expect(await fate(bob, bob.peer.direct('alice', 'hello, too'))).toBe('1/1')
    expect(alice.heard()).toEqual(['bob: hello, too'])
    expect(bob.peer.peers.map(({ name }) => name)).toEqual(['alice'])
  })

  test('two with one name are two, and one of them has a label', async () => {
    const { lan, alice } = await pair()
    await startPeer({ name: 'bob', lan: lan.options })
    await knows(alice, 'general', ['bob', 'bob'])
    await until(() => alice.peer.peers.every((peer) => alice.peer.isProved(peer)), 'both are proved')
    expect(alice.peer.peers.map(({ label }) => label !== undefined).sort()).toEqual([false, true])
    expect(alice.peer.find('bob').label).toBeUndefined()
  })

  test('a UDP port for all of them that is not to be had ends the start, and leaves nothing behind', async () => {
    const lan = await testLan()
    const { ports } = lan.options
    const options = { interfaces: ['lo'], ports: { ...ports, lastPort: ports?.firstPort ?? 0 } }
    await startPeer({ name: 'alice', lan: options })
    const port = await freePort()
    await expect(startPeer({ name: 'bob', lan: options, port })).rejects.toThrow('is free')
    expect((await startPeer({ name: 'bob', port })).peer.address.port).toBe(port)
  })
})

describe('channels', () => {
  test('what is said in one comes to those who are in it', async () => {
    const { lan, alice, bob } = await pair()
    const carol = await startPeer({ name: 'carol', lan: lan.options })
    await alice.peer.join('ops')
    await carol.peer.join('ops')
    await knows(alice, 'ops', ['carol'])
    await knows(carol, 'ops', ['alice'])
    expect(await fate(alice, alice.peer.say('ops', 'to ops'))).toBe('1/1')
    await knows(alice, 'general', ['bob', 'carol'])
    expect(await fate(alice, alice.peer.say('general', 'to all'))).toBe('2/2')
    expect(carol.heard()).toEqual(['alice: to ops', 'alice: to all'])
    expect(bob.heard()).toEqual(['alice: to all'])
    expect(bob.peer.members('ops')).toEqual([])
  })

  test('who joins and who parts is seen by those who are there', async () => {
    const { alice, bob } = await pair()
    await alice.peer.join('ops')
    await bob.peer.join('ops')
    await knows(alice, 'ops', ['bob'])
    await bob.peer.part('ops')
    await knows(alice, 'ops', [])
    expect(names(alice)).toEqual(['bob'])
    await bob.peer.part('general')
    await knows(alice, 'general', [])
    const peer: unknown = expect.objectContaining(bob.peer.self)
    expect(eventsOf(alice, 'parted')).toEqual([
      { kind: 'parted', peer, channel: 'ops', reason: 'left' },
      { kind: 'parted', peer, channel: 'general', reason: 'left' },
    ])
  })

  test('who comes into one sees at once who of the LAN is there', async () => {
    const { alice, bob } = await pair()
    await bob.peer.join('ops')
    await expect.poll(() => alice.peer.people[0]?.channels).toEqual(['general', 'ops'])
    await alice.peer.join('ops')
    await knows(alice, 'ops', ['bob'])
  })

  test('a peer without a common channel can be written to', async () => {
    const { alice, bob } = await pair()
    await bob.peer.part('general')
    await knows(alice, 'general', [])
    expect(await fate(alice, alice.peer.direct('bob', 'psst'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: psst'])
  })
})

describe('what others show', () => {
  test('a new name', async () => {
    const { alice, bob } = await pair()
    await bob.peer.rename('robert')
    await knows(alice, 'general', ['robert'])
    expect(eventsOf(alice, 'renamed')).toEqual([
      { kind: 'renamed', peer: expect.objectContaining(bob.peer.self) as unknown, before: 'bob' },
    ])
    expect(eventsOf(alice, 'parted')).toEqual([])
  })

  test('a status, and a picture that comes by HTTP and is the one announced', async () => {
    const { alice, bob } = await pair()
    const bytes = pictureOf('png', 'of bob')
    bob.peer.show({ status: 'in the lab', avatar: bytes })
    await expect.poll(() => alice.peer.profile(bob.peer.self).avatar?.hash).toBe(sha256(bytes))
    expect(alice.peer.profile(bob.peer.self)).toEqual({
      status: 'in the lab',
      avatar: { type: 'image/png', hash: sha256(bytes), data: bytes.toString('base64') },
    })
    expect(eventsOf(alice, 'profile').map(({ profile }) => [profile.status, profile.avatar?.type])).toEqual([
      ['in the lab', undefined],
      ['in the lab', 'image/png'],
    ])
    expect(alice.peer.profile(alice.peer.self)).toEqual({ status: '', avatar: undefined })
    expect(bob.peer.profile(bob.peer.self).status).toBe('in the lab')
  })

  test('a picture that is taken away again', async () => {
    const { alice, bob } = await pair()
    bob.peer.show({ status: 'in the lab', avatar: pictureOf('png', 'of bob') })
    await expect.poll(() => alice.peer.profile(bob.peer.self).avatar?.type).toBe('image/png')
    bob.peer.show({ avatar: 'none' })
    await expect
      .poll(() => alice.peer.profile(bob.peer.self))
      .toEqual({
        status: 'in the lab',
        avatar: undefined,
      })
    expect(bob.peer.profile(bob.peer.self)).toEqual({ status: 'in the lab', avatar: undefined })
  })

  test('before this peer started', async () => {
    const lan = await testLan()
    const bob = await startPeer({ name: 'bob', lan: lan.options })
    bob.peer.show({ status: 'in the lab', avatar: pictureOf('gif') })
    const alice = await startPeer({ name: 'alice', lan: lan.options })
    await expect.poll(() => alice.peer.profile(bob.peer.self).avatar?.type).toBe('image/gif')
    expect(alice.peer.profile(bob.peer.self).status).toBe('in the lab')
  })
})

describe('who goes', () => {
  test('with a goodbye is gone because it left, not because it fell silent', async () => {
    const offset = { ms: 0 }
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + offset.ms,
    }
    const { alice, bob } = await pair(clock)
    // It answered Alice a moment ago, and would object to a goodbye in its name only after a pause.
    offset.ms = 2_000
    const self = bob.peer.self
    await bob.peer.close()
    await knows(alice, 'general', [])
    // With its identity of 0.1.0, if Alice had time to meet it.
    expect(eventsOf(alice, 'parted')).toMatchObject([{ peer: self, channel: 'general', reason: 'left' }])
    expect(alice.peer.peers).toEqual([])
  })

  test('without a word, and is started again, has not been away, and its goodbye is believed at once', async () => {
    const lan = await testLan()
    const port = await freePort()
    const alice = await startPeer({ name: 'alice', lan: lan.options })
    let isKilled = false
    const network = {
      openSockets: async (options: LanSocketsOptions): Promise<Datagrams> => {
        const sockets = await LanSockets.open(options)
        const { ownPort, problems } = sockets
        return {
          ...{ ownPort, problems, close: () => sockets.close() },
          setOwnAddresses: (addresses) => {
            sockets.setOwnAddresses(addresses)
          },
          send: (to, bytes) => {
            if (!isKilled) sockets.send(to, bytes)
          },
        }
      },
    }
    const secure = newSelf()
    const before = await startPeer({ name: 'bob', port, secure, lan: { ...lan.options, network } })
    await knows(alice, 'general', ['bob'])
    const [killed] = alice.peer.people.map(({ node }) => node)
    // As kill -9 does: no goodbye, and its ports are free.
    isKilled = true
    await before.peer.close()
    const again = await startPeer({ name: 'bob', port, secure, lan: lan.options })
    await expect.poll(() => alice.peer.people.map(({ node }) => node === killed)).toEqual([false])
    expect(names(alice)).toEqual(['bob'])
    expect(eventsOf(alice, 'parted')).toEqual([])
    await again.peer.close()
    await knows(alice, 'general', [])
    expect(eventsOf(alice, 'parted').map(({ reason }) => reason)).toEqual(['left'])
  })
})

describe('who says that it is at an address', () => {
  const NODE = 'b0bb0bb0bb0bb0b0'
  const CLAIM = { displayName: 'bob', app: 'parley/0.1', node: NODE, channels: ['general'] }

  test('and does not repeat what is sent there is not listed, and nothing is asked of it over HTTP', async () => {
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', lan: lan.options })
    await using server = await FakeServer.listen(() => undefined)
    const httpPort = server.address.port
    const mallory = await LsnpProgram.start('mallory', lan, { repeats: false })
    await mallory.announce({ ...CLAIM, httpPort })
    await expect.poll(() => mallory.heard.some((message) => 'nonce' in message)).toBe(true)
    const bob = await startPeer({ name: 'bob', lan: lan.options })
    await knows(alice, 'general', ['bob', 'mallory !'])
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('2/2, 1 unconfirmed')
    expect(bob.heard()).toEqual(['alice: hello'])
    expect(server.peers.map(({ received }) => received).join('')).toBe('')
  })

  test('and answers at its port for HTTP is listed, where datagrams to it get lost', async () => {
    const clock = fastClock(20)
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', lan: lan.options, clock })
    const bob = await startPeer({ name: 'bob' })
    const { node } = (await ask(bob.peer.address.port, { target: '/p2p/hello' })).json
    const program = await LsnpProgram.start('zed', lan, { repeats: false })
    const claim = { ...CLAIM, node: String(node), httpPort: bob.peer.address.port, reply: false } as const
    await expect
      .poll(async () => {
        await program.announce(claim)
        return names(alice)
      })
      .toContain('bob')
  })

  test('and announces itself as JSON is listed when it accepts a connection, over which nothing is sent', async () => {
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', lan: lan.options })
    await using server = await FakeServer.listen(() => undefined)
    const { port } = server.address
    const announce = (at: number): Promise<void> => sendJson(lan, { ip: '127.0.0.1', port: at, name: 'jay' })
    await announce(await freePort())
    await announce(port)
    await expect.poll(() => alice.peer.members('general').map((peer) => peer.port)).toEqual([port])
    expect(server.peers.map(({ received }) => received)).toEqual([''])
  })
})

describe('with a tracker, too', () => {
  /** Rita and Carol at the tracker and on the LAN. */
  async function both() {
    const tracker = await liveTracker()
    const lan = await testLan()
    const options = { tracker: tracker.address, lan: lan.options }
    const rita = await startPeer({ name: 'rita', ...options })
    const carol = await startPeer({ name: 'carol', ...options })
    await knows(rita, 'general', ['carol'])
    await expect.poll(() => rita.peer.people).toHaveLength(1)
    await expect.poll(() => tracker.registry.members('general', systemClock.now())).toHaveLength(2)
    return { tracker, lan, rita, carol }
  }

  /** Returns when a peer is told by the tracker's feed who goes, which says why; a list does not. */
  async function hasFeed(watched: Watched, tracker: Tracker): Promise<void> {
    const goodbyes = () => eventsOf(watched, 'parted').filter(({ reason }) => reason === 'left')
    while (goodbyes().length === 0) {
      const guest = await startPeer({ name: 'guest', tracker: tracker.address })
      await expect.poll(() => names(watched)).toContain('guest')
      await guest.peer.close()
      await expect.poll(() => names(watched)).not.toContain('guest')
    }
  }

  test('a peer in both is listed once, and gets each message once', async () => {
    const { rita, carol } = await both()
    expect(rita.peer.peers).toMatchObject([carol.peer.self])
    expect(await fate(rita, rita.peer.say('general', 'hello'))).toBe('1/1')
    expect(carol.heard()).toEqual(['rita: hello'])
  })

  test('a peer that left the tracker stays as long as the LAN knows it', async () => {
    const { tracker, rita, carol } = await both()
    await hasFeed(rita, tracker)
    expect(tracker.registry.leave(addressKey(carol.peer.self), 'left')).toBe(true)
    // What the tracker says comes in order: a later join is reported later.
    await startPeer({ name: 'dora', tracker: tracker.address })
    await expect.poll(() => names(rita)).toContain('dora')
    expect(names(rita)).toEqual(['carol', 'dora'])
    expect(eventsOf(rita, 'parted').map(({ peer }) => peer.name)).not.toContain('carol')
  })

  test('a peer that left the LAN stays as long as the tracker knows it', async () => {
    const { rita, carol } = await both()
    await carol.peer.lan.stop()
    await expect.poll(() => rita.peer.people).toEqual([])
    expect(names(rita)).toEqual(['carol'])
    expect(eventsOf(rita, 'parted')).toEqual([])
    expect(await fate(rita, rita.peer.say('general', 'still here?'))).toBe('1/1')
  })

  test('a tracker that dies removes no peer of the LAN, and new ones are still found', async () => {
    const { tracker, lan, rita } = await both()
    await tracker.close()
    await startPeer({ name: 'dora', lan: lan.options })
    await knows(rita, 'general', ['carol', 'dora'])
    expect(eventsOf(rita, 'parted')).toEqual([])
  })
})

describe('between the LAN and a tracker', () => {
  /** Alice at the tracker, Bob on the LAN, and Rita in both. */
  async function twoWorlds() {
    const tracker = await liveTracker()
    const lan = await testLan()
    const rita = await startPeer({ name: 'rita', tracker: tracker.address, lan: lan.options })
    const alice = await startPeer({ name: 'alice', tracker: tracker.address })
    const bob = await startPeer({ name: 'bob', lan: lan.options })
    await knows(rita, 'general', ['alice', 'bob'])
    await knows(alice, 'general', ['rita'])
    await knows(bob, 'general', ['rita'])
    // A peer that came by itself is in no world until a source of one lists it.
    for (const [peer, source] of [
      [alice, 'tracker'],
      [bob, 'lan'],
    ] as const)
      await expect.poll(() => rita.peer.sourcesOf(peerId(peer.peer.self))).toContain(source)
    return { tracker, lan, rita, alice, bob }
  }

  test('what one says is passed on to the other, once, with its sender and how it came', async () => {
    const { rita, alice, bob } = await twoWorlds()
    const said = alice.peer.say('general', 'hello')
    await expect.poll(() => bob.heard()).toEqual(['alice: hello'])
    expect(eventsOf(bob, 'message')).toMatchObject([
      { hops: 1, message: { id: said.messageId, from: alice.peer.self, channel: 'general' } },
    ])
    expect(rita.heard()).toEqual(['alice: hello'])
    // They are introduced by it: when that takes less than a second, it goes to bob straight as well.
    expect(await fate(alice, said)).toMatch(/^(?:1\/1|2\/2)$/)
    expect(bob.heard()).toEqual(['alice: hello'])
    expect(eventsOf(rita, 'receipt')).toEqual([])
  })

  test('from the LAN to the tracker, an action, and not those who left the channel', async () => {
    const { rita, alice, bob } = await twoWorlds()
    bob.peer.say('general', { kind: 'action', text: 'waves' })
    await expect.poll(() => alice.heard()).toEqual(['bob: waves'])
    expect(eventsOf(alice, 'message')[0]).toMatchObject({
      hops: 1,
      message: { content: { kind: 'action' }, from: bob.peer.self },
    })
    await rita.peer.join('ops')
    await bob.peer.join('ops')
    await knows(bob, 'ops', ['rita'])
    await knows(rita, 'ops', ['bob'])
    expect(await fate(bob, bob.peer.say('ops', 'to ops'))).toBe('1/1')
    expect(await rita.peer.settled(PATIENCE)).toBe(true)
    expect(alice.heard()).toEqual(['bob: waves'])
  })

  test('they are introduced by it, and talk straight from then on', async () => {
    const { tracker, rita, alice, bob } = await twoWorlds()
    expect(bob.peer.peers.map(({ name }) => name)).toEqual(['rita'])
    alice.peer.say('general', 'one')
    await knows(bob, 'general', ['alice', 'rita'])
    await knows(alice, 'general', ['bob', 'rita'])
    expect(alice.peer.peers).toContainEqual(expect.objectContaining(bob.peer.self))
    expect(bob.peer.peers).toContainEqual(expect.objectContaining(alice.peer.self))
    expect(await fate(bob, bob.peer.say('general', 'two'))).toBe('2/2')
    expect(await fate(bob, bob.peer.direct('alice', 'psst'))).toBe('1/1')
    expect(await rita.peer.settled(PATIENCE)).toBe(true)
    await tracker.close()
    await rita.peer.close()
    bob.peer.say('general', 'three')
    alice.peer.say('general', 'four')
    expect(await fate(alice, alice.peer.direct('bob', 'pst'))).toBe('1/1')
    await expect.poll(() => bob.heard()).toEqual(['alice: one', 'alice: four', 'alice: pst'])
    await expect.poll(() => alice.heard()).toEqual(['bob: two', 'bob: psst', 'bob: three'])
  })

  test('two relays: each peer reads each message once', async () => {
    const { tracker, lan, rita, alice, bob } = await twoWorlds()
    const carol = await startPeer({ name: 'carol', tracker: tracker.address, lan: lan.options })
    await knows(alice, 'general', ['carol', 'rita'])
    await knows(bob, 'general', ['carol', 'rita'])
    await knows(rita, 'general', ['alice', 'bob', 'carol'])
    await knows(carol, 'general', ['alice', 'bob', 'rita'])
    for (const [sender, text] of [
      [alice, 'one'],
      [bob, 'two'],
      [carol, 'three'],
    ] as const)
      sender.peer.say('general', text)
    await expect.poll(() => [...alice.heard()].sort()).toEqual(['bob: two', 'carol: three'])
    await expect.poll(() => [...bob.heard()].sort()).toEqual(['alice: one', 'carol: three'])
    await expect.poll(() => [...carol.heard()].sort()).toEqual(['alice: one', 'bob: two'])
    for (const one of [rita, alice, bob, carol]) expect(await one.peer.settled(PATIENCE)).toBe(true)
    expect(alice.heard()).toHaveLength(2)
    expect(bob.heard()).toHaveLength(2)
    expect(carol.heard()).toHaveLength(2)
  })

  test('no peer is listed at the address in a relayed message', async () => {
    const { alice } = await twoWorlds()
    const from = { ip: '127.0.0.1', port: await freePort(), name: 'mallory' }
    const message = { from, channel: 'general', message: 'hello', id: 'm-1', hops: 1 }
    expect((await post(alice.peer.address.port, '/p2p/receive', message)).status).toBe(200)
    expect(alice.heard()).toEqual(['mallory: hello'])
    expect(names(alice)).toEqual(['rita'])
    expect(alice.peer.peers.map(addressKey)).not.toContain(addressKey(from))
  })
})
