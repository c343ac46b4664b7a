/** A node among the foreign programs on the port: all read each other, and no datagram is sent in vain. */
import { beforeEach, describe, expect, test } from 'vitest'
import { ethernet, LOOPBACK, SimulatedLan, START, type Station } from '../simulated-lan.ts'
import { rfc, RfcStandIn, seed, SeedStandIn, type Lines } from '../stand-ins.ts'
import type { LanNode } from '../../../src/udp/node/node.ts'

const MINUTE = 60_000
const SEED_PORT = 8421
const NOW = START / 1000

let lan: SimulatedLan
let ada: Station<LanNode>

beforeEach(() => {
  lan = new SimulatedLan()
  ada = lan.node('ada', '10.77.0.1')
  lan.command(ada, { kind: 'profile', name: 'Ada: the first', status: 'lab: room 204' })
})

function addRfc(habits: ConstructorParameters<typeof RfcStandIn>[1] = {}): Station<RfcStandIn> {
  return lan.add(new RfcStandIn('mai@10.77.0.11', habits), '10.77.0.11')
}

function addSeed(name = 'zed', address = '10.77.0.12', port = SEED_PORT): Station<SeedStandIn> {
  return lan.add(new SeedStandIn(`${name}@${address}`, port), address, port)
}

/** The values of these keys in a message. */
function pick(lines: Lines | undefined, keys: readonly string[]): (string | undefined)[] {
  return keys.map((key) => lines?.get(key))
}

const TEXTS = [
  'hello',
  'demo at 3: room 204',
  ': ',
  'TYPE: DM',
  'TOKEN:x',
  'a: b: c:d',
  'grüße 👩‍🔬',
  '{"a": 1}',
]

