/** What the LAN says, in the presence: several addresses, other sources, LSNP programs, groups. */
import { asContent, contentFrom, type ContentKind } from '../../../src/chat/content.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { DIRECT, addressKey, type Peer, type AddressKey } from '../../../src/chat/model.ts'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { interfacesWith } from '../../../src/peer/discovery/lan-interfaces.ts'
import {
  channelFor,
  toSender,
  toSighting,
  lsnpId,
  lsnpText,
  type PeerSighting,
} from '../../../src/peer/discovery/lan-adapter.ts'
import {
  CONTACT,
  LAN,
  MANUAL,
  trackerSource,
  type PresenceSource,
} from '../../../src/peer/discovery/source.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { emitting, keyless, membership } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Presence } from '../../../src/chat/presence.ts'
import type { Channels } from '../../../src/peer/channels.ts'
import type { Group, LanPeer } from '../../../src/udp/node/model.ts'
import type { Interfaces } from '../../../src/udp/networks.ts'

const ETHERNET = '10.0.0.2'
const WIRELESS = '10.1.0.2'
const HTTP_PORT = 8000

const BOB: LanPeer = {
  ...{
    userId: `bob@${ETHERNET}`,
    ip: ETHERNET,
    addresses: [ETHERNET],
    isProved: true,
    port: 8001,
    name: 'bob',
    status: '',
  },
  ...{
    dialect: 'polyglot',
    node: 'b0bb0bb0bb0bb0b0',
    key: undefined,
    httpPort: HTTP_PORT,
    channels: ['general'],
    lastSeenAt: 0,
    until: 1_000,
  },
  ...{ avatarHash: undefined, avatar: undefined, followsUs: false, followed: false },
}
const ZED: LanPeer = {
  ...BOB,
  userId: 'zed@10.0.0.9',
  ip: '10.0.0.9',
  name: 'zed',
  httpPort: undefined,
  node: undefined,
}
/** Of the family that announces itself as JSON. */
const JAY: LanPeer = {
  ...BOB,
  userId: 'jay@10.0.0.8',
  ip: '10.0.0.8',
  addresses: ['10.0.0.8'],
  name: 'jay',
  node: undefined,
}

const TRIP: Group = { id: 'g1', name: 'trip', members: [BOB.userId, ZED.userId], owner: ZED.userId }

const TRACKER = trackerSource({ host: '10.0.0.250', port: 9001 })

let presence: Presence
let channels: Channels
let discovery: Discovery
/** The LAN, as a source that sees `people`. */
let lan: PresenceSource
let news: string[]
/** All peers on the LAN. */
let people: LanPeer[]
let groups: Map<string, Group>

beforeEach(() => {
  news = []
  people = []
  groups = new Map()
  const all = membership(['ops'], [], (change) => {
    if (change.kind === 'renamed') news.push(`${change.before} is ${change.peer.name}`)
    else if ('channel' in change && change.channel !== DIRECT) {
      const reason = change.kind === 'parted' ? `: ${change.reason}` : ''
      news.push(`${change.peer.name} ${change.kind} ${change.channel}${reason}`)
    }
  })
  presence = all.presence
  channels = all.channels
  discovery = new Discovery({
    ...{ presence, channels, clock: new ManualClock(), events: emitting() },
    ...keyless(),
  })
  lan = {
    id: LAN,
    get sightings() {
      return people.map(asFound)
    },
  }
})

function asFound(peer: LanPeer): PeerSighting {
  return toSighting(peer, groups, false)
}

/** A peer is heard, and is on the LAN from then on. */
function hears(peer: LanPeer): Peer | undefined {
  people = [...people.filter(({ node, name }) => node !== peer.node || name !== peer.name), peer]
  return discovery.sight(lan, asFound(peer))
}

function at(ip: string, ...more: string[]): LanPeer {
  return { ...BOB, ip, addresses: [ip, ...more] }
}

function id(ip: string): AddressKey {
  return addressKey({ ip, port: HTTP_PORT })
}

function addresses(channel = 'general'): string[] {
  return presence.members(channel).map(({ ip }) => ip)
}

