/**
 * Peers, channels and leases with a clock driven by hand: the time is a number.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import { addressKey, type Peer, type AddressKey } from '../../src/chat/model.ts'
import { Registry, type RegistryChange } from '../../src/tracker/registry.ts'

const alice: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
const bob: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
const carol: Peer = { ip: '10.0.0.3', port: 8000, name: 'carol' }
const ALICE = addressKey(alice)
const BOB = addressKey(bob)

let registry: Registry
let changes: string[]
/** Now, in milliseconds. */
let now: number

beforeEach(() => {
  changes = []
  now = 1_000_000
  registry = new Registry((change) => changes.push(told(change)))
})

function told(change: RegistryChange): string {
  const { kind, peer, channel } = change
  if (kind === 'renamed') return `${change.before} is ${peer.name} in ${channel}`
  return `${peer.name} ${kind} ${channel}${kind === 'parted' ? `: ${change.reason}` : ''}`
}

/** The change events since the last call. */
function news(): string[] {
  return changes.splice(0)
}

function names(channel?: string): string[] {
  const entries = channel === undefined ? registry.peers(now) : registry.members(channel, now)
  return entries.map(({ peer }) => peer.name)
}

/** A peer that sends heartbeats, in these channels. */
function beating(peer: Peer, ...channels: string[]): AddressKey {
  registry.register(peer, now)
  registry.renew(addressKey(peer), now, { heartbeat: true })
  for (const channel of channels) registry.join(addressKey(peer), channel)
  return addressKey(peer)
}

/** A peer that sends none. */
function silent(peer: Peer, ...channels: string[]): AddressKey {
  registry.register(peer, now)
  for (const channel of channels) registry.join(addressKey(peer), channel)
  return addressKey(peer)
}

/** Sweeps once a second for `ms`, as the tracker does, and returns whose port is due for a check at the end. */
function pass(ms: number): Peer[] {
  registry.sweep(now)
  const end = now + ms
  while (now + TIMES.sweep < end) {
    now += TIMES.sweep
    registry.sweep(now)
  }
  now = end
  return registry.sweep(now)
}

describe('register', () => {
  test('a new peer is registered, in no channel', () => {
    const entry = registry.register(alice, now)
    expect(entry).toMatchObject({ peer: alice, registeredAt: now, renewedAt: now })
    expect([...entry.channels]).toEqual([])
    expect(names()).toEqual(['alice'])
    expect(registry.size).toBe(1)
    expect(news()).toEqual([])
  })

  test('a second registration renews: same peer, same channels, first time kept', () => {
    silent(alice, 'general')
    const since = now
    now += 10_000
    const entry = registry.register(alice, now)
    expect(entry).toMatchObject({ registeredAt: since, renewedAt: now })
    expect([...entry.channels]).toEqual(['general'])
    expect(registry.size).toBe(1)
  })

  test('another name at the same address is a rename event in each channel', () => {
    silent(alice, 'general', 'ops')
    news()
    registry.register({ ...alice, name: 'alicia' }, now)
    expect(news()).toEqual(['alice is alicia in general', 'alice is alicia in ops'])
    expect(names('ops')).toEqual(['alicia'])
    expect(registry.named('alice')).toEqual([])
    registry.register({ ...alice, name: 'alicia' }, now)
    expect(news()).toEqual([])
  })

  test('the same name at another address is another peer', () => {
    silent(alice)
    silent({ ...bob, name: 'alice' })
    expect(registry.named('alice').map(({ peer }) => peer.ip)).toEqual([alice.ip, bob.ip])
  })

  test('peers of one name are in the order of registration, whichever renewed last', () => {
    silent(alice)
    silent({ ...bob, name: 'alice' })
    registry.renew(ALICE, now + 1)
    expect(registry.named('alice')[0]?.peer).toEqual(alice)
    expect(names()).toEqual(['alice', 'alice'])
    expect(registry.peers(now)[0]?.peer).toEqual(alice)
  })

  test('numbers rise with each registration and stay with the peer', () => {
    const first = registry.register(alice, now).number
    const second = registry.register(bob, now).number
    expect(second).toBeGreaterThan(first)
    expect(registry.register(alice, now).number).toBe(first)
    registry.leave(ALICE, 'left')
    expect(registry.register(alice, now).number).toBeGreaterThan(second)
  })
})

