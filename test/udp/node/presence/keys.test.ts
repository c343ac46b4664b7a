/** Keys in announcements: hints of one address each, which change nothing that is known of another address. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { KeyId } from '../../../../src/identity/public-key.ts'
import { KeyPair } from '../../../../src/identity/key-pair.ts'
import { decode, encode } from '../../../../src/udp/lsnp/codec.ts'
import { ethernet, LOOPBACK, SimulatedLan, type Station } from '../../simulated-lan.ts'
import { RfcStandIn } from '../../stand-ins.ts'
import type { LanPeer } from '../../../../src/udp/node/model.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

const MINUTE = 60_000
const [ADA_KEY, BOB_KEY, MALLORY_KEY] = [1, 2, 3].map((seed) => new KeyPair(Buffer.alloc(32, seed)).id) as [
  KeyId,
  KeyId,
  KeyId,
]
const BOB_NODE = 'b0bb0bb0bb0bb0b0'
const [ADA, BOB, MALLORY] = ['10.77.0.1', '10.77.0.2', '10.77.0.9'] as const

let lan: SimulatedLan

beforeEach(() => {
  lan = new SimulatedLan()
})

function startAda(): Station<LanNode> {
  return lan.node('ada', ADA, 8000, { key: ADA_KEY })
}

function startBob(): Station<LanNode> {
  return lan.node('bob', BOB, 8000, { node: BOB_NODE, key: BOB_KEY })
}

/** What a station knows at an address. */
function at(station: Station<LanNode>, ip: string): LanPeer[] {
  return station.program.peers.filter((peer) => peer.ip === ip)
}

const GENUINE = {
  ...{ name: 'bob', node: BOB_NODE, key: BOB_KEY, addresses: [BOB], isProved: true },
  ...{ port: 8000, httpPort: 8000, channels: ['general'] },
}

describe('a key', () => {
  test('is announced, and known with the first answer', () => {
    const [ada, bob] = [startAda(), startBob()]
    lan.step(0)
    expect(ada.program.peers).toMatchObject([GENUINE])
    expect(bob.program.peers).toMatchObject([{ name: 'ada', key: ADA_KEY, isProved: true }])
  })

  test('is missing at a peer of version 0.1.0, which knows its neighbour as before', () => {
    const [old, bob] = [lan.node('old', ADA), startBob()]
    lan.step(MINUTE)
    expect(old.program.peers).toMatchObject([{ name: 'bob', isProved: true, addresses: [BOB] }])
    expect(bob.program.peers).toMatchObject([{ name: 'old', key: undefined, isProved: true }])
  })

  test.each([
    ['a character short', BOB_KEY.slice(1)],
    ['a character long', `${BOB_KEY}A`],
    ['another spelling of the same bytes', `${BOB_KEY.slice(0, -1)}${otherSpelling(BOB_KEY)}`],
    ['a point of small order', spelling(`01${'00'.repeat(31)}`)],
    ['not below the prime', spelling(`ed${'ff'.repeat(30)}7f`)],
    ['no base64url', `${BOB_KEY.slice(0, -1)}+`],
    ['nothing', ''],
  ])('is ignored when it is malformed, and the datagram is not: %s', (_name, key) => {
    const text = `TYPE: PROFILE\nUSER_ID: a@b\nDISPLAY_NAME: a\nSTATUS: -\nPORT: 8000\nNODE: ${BOB_NODE}\nKEY: ${key}\n\n`
    const decoded = decode(Buffer.from(text))
    expect(decoded).toMatchObject({ ok: true, message: { type: 'PROFILE', node: BOB_NODE } })
    expect(decoded).not.toHaveProperty('message.key')
    expect(decode(Buffer.from(text.replace(/KEY: .*/, `KEY: ${BOB_KEY}`)))).toMatchObject({
      message: { key: BOB_KEY },
    })
  })

  test('stays with a peer whose steady PING is the short one, which has none', () => {
    const [ada] = [startAda(), startBob()]
    const mai = lan.add(new RfcStandIn('mai@10.77.0.11'), '10.77.0.11')
    mai.program.sendEverybody(mai.program.profile())
    lan.step(5 * MINUTE)
    expect(at(ada, BOB)).toMatchObject([GENUINE])
    expect(ada.eventsOf('left')).toEqual([])
  })

  test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'is known after a minute of lost and doubled datagrams, and there is one entry a peer (seed %i)',
    (seed) => {
      lan = new SimulatedLan({ seed, loss: 0.3, duplication: 0.25, delay: 50 })
      const [ada, bob] = [startAda(), startBob()]
      lan.step(MINUTE)
      expect(ada.program.peers).toMatchObject([GENUINE])
      expect(bob.program.peers).toMatchObject([{ name: 'ada', key: ADA_KEY, addresses: [ADA] }])
    },
  )

  test('announced at two addresses makes two peers: the node proves addresses, not keys', () => {
    const networks = [ethernet(BOB), LOOPBACK]
    const ada = lan.node('ada', networks, 8001, { key: ADA_KEY })
    lan.node('bob', networks, 8000, { node: BOB_NODE, key: BOB_KEY })
    lan.step(MINUTE)
    expect(at(ada, BOB)).toMatchObject([GENUINE])
    expect(at(ada, '127.0.0.1')).toMatchObject([{ ...GENUINE, addresses: ['127.0.0.1'] }])
  })

  test('of a restarted peer replaces the previous entry', () => {
    const [ada, before] = [startAda(), startBob()]
    lan.step(MINUTE)
    lan.remove(before)
    lan.node('bob', BOB, 8000, { node: 'b0bb0bb0bb0bb0b1', key: BOB_KEY })
    lan.step(5_000)
    expect(at(ada, BOB)).toMatchObject([{ node: 'b0bb0bb0bb0bb0b1', key: BOB_KEY }])
    expect(ada.eventsOf('left').map(({ reason }) => reason)).toEqual(['it was started again'])
  })

  test('leaves room for the longest announcement in one frame', () => {
    const ada = lan.node('A'.repeat(64), ADA, 8000, { key: ADA_KEY })
    const picture = { type: 'image/png', encoding: 'base64', data: 'AAAA' } as const
    const channels = Array.from({ length: 32 }, (_, index) => `${'c'.repeat(60)}${index}`)
    const shown = { name: 'Ü'.repeat(32), status: 'ü'.repeat(256), channels } as const
    lan.command(ada, { kind: 'profile', ...shown, avatar: { hash: 'ab'.repeat(32), picture } })
    lan.step(20_000)
    expect(ada.messages('PROFILE').at(-1)).toMatchObject({ key: ADA_KEY })
    expect(Math.max(...ada.sent.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1_400)
  })
})

