/** A node and its neighbours find each other at once, whichever was there first, and nothing is sent again and again. */
import { beforeEach, describe, expect, test } from 'vitest'
import { encodeHalves } from '../../../src/udp/lsnp/codec.ts'
import { LOOPBACK, SimulatedLan, ethernet, type Station } from '../simulated-lan.ts'
import { HeadStandIn, rfc, RfcStandIn, seed, SeedStandIn, type Habits } from '../stand-ins.ts'
import type { LanNode } from '../../../src/udp/node/node.ts'

const MINUTE = 60_000

let lan: SimulatedLan

beforeEach(() => {
  lan = new SimulatedLan()
})

function addRfc(name = 'mai', address = '10.77.0.11', habits: Partial<Habits> = {}): Station<RfcStandIn> {
  return lan.add(new RfcStandIn(`${name}@${address}`, habits), address)
}

function addSeed(name = 'zed', address = '10.77.0.12', port = 8421): Station<SeedStandIn> {
  return lan.add(new SeedStandIn(`${name}@${address}`, port), address, port)
}

function addHead(name = 'sue', address = '10.77.0.13', port = 8604): Station<HeadStandIn> {
  return lan.add(new HeadStandIn(`${name}@${address}`, port), address, port)
}

function listed(station: Station<LanNode>): string[] {
  return station.program.peers.map(({ userId }) => userId).sort()
}

/** The types of the datagrams that one program alone was sent. */
function sentTo(node: Station<LanNode>, { address }: Station, from = 0): string[] {
  return node.sent.filter(({ to, at }) => to.host === address && at >= from).map(({ type }) => type)
}

describe('a program that was there first', () => {
  test.each([
    ['a legacy client', addSeed],
    ['a later legacy client', addHead],
  ] as const)('%s, which answers PEER_DISCOVERY alone, is found within a second', (_name, add) => {
    const other = add()
    lan.step(3_000)
    const ada = lan.node('ada', '10.77.0.1')
    lan.step(900)
    expect(listed(ada)).toEqual([other.program.userId])
    expect([...other.program.known.keys()]).toContain('ada@10.77.0.1')
    // It has read our PROFILE and PING, and is sent nothing twice and nothing that it does not know.
    expect(other.program.of('PROFILE')).toHaveLength(1)
    expect(sentTo(ada, other)).toEqual([])
    expect(other.program.errors).toEqual([])
  })

  test('a later legacy client that starts a moment after us lists us within three seconds', () => {
    lan.node('ada', '10.77.0.1')
    lan.step(500)
    const sue = addHead()
    lan.step(2_500)
    expect([...sue.program.known.keys()]).toEqual(['ada@10.77.0.1'])
  })

  test('a legacy client is found on our own machine, too', () => {
    const networks = [ethernet('10.77.0.3'), LOOPBACK]
    lan.add(new SeedStandIn('zed@10.77.0.3', 8421), networks, 8421)
    lan.step(3_000)
    const ada = lan.node('ada', networks, 8000)
    lan.step(900)
    expect(
      ada.program.peers.some(({ userId, dialect }) => userId.startsWith('zed@') && dialect === 'seed'),
    ).toBe(true)
  })

  test.each(['answer', 'shout'] as const)(
    'a program of the RFC that answers a PING (%s) is found within a second',
    (onPing) => {
      const mai = addRfc('mai', '10.77.0.11', { onPing })
      lan.step(3_000)
      const ada = lan.node('ada', '10.77.0.1')
      lan.step(900)
      expect(listed(ada)).toEqual([mai.program.userId])
    },
  )

  test('no announcement is an error or an unknown message for any of them', () => {
    const others = [addRfc('mai', '10.77.0.11', { onPing: 'shout' }), addSeed(), addHead()]
    const seen = others.map(({ program }) => program)
    for (const other of others) other.asleep = true
    const ada = lan.node('ada', '10.77.0.1')
    lan.step(0)
    for (const { at, bytes } of ada.sent.filter(({ isBroadcast, type }) => isBroadcast && type !== 'JSON'))
      for (const program of seen) program.receive(bytes, { host: ada.address, port: ada.port }, at)
    lan.step(5 * MINUTE)
    for (const { at, bytes } of ada.sent.filter(({ isBroadcast, type }) => isBroadcast && type !== 'JSON'))
      for (const program of seen) program.receive(bytes, { host: ada.address, port: ada.port }, at)
    expect(seen.map(({ errors }) => errors)).toEqual([[], [], []])
    expect(seen.map((program) => program.of('PROFILE').length > 0)).toEqual([true, true, true])
  })
})

