/** How nodes find each other on a LAN, when a peer counts as gone, and how many datagrams that takes. */
import { beforeEach, describe, expect, test } from 'vitest'
import { LanNode } from '../../../../src/udp/node/node.ts'
import { LAN_TIMES } from '../../../../src/udp/node/limits.ts'
import { encode } from '../../../../src/udp/lsnp/codec.ts'
import { ethernet, LOOPBACK, SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc } from '../../stand-ins.ts'

const MINUTE = 60_000

let lan: SimulatedLan

beforeEach(() => {
  lan = new SimulatedLan()
})

function names(station: Station<LanNode>): string[] {
  return station.program.peers.map(({ name }) => name).sort()
}

function many(count: number): Station<LanNode>[] {
  return Array.from({ length: count }, (_, index) => lan.node(`n${index}`, `10.77.0.${index + 1}`))
}

function pair(): [ada: Station<LanNode>, bob: Station<LanNode>] {
  return [lan.node('ada', '10.77.0.1'), lan.node('bob', '10.77.0.2')]
}

/** Each node knows every other one, once. */
function expectAllKnown(stations: readonly Station<LanNode>[]): void {
  const all = stations.map(({ address }) => address).sort()
  for (const station of stations) {
    const known = station.program.peers.map(({ ip }) => ip).sort()
    expect(known).toEqual(all.filter((address) => address !== station.address))
  }
}

function gone(station: Station<LanNode>): string[] {
  return station.eventsOf('left').map(({ peer, reason }) => `${peer.name}: ${reason}`)
}