describe('channels', () => {
  test('join, part and leave are events in order', () => {
    silent(alice, 'general', 'ops')
    silent(bob, 'general')
    registry.part(ALICE, 'general', 'left')
    registry.leave(BOB, 'quit')
    registry.leave(ALICE, 'quit')
    expect(news()).toEqual([
      'alice joined general',
      'alice joined ops',
      'bob joined general',
      'alice parted general: left',
      'bob parted general: quit',
      'alice parted ops: quit',
    ])
    expect(registry.size).toBe(0)
    expect(registry.channels).toEqual([])
  })

  test('joining twice is joining once', () => {
    silent(alice, 'general', 'general')
    expect(news()).toEqual(['alice joined general'])
    expect(names('general')).toEqual(['alice'])
  })

  test('an unknown peer cannot part or leave', () => {
    silent(alice, 'general')
    news()
    expect(registry.part(ALICE, 'ops', 'left')).toBe(false)
    expect(registry.part(BOB, 'general', 'left')).toBe(false)
    expect(registry.leave(BOB, 'left')).toBe(false)
    expect(news()).toEqual([])
  })

  test('a peer that is not registered cannot join', () => {
    expect(() => {
      registry.join(ALICE, 'general')
    }).toThrow(expect.objectContaining({ status: 404, code: 'unknown_peer' }) as Error)
    expect(registry.channels).toEqual([])
  })

  test('an unknown channel is empty', () => {
    expect(names('nowhere')).toEqual([])
    expect(registry.messages('nowhere')).toEqual([])
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s is a name like any other', (name) => {
    silent({ ...alice, name }, name)
    registry.store(name, { from: alice, message: name, at: now })
    expect(names(name)).toEqual([name])
    expect(registry.named(name)).toHaveLength(1)
    expect(registry.messages(name)).toHaveLength(1)
    expect(registry.channels).toEqual([name])
  })

  test('a channel is closed when its last member leaves, unless it has messages', () => {
    silent(alice, 'general', 'ops')
    registry.store('ops', { from: alice, message: 'hi', at: now })
    registry.leave(ALICE, 'left')
    expect(registry.channels).toEqual(['ops'])
    expect(registry.messages('ops')).toHaveLength(1)
  })
})

describe('leases', () => {
  test('a peer with heartbeats leaves the lists exactly when its lease ends, and is swept', () => {
    beating(alice, 'general')
    now += TIMES.lease - 1
    expect(names()).toEqual(['alice'])
    expect(names('general')).toEqual(['alice'])
    now += 1
    expect(names()).toEqual([])
    expect(names('general')).toEqual([])
    expect(registry.size, 'not swept yet').toBe(1)
    news()
    expect(registry.sweep(now)).toEqual([])
    expect(registry.size).toBe(0)
    expect(news()).toEqual(['alice parted general: timed out'])
  })

  test('a heartbeat renews for a whole lease', () => {
    beating(alice, 'general')
    pass(TIMES.lease - 1)
    expect(registry.renew(ALICE, now, { heartbeat: true })).toMatchObject({ peer: alice, renewedAt: now })
    pass(TIMES.lease - 1)
    expect(names('general')).toEqual(['alice'])
    pass(1)
    expect(names('general')).toEqual([])
  })

  test('a heartbeat of an unknown peer is refused', () => {
    expect(registry.renew(ALICE, now, { heartbeat: true })).toBeUndefined()
    beating(alice)
    pass(TIMES.lease)
    expect(registry.renew(ALICE, now, { heartbeat: true })).toBeUndefined()
  })

  test('only expired peers are swept, in whatever order they renewed', () => {
    beating(alice, 'general')
    now += 1000
    beating(bob, 'general')
    now += 1000
    registry.renew(ALICE, now)
    news()
    pass(TIMES.lease - 1000)
    expect(news()).toEqual(['bob parted general: timed out'])
    pass(1000)
    expect(news()).toEqual(['alice parted general: timed out'])
  })

  test('a peer without heartbeats stays listed, and is due for a port check until it renews or leaves', () => {
    silent(alice, 'general')
    expect(pass(TIMES.lease - 1)).toEqual([])
    expect(pass(1)).toEqual([alice])
    expect(pass(TIMES.lease)).toEqual([alice])
    expect(names('general')).toEqual(['alice'])
    registry.renew(ALICE, now)
    expect(pass(TIMES.lease - 1)).toEqual([])
    expect(pass(1)).toEqual([alice])
    registry.leave(ALICE, 'timed out')
    expect(pass(1)).toEqual([])
    expect(names('general')).toEqual([])
  })

  test('one sweep removes some peers and returns others', () => {
    beating(alice)
    silent(bob)
    now += 1
    beating(carol)
    expect(pass(TIMES.lease - 1)).toEqual([bob])
    expect(names()).toEqual(['bob', 'carol'])
  })

  test('a program without heartbeats may follow one with them at the same address', () => {
    beating(alice, 'general')
    now += 10_000
    silent({ ...alice, name: 'another' })
    expect(pass(TIMES.lease)).toEqual([{ ...alice, name: 'another' }])
    expect(names('general')).toEqual(['another'])
  })
})

