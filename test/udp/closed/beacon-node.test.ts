/** Beacons of a closed network: what members make of each other's, and that nothing comes of those of others. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DatagramSeal } from '../../../src/identity/datagram-seal.ts'
import { NetworkKey } from '../../../src/identity/network-key.ts'
import { openBeacon, sealBeacon, type Beacon } from '../../../src/udp/closed/beacon.ts'
import { BeaconNode } from '../../../src/udp/closed/beacon-node.ts'
import { BEACON_LIMITS } from '../../../src/udp/closed/limits.ts'

const KEY = new NetworkKey(randomBytes(32))
const seal = new DatagramSeal(KEY.datagrams, randomBytes)
const LAN = { name: 'eth0', address: '10.77.0.11', netmask: '255.255.255.0', broadcast: '10.77.0.255' }

function node(id = 'a11ce00000000000', networks = [LAN]): BeaconNode {
  const made = new BeaconNode({ seal, node: id, tcpPort: 8000, udpPort: 8001, beaconPort: 50_998 })
  made.networks = networks
  return made
}

function ofBob(change: Partial<Beacon> = {}, by = seal): Buffer {
  const address = { host: '10.77.0.12', port: 8100 }
  return sealBeacon(by, { kind: 'here', address, udpPort: 8101, node: 'b0b0000000000000', ...change })
}

const BOB = '10.77.0.12'
const BOB_IS_HERE = { address: { host: BOB, port: 8100 }, node: 'b0b0000000000000', isLeaving: false }

test('a beacon comes back from its bytes', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const port = fc.integer({ min: 1, max: 65_535 })
  const beacons = fc.record({
    kind: fc.constantFrom('ask' as const, 'here' as const, 'bye' as const),
    address: fc.record({ host: fc.tuple(octet, octet, octet, octet).map((all) => all.join('.')), port }),
    udpPort: port,
    node: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  })
  fc.assert(
    fc.property(beacons, (beacon) => {
      const bytes = sealBeacon(seal, beacon)
      expect(bytes).toHaveLength(64)
      expect(openBeacon(seal, bytes)).toEqual(beacon)
    }),
  )
})

test.each<[kind: Beacon['kind'], isLeaving: boolean, isAnswered: boolean]>([
  ['ask', false, true],
  ['here', false, false],
  ['bye', true, false],
])('of the kind %s', (kind, isLeaving, isAnswered) => {
  const { peer, answer } = node().receive(ofBob({ kind }), 0)
  expect(peer).toEqual({ ...BOB_IS_HERE, isLeaving })
  expect(answer?.to).toEqual(isAnswered ? { host: BOB, port: 8101 } : undefined)
})

test('an answer is as long as its question, and says where this peer is in that network', () => {
  const other = { ...LAN, name: 'eth1', address: '10.88.0.1', broadcast: '10.88.0.255' }
  const question = ofBob({ kind: 'ask' })
  const { answer } = node('a11ce00000000000', [other, LAN]).receive(question, 0)
  expect(answer?.bytes).toHaveLength(question.length)
  expect(openBeacon(seal, answer?.bytes ?? Buffer.alloc(0))).toEqual({
    kind: 'here',
    address: { host: LAN.address, port: 8000 },
    udpPort: 8001,
    node: 'a11ce00000000000',
  })
})

test('a broadcast says in each network where this peer is there', () => {
  const other = { ...LAN, name: 'eth1', address: '10.88.0.1', broadcast: '10.88.0.255' }
  const sent = node('a11ce00000000000', [other, LAN]).broadcast('ask')
  expect(sent.map(({ to, bytes }) => [to, openBeacon(seal, bytes)?.address.host])).toEqual([
    [{ host: '10.88.0.255', port: 50_998 }, '10.88.0.1'],
    [{ host: '10.77.0.255', port: 50_998 }, '10.77.0.11'],
  ])
})

describe('nothing comes of', () => {
  const other = new DatagramSeal(new NetworkKey(randomBytes(32)).datagrams, randomBytes)
  test.each<[what: string, bytes: Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['random bytes of the right length', randomBytes(64)],
    ['a datagram of LSNP', Buffer.from('TYPE: PING\nUSER_ID: dave@10.77.0.14\n\n')],
    ['a beacon of another network', ofBob({ kind: 'ask' }, other)],
    ['a longer one', Buffer.concat([ofBob(), Buffer.of(0)])],
    ['an own one', ofBob({ node: 'a11ce00000000000' })],
    ['one that names an address outside of the network', ofBob({ address: { host: '8.8.8.8', port: 53 } })],
    ['one that names port 0', ofBob({ address: { host: BOB, port: 0 } })],
  ])('%s', (_what, bytes) => {
    expect(node().receive(bytes, 0)).toEqual({})
  })

  test('any bytes, also sealed by a member: nothing is thrown, and no address outside of the network is reported', () => {
    const any = fc.uint8Array({ maxLength: 80 })
    const sealed = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((plain) => seal.seal(Buffer.from(plain)))
    fc.assert(
      fc.property(fc.oneof(any, sealed), (bytes) => {
        const { peer, answer } = node().receive(Buffer.from(bytes), 0)
        for (const { host } of [peer?.address, answer?.to].filter((at) => at !== undefined))
          expect(host).toMatch(/^10\.77\.0\.\d+$/)
      }),
    )
  })

  test('one that was recorded, when it is sent again', () => {
    const alice = node()
    const recorded = ofBob({ kind: 'ask' })
    expect(alice.receive(recorded, 0).peer).toEqual(BOB_IS_HERE)
    expect(alice.receive(recorded, 60_000)).toEqual({})
  })
})

describe('limits', () => {
  test('beacons of one peer are reported, and answered, so often at most', () => {
    const alice = node()
    const heard = Array.from({ length: 20 }, () => alice.receive(ofBob({ kind: 'ask' }), 0))
    expect(heard.filter(({ peer }) => peer !== undefined)).toHaveLength(BEACON_LIMITS.reportedPerPeer.burst)
    expect(heard.filter(({ answer }) => answer !== undefined)).toHaveLength(
      BEACON_LIMITS.answersPerPeer.burst,
    )
  })

  test('a goodbye is reported, however much the peer has said before', () => {
    const alice = node()
    for (let count = 0; count < 20; count++) alice.receive(ofBob({ kind: 'ask' }), 0)
    const said = Array.from({ length: 5 }, () => alice.receive(ofBob({ kind: 'bye' }), 0))
    expect(said[0]?.peer).toEqual({ ...BOB_IS_HERE, isLeaving: true })
    expect(said.filter(({ peer }) => peer !== undefined)).toHaveLength(BEACON_LIMITS.goodbyesPerPeer.burst)
  })

  test('those of all peers, too', () => {
    const alice = node()
    const heard = Array.from({ length: 400 }, (_, index) => {
      const address = { host: `10.77.0.${100 + (index % 100)}`, port: 8000 + index }
      return alice.receive(ofBob({ kind: 'ask', address }), 0)
    })
    expect(heard.filter(({ peer }) => peer !== undefined)).toHaveLength(BEACON_LIMITS.reported.burst)
    expect(heard.filter(({ answer }) => answer !== undefined)).toHaveLength(BEACON_LIMITS.answers.burst)
  })

  test('so many beacons are known when they come again, and the oldest is forgotten', () => {
    const alice = node()
    const recorded = ofBob()
    const next = (count: number): Buffer =>
      ofBob({ address: { host: '10.77.0.20', port: 1 + count }, kind: 'bye' })
    const second = (count: number): number => count * 1_000
    alice.receive(recorded, 0)
    for (let count = 1; count < BEACON_LIMITS.known; count++) alice.receive(next(count), second(count))
    const full = BEACON_LIMITS.known
    expect(alice.receive(recorded, second(full))).toEqual({})
    alice.receive(next(full), second(full + 1))
    expect(alice.receive(recorded, second(full + 2)).peer).toEqual(BOB_IS_HERE)
  })

  /** A node, and how many datagrams it has checked. */
  function checking() {
    const count = { checked: 0 }
    const counting = {
      seal: (plain: Buffer) => seal.seal(plain),
      open: (bytes: Buffer) => {
        count.checked++
        return seal.open(bytes)
      },
    }
    const alice = new BeaconNode({
      ...{ seal: counting, node: 'a11ce00000000000' },
      ...{ tcpPort: 8000, udpPort: 8001, beaconPort: 50_998 },
    })
    alice.networks = [LAN]
    return { alice, count }
  }

  test('forged datagrams do not push out the beacon of a member', () => {
    const { alice } = checking()
    for (let ms = 0; ms < 2_000; ms++) for (let each = 0; each < 2; each++) alice.receive(randomBytes(64), ms)
    expect(alice.receive(ofBob(), 2_000).peer).toEqual(BOB_IS_HERE)
    expect(alice.receive(ofBob({ kind: 'bye' }), 2_000).peer).toEqual({ ...BOB_IS_HERE, isLeaving: true })
  })

  test('so many datagrams are checked, and those that can be no beacon cost nothing', () => {
    const { alice, count } = checking()
    const { perSecond, burst } = BEACON_LIMITS.checked
    for (let sent = 0; sent < burst + 50; sent++) {
      alice.receive(Buffer.alloc(63), 0)
      alice.receive(Buffer.alloc(64), 0)
    }
    expect(count.checked).toBe(burst)
    for (let sent = 0; sent < perSecond; sent++) alice.receive(Buffer.alloc(64), 10)
    expect(count.checked).toBe(burst + perSecond / 100)
    expect(alice.receive(ofBob(), 11).peer).toEqual(BOB_IS_HERE)
  })
})