describe('a program of the RFC, the strictest', () => {
  test.each(TEXTS)('reads our PROFILE, POST and DM: %s', (text) => {
    const mai = addRfc()
    lan.command(ada, { kind: 'profile', status: text })
    lan.step(1_000)
    mai.program.sendEverybody(mai.program.profile())
    lan.step(1_000)
    const to = mai.program.userId
    lan.command(ada, { kind: 'post', id: '0123456789abcdef', to, text })
    lan.command(ada, { kind: 'dm', id: '0123456789abcde0', to, text })
    expect(pick(mai.program.of('PROFILE').at(-1), ['USER_ID', 'DISPLAY_NAME', 'STATUS'])).toEqual([
      'ada@10.77.0.1',
      'Ada: the first',
      text.trim(),
    ])
    expect(pick(mai.program.of('POST')[0], ['USER_ID', 'CONTENT', 'MESSAGE_ID'])).toEqual([
      'ada@10.77.0.1',
      text.trim(),
      '0123456789abcdef',
    ])
    expect(pick(mai.program.of('DM')[0], ['FROM', 'TO', 'CONTENT'])).toEqual([
      'ada@10.77.0.1',
      to,
      text.trim(),
    ])
    expect(mai.program.errors).toEqual([])
  })

  test.each(TEXTS)('sends what we read: %s', (text) => {
    const mai = addRfc()
    const { userId } = mai.program
    const post = {
      TTL: 3600,
      TIMESTAMP: NOW,
      MESSAGE_ID: 'a'.repeat(16),
      TOKEN: `${userId}|${NOW + 3600}|broadcast`,
    }
    const direct = { TIMESTAMP: NOW, MESSAGE_ID: 'b'.repeat(16), TOKEN: `${userId}|${NOW + 3600}|chat` }
    mai.program.sendEverybody(rfc('PROFILE', { USER_ID: userId, DISPLAY_NAME: 'Mai', STATUS: text }))
    mai.program.sendEverybody(rfc('POST', { USER_ID: userId, CONTENT: text, ...post }))
    mai.program.send('10.77.0.1', rfc('DM', { FROM: userId, TO: 'ada@10.77.0.1', CONTENT: text, ...direct }))
    lan.step(0)
    expect(ada.program.peers).toMatchObject([
      {
        userId,
        ip: '10.77.0.11',
        port: 50_999,
        name: 'Mai',
        status: text.trim(),
        dialect: 'rfc',
        channels: ['general'],
      },
    ])
    expect(ada.eventsOf('post')).toMatchObject([{ text: text.trim(), id: 'a'.repeat(16), sentAt: START }])
    expect(ada.eventsOf('dm')).toMatchObject([{ text: text.trim(), id: 'b'.repeat(16), sentAt: START }])
  })

  test('has our PROFILE before anything else, also when its first message is a DM', () => {
    const mai = addRfc()
    const { userId } = mai.program
    lan.step(5_000)
    mai.program.received.length = 0
    const token = `${userId}|${NOW + 3600}|chat`
    mai.program.send(
      '10.77.0.1',
      rfc('DM', { FROM: userId, TO: 'ada@10.77.0.1', CONTENT: 'x', MESSAGE_ID: 'f1', TOKEN: token }),
    )
    // What the ACK has left does not pay for a PROFILE: it comes to everybody.
    lan.step(100)
    lan.command(ada, { kind: 'dm', id: 'e'.repeat(16), to: userId, text: 'hello' })
    expect(mai.program.received.map((lines) => lines.get('TYPE'))).toEqual(['PROFILE', 'DM'])
    // It is strict with ids: an ACK of `f1` is not for it.
    expect(mai.program.errors).toEqual(['ACK with the id f1'])
  })

  test('has our PROFILE before what a user says, also when nothing has paid for it yet', () => {
    const mai = addRfc()
    lan.step(5_000)
    mai.program.sendEverybody(mai.program.profile())
    lan.step(1_000)
    const eve = lan.add(new RfcStandIn('eve@10.77.0.13'), '10.77.0.13')
    eve.program.sendEverybody(rfc('PING', { USER_ID: 'eve@10.77.0.13' }))
    lan.step(0)
    expect(eve.program.received).toEqual([])
    lan.command(ada, { kind: 'post', id: 'e'.repeat(16), to: 'eve@10.77.0.13', text: 'hello' })
    expect(eve.program.received.map((lines) => lines.get('TYPE'))).toEqual(['PROFILE', 'POST'])
  })

  test('one whose question is too short to pay for an answer learns of us by an announcement, at once', () => {
    lan.step(5_000)
    const mai = addRfc()
    mai.program.send('10.77.0.1', mai.program.ping())
    lan.step(200)
    expect(mai.program.of('PROFILE').map((lines) => lines.get('DISPLAY_NAME'))).toEqual(['Ada: the first'])
  })

  test('the picture comes once, after a PROFILE without it, when it has acknowledged something', () => {
    const picture = { type: 'image/png', encoding: 'base64', data: 'A'.repeat(27_308) } as const
    lan.command(ada, { kind: 'profile', avatar: { hash: 'c'.repeat(64), picture } })
    const mai = addRfc({ acknowledges: true })
    mai.program.sendEverybody(mai.program.profile())
    lan.step(1_000)
    const pictures = () => mai.program.of('PROFILE').filter((lines) => lines.has('AVATAR_DATA'))
    expect(mai.program.of('PROFILE').length).toBeGreaterThan(0)
    expect(pictures()).toEqual([])
    lan.command(ada, { kind: 'dm', id: 'e'.repeat(16), to: mai.program.userId, text: 'hello' })
    for (let time = 0; time < 10; time++) {
      mai.program.sendEverybody(mai.program.ping())
      lan.step(10_000)
    }
    expect(pictures()).toHaveLength(1)
    expect(pictures()[0]?.get('AVATAR_DATA')).toBe(picture.data)
    lan.command(ada, { kind: 'profile', avatar: { hash: 'd'.repeat(64), picture } })
    expect(pictures()).toHaveLength(2)
  })

  test('is not taken for us because it has our name', () => {
    const other = lan.add(new RfcStandIn('ada@device888'), '10.77.0.13')
    other.program.sendEverybody(other.program.profile())
    other.program.sendEverybody(
      rfc('POST', { USER_ID: 'ada@device888', CONTENT: 'hi', TOKEN: `ada@device888|${NOW + 60}|broadcast` }),
    )
    lan.step(0)
    expect(ada.eventsOf('post')).toMatchObject([{ text: 'hi', from: { ip: '10.77.0.13' } }])
  })
})