describe('discovery', () => {
  test.each([
    [2, 0],
    [3, 0],
    [20, 0],
    // This many do not answer all at once.
    [30, 600],
  ])('%i nodes that start together know each other after %i ms', (count, ms) => {
    const stations = many(count)
    lan.step(ms)
    expectAllKnown(stations)
  })

  test('a node that comes later knows all others at once, and they know it', () => {
    const stations = many(3)
    lan.step(MINUTE)
    const late = lan.node('late', '10.77.0.99')
    lan.step(0)
    expectAllKnown([...stations, late])
  })

  test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'takes at most 5 s if three of ten datagrams get lost, names included (seed %i)',
    (seed) => {
      lan = new SimulatedLan({ seed, loss: 0.3, duplication: 0.25, delay: 50 })
      const stations = many(3)
      for (const [index, station] of stations.entries())
        lan.command(station, { kind: 'profile', name: `Name ${index}` })
      lan.step(5_000)
      expectAllKnown(stations)
      lan.step(MINUTE)
      expect(stations.map(names)).toEqual([
        ['Name 1', 'Name 2'],
        ['Name 0', 'Name 2'],
        ['Name 0', 'Name 1'],
      ])
    },
  )

  test('a peer has what it announced', () => {
    const ada = lan.node('ada', '10.77.0.1', 8123)
    const bob = lan.node('bob', '10.77.0.2')
    const hash = 'ab'.repeat(32)
    const picture = { type: 'image/png', encoding: 'base64', data: 'AAAA' } as const
    const profile = {
      name: 'Ada',
      status: 'in the lab',
      channels: ['general', 'ops'],
      httpPort: 8080,
    } as const
    lan.command(ada, { kind: 'profile', ...profile, avatar: { hash, picture } })
    // Another port is believed with the proof, which only unicast messages to Parley peers have.
    lan.step(1_000)
    expect(bob.program.peers).toEqual([
      {
        userId: 'ada@10.77.0.1',
        ip: '10.77.0.1',
        addresses: ['10.77.0.1'],
        isProved: true,
        port: 8123,
        name: 'Ada',
        status: 'in the lab',
        dialect: 'rfc',
        node: ada.program.node,
        httpPort: 8080,
        channels: ['general', 'ops'],
        avatarHash: hash,
        avatar: undefined,
        lastSeenAt: lan.now,
        until: lan.now + LAN_TIMES.lease,
        followsUs: false,
        followed: false,
      },
    ])
  })

  test('a changed profile is announced at once', () => {
    const [ada, bob] = pair()
    lan.step(0)
    lan.command(ada, { kind: 'profile', name: 'Ada', status: 'gone fishing' })
    expect(bob.program.peers).toMatchObject([{ name: 'Ada', status: 'gone fishing' }])
    expect(bob.eventsOf('seen').at(-1)?.change).toBe('profile')
  })

  test('two nodes on one machine see each other as one peer with two addresses', () => {
    const networks = [ethernet('10.77.0.1'), LOOPBACK]
    const ada = lan.node('ada', networks, 8000)
    const bob = lan.node('bob', networks, 8001)
    lan.step(MINUTE)
    expect(ada.program.peers).toMatchObject([
      { name: 'bob', port: 8001, addresses: ['10.77.0.1', '127.0.0.1'] },
    ])
    expect(bob.program.peers).toMatchObject([
      { name: 'ada', port: 8000, addresses: ['10.77.0.1', '127.0.0.1'] },
    ])
    expect(ada.eventsOf('seen').filter(({ change }) => change === 'new')).toHaveLength(1)
  })

  test('twenty nodes on one machine know each other', () => {
    const stations = Array.from({ length: 20 }, (_, index) =>
      lan.node(`n${index}`, [ethernet('10.77.0.1'), LOOPBACK], 8000 + index),
    )
    lan.step(10_000)
    for (const station of stations) expect(station.program.peers).toHaveLength(19)
    expect(stations.flatMap(gone)).toEqual([])
  })

  test('a node ignores its own datagrams, alone and with others', () => {
    const ada = lan.node('ada', [ethernet('10.77.0.1'), LOOPBACK])
    lan.step(MINUTE)
    expect(ada.events).toEqual([])
    expect(ada.program.peers).toEqual([])
  })

  test('a Parley peer that announces itself as JSON, too, is one peer, whichever comes first', () => {
    for (let seed = 1; seed <= 20; seed++) {
      lan = new SimulatedLan({ seed, delay: 20 })
      const [ada, bob] = pair()
      lan.step(MINUTE)
      expect(ada.program.peers).toMatchObject([{ name: 'bob', node: bob.program.node }])
      expect([...gone(ada), ...gone(bob)]).toEqual([])
    }
  })

  test('nothing is sent before the port is known', () => {
    const node = new LanNode({
      node: 'a'.repeat(16),
      username: 'ada',
      app: 'parley/0.1',
      random: Math.random,
    })
    node.command({ kind: 'profile', name: 'Ada' }, START)
    node.command({ kind: 'networks', networks: [ethernet('10.77.0.1')] }, START)
    expect(node.tick(START)).toEqual([])
    node.command({ kind: 'start', port: 8000 }, START)
    expect(node.tick(START + 100)).not.toEqual([])
  })

  test('two addresses in one network are announced there once', () => {
    const ada = lan.node('ada', [ethernet('10.77.0.1'), ethernet('10.77.0.2')])
    lan.step(0)
    expect(ada.messages('PROFILE')).toHaveLength(1)
  })
})