describe('a program that is started after us', () => {
  let ada: Station<LanNode>

  beforeEach(() => {
    ada = lan.node('ada', '10.77.0.1')
    lan.step(20_000)
  })

  test('a later legacy client lists us at once: the answer to its first PEER_DISCOVERY is PING, and PROFILE', () => {
    const sue = addHead()
    lan.step(200)
    expect([...sue.program.known.keys()]).toEqual(['ada@10.77.0.1'])
    expect(sue.program.of('PING').length).toBeGreaterThan(0)
    expect(sue.program.of('PROFILE').length).toBeGreaterThan(0)
    expect(sentTo(ada, sue)[0]).toBe('PING')
  })

  test('its answer byte for byte, with a PROFILE as far as the credit pays for it', () => {
    const long = 'n'.repeat(40)
    const question = seed('PEER_DISCOVERY', {
      USER_ID: `${long}@10.77.0.13`,
      PORT: 8604,
      TIMESTAMP: 1_795_303_957,
      MESSAGE_ID: '00aa00aa00aa00aa',
    })
    const sue = lan.add(new HeadStandIn(`${long}@10.77.0.13`, 8604), '10.77.0.13', 8604)
    sue.asleep = true
    lan.inject(question, { host: '10.77.0.13', port: 8604 }, ada)
    expect(
      ada.sent.filter(({ to }) => to.host === '10.77.0.13').map(({ bytes }) => bytes.toString()),
    ).toEqual([
      'TYPE:PING\nUSER_ID:ada@10.77.0.1\nPORT:8000\n\n',
      'TYPE:PROFILE\nUSER_ID:ada@10.77.0.1\nDISPLAY_NAME:ada\nSTATUS:-\nPORT:8000\n\n',
    ])
  })

  test('a PEER_DISCOVERY that pays for neither is answered after the next', () => {
    const from = { host: '10.77.0.13', port: 8604 }
    const question = seed('PEER_DISCOVERY', { USER_ID: 's@10.77.0.13' })
    expect(question.length).toBeLessThan('TYPE:PING\nUSER_ID:ada@10.77.0.1\nPORT:8604\n\n'.length + 1)
    lan.inject(question, from, ada)
    lan.inject(question, from, ada)
    expect(ada.sent.filter(({ to }) => to.host === from.host).map(({ type }) => type)).toEqual(['PING'])
  })

  test('a later PEER_DISCOVERY is not answered: legacy clients would show the PROFILE again', () => {
    const others = [addSeed(), addHead()]
    lan.step(1_000)
    const since = lan.now
    lan.step(10 * MINUTE)
    for (const other of others) expect(sentTo(ada, other, since)).toEqual([])
    expect(listed(ada)).toEqual(['sue@10.77.0.13', 'zed@10.77.0.12'])
  })

  test('PEER_DISCOVERY is never answered with PEER_DISCOVERY, however it is written', () => {
    const id = { TIMESTAMP: 1, MESSAGE_ID: '00aa00aa00aa00aa' }
    for (const [host, text] of [
      ['10.77.0.20', seed('PEER_DISCOVERY', { USER_ID: 'a@10.77.0.20', PORT: 8100, ...id })],
      ['10.77.0.21', seed('PEER_DISCOVERY', { USER_ID: 'b@10.77.0.21', PORT: 50_999, ...id })],
      ['10.77.0.22', rfc('PEER_DISCOVERY', { USER_ID: 'c@10.77.0.22', PORT: 8100, ...id })],
      [
        '10.77.0.23',
        encodeHalves(
          { type: 'PING', userId: 'd@10.77.0.23', port: 8100 },
          { type: 'PEER_DISCOVERY', userId: 'd@10.77.0.23', port: 8100 },
        ),
      ],
    ] as const)
      for (let time = 0; time < 3; time++) {
        const before = ada.sent.length
        lan.inject(text, { host, port: 8100 }, ada)
        for (const { bytes } of ada.sent.slice(before))
          expect(bytes.toString()).not.toContain('PEER_DISCOVERY')
        lan.step(7_000)
      }
    expect(ada.program.peers).toHaveLength(4)
  })

  test.each([
    ['on another port', 9_111],
    ['on its port, after a goodbye', 8_604],
  ])('a later legacy client that is started again %s lists us at once', (_name, port) => {
    const first = addHead()
    lan.step(40_000)
    lan.remove(first)
    if (port === first.port)
      lan.inject(first.program.goodbye(), { host: first.address, port: first.port }, ada)
    lan.step(2_000)
    const again = addHead('sue', '10.77.0.13', port)
    lan.step(200)
    expect([...again.program.known]).toEqual([['ada@10.77.0.1', { host: '10.77.0.1', port: 8000 }]])
  })

  test('a program that starts three times within three seconds lists us each time', () => {
    for (const port of [8_604, 9_111, 9_222]) {
      const sue = addHead('sue', '10.77.0.13', port)
      lan.step(900)
      expect([...sue.program.known.keys()]).toEqual(['ada@10.77.0.1'])
      lan.remove(sue)
    }
  })

  test('a goodbye in the name of a later legacy client has no effect while it is there', () => {
    const sue = addHead()
    lan.step(65_000)
    lan.inject(sue.program.goodbye(), { host: sue.address, port: sue.port }, ada)
    lan.step(3_000)
    expect(listed(ada)).toEqual(['sue@10.77.0.13'])
    expect(ada.eventsOf('left')).toEqual([])
  })

  test.each([
    ['PROFILE', (mai: RfcStandIn) => mai.profile()],
    ['PING', (mai: RfcStandIn) => mai.ping()],
  ] as const)('one of the RFC that takes white space off the text, after its %s', (_name, say) => {
    const mai = addRfc()
    mai.program.sendEverybody(say(mai.program))
    lan.step(300)
    expect(mai.program.errors).toEqual([])
    expect(
      mai.program.of('PROFILE').map((lines) => [lines.get('USER_ID'), lines.get('STATUS')]),
    ).toContainEqual(['ada@10.77.0.1', '-'])
  })
})