describe('a program of the first generation (the seed)', () => {
  test.each(TEXTS)('reads our PROFILE, POST and DM: %s', (text) => {
    const zed = addSeed()
    lan.command(ada, { kind: 'profile', status: text })
    lan.step(1_000)
    const to = zed.program.userId
    lan.command(ada, { kind: 'post', id: '0123456789abcdef', to, text })
    lan.command(ada, { kind: 'dm', id: '0123456789abcde0', to, text })
    expect(pick(zed.program.of('PROFILE').at(-1), ['USER_ID', 'DISPLAY_NAME', 'STATUS'])).toEqual([
      'ada@10.77.0.1',
      'Ada: the first',
      text.trim(),
    ])
    expect(pick(zed.program.of('POST')[0], ['USER_ID', 'CONTENT'])).toEqual(['ada@10.77.0.1', text.trim()])
    expect(pick(zed.program.of('DM')[0], ['FROM', 'TO', 'CONTENT'])).toEqual([
      'ada@10.77.0.1',
      to,
      text.trim(),
    ])
    expect([...zed.program.known]).toEqual([['ada@10.77.0.1', { host: '10.77.0.1', port: 8000 }]])
    expect(zed.program.errors).toEqual([])
  })

  test.each(TEXTS)('its own are seen by us, though they have no token: %s', (text) => {
    const zed = addSeed()
    const { userId } = zed.program
    lan.step(1_000)
    const ids = { TIMESTAMP: NOW, MESSAGE_ID: 'a1' }
    const here = { host: '10.77.0.1', port: 8000 }
    zed.program.send(here, seed('PROFILE', { USER_ID: userId, DISPLAY_NAME: 'Zed', STATUS: text, ...ids }))
    zed.program.send(here, seed('POST', { USER_ID: userId, CONTENT: text, ...ids }))
    zed.program.send(here, seed('DM', { FROM: userId, TO: 'ada@10.77.0.1', CONTENT: text, ...ids }))
    lan.step(0)
    expect(ada.program.peers).toMatchObject([
      { userId, port: SEED_PORT, name: 'Zed', status: text.trim(), dialect: 'seed', channels: ['general'] },
    ])
    expect(ada.eventsOf('post')).toMatchObject([{ text: text.trim(), id: 'a1' }])
    expect(ada.eventsOf('dm')).toMatchObject([{ text: text.trim(), id: 'a1' }])
  })

  test('PEER_DISCOVERY is answered with PING and PROFILE, once, and never with PEER_DISCOVERY', () => {
    lan.step(5_000)
    const zed = addSeed()
    const before = ada.sent.length
    for (let time = 0; time < 100; time++) {
      zed.program.sendEverybody(zed.program.discovery())
      lan.step(100)
    }
    const alone = ada.sent.slice(before).filter(({ isBroadcast }) => !isBroadcast)
    expect(alone.filter(({ type }) => type === 'PING')).toHaveLength(1)
    expect(zed.program.of('PROFILE').length).toBeGreaterThanOrEqual(1)
    expect(zed.program.of('PROFILE').length).toBeLessThanOrEqual(2)
    expect(ada.messages('PEER_DISCOVERY')).toEqual([])
  })

  test('after a restart it is written to where it sends from now', () => {
    const zed = addSeed()
    lan.step(1_000)
    lan.remove(zed)
    const again = addSeed('zed', '10.77.0.12', 9_111)
    again.program.send(
      '10.77.0.1',
      seed('DM', { FROM: 'zed@10.77.0.12', TO: 'ada@10.77.0.1', CONTENT: 'back' }),
    )
    lan.step(0)
    lan.command(ada, { kind: 'dm', id: 'e'.repeat(16), to: 'zed@10.77.0.12', text: 'welcome' })
    expect(again.program.of('DM').map((lines) => lines.get('CONTENT'))).toEqual(['welcome'])
  })

  test('a program of the RFC that writes group messages in this dialect, from any port, stays where it is', () => {
    const mai = addRfc()
    mai.program.sendEverybody(mai.program.profile())
    lan.step(0)
    const message = seed('GROUP_MESSAGE', { FROM: 'mai@10.77.0.11', GROUP_NAME: 'g', MESSAGE: 'x' })
    for (let time = 0; time < 3; time++) lan.inject(message, { host: '10.77.0.11', port: 40_000 + time }, ada)
    expect(ada.program.peers).toMatchObject([{ port: 50_999, dialect: 'rfc' }])
  })

  test('one whose first words are in this dialect, and that goes on in that of the RFC, is spoken to in the latter', () => {
    const mai = addRfc()
    const { userId } = mai.program
    const created = { GROUP_NAME: 'Club', MEMBERS: `${userId},ada@10.77.0.1`, FROM: userId }
    lan.inject(seed('GROUP_CREATE', created), { host: '10.77.0.11', port: 40_000 }, ada)
    expect(ada.program.peers).toMatchObject([{ port: 40_000, dialect: 'seed' }])
    const text = { FROM: userId, TO: 'ada@10.77.0.1', CONTENT: 'hi', TOKEN: `${userId}|${NOW + 60}|chat` }
    lan.inject(rfc('DM', text), { host: '10.77.0.11', port: 40_001 }, ada)
    expect(ada.program.peers).toMatchObject([{ port: 50_999, dialect: 'rfc' }])
    lan.command(ada, { kind: 'dm', id: 'e'.repeat(16), to: userId, text: 'hello' })
    expect(mai.program.of('DM').map((lines) => lines.get('CONTENT'))).toEqual(['hello'])
  })

  test('asks for a list of peers, and gets as much as fits into a frame', () => {
    for (let host = 20; host < 80; host++)
      lan.inject(
        seed('PING', { USER_ID: `${'n'.repeat(40)}@10.77.0.${host}` }),
        { host: `10.77.0.${host}`, port: 8500 },
        ada,
      )
    const zed = addSeed()
    lan.step(31_000)
    const ask = (MESSAGE_ID: string): void => {
      const request = { FROM: 'zed@10.77.0.12', TIMESTAMP: NOW, MESSAGE_ID }
      zed.program.send('10.77.0.1', seed('PEER_LIST_REQUEST', request))
    }
    ask('1')
    lan.step(10_000)
    // What it has said pays for a longer list.
    zed.program.send('10.77.0.1', seed('POST', { USER_ID: zed.program.userId, CONTENT: 'x'.repeat(4_000) }))
    ask('2')
    lan.step(0)
    const answers = ada.messages('PEER_LIST_RESPONSE')
    expect(answers.length).toBeGreaterThan(0)
    expect(answers.at(-1)?.peers.length).toBeGreaterThan(5)
    for (const { peers, count } of answers) expect(count).toBe(peers.length)
    expect(Math.max(...ada.sent.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1_400)
  })
})

describe('together', () => {
  test('two legacy clients and two Parley peers: no storm in 10 minutes', () => {
    const bob = lan.node('bob', '10.77.0.2')
    addSeed('zed', '10.77.0.12')
    addSeed('yan', '10.77.0.13')
    lan.step(10_000)
    const before = [ada, bob].map(({ sent }) => sent.length)
    lan.step(10 * MINUTE)
    for (const [index, { sent }] of [ada, bob].entries())
      // 9 announcements a minute, and an answer to each seed each 5 s at most.
      expect(sent.length - (before[index] ?? 0)).toBeLessThan(10 * (10 + 2 * 12))
    expect(ada.program.peers.map(({ userId }) => userId).sort()).toEqual([
      'bob@10.77.0.2',
      'yan@10.77.0.13',
      'zed@10.77.0.12',
    ])
    expect(ada.eventsOf('left')).toEqual([])
  })

  test.each(['nothing', 'answer', 'shout'] as const)(
    'an idle pair, and a program that answers PING with %s: fewer than 10 datagrams a minute each',
    (onPing) => {
      const bob = lan.node('bob', '10.77.0.2')
      const mai = addRfc({ onPing, acknowledges: false })
      lan.step(10_000)
      const before = [ada, bob].map(({ sent }) => sent.length)
      for (let time = 0; time < 4; time++) {
        mai.program.sendEverybody(mai.program.ping())
        lan.step(5 * MINUTE)
      }
      for (const [index, { sent }] of [ada, bob].entries())
        expect(sent.length - (before[index] ?? 0)).toBeLessThan(20 * 10)
      expect(ada.program.peers).toHaveLength(2)
      expect([...ada.eventsOf('left'), ...bob.eventsOf('left')]).toEqual([])
    },
  )

  test('who shouts at each PING is given one a minute by each of us, after the first seconds', () => {
    const bob = lan.node('bob', '10.77.0.2')
    const mai = addRfc({ onPing: 'shout', acknowledges: false })
    mai.program.sendEverybody(mai.program.profile())
    lan.step(10_000)
    const from = lan.now
    lan.step(10 * MINUTE)
    for (const { sent } of [ada, bob]) {
      const broadcasts = sent.filter(({ at, isBroadcast }) => isBroadcast && at > from)
      expect(broadcasts.length).toBeLessThanOrEqual(10)
      for (const [index, { at }] of broadcasts.entries())
        if (index > 0) expect(at - (broadcasts[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE)
    }
    expect(ada.program.peers.map(({ name }) => name).sort()).toEqual(['bob', 'mai@10.77.0.11 !'])
  })

  test('the other family, on port 9002: known by its JSON, answered once a minute, and written to over HTTP', () => {
    const json = '{"ip": "10.9.9.9", "port": 8081, "name": "Olga B"}'
    lan.step(10_000)
    const before = ada.sent.length
    for (let time = 0; time < 100; time++) {
      lan.inject(json, { host: '10.77.0.14', port: 40_000 + time }, ada)
      lan.step(1_000)
    }
    expect(ada.program.peers).toMatchObject([
      { ip: '10.77.0.14', httpPort: 8081, name: 'Olga B', userId: 'Olga_B@10.77.0.14', node: undefined },
    ])
    expect(ada.eventsOf('unproved').map(({ peer }) => peer.httpPort)).toEqual([8081, 8081, 8081, 8081, 8081])
    const answers = ada.sent.slice(before).filter(({ type }) => type === 'JSON')
    expect(answers.map(({ to, bytes }) => [to, bytes.toString()])).toEqual(
      Array.from({ length: 2 }, () => [
        { host: '10.77.0.14', port: 9_002 },
        '{"ip":"10.77.0.1","port":8000,"name":"Ada: the first"}',
      ]),
    )
    // Who answers PING with nothing is no reason to be quiet.
    expect(ada.sent.slice(before).filter(({ isBroadcast }) => isBroadcast).length).toBeGreaterThan(10)
  })

  test.each([
    ['no JSON', '{'],
    ['a list', '{"a":[]}'],
    ['no port', '{"ip":"1.2.3.4","name":"x"}'],
    ['port 22', '{"port":22,"name":"x"}'],
    ['a port that is too large', '{"port":65536,"name":"x"}'],
    ['half a port', '{"port":8000.5,"name":"x"}'],
    ['a port as text', '{"port":"8000","name":"x"}'],
    ['no name', '{"port":8000}'],
    ['a name that is too long', `{"port":8000,"name":"${'x'.repeat(65)}"}`],
    ['a name of which nothing can be shown', '{"port":8000,"name":"\\u202e"}'],
    ['much more', `{"port":8000,"name":"x","more":"${'x'.repeat(1_024)}"}`],
    ['what an object has', '{"__proto__":{"port":8000,"name":"x"}}'],
  ])('JSON that says nothing: %s', (_name, json) => {
    lan.inject(json, { host: '10.77.0.14', port: 40_000 }, ada)
    expect(ada.program.peers).toEqual([])
    expect(ada.program.dropped.size).toBe(1)
  })

  test('a program on our own machine, which hears us at two addresses', () => {
    const networks = [ethernet('10.77.0.3'), LOOPBACK]
    const here = lan.node('here', networks, 8005)
    const mai = lan.add(new RfcStandIn('mai@10.77.0.3'), networks)
    mai.program.send('127.255.255.255', mai.program.profile())
    lan.step(0)
    lan.command(here, { kind: 'dm', id: 'a'.repeat(16), to: 'mai@10.77.0.3', text: 'x' })
    expect(mai.program.of('DM')).toHaveLength(1)
  })
})