describe('a key that a peer announces', () => {
  const key = new KeyPair(Buffer.alloc(32, 7)).id

  test('is a hint at its own address', () => {
    const { peer, ids } = asFound({ ...BOB, key })
    expect(peer).toEqual({ ip: ETHERNET, port: HTTP_PORT, name: 'bob', key })
    expect(ids).toEqual([id(ETHERNET)])
  })

  test('is left out for a program that takes datagrams only', () => {
    expect(asFound({ ...ZED, key }).peer).not.toHaveProperty('key')
  })

  test('is left out for the sender of a datagram, which proves none', () => {
    expect(toSender({ ...BOB, key })).toEqual({ ip: ETHERNET, port: HTTP_PORT, name: 'bob' })
  })
})

describe('a peer that is heard', () => {
  test('is in the common channels that it names, and can be written to', () => {
    expect(hears({ ...BOB, channels: ['general', 'elsewhere'] })).toEqual({
      ip: ETHERNET,
      port: 8000,
      name: 'bob',
    })
    expect(news).toEqual(['bob joined general'])
    expect(presence.channelsOf(id(ETHERNET))).toEqual(['general', DIRECT])
  })

  test('is there until its lease ends, and longer when it is heard again', () => {
    hears(BOB)
    hears({ ...BOB, until: 2_000 })
    presence.sweep(1_999)
    expect(addresses()).toEqual([ETHERNET])
    presence.sweep(2_000)
    expect(presence.peers).toEqual([])
  })

  test('no longer names a channel: it has left, also if it wrote there', () => {
    hears({ ...BOB, channels: ['general', 'ops'] })
    presence.add(CONTACT, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'ops', 1_000)
    news = []
    hears(BOB)
    expect(news).toEqual(['bob parted ops: left'])
  })

  test('no longer names a channel in which the tracker sees it: it stays', () => {
    hears({ ...BOB, channels: ['general', 'ops'] })
    presence.add(TRACKER, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'ops', Infinity)
    hears(BOB)
    expect(presence.sources(id(ETHERNET), 'ops')).toEqual(new Set([TRACKER]))
  })

  test('names no channels: it stays where it wrote', () => {
    hears(JAY)
    presence.add(CONTACT, { ip: JAY.ip, port: HTTP_PORT, name: 'jay' }, 'ops', 1_000)
    hears(JAY)
    expect(presence.channelsOf(id(JAY.ip)).sort()).toEqual(['general', 'ops', DIRECT])
  })

  test('takes datagrams only: it is in #general under its user id', () => {
    expect(hears(ZED)).toEqual({ ip: '10.0.0.9', port: 8001, name: 'zed', lsnp: 'zed@10.0.0.9' })
    expect(addresses()).toEqual(['10.0.0.9'])
  })

  test('at a link-local address: listed, for it is heard on this link', () => {
    expect(hears(at('169.254.7.7'))).toMatchObject({ ip: '169.254.7.7' })
  })

  test.each<[name: string, peer: LanPeer]>([
    ['a service', { ...BOB, httpPort: 6379 }],
    ['a port below 1024', { ...BOB, httpPort: 80 }],
    ['the address where clouds keep their secrets', at('169.254.169.254')],
  ])('claims %s: it is not listed', (_name, peer) => {
    expect(hears(peer)).toBeUndefined()
    expect(presence.peers).toEqual([])
  })
})

describe('a peer that leaves', () => {
  test('is gone from every channel', () => {
    hears({ ...BOB, channels: ['general', 'ops'] })
    presence.add(CONTACT, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'general', 1_000)
    news = []
    discovery.lost(LAN, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'no longer seen')
    expect(news).toEqual(['bob parted general: no longer seen', 'bob parted ops: no longer seen'])
    expect(presence.peers).toEqual([])
  })

  test('stays where the tracker, or a greeting, vouches for it', () => {
    hears({ ...BOB, channels: ['general', 'ops'] })
    const bob = { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }
    presence.add(TRACKER, bob, 'general', Infinity)
    presence.add(MANUAL, bob, 'ops', 1_000)
    discovery.lost(LAN, bob, 'left')
    expect(presence.channelsOf(id(ETHERNET))).toEqual(['general', 'ops'])
  })
})