describe('suspects', () => {
  test('are removed unless they show a sign of life in time', () => {
    beating(alice, 'general')
    beating(bob, 'general')
    registry.suspect(ALICE, now, TIMES.suspicion)
    registry.suspect(BOB, now, TIMES.suspicion)
    pass(TIMES.suspicion - 1)
    registry.renew(BOB, now)
    news()
    pass(1)
    expect(news()).toEqual(['alice parted general: connection lost'])
    pass(TIMES.suspicion)
    expect(names('general')).toEqual(['bob'])
  })

  test('without heartbeats, too', () => {
    silent(alice, 'general')
    registry.suspect(ALICE, now, TIMES.suspicion)
    pass(TIMES.suspicion)
    expect(names()).toEqual([])
  })

  test('a peer that left and came back is no longer a suspect', () => {
    beating(alice)
    registry.suspect(ALICE, now, TIMES.suspicion)
    registry.leave(ALICE, 'left')
    beating(alice)
    pass(TIMES.suspicion)
    expect(names()).toEqual(['alice'])
  })

  test('an unknown peer cannot be a suspect', () => {
    registry.suspect(ALICE, now, TIMES.suspicion)
    pass(1000)
    beating(alice)
    pass(TIMES.suspicion)
    expect(names()).toEqual(['alice'])
  })
})

describe('after a sleep', () => {
  const SLEEP = 3_600_000

  test('no peer could renew, so leases are extended', () => {
    beating(alice, 'general')
    silent(bob, 'general')
    pass(10_000)
    now += SLEEP
    expect(registry.sweep(now)).toEqual([])
    expect(names('general')).toEqual(['alice', 'bob'])
    expect(pass(20_000 - 1)).toEqual([])
    expect(names('general')).toEqual(['alice', 'bob'])
    expect(pass(1)).toEqual([bob])
    expect(names('general')).toEqual(['bob'])
  })

  test('suspects, too, keep the rest of their time', () => {
    beating(alice)
    registry.suspect(ALICE, now, TIMES.suspicion)
    pass(1000)
    now += SLEEP
    registry.sweep(now)
    pass(TIMES.suspicion - 1001)
    expect(names()).toEqual(['alice'])
    pass(1)
    expect(names()).toEqual([])
  })

  test('a peer that renewed before the first sweep has one lease, not an hour', () => {
    beating(alice)
    beating(bob)
    pass(1000)
    now += SLEEP
    registry.renew(ALICE, now)
    registry.sweep(now)
    pass(TIMES.lease - 1)
    expect(names()).toEqual(['alice'])
    pass(1)
    expect(names()).toEqual([])
  })

  test('a sweep that is a little late extends nothing', () => {
    beating(alice)
    pass(TIMES.lease - TIMES.asleep)
    now += TIMES.asleep
    registry.sweep(now)
    expect(names()).toEqual([])
  })

  test('a clock that stood still or went back removes no peer', () => {
    beating(alice)
    registry.sweep(now)
    registry.sweep(now)
    registry.sweep(now - 1000)
    expect(registry.size).toBe(1)
  })
})