describe('goodbye', () => {
  let ada: Station<LanNode>
  let bob: Station<LanNode>

  beforeEach(() => {
    ada = lan.node('ada', '10.77.0.1')
    bob = lan.node('bob', '10.77.0.2')
    lan.step(20_000)
  })

  function leaving(of: Station<LanNode>): Buffer {
    const userId = `ada@${of.address}`
    return encode({ type: 'PING', userId, node: of.program.node, leaving: true, reply: false }, 'rfc')
  }

  test('with the nonce that only its node was sent removes the peer at once', () => {
    lan.command(ada, { kind: 'quit' })
    lan.remove(ada)
    lan.step(0)
    expect(gone(bob)).toEqual(['ada: left'])
    expect(bob.program.peers).toEqual([])
  })

  test('removes the peer also just after a PROFILE', () => {
    lan.command(ada, { kind: 'profile', status: 'off' })
    lan.command(ada, { kind: 'quit' })
    lan.remove(ada)
    lan.step(0)
    expect(gone(bob)).toEqual(['ada: left'])
  })

  test('of which only the broadcast arrives removes the peer within 1.2 s, after probes', () => {
    lan.remove(ada)
    lan.inject(leaving(ada), { host: ada.address, port: ada.port }, bob)
    lan.step(900)
    expect(gone(bob)).toEqual([])
    lan.step(300)
    expect(gone(bob)).toEqual(['ada: left'])
  })

  test('is ignored if the credit of its address does not pay for probes', () => {
    for (let time = 0; time < 40; time++) {
      lan.inject(
        rfc('PING', { USER_ID: 'a@b', NODE: ada.program.node }),
        { host: ada.address, port: ada.port },
        bob,
      )
      lan.step(500)
    }
    lan.conditions = { ...lan.conditions, loss: 1 }
    lan.inject(leaving(ada), { host: ada.address, port: ada.port }, bob)
    lan.step(3_000)
    lan.conditions = { ...lan.conditions, loss: 0 }
    lan.step(3_000)
    expect(gone(bob)).toEqual([])
  })

  test.each([
    ['at once', 0],
    ['after a second', 1_000],
    ['after five seconds', 5_000],
  ])('is not needed for a program that was killed and started again on its port %s', (_name, pause) => {
    lan.remove(ada)
    lan.step(pause)
    const again = lan.node('ada', ada.address, ada.port)
    lan.step(3_000)
    expect(bob.program.peers.map(({ node }) => node)).toEqual([again.program.node])
    lan.command(again, { kind: 'quit' })
    lan.remove(again)
    lan.step(0)
    expect(bob.program.peers).toEqual([])
    expect(gone(bob)).toEqual(['ada: it was started again', 'ada: left'])
  })

  test('an invented node with the port of a peer does not replace it', () => {
    const node = 'f'.repeat(16)
    const forged = encode(
      { type: 'PING', userId: 'ada@10.77.0.1', node, port: ada.port, httpPort: ada.port },
      'rfc',
    )
    for (let time = 0; time < 10; time++) {
      lan.inject(forged, { host: ada.address, port: ada.port }, bob)
      lan.step(500)
    }
    expect(bob.program.peers.filter(({ isProved }) => isProved).map((peer) => peer.node)).toEqual([
      ada.program.node,
    ])
    expect(gone(bob)).toEqual([])
  })

  test('from another address has no effect', () => {
    const asked = bob.sent.length
    lan.inject(leaving(ada), { host: '10.77.0.66', port: ada.port }, bob)
    expect(bob.sent).toHaveLength(asked)
    lan.remove(ada)
    lan.step(3_000)
    expect(gone(bob)).toEqual([])
  })

  test('of an unknown node has no effect', () => {
    const asked = bob.sent.length
    const datagram = encode(
      { type: 'PING', userId: 'x@10.77.0.1', node: 'f'.repeat(16), leaving: true },
      'rfc',
    )
    lan.inject(datagram, { host: '10.77.0.1', port: ada.port }, bob)
    lan.step(3_000)
    expect(bob.sent.slice(asked).map(({ type }) => type)).not.toContain('PROFILE')
    expect(bob.program.peers).toHaveLength(1)
  })

  test.each([
    ['once', 1, 0],
    ['each second', 60, 1_000],
    ['each 2 s', 30, 2_000],
    ['20 times a second', 400, 50],
  ])('forged with the right address does not remove a peer that is there: %s', (_name, count, pause) => {
    for (let time = 0; time < count; time++) {
      lan.inject(leaving(ada), { host: ada.address, port: ada.port }, bob)
      lan.step(pause)
    }
    lan.step(5_000)
    expect(gone(bob)).toEqual([])
    expect(bob.program.peers).toHaveLength(1)
  })

  test('forged many times causes few probes', () => {
    const asked = bob.sent.length
    for (let time = 0; time < 200; time++) {
      lan.inject(leaving(ada), { host: ada.address, port: ada.port }, bob)
      lan.step(50)
    }
    expect(bob.sent.length - asked).toBeLessThan(10 * 4)
  })
})