describe('a program of the RFC that announces itself by PROFILE alone', () => {
  let ada: Station<LanNode>

  beforeEach(() => {
    ada = lan.node('ada', '10.77.0.1')
    lan.step(20_000)
  })

  test.each([
    ['10 s', 10_000],
    ['a minute', MINUTE],
    ['four minutes', 4 * MINUTE],
  ])('reads our PROFILE at once when it is started again after %s', (_name, pause) => {
    for (let time = 0; time < 3; time++) {
      const mai = addRfc()
      mai.program.sendEverybody(mai.program.profile())
      lan.step(200)
      expect(mai.program.of('PROFILE').map((lines) => lines.get('USER_ID'))).toEqual(['ada@10.77.0.1'])
      lan.step(pause)
      lan.remove(mai)
    }
    expect(ada.eventsOf('left')).toEqual([])
  })

  test.each([
    ['each 10 s', 10_000, 8],
    ['each minute', MINUTE, 5],
    ['each 300 s', 5 * MINUTE, 5],
  ])('and does so steadily, %s, is not answered each time', (_name, interval, most) => {
    const mai = addRfc()
    for (let time = 0; time < 20; time++) {
      mai.program.sendEverybody(mai.program.profile())
      lan.step(interval)
    }
    expect(sentTo(ada, mai).length).toBeLessThanOrEqual(most)
  })

  test.each([
    ['soon', 3_000],
    ['later than it announces itself', 25_000],
  ])('and does so each 10 s reads our PROFILE when it is started again: %s', (_name, pause) => {
    const mai = addRfc()
    for (let time = 0; time < 20; time++) {
      mai.program.sendEverybody(mai.program.profile())
      lan.step(time === 19 ? pause : 10_000)
    }
    lan.remove(mai)
    const again = addRfc()
    again.program.sendEverybody(again.program.profile())
    lan.step(200)
    expect(again.program.of('PROFILE').map((lines) => lines.get('USER_ID'))).toEqual(['ada@10.77.0.1'])
  })

  test('and answers each PROFILE with its own: no answer follows an answer', () => {
    const mai = addRfc('mai', '10.77.0.11', { onProfile: 'answer' })
    mai.program.sendEverybody(mai.program.profile())
    lan.step(10 * MINUTE)
    expect(sentTo(ada, mai)).toEqual(['PROFILE'])
  })
})

