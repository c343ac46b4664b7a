/**
 * Datagrams of unknown hosts: a LAN node reads a bounded number, keeps a bounded amount, and answers little, and only to
 * their own address.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../../scripts/fuzz/mutate.ts'
import { LanNode } from '../../../src/udp/node/node.ts'
import { LAN_LIMITS } from '../../../src/udp/node/limits.ts'
import { decode, encode } from '../../../src/udp/lsnp/codec.ts'
import { ethernet, hex16, LOOPBACK, START } from '../simulated-lan.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from '../lsnp/samples.ts'
import { rfc, seed } from '../stand-ins.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanEffect, Network } from '../../../src/udp/node/model.ts'

const STRANGER: Address = { host: '10.77.0.11', port: 50_999 }
const WIDE: Network = {
  name: 'eth0',
  address: '10.77.0.12',
  netmask: '255.255.0.0',
  broadcast: '10.77.255.255',
}
const random = seededRandom(7)

let zed: LanNode

function started(networks: readonly Network[] = [ethernet('10.77.0.12'), LOOPBACK]): LanNode {
  const node = new LanNode({ node: 'a'.repeat(16), username: 'zed', app: 'parley/0.1', random })
  node.command({ kind: 'start', port: 8000 }, START)
  node.command({ kind: 'networks', networks }, START)
  return node
}

/** Gives the node the longest possible profile. */
function describeAll(node: LanNode): void {
  const channels = Array.from({ length: 32 }, (_, index) => `channel-number-${index}`)
  const picture = { type: 'image/png', encoding: 'base64', data: 'A'.repeat(27_308) } as const
  const avatar = { hash: 'b'.repeat(64), picture }
  const profile = { name: 'Z'.repeat(64), status: 's'.repeat(512), channels, httpPort: 8000, avatar }
  node.command({ kind: 'profile', ...profile }, START)
}

beforeEach(() => {
  zed = started()
  describeAll(zed)
})

function give(text: string, from: Address = STRANGER, now = START): readonly LanEffect[] {
  return zed.receive(Buffer.from(text), from, now)
}

/** Gives the address of the stranger enough credit for every answer. */
function pay(now = START): void {
  give('x'.repeat(LAN_LIMITS.credit), STRANGER, now)
}

function sends(effects: readonly LanEffect[]): Extract<LanEffect, { kind: 'send' }>[] {
  return effects.filter((effect) => effect.kind === 'send')
}

function isSeen(effects: readonly LanEffect[]): boolean {
  return effects.some((effect) => effect.kind === 'event' && effect.event.kind === 'seen')
}

/** A PING of a Parley peer that is not known yet. */
function newcomer(host: string): string {
  return rfc('PING', { USER_ID: `n@${host}`, NODE: hex16(random) })
}

const SAMPLES: (readonly [name: string, datagram: string])[] = [
  ...[...EXAMPLES, ...DIVERGENCES].map(({ name, datagram }) => [name, datagram] as const),
  ...REFUSED.map(([name, datagram]) => [name, datagram] as const),
]