describe('several addresses', () => {
  test('are one peer, under the one known first', () => {
    hears(at(ETHERNET))
    expect(hears(at(WIRELESS, ETHERNET))?.ip).toBe(ETHERNET)
    expect(addresses()).toEqual([ETHERNET])
    expect(news).toEqual(['bob joined general'])
  })

  test('one of which the tracker knows: it goes by that', () => {
    presence.add(TRACKER, { ip: WIRELESS, port: HTTP_PORT, name: 'bob' }, 'general', Infinity)
    hears(at(ETHERNET, WIRELESS))
    expect(addresses()).toEqual([WIRELESS])
    expect(presence.sources(id(ETHERNET), 'general')).toEqual(new Set([TRACKER, LAN]))
  })

  test('that were taken for two: one of both goes', () => {
    presence.add(TRACKER, { ip: WIRELESS, port: HTTP_PORT, name: 'bob' }, 'general', Infinity)
    hears(at(ETHERNET))
    expect(addresses()).toEqual([WIRELESS, ETHERNET])
    news = []
    hears(at(ETHERNET, WIRELESS))
    expect(addresses()).toEqual([ETHERNET])
    expect(news).toEqual([`bob parted general: the same as bob at ${id(ETHERNET)}`])
  })

  test('the one that it is known by is gone: it has moved', () => {
    hears(at(ETHERNET))
    hears(at(ETHERNET, WIRELESS))
    presence.add(CONTACT, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'general', 1_000)
    news = []
    expect(hears(at(WIRELESS))?.ip).toBe(WIRELESS)
    expect(news).toEqual([`bob parted general: now at ${id(WIRELESS)}`, 'bob joined general'])
    expect(presence.peers).toHaveLength(1)
    expect(presence.canonical(id(ETHERNET))).toBe(id(ETHERNET))
  })

  test('the one that it is known by is gone, but others vouch for it: it stays there', () => {
    hears(at(ETHERNET, WIRELESS))
    presence.add(TRACKER, { ip: ETHERNET, port: HTTP_PORT, name: 'bob' }, 'general', Infinity)
    expect(hears(at(WIRELESS))?.ip).toBe(ETHERNET)
    expect(addresses()).toEqual([ETHERNET])
  })

  test('one of them belongs to another peer now', () => {
    hears(at(ETHERNET, WIRELESS))
    hears(at(ETHERNET))
    hears({ ...at(WIRELESS), name: 'carol', node: 'ca601ca601ca601c' })
    expect(presence.members('general').map(({ name, ip }) => `${name} ${ip}`)).toEqual([
      `bob ${ETHERNET}`,
      `carol ${WIRELESS}`,
    ])
    hears(at(ETHERNET))
    expect(news).toEqual(['bob joined general', 'carol joined general'])
  })

  test('one of them was not heard of lately: it is still its own', () => {
    hears(at(ETHERNET, WIRELESS))
    hears(at(ETHERNET))
    presence.add(TRACKER, { ip: WIRELESS, port: HTTP_PORT, name: 'bob' }, 'general', Infinity)
    expect(addresses()).toEqual([ETHERNET])
  })
})

describe('groups', () => {
  beforeEach(() => {
    for (const peer of [BOB, ZED]) hears(peer)
    groups.set('trip', TRIP)
    channels.addGroup('trip')
    news = []
  })

  test('have their members in them, of either kind, who stay when they are heard again', () => {
    discovery.group(lan, 'trip', people.map(asFound))
    for (const peer of people) hears(peer)
    expect(news).toEqual(['bob joined trip', 'zed joined trip'])
  })

  test('lose those who are no members any more', () => {
    discovery.group(lan, 'trip', people.map(asFound))
    groups.set('trip', { ...TRIP, members: [BOB.userId] })
    discovery.group(lan, 'trip', [asFound(BOB)])
    expect(addresses('trip')).toEqual([ETHERNET])
    hears(ZED)
    expect(addresses('trip')).toEqual([ETHERNET])
    expect(news.at(-1)).toBe('zed parted trip: left')
  })

  test('have no peer in them that only announces the channel', () => {
    discovery.group(lan, 'trip', [asFound(ZED)])
    hears({ ...JAY, node: 'ca601ca601ca601c', channels: ['general', 'trip'] })
    expect(addresses('trip')).toEqual(['10.0.0.9'])
  })

  test('that this peer has parted from have no members', () => {
    channels.part('trip')
    hears(ZED)
    expect(addresses('trip')).toEqual([])
  })
})