describe('silence', () => {
  test('a silent peer is probed, and gone 15 s after it was seen', () => {
    const [ada, bob] = pair()
    lan.step(20_000)
    const seen = ada.eventsOf('seen').at(-1)
    lan.remove(bob)
    const asked = ada.messages('PING').length
    const left = () => lan.now - (seen?.peer.lastSeenAt ?? 0)
    while (ada.eventsOf('left').length === 0 && left() < 20_000) lan.step(100)
    expect(left()).toBeGreaterThanOrEqual(15_000)
    expect(left()).toBeLessThanOrEqual(16_000)
    expect(gone(ada)).toEqual(['bob: no longer seen'])
    expect(
      ada
        .messages('PING')
        .slice(asked)
        .filter(({ nonce }) => nonce !== undefined).length,
    ).toBeGreaterThan(5)
  })

  test('a machine that slept for a minute removes no peer, and announces itself again', () => {
    const [ada, bob] = pair()
    lan.step(20_000)
    ada.asleep = true
    lan.step(MINUTE)
    expect(gone(bob)).toEqual(['ada: no longer seen'])
    ada.asleep = false
    lan.step(0)
    expect(gone(ada)).toEqual([])
    expectAllKnown([ada, bob])
    lan.step(MINUTE)
    expect(gone(ada)).toEqual([])
  })

  test('a peer that left while the machine slept is gone 15 s later', () => {
    const [ada, bob] = pair()
    lan.step(20_000)
    ada.asleep = true
    lan.remove(bob)
    lan.step(MINUTE)
    ada.asleep = false
    lan.step(16_000)
    expect(gone(ada)).toEqual(['bob: no longer seen'])
  })

  test('a peer that was seen between waking up and the first tick gets no longer lease', () => {
    const [ada, bob] = pair()
    lan.step(20_000)
    ada.asleep = true
    lan.step(MINUTE)
    lan.inject(
      encode({ type: 'PING', userId: 'bob@10.77.0.2', node: bob.program.node, reply: false }, 'rfc'),
      { host: bob.address, port: bob.port },
      ada,
    )
    ada.asleep = false
    lan.remove(bob)
    lan.step(16_100)
    expect(gone(ada)).toEqual(['bob: no longer seen'])
  })

  test('the halves of a split network find each other again', () => {
    const stations = many(4)
    lan.step(20_000)
    const [alone] = stations
    if (alone !== undefined) alone.unplugged = true
    lan.step(20_000)
    expect(stations.map(({ program }) => program.peers.length)).toEqual([0, 2, 2, 2])
    if (alone !== undefined) alone.unplugged = false
    lan.step(8_000)
    expectAllKnown(stations)
  })

  test('a peer with a new address announces itself again, and is the same peer', () => {
    const [ada, bob] = pair()
    lan.step(20_000)
    const networks = [ethernet('10.77.0.77')]
    ada.networks = networks
    lan.command(ada, { kind: 'networks', networks })
    lan.step(0)
    expect(bob.program.peers).toMatchObject([{ addresses: ['10.77.0.1', '10.77.0.77'] }])
    lan.step(16_000)
    expect(bob.program.peers).toMatchObject([{ ip: '10.77.0.77', userId: 'ada@10.77.0.77' }])
    expect(bob.eventsOf('seen').filter(({ change }) => change === 'new')).toHaveLength(1)
    expect([...gone(ada), ...gone(bob)]).toEqual([])
  })

  test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'no peer leaves in 10 minutes in which one of five datagrams gets lost (seed %i)',
    (seed) => {
      lan = new SimulatedLan({ seed, loss: 0.2 })
      const stations = many(2)
      lan.step(10 * MINUTE)
      expect(stations.flatMap(gone)).toEqual([])
    },
  )
})

describe('datagrams of an idle pair', () => {
  test('are fewer than 10 a minute for each node', () => {
    const stations = many(2)
    lan.step(10_000)
    const before = stations.map(({ sent }) => sent.length)
    lan.step(60 * MINUTE)
    for (const [index, { sent }] of stations.entries()) {
      expect(sent.length - (before[index] ?? 0)).toBeLessThan(10 * 60)
      expect(sent.length - (before[index] ?? 0)).toBeGreaterThan(8 * 60)
    }
  })

  test('fit into one frame each', () => {
    const [ada] = pair()
    const channels = Array.from({ length: 32 }, (_, index) => `${'c'.repeat(60)}${index}`)
    const status = 'ü'.repeat(256)
    lan.command(ada, { kind: 'profile', name: 'Ü'.repeat(32), status, channels })
    lan.step(20_000)
    expect(Math.max(...ada.sent.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1_400)
    expect(ada.messages('PROFILE').at(-1)?.status).toMatch(/^ü{70,}…$/)
  })
})