describe('one datagram of an unknown host', () => {
  test.each(SAMPLES)('is answered briefly, to its own address: %s', (_name, datagram) => {
    for (const { to, bytes } of sends(give(datagram))) {
      expect(to.host).toBe(STRANGER.host)
      expect(to.port).toBeGreaterThanOrEqual(1_024)
      expect(bytes.length).toBeLessThanOrEqual(1_400)
      expect(decode(bytes)).toMatchObject({ ok: true })
    }
  })

  test.each<[string, string]>([
    ['the shortest', 'TYPE:PING\nUSER_ID:a@b'],
    ['the shortest of a Parley peer', `TYPE:PING\nUSER_ID:a@b\nNODE:${'c'.repeat(16)}`],
  ])('is answered with one frame at most: %s', (_name, datagram) => {
    pay()
    const answers = sends(give(datagram))
    expect(answers).toHaveLength(1)
    expect(answers[0]?.bytes.length).toBeLessThanOrEqual(1_100)
  })

  test.each([
    '10.77.0.255',
    '8.8.8.8',
    '127.255.255.255',
    '10.77.1.11',
    '255.255.255.255',
    '0.0.0.0',
    '10.077.0.11',
    '',
  ])('from %s is not read', (host) => {
    expect(give(newcomer('10.77.0.11'), { host, port: 8000 })).toEqual([])
    expect([...zed.dropped.keys()]).toEqual(['it comes from another network'])
  })

  const LINK: Network = {
    ...{ name: 'eth1', address: '169.254.7.5', netmask: '255.255.0.0', broadcast: '169.254.255.255' },
  }

  test.each<[name: string, networks: readonly Network[], host: string, isRead: boolean]>([
    ['on a link where we have one, too', [LINK], '169.254.9.9', true],
    ['in none of our networks', [ethernet('10.77.0.12')], '169.254.9.9', false],
    [
      'in a network that only contains it',
      [{ ...WIDE, address: '169.1.0.1', netmask: '255.0.0.0' }],
      '169.254.9.9',
      false,
    ],
    ['the metadata address of clouds', [LINK], '169.254.169.254', false],
  ])('from a link-local address is read only on its link: %s', (_name, networks, host, isRead) => {
    zed = started(networks)
    expect(isSeen(give(newcomer(host), { host, port: 8000 }))).toBe(isRead)
  })

  test.each([0, 1, 22, 53, 123, 1023, 6000])('from port %i is not answered there', (port) => {
    pay()
    const answers = sends(give(seed('PING', { USER_ID: 'a@10.77.0.11' }), { host: STRANGER.host, port }))
    expect(answers.map(({ to }) => to)).toEqual([{ host: STRANGER.host, port: 50_999 }])
  })

  test.each([0, 22, 1023, 3306, 65_536, 50_999])('that announces port %i is not answered there', (port) => {
    const question = rfc('PING', { USER_ID: 'a@10.77.0.11', PORT: port, NODE: 'c'.repeat(16) })
    pay()
    expect(sends(give(question)).map(({ to }) => to)).toEqual([{ host: STRANGER.host, port: 50_999 }])
  })

  test('what it says of its HTTP port is checked', () => {
    give(rfc('PING', { USER_ID: 'a@b', HTTP_PORT: 22, NODE: 'c'.repeat(16) }))
    expect(zed.peers).toMatchObject([{ httpPort: undefined }])
  })

  test('is traced, with pictures cut short', () => {
    zed.command({ kind: 'verbose', on: true }, START)
    const picture = { AVATAR_TYPE: 'image/png', AVATAR_ENCODING: 'base64', AVATAR_DATA: 'A'.repeat(20_000) }
    const effects = [
      ...give(rfc('PROFILE', { USER_ID: 'a@10.77.0.11', DISPLAY_NAME: 'A', STATUS: '', ...picture })),
      ...give('TYPE: NONSENSE\n\n'),
    ]
    const traces = effects.flatMap((effect) =>
      effect.kind === 'event' && effect.event.kind === 'trace' ? [effect.event] : [],
    )
    expect(traces.map(({ way, type }) => [way, type])).toEqual([
      ['RECV', 'PROFILE'],
      ['SEND', 'PROFILE'],
      ['DROP', 'NONSENSE'],
    ])
    expect(Math.max(...traces.map(({ text }) => text.length))).toBeLessThan(1_400)
    expect(traces[0]?.text).toContain('AVATAR_DATA: AAAAAAAAAA…')
  })
})