describe('a host that announces the node of another peer', () => {
  const CLAIMS = [
    ['without a key', undefined],
    ['with the key of the peer', BOB_KEY],
    ['with a key of its own', MALLORY_KEY],
  ] as const

  /** Answers at its own address as the program that it says it is, with other ports and channels. */
  function startMallory(key: KeyId | undefined): Station<LanNode> {
    const mallory = lan.node('bob', MALLORY, 8666, { node: BOB_NODE, key })
    lan.command(mallory, { kind: 'profile', name: 'mallory', channels: ['ops'], httpPort: 8667 })
    return mallory
  }

  test.each(CLAIMS)('is another peer, when it came first: %s', (_name, key) => {
    const ada = startAda()
    startMallory(key)
    lan.step(MINUTE)
    startBob()
    lan.step(MINUTE)
    expect(at(ada, BOB)).toMatchObject([GENUINE])
    expect(at(ada, MALLORY)).toMatchObject([{ name: 'mallory', key, addresses: [MALLORY], httpPort: 8667 }])
  })

  test.each(CLAIMS)('is another peer, when it comes later: %s', (_name, key) => {
    const [ada] = [startAda(), startBob()]
    lan.step(MINUTE)
    startMallory(key)
    lan.step(MINUTE)
    expect(at(ada, BOB)).toMatchObject([GENUINE])
    expect(at(ada, MALLORY)).toMatchObject([{ addresses: [MALLORY] }])
    expect(
      ada.eventsOf('seen').every(({ peer }) => peer.key !== BOB_KEY || peer.ip === peer.addresses[0]),
    ).toBe(true)
  })

  test.each(CLAIMS)('does not end the peer with a goodbye: %s', (_name, key) => {
    const [ada] = [startAda(), startBob()]
    lan.step(MINUTE)
    const leaving = {
      type: 'PING',
      userId: `bob@${BOB}`,
      port: 8000,
      app: 'parley/0.1',
      leaving: true,
    } as const
    const goodbye = encode({ ...leaving, node: BOB_NODE, key }, 'rfc')
    lan.inject(goodbye, { host: MALLORY, port: 8666 }, ada)
    lan.step(MINUTE)
    expect(at(ada, BOB)).toMatchObject([GENUINE])
    expect(ada.eventsOf('left')).toEqual([])
  })

  test('and forges its source address, too, proves no key there', () => {
    const ada = startAda()
    const old = lan.node('bob', BOB, 8000, { node: BOB_NODE })
    lan.step(MINUTE)
    const forged = {
      type: 'PING',
      userId: `bob@${BOB}`,
      port: 8000,
      node: BOB_NODE,
      key: MALLORY_KEY,
    } as const
    for (let seconds = 0; seconds < 60; seconds++) {
      lan.inject(encode(forged, 'rfc'), { host: BOB, port: 8000 }, ada)
      lan.step(1_000)
    }
    expect(at(ada, BOB).filter(({ isProved }) => isProved)).toMatchObject([{ key: undefined, name: 'bob' }])
    expect(ada.eventsOf('left')).toEqual([])
    expect(old.program.peers).toMatchObject([{ name: 'ada' }])
  })
})

describe('a text by datagram', () => {
  const dm = {
    type: 'DM',
    from: `bob@${BOB}`,
    to: `ada@${ADA}`,
    content: 'psst',
    messageId: 'a'.repeat(16),
  } as const

  test.each([
    ['of a peer with a key is dropped: its texts come over connections that prove it', BOB_KEY, 8000, []],
    ['of another program on its host is shown', BOB_KEY, 8001, ['psst']],
    ['of a peer without a key is shown', undefined, 8000, ['psst']],
  ] as const)('%s', (_name, key, port, shown) => {
    const ada = startAda()
    lan.node('bob', BOB, 8000, { node: BOB_NODE, key })
    lan.step(MINUTE)
    const token = `bob@${BOB}|${Math.floor(lan.now / 1000) + 60}|chat`
    lan.inject(encode({ ...dm, token }, 'rfc'), { host: BOB, port }, ada)
    expect(ada.eventsOf('dm').map(({ text }) => text)).toEqual(shown)
  })
})

function spelling(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url')
}

/** A last character with other unused bits. */
function otherSpelling(key: KeyId): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const other = alphabet[alphabet.indexOf(key.at(-1) ?? '') ^ 1] ?? ''
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  if (!bytes(`${key.slice(0, -1)}${other}`).equals(bytes(key))) throw new Error('it spells other bytes')
  return other
}