describe('caps', () => {
  const tooMany = (code: string) =>
    expect.objectContaining({
      status: 429,
      code,
      headers: { 'Retry-After': expect.stringMatching(/^[1-9]/) as string },
    }) as Error

  /** The n-th peer, on a host of its own. */
  function nth(n: number): Peer {
    return { ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 8000, name: `peer-${n}` }
  }

  function fill(count: number, peer: (n: number) => Peer = nth): void {
    for (let n = 0; n < count; n++) registry.register(peer(n), now)
  }

  const ofHost = (ip: string) => (n: number) => ({ ip, port: 8000 + n, name: `peer-${n}` })

  test('peers of one host', () => {
    fill(LIMITS.peersPerHost, ofHost('10.0.0.1'))
    expect(registry.size).toBe(LIMITS.peersPerHost)
    const one = { ip: '10.0.0.1', port: 7000, name: 'over' }
    expect(() => registry.register(one, now)).toThrow(tooMany('too_many_peers'))
    expect(registry.size).toBe(LIMITS.peersPerHost)
    registry.register({ ...one, ip: '10.0.0.2' }, now)
    registry.register({ ip: '10.0.0.1', port: 8000, name: 'renamed' }, now)
    registry.leave('10.0.0.1:8001', 'left')
    registry.register(one, now)
    expect(() => registry.register({ ...one, port: 7001 }, now)).toThrow(tooMany('too_many_peers'))
  })

  test('peers of one host in IPv6: all addresses of one /64', () => {
    fill(LIMITS.peersPerHost, (n) => ({ ip: `2a00:1450::${n.toString(16)}`, port: 8000, name: `peer-${n}` }))
    const one = { ip: '2a00:1450:0:0:ffff::1', port: 8000, name: 'over' }
    expect(() => registry.register(one, now)).toThrow(tooMany('too_many_peers'))
    registry.register({ ...one, ip: '2a00:1450:0:1::1' }, now)
  })

  test('peers of one loopback address', () => {
    fill(LIMITS.peersPerLoopback, ofHost('127.0.0.1'))
    expect(() => registry.register({ ip: '127.0.0.1', port: 7000, name: 'over' }, now)).toThrow(
      tooMany('too_many_peers'),
    )
    registry.register({ ip: '127.0.0.2', port: 7000, name: 'elsewhere' }, now)
  })

  test('peers', () => {
    fill(LIMITS.peers)
    expect(registry.size).toBe(LIMITS.peers)
    expect(() => registry.register(nth(LIMITS.peers), now)).toThrow(tooMany('too_many_peers'))
    registry.register(nth(0), now)
    registry.leave(addressKey(nth(0)), 'left')
    registry.register(nth(LIMITS.peers), now)
    expect(registry.size).toBe(LIMITS.peers)
  })

  test('channels of one peer; the refused one is not opened', () => {
    registry.register(alice, now)
    for (let n = 0; n < LIMITS.channelsPerPeer; n++) registry.join(ALICE, `c${n}`)
    expect(() => {
      registry.join(ALICE, 'over')
    }).toThrow(tooMany('too_many_channels'))
    expect(registry.channels).toHaveLength(LIMITS.channelsPerPeer)
    registry.join(ALICE, 'c0')
    registry.part(ALICE, 'c0', 'left')
    registry.join(ALICE, 'over')
  })

  test('members of one channel', () => {
    fill(LIMITS.membersPerChannel + 1)
    for (let n = 0; n < LIMITS.membersPerChannel; n++) registry.join(addressKey(nth(n)), 'general')
    const over = addressKey(nth(LIMITS.membersPerChannel))
    expect(() => {
      registry.join(over, 'general')
    }).toThrow(tooMany('channel_full'))
    expect(names('general')).toHaveLength(LIMITS.membersPerChannel)
    expect([...(registry.get(over)?.channels ?? [])]).toEqual([])
    registry.part(addressKey(nth(0)), 'general', 'left')
    registry.join(over, 'general')
  })

  /** Opens all the channels there can be, each with one member. */
  function openAll(): void {
    const each = LIMITS.channelsPerPeer
    fill(Math.ceil(LIMITS.channels / each) + 1)
    for (let n = 0; n < LIMITS.channels; n++) registry.join(addressKey(nth(Math.floor(n / each))), `c${n}`)
  }

  test('channels', () => {
    openAll()
    const last = addressKey(nth(Math.ceil(LIMITS.channels / LIMITS.channelsPerPeer)))
    expect(registry.channels).toHaveLength(LIMITS.channels)
    expect(() => {
      registry.join(last, 'over')
    }).toThrow(tooMany('too_many_channels'))
    expect(() => {
      registry.store('over', { from: alice, message: 'hi', at: now })
    }).toThrow(tooMany('too_many_channels'))
    registry.join(last, 'c0')
    registry.part(addressKey(nth(0)), 'c1', 'left')
    registry.join(last, 'over')
    expect(registry.channels).toHaveLength(LIMITS.channels)
  })

  test('a channel that has only messages makes room for a new one', () => {
    openAll()
    const last = addressKey(nth(Math.ceil(LIMITS.channels / LIMITS.channelsPerPeer)))
    registry.store('c5', { from: alice, message: 'hi', at: now })
    registry.part(addressKey(nth(0)), 'c5', 'left')
    expect(registry.channels).toContain('c5')
    registry.join(last, 'fresh')
    expect(registry.channels).not.toContain('c5')
    expect(registry.messages('c5')).toEqual([])
    expect(registry.channels).toHaveLength(LIMITS.channels)
  })

  test('messages of a channel: the oldest are dropped', () => {
    const store = (n: number): void => {
      registry.store('general', { from: alice, message: String(n), at: now + n })
    }
    for (let n = 0; n < LIMITS.storedPerChannel; n++) store(n)
    expect(registry.messages('general')[0]?.message).toBe('0')
    store(LIMITS.storedPerChannel)
    expect(registry.messages('general')).toHaveLength(LIMITS.storedPerChannel)
    expect(registry.messages('general')[0]?.message).toBe('1')
    expect(registry.messages('general').at(-1)?.message).toBe(String(LIMITS.storedPerChannel))
  })

  test('all messages: the oldest are dropped, in whatever channel, so memory is bounded', () => {
    const message = 'x'.repeat(LIMITS.textCharacters)
    const ofChannel = (n: number): string => `c${n % 100}`
    const count = Math.floor(LIMITS.storedBytes / LIMITS.textCharacters)
    for (let n = 0; n < count; n++) registry.store(ofChannel(n), { from: alice, message, at: now + n })
    const kept = registry.channels.flatMap((channel) => [...registry.messages(channel)])
    expect(kept.length * 2 * LIMITS.textCharacters).toBeLessThanOrEqual(LIMITS.storedBytes)
    expect(kept.length * 2 * LIMITS.textCharacters).toBeGreaterThan(LIMITS.storedBytes * 0.9)
    const oldest = Math.min(...kept.map(({ at }) => at))
    expect(oldest, 'exactly the newest are kept').toBe(now + count - kept.length)
  })

  test('a channel that makes room gives back its bytes', () => {
    const message = 'x'.repeat(LIMITS.textCharacters)
    const fit = Math.floor(LIMITS.storedBytes / (2 * LIMITS.textCharacters + 256))
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < LIMITS.channels; n++) {
        registry.store(`r${round}-${n}`, { from: alice, message, at: now })
      }
    }
    for (let n = 0; n < fit; n++) registry.store(`last-${n % 500}`, { from: alice, message, at: now + 1 })
    const kept = registry.channels.filter((name) => name.startsWith('last-'))
    expect(kept.reduce((sum, name) => sum + registry.messages(name).length, 0)).toBe(fit)
  })
})