describe('many questions of one host', () => {
  /** The times of the answers to a question that comes every 100 ms for 20 s. */
  function answersTo(question: string): number[] {
    const times: number[] = []
    // A PEER_DISCOVERY within a second after the start would count as an answer.
    const begin = START + 1_000
    for (let now = begin; now < begin + 20_000; now += 100) {
      if (sends(give(question, STRANGER, now)).some(({ bytes }) => bytes.length < 2_000))
        times.push(now - begin)
      zed.tick(now)
    }
    return times
  }

  test.each([
    ['a Parley peer, every half second', rfc('PING', { USER_ID: 'a@10.77.0.11', NODE: 'c'.repeat(16) }), 500],
    ['a foreign program, every 5 s', rfc('PING', { USER_ID: 'a@10.77.0.11' }), 5_000],
    ['for a list of peers, every 5 s', seed('PEER_LIST_REQUEST', { FROM: 'a@10.77.0.11' }), 5_000],
  ])('are answered after a pause: %s', (_name, question, pause) => {
    const times = answersTo(question)
    expect(times.length).toBeGreaterThanOrEqual(20_000 / pause - 1)
    for (const [index, time] of times.entries())
      if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(pause)
  })

  test('PEER_DISCOVERY of one port is answered once', () => {
    const question = seed('PEER_DISCOVERY', { USER_ID: 'a@10.77.0.11', PORT: 8100, X: 'x'.repeat(100) })
    expect(answersTo(question)).toEqual([0])
  })

  test('under new names get a few answers, then one every 2 s, with credit for all', () => {
    let answers = 0
    for (let now = START; now < START + 20_000; now += 100) {
      pay(now)
      answers += sends(give(newcomer('10.77.0.11'), STRANGER, now)).length
      answers += sends(give(rfc('PING', { USER_ID: `${hex16(random)}@x` }), STRANGER, now)).length
    }
    expect(answers).toBeLessThanOrEqual(8 + 10)
    expect(answers).toBeGreaterThan(8)
  })

  test('get a picture once, after the second one', () => {
    let bytes = 0
    for (let now = START; now < START + 60_000; now += 1_000)
      for (const { to, bytes: sent } of sends(
        give(rfc('PING', { USER_ID: 'a@10.77.0.11' }), STRANGER, now),
      )) {
        expect(to.host).toBe(STRANGER.host)
        bytes += sent.length
      }
    expect(bytes).toBeLessThan(27_308 + 1_400 + 13 * 400)
  })

  test('are never answered with a broadcast', () => {
    for (let now = START; now < START + 3_000; now += 20) {
      const [, datagram] = SAMPLES[Math.floor(random() * SAMPLES.length)] ?? ['', '']
      const host = `10.77.0.${1 + Math.floor(random() * 200)}`
      for (const { to } of sends(give(datagram, { host, port: 50_999 }, now)))
        expect(to.host).not.toMatch(/255$/)
    }
  })
})

describe('a PEER_LIST_RESPONSE', () => {
  const ASKED = ['x@10.77.0.40', 'x@10.77.0.41', 'y@10.77.0.41']

  function askedBy(peers: readonly string[], now: number): Address[] {
    const text = seed('PEER_LIST_RESPONSE', { FROM: 'a@10.77.0.11', PEERS: JSON.stringify(peers) })
    return sends(give(text, STRANGER, now)).map(({ to }) => to)
  }

  test('of an unknown host is ignored', () => {
    expect(askedBy(ASKED, START)).toEqual([])
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['each host once', ASKED, ['10.77.0.40', '10.77.0.41']],
    ['broadcast addresses', ['x@10.77.0.255', 'x@127.255.255.255', 'x@255.255.255.255'], []],
    ['our own addresses', ['x@10.77.0.12', 'x@127.0.0.1'], []],
    ['hosts in other networks', ['x@8.8.8.8', 'x@10.78.0.1'], []],
    [
      'invalid addresses',
      [
        'x@10.77.0.11.5',
        'x@10.77.40',
        'x@0x0a.77.0.1',
        'x@010.77.0.1',
        'x@10.77.0.256',
        'x@laptop',
        'x@::1',
        'x@1e1.77.0.1',
      ],
      [],
    ],
    [
      'more hosts than are asked',
      Array.from({ length: 200 }, (_, index) => `x@10.77.0.${index + 20}`),
      Array.from({ length: 16 }, (_, index) => `10.77.0.${index + 20}`),
    ],
  ])('of a known peer: near hosts are asked: %s', (_name, peers, hosts) => {
    for (let now = START; now <= START + 2_000; now += 1_000)
      give(seed('PING', { USER_ID: 'a@10.77.0.11' }), STRANGER, now)
    pay(START + 3_000)
    expect(askedBy(peers, START + 20_000)).toEqual(hosts.map((host) => ({ host, port: 50_999 })))
    expect(askedBy(peers, START + 20_100)).toEqual([])
  })
})