describe('in the language of the chat', () => {
  test.each<[name: string, userId: string, label: string]>([
    ['bob', 'bob@10.0.0.2', 'bob'],
    ['  Bob of the lab ', 'bob@10.0.0.2', 'Bob of the lab'],
    ['\u202egnp.exe', 'bob@10.0.0.2', 'gnp.exe'],
    ['\u202e', 'bob@10.0.0.2', 'bob'],
    ['n'.repeat(100), 'bob@10.0.0.2', 'bob'],
    ['', '\u200b@10.0.0.2', 'somebody'],
    ['', 'a@b@10.0.0.2', 'a@b'],
  ])('the name %j of %j is %j', (name, userId, label) => {
    expect(asFound({ ...BOB, name, userId }).peer.name).toBe(label)
  })

  test.each<[name: string, taken: string[], channel: RegExp]>([
    ['trip', [], /^trip$/],
    ['#Trip', [], /^trip$/],
    ['Road trip!', [], /^road-trip$/],
    [' Größe 7 ', [], /^größe-7$/],
    ['trip', ['trip'], /^trip-g1$/],
    ['trip', ['trip', 'trip-g1'], /^group-[0-9a-f]{16}$/],
    ['general', [], /^general-g1$/],
    ['Private', [], /^private-g1$/],
    ['!!!', [], /^g1$/],
    ['x'.repeat(200), [], /^group-[0-9a-f]{16}$/],
  ])('the group %j is a channel, unless it is one of %j', (name, taken, channel) => {
    expect(channelFor({ ...TRIP, name }, (each) => taken.includes(each))).toMatch(channel)
  })

  const said = {
    id: '00c0ffee00c0ffee',
    from: { ip: ETHERNET, port: HTTP_PORT, name: 'bob' },
    channel: 'general',
    content: asContent('hi'),
    sentAt: 0,
  }

  test.each<[name: string, id: string, isKept: boolean]>([
    ['of Parley', '00c0ffee00c0ffee', true],
    ['in upper case', '00C0FFEE00C0FFEE', false],
    ['longer', '00c0ffee00c0ffee0', false],
    ['shorter', '1', false],
  ])('an id %s', (_name, id, isKept) => {
    expect(lsnpId({ ...said, id })).toMatch(/^[0-9a-f]{16}$/)
    expect(lsnpId({ ...said, id }) === id).toBe(isKept)
    expect(lsnpId({ ...said, id })).toBe(lsnpId({ ...said, id, content: asContent('sent again') }))
  })

  test('one id of two people is two ids', () => {
    const other = { ...said, from: { ...said.from, port: 8_001 }, id: '1' }
    expect(lsnpId(other)).not.toBe(lsnpId({ ...said, id: '1' }))
  })

  test.each<[name: string, kind: ContentKind, hops: number | undefined, text: string]>([
    ['said', 'text', undefined, 'hi'],
    ['done', 'action', undefined, '* bob hi'],
    ['passed on', 'text', 1, 'bob: hi'],
    ['done and passed on', 'action', 1, '* bob hi'],
    ['not passed on', 'text', 0, 'hi'],
  ])('what was %s', (_name, kind, hops, text) => {
    expect(lsnpText({ ...said, content: contentFrom('hi', kind) }, hops)).toBe(text)
  })
})

describe('the interfaces that have the listening address', () => {
  const address = (family: string, ip: string) => ({
    family,
    address: ip,
    netmask: '255.255.255.0',
    internal: false,
  })
  const interfaces: Interfaces = {
    lo: [address('IPv4', '127.0.0.1'), address('IPv6', '::1')],
    eth0: [address('IPv4', ETHERNET), address('IPv4', '10.0.0.3'), address('IPv6', 'fd00::2')],
    wlan0: [address('IPv4', WIRELESS)],
    down: undefined,
  }

  test.each<[host: string, found: string[]]>([
    ['127.0.0.1', ['127.0.0.1', '::1']],
    ['127.0.0.2', ['127.0.0.1', '::1']],
    [ETHERNET, [ETHERNET]],
    [WIRELESS, [WIRELESS]],
    ['192.0.2.1', []],
  ])('%s', (host, found) => {
    const all = Object.values(interfacesWith(host, interfaces)).flatMap((each) => each ?? [])
    expect(all.map(({ address }) => address)).toEqual(found)
  })
})