describe('a Parley peer that takes us for a foreign program, as version 0.1.0 does', () => {
  const profile = rfc('PROFILE', { USER_ID: 'bob@10.77.0.2', DISPLAY_NAME: 'bob', STATUS: '' })

  test('is one peer, and is not answered as a foreign program', () => {
    const ada = lan.node('ada', '10.77.0.1')
    const bob = lan.node('bob', '10.77.0.2')
    lan.step(10_000)
    const before = ada.sent.length
    for (let time = 0; time < 3; time++) lan.inject(profile, { host: bob.address, port: bob.port }, ada)
    expect(ada.program.peers).toMatchObject([{ name: 'bob', node: bob.program.node }])
    expect(ada.sent.slice(before)).toEqual([])
  })

  test('also sends its posts over HTTP, so its POST is not shown', () => {
    const ada = lan.node('ada', '10.77.0.1')
    const bob = lan.node('bob', '10.77.0.2')
    lan.step(10_000)
    const post = seed('POST', { USER_ID: 'bob@10.77.0.2', CONTENT: 'hello' })
    lan.inject(post, { host: bob.address, port: bob.port }, ada)
    expect(ada.eventsOf('post')).toEqual([])
    lan.inject(post, { host: bob.address, port: 50_999 }, ada)
    expect(ada.eventsOf('post')).toHaveLength(1)
  })

  test('another program at its address is another peer', () => {
    const ada = lan.node('ada', '10.77.0.1')
    const bob = lan.node('bob', '10.77.0.2')
    lan.step(10_000)
    lan.inject(profile, { host: bob.address, port: 50_999 }, ada)
    expect(ada.program.peers.map(({ port }) => port)).toEqual([8000, 50_999])
  })
})

describe('a room of several programs', () => {
  test('two legacy clients and three Parley peers: each peer sends fewer than 10 datagrams a minute', () => {
    const ours = ['ada', 'bob', 'cyd'].map((name, index) => lan.node(name, `10.77.0.${index + 1}`))
    const seeds = [addSeed(), addHead()]
    lan.step(10_000)
    for (let minute = 0; minute < 10; minute++) {
      const since = lan.now
      lan.step(MINUTE)
      for (const { sent } of ours) expect(sent.filter(({ at }) => at > since).length).toBeLessThan(10)
    }
    for (const { program } of ours) expect(program.peers).toHaveLength(4)
    for (const { program } of seeds) expect(program.known.size).toBe(4)
    expect(ours.flatMap((each) => each.eventsOf('left'))).toEqual([])
  })

  test.each([3, 20])(
    '%i Parley peers and a program that answers each PING with a broadcast: as few',
    (count) => {
      const ours = Array.from({ length: count }, (_, index) => lan.node(`n${index}`, `10.77.0.${index + 20}`))
      const mai = addRfc('mai', '10.77.0.11', { onPing: 'shout' })
      mai.program.sendEverybody(mai.program.profile())
      lan.step(30_000)
      const since = lan.now
      lan.step(10 * MINUTE)
      for (const { sent } of ours) expect(sent.filter(({ at }) => at > since).length).toBeLessThan(10 * 10)
      expect(mai.program.of('PING').length).toBeLessThanOrEqual(count * 15)
      expect(ours.flatMap((each) => each.eventsOf('left'))).toEqual([])
    },
  )

  test('Parley peers at different ports are each sent their own PING, and stay', () => {
    const ours = Array.from({ length: 4 }, (_, index) =>
      lan.node(`n${index}`, `10.77.0.${index + 20}`, 8000 + index),
    )
    const zed = addSeed()
    lan.step(10 * MINUTE)
    for (const { program } of ours) expect(program.peers).toHaveLength(4)
    expect(ours.flatMap((each) => each.eventsOf('left'))).toEqual([])
    expect(zed.program.known.size).toBe(4)
  })
})