describe('floods', () => {
  test('one host: 40 at once, then 20 a second', () => {
    const heardAt = (now: number) =>
      Array.from({ length: 100 }, () => give(newcomer(STRANGER.host), STRANGER, now)).filter(isSeen).length
    expect(heardAt(START)).toBe(40)
    expect(heardAt(START)).toBe(0)
    expect(heardAt(START + 1_000)).toBe(20)
    expect(zed.dropped.get('too many datagrams of this host')).toBe(240)
  })

  test('all hosts: 500 at once, then 500 a second', () => {
    zed = started([WIDE])
    const heardAt = (now: number) =>
      Array.from({ length: 1_000 }, (_, index) => `10.77.${index >> 7}.${1 + (index & 127)}`).filter((host) =>
        isSeen(give(rfc('PING', { USER_ID: `a@${host}` }), { host, port: 50_999 }, now)),
      ).length
    expect(heardAt(START)).toBe(500)
    expect(heardAt(START)).toBe(0)
    expect(heardAt(START + 1_000)).toBe(500)
  })

  test('a host that floods does not reduce what others may send', () => {
    for (let now = START; now < START + 5_000; now += 100) {
      for (let time = 0; time < 1_000; time++) give('x', STRANGER, now)
      const from = { host: '10.77.0.40', port: 8000 }
      expect(isSeen(give(rfc('PING', { USER_ID: 'b@10.77.0.40', NODE: 'd'.repeat(16) }), from, now))).toBe(
        true,
      )
    }
  })

  test('100 000 unknown hosts: what is kept is bounded, and known peers stay', { timeout: 300_000 }, () => {
    zed = started([WIDE])
    const friends = Array.from({ length: 8 }, (_, index) => ({
      host: `10.77.0.${index + 20}`,
      node: hex16(random),
    }))
    const most = new Map<string, number>()
    const lost: string[] = []
    const note = (effects: readonly LanEffect[]): void => {
      for (const effect of effects)
        if (effect.kind === 'event' && effect.event.kind === 'left') lost.push(effect.event.peer.ip)
    }
    let now = START
    for (let sent = 0; sent < 100_000; now += 1_000) {
      // Twice at first, because a peer that was seen once may be invented.
      if (now === START + 1_000 || (now - START) % 5_000 === 0)
        for (const { host, node } of friends)
          note(
            give(rfc('PING', { USER_ID: `f@${host}`, NODE: node, REPLY: 'no' }), { host, port: 8000 }, now),
          )
      for (let one = 0; one < 400; one++, sent++) note(forged(sent, now))
      note(zed.tick(now))
      for (const [name, size] of Object.entries(zed.sizes))
        most.set(name, Math.max(most.get(name) ?? 0, size))
    }
    expect(Object.fromEntries(most)).toMatchObject({ peers: LAN_LIMITS.peers })
    for (const [name, bound] of BOUNDS) expect([name, (most.get(name) ?? 0) <= bound]).toEqual([name, true])
    expect([...most.keys()].sort()).toEqual(BOUNDS.map(([name]) => name).sort())
    const hosts = friends.map(({ host }) => host)
    expect(lost.filter((ip) => hosts.includes(ip))).toEqual([])
    expect(zed.peers.filter(({ ip }) => hosts.includes(ip))).toHaveLength(8)
    // Every removed peer made an event, as it did when it came.
    expect(lost.length).toBeGreaterThan(50_000)

    // A peer that comes back afterwards is there.
    for (const end = now + 340_000; now < end; now += 1_000) note(zed.tick(now))
    expect(zed.peers).toEqual([])
    expect(zed.sizes).toMatchObject({ peers: 0, answers: 0 })
  })

  const BOUNDS: readonly (readonly [string, number])[] = [
    ['peers', LAN_LIMITS.peers],
    ['addressesOfOnePeer', LAN_LIMITS.addresses + 2],
    ['answers', 500],
    ['dropped', LAN_LIMITS.groups],
    ['seen', LAN_LIMITS.seen],
    ['groups', LAN_LIMITS.groups],
    ['posts', 0],
    ['asked', 0],
    ['credits', LAN_LIMITS.creditors],
    ['waiting', 0],
    ['issued', 0],
    ['revoked', LAN_LIMITS.revoked],
    ['toRevoke', 0],
  ]

  /** One datagram of an invented peer, of each kind in turn. */
  function forged(number: number, now: number): readonly LanEffect[] {
    const host = `10.77.${1 + ((number >> 8) % 250)}.${number % 250}`
    const from = { host, port: 50_999 }
    const name = hex16(random)
    const user = `${name}@${host}`
    const token = (scope: string) => `${user}|${Math.floor(now / 1000) + 60}|${scope}`
    switch (number % 8) {
      case 0:
        return give(newcomer(host), from, now)
      case 1:
        return give(rfc('PROFILE', { USER_ID: user, DISPLAY_NAME: name, STATUS: '' }), from, now)
      case 2:
        return give(seed('PEER_DISCOVERY', { USER_ID: user, PORT: 8100 }), from, now)
      case 3:
        return give(
          rfc('POST', { USER_ID: user, CONTENT: 'x'.repeat(1_000), TOKEN: token('broadcast') }),
          from,
          now,
        )
      case 4:
        return give(`{"port": 8100, "name": "${name}"}`, from, now)
      case 5:
        return give(rfc('REVOKE', { TOKEN: token('chat') }), from, now)
      case 6:
        return give(
          rfc('GROUP_CREATE', {
            FROM: user,
            GROUP_ID: name,
            GROUP_NAME: 'x',
            MEMBERS: 'zed@10.77.0.12',
            TOKEN: token('group'),
          }),
          from,
          now,
        )
      default:
        return give(`TYPE: ${name}\n\n`, from, now)
    }
  }

  test('one node at many addresses: few of them are kept', () => {
    zed = started([WIDE])
    for (let host = 0; host < 200; host++)
      give(
        rfc('PING', { USER_ID: 'a@b', NODE: 'c'.repeat(16) }),
        { host: `10.77.1.${host}`, port: 8000 },
        START + host * 100,
      )
    expect(zed.peers).toHaveLength(1)
    expect(zed.sizes['addressesOfOnePeer']).toBeLessThanOrEqual(LAN_LIMITS.addresses + 2)
  })

  test('one host has 8 peers; a ninth replaces one that was seen once', () => {
    const nodes = Array.from({ length: 9 }, () => hex16(random))
    const ping = (node: string | undefined, now: number) =>
      give(rfc('PING', { USER_ID: 'a@10.77.0.11', NODE: node ?? '' }), STRANGER, now)
    for (const node of nodes.slice(0, 8)) ping(node, START)
    for (const node of nodes.slice(0, 7)) ping(node, START + 600)
    const effects = ping(nodes[8], START + 700)
    expect(zed.peers.map(({ node }) => node)).toEqual([...nodes.slice(0, 7), nodes[8]])
    expect(effects).toMatchObject([
      { event: { kind: 'left', peer: { node: nodes[7] }, reason: 'there is no room for it' } },
      { event: { kind: 'seen', peer: { node: nodes[8] }, change: 'new' } },
    ])
    ping(nodes[8], START + 1_300)
    ping(hex16(random), START + 1_400)
    expect(zed.peers.map(({ node }) => node)).toEqual([...nodes.slice(0, 7), nodes[8]])
  })

  test('goodbyes in the name of every peer, from another host, remove none', () => {
    give(rfc('PING', { USER_ID: 'a@10.77.0.11', NODE: 'c'.repeat(16) }))
    const goodbye = encode(
      { type: 'PING', userId: 'a@10.77.0.11', node: 'c'.repeat(16), leaving: true },
      'rfc',
    )
    for (let host = 20; host < 200; host++)
      zed.receive(goodbye, { host: `10.77.0.${host}`, port: 8000 }, START + host)
    zed.tick(START + 5_000)
    expect(zed.peers).toHaveLength(1)
  })
})