describe('the STATUS of a PROFILE', () => {
  test.each([
    ['none', '', '-'],
    ['white space', ' \t\u00a0\u3000 ', '-'],
    ['line ends', '\r\n\u2028', '-'],
    ['words', 'in the lab', 'in the lab'],
    ['the longest allowed', 's'.repeat(160), 's'.repeat(160)],
  ])('is never empty and never on the last line: %s', (_name, status, expected) => {
    const ada = lan.node('ada', '10.77.0.1')
    lan.command(ada, { kind: 'profile', status })
    ada.sent.length = 0
    lan.command(ada, { kind: 'profile', status })
    const mai = addRfc()
    const zed = addSeed()
    const picture = { type: 'image/png', encoding: 'base64', data: 'AAAA' } as const
    for (let time = 0; time < 3; time++) {
      mai.program.sendEverybody(rfc('PING', { USER_ID: mai.program.userId, X: 'x'.repeat(400) }))
      zed.program.sendEverybody(seed('POST', { USER_ID: zed.program.userId, CONTENT: 'x'.repeat(400) }))
      lan.step(6_000)
    }
    lan.command(ada, { kind: 'profile', avatar: { hash: 'c'.repeat(64), picture } })
    lan.command(ada, { kind: 'dm', id: 'e'.repeat(16), to: mai.program.userId, text: 'x' })
    const profiles = ada.sent.filter(({ type }) => type === 'PROFILE')
    expect(profiles.some(({ isBroadcast }) => isBroadcast)).toBe(true)
    expect(profiles.some(({ to }) => to.host === mai.address)).toBe(true)
    expect(profiles.some(({ to }) => to.host === zed.address)).toBe(true)
    expect(profiles.some(({ bytes }) => bytes.includes('AVATAR_DATA'))).toBe(true)
    for (const { bytes } of profiles) {
      const lines = bytes.toString().trim().split('\n')
      expect(lines.at(-1)).not.toMatch(/^STATUS/)
      const written = lines
        .filter((line) => line.startsWith('STATUS'))
        .map((line) => line.replace(/^STATUS: ?/, ''))
      expect(new Set(written)).toEqual(new Set([expected]))
    }
    expect(mai.program.errors.filter((error) => error.startsWith('PROFILE'))).toEqual([])
  })

  test('is cut, with an ellipsis, as far as the credit pays for it', () => {
    const ada = lan.node('ada', '10.77.0.1')
    lan.command(ada, { kind: 'profile', status: 's'.repeat(160) })
    lan.step(20_000)
    const others = [addRfc(), addRfc('eve', '10.77.0.14')]
    for (const { program } of others) {
      program.sendEverybody(
        rfc('PROFILE', { USER_ID: program.userId, DISPLAY_NAME: 'x', STATUS: 'y'.repeat(60) }),
      )
      lan.step(1_000)
    }
    const alone = ada.sent.filter(({ type, isBroadcast }) => type === 'PROFILE' && !isBroadcast)
    expect(alone.map(({ bytes }) => /^STATUS: (s*…)$/m.exec(bytes.toString())?.[1])).toEqual([
      expect.stringMatching(/^s{10,}…$/),
      expect.stringMatching(/^s{10,}…$/),
    ])
  })

  test('that no user has set is empty for Parley peers', () => {
    const ada = lan.node('ada', '10.77.0.1')
    const bob = lan.node('bob', '10.77.0.2')
    lan.step(1_000)
    expect([...ada.program.peers, ...bob.program.peers].map(({ status }) => status)).toEqual(['', ''])
    lan.command(ada, { kind: 'profile', status: 'here' })
    lan.command(ada, { kind: 'profile', status: '' })
    expect(bob.program.peers).toMatchObject([{ status: '' }])
  })

  test('of a foreign program is shown unchanged', () => {
    const ada = lan.node('ada', '10.77.0.1')
    lan.inject(
      rfc('PROFILE', { USER_ID: 'mai@10.77.0.11', DISPLAY_NAME: 'Mai', STATUS: '-' }),
      { host: '10.77.0.11', port: 50_999 },
      ada,
    )
    expect(ada.program.peers).toMatchObject([{ status: '-' }])
  })
})
