/**
 * The source of a datagram can be forged. Without a user asking for it, a node sends no address more bytes than came from
 * there, whatever the datagrams; and a message of a user goes to a program that never answered at most once.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { LanNode } from '../../../src/udp/node/node.ts'
import { LAN_LIMITS } from '../../../src/udp/node/limits.ts'
import { encode, type LsnpMessage } from '../../../src/udp/lsnp/codec.ts'
import { seededRandom } from '../../../scripts/fuzz/mutate.ts'
import { ethernet, hex16, LOOPBACK, START, TICK } from '../simulated-lan.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from '../lsnp/samples.ts'
import { rfc, seed } from '../stand-ins.ts'
import type { LanCommand, LanEffect, LanEvent } from '../../../src/udp/node/model.ts'

const US = 'zed@10.77.0.12'
/** A host that has sent nothing. */
const VICTIM = '10.77.0.16'
const MINUTE = 60_000
const NOW = START / 1000

class Forging {
  readonly random = seededRandom(3)
  readonly node = new LanNode({
    node: 'a'.repeat(16),
    username: 'zed',
    app: 'parley/0.1',
    random: this.random,
  })
  now = START
  /** Bytes with the forged source, and bytes that were sent to its owner. */
  bytesIn = 0
  bytesOut = 0
  broadcasts = 0
  /** The datagrams that were sent to its owner. */
  readonly sent: string[] = []
  readonly events: LanEvent[] = []

  /** `isTalkative`: the node has the longest possible profile. */
  constructor(isTalkative: boolean) {
    this.command({ kind: 'start', port: 8000 })
    this.command({ kind: 'networks', networks: [ethernet('10.77.0.12'), LOOPBACK] })
    const channels = Array.from({ length: 32 }, (_, index) => `channel-number-${index}`)
    const picture = { type: 'image/png', encoding: 'base64', data: 'A'.repeat(27_308) } as const
    const avatar = { hash: 'b'.repeat(64), picture }
    const much = { name: 'Z'.repeat(64), status: 's'.repeat(512), channels, avatar }
    this.command({ kind: 'profile', httpPort: 8000, ...(isTalkative ? much : {}) })
    this.pass(5_000)
  }

  forge(datagram: string | Buffer, port = 50_999): void {
    const bytes = Buffer.from(datagram)
    this.bytesIn += bytes.length
    this.#perform(this.node.receive(bytes, { host: VICTIM, port }, this.now))
  }

  command(command: LanCommand): void {
    this.#perform(this.node.command(command, this.now))
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += TICK
      this.#perform(this.node.tick(this.now))
    }
  }

  #perform(effects: readonly LanEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'event') {
        this.events.push(effect.event)
        // The peer's question over HTTP; a connection without a question is free.
        const { event } = effect
        if (event.kind === 'unproved' && event.peer.node !== undefined) this.bytesOut += LAN_LIMITS.helloBytes
      } else if (effect.to.host === VICTIM) {
        this.bytesOut += effect.bytes.length
        this.sent.push(effect.bytes.toString())
      } else {
        expect(effect.to.host).toMatch(/\.255$/)
        this.broadcasts++
      }
    }
  }
}

const USER = `u@${VICTIM}`
const NODE = 'c'.repeat(16)

function token(scope: string): string {
  return `${USER}|${NOW + 3600}|${scope}`
}

/** The shortest datagram of each kind that is read, because an attacker would send that. */
const KINDS: (readonly [name: string, datagram: string])[] = [
  ['PROFILE', rfc('PROFILE', { USER_ID: USER })],
  [
    'PROFILE with a picture',
    rfc('PROFILE', {
      USER_ID: USER,
      AVATAR_TYPE: 'image/png',
      AVATAR_ENCODING: 'base64',
      AVATAR_DATA: 'AAAA',
    }),
  ],
  ['PROFILE of a Parley peer', rfc('PROFILE', { USER_ID: USER, NODE })],
  [
    'PROFILE of a Parley peer, with a port for HTTP',
    rfc('PROFILE', { USER_ID: USER, NODE, HTTP_PORT: 8600, CHANNELS: 'general' }),
  ],
  [
    'PROFILE of a Parley peer, with a picture',
    rfc('PROFILE', { USER_ID: USER, NODE, HTTP_PORT: 8600, AVATAR_HASH: 'd'.repeat(64) }),
  ],
  ['PING', rfc('PING', { USER_ID: USER })],
  ['PING of a Parley peer', rfc('PING', { USER_ID: USER, NODE })],
  ['PING with a nonce to repeat', rfc('PING', { USER_ID: USER, NODE, NONCE: 'e'.repeat(16) })],
  ['PING with a nonce that was never sent', rfc('PING', { USER_ID: USER, NODE, ECHO: 'e'.repeat(16) })],
  ['PING of a legacy client', seed('PING', { USER_ID: USER })],
  ['PEER_DISCOVERY', seed('PEER_DISCOVERY', { USER_ID: USER, PORT: 8100 })],
  ['PEER_DISCOVERY, the shortest', seed('PEER_DISCOVERY', { USER_ID: 'u@x' })],
  ['PEER_DISCOVERY in the other dialect', rfc('PEER_DISCOVERY', { USER_ID: USER })],
  [
    'PING with a PEER_DISCOVERY in its other half',
    rfc('PING', { USER_ID: USER }).trimEnd() + `\n${seed('PEER_DISCOVERY', { USER_ID: USER })}`,
  ],
  [
    'PING of a Parley peer with a PEER_DISCOVERY in its other half',
    rfc('PING', { USER_ID: USER, NODE }).trimEnd() + `\n${seed('PEER_DISCOVERY', { USER_ID: USER })}`,
  ],
  ['PEER_LIST_REQUEST', seed('PEER_LIST_REQUEST', { FROM: USER })],
  ['PEER_LIST_RESPONSE', seed('PEER_LIST_RESPONSE', { FROM: USER, PEERS: JSON.stringify([USER]) })],
  ['POST', rfc('POST', { USER_ID: USER, CONTENT: 'x', TOKEN: token('broadcast') })],
  ['POST of a legacy client', seed('POST', { USER_ID: USER, CONTENT: 'x' })],
  [
    'DM to us',
    rfc('DM', { FROM: USER, TO: US, CONTENT: 'x', MESSAGE_ID: 'f'.repeat(16), TOKEN: token('chat') }),
  ],
  ['DM to us, of a legacy client', seed('DM', { FROM: USER, TO: US, CONTENT: 'x', MESSAGE_ID: '1' })],
  ['ACK', rfc('ACK', { MESSAGE_ID: 'f'.repeat(16) })],
  ['FOLLOW', rfc('FOLLOW', { FROM: USER, TO: US, MESSAGE_ID: '1', TOKEN: token('follow') })],
  ['FOLLOW of a legacy client', seed('FOLLOW', { FROM: USER, TO: US, MESSAGE_ID: '1' })],
  ['UNFOLLOW of a legacy client', seed('UNFOLLOW', { FROM: USER, TO: US, MESSAGE_ID: '1' })],
  ['LIKE', rfc('LIKE', { FROM: USER, TO: US, POST_TIMESTAMP: 1, TOKEN: token('broadcast') })],
  [
    'GROUP_CREATE',
    rfc('GROUP_CREATE', { FROM: USER, GROUP_ID: '1', GROUP_NAME: 'g', MEMBERS: US, TOKEN: token('group') }),
  ],
  ['GROUP_UPDATE', rfc('GROUP_UPDATE', { FROM: USER, GROUP_ID: '1', ADD: US, TOKEN: token('group') })],
  ['GROUP_MESSAGE', rfc('GROUP_MESSAGE', { FROM: USER, GROUP_ID: '1', CONTENT: 'x', TOKEN: token('group') })],
  [
    'FILE_OFFER',
    rfc('FILE_OFFER', { FROM: USER, TO: US, FILENAME: 'f', FILESIZE: 1, FILEID: '1', TOKEN: token('file') }),
  ],
  [
    'FILE_OFFER that is refused twice',
    rfc('FILE_OFFER', {
      ...{ FROM: USER, TO: US, FILENAME: 'f', FILESIZE: 1, FILEID: '0'.repeat(32) },
      TOKEN: token('file'),
    }),
  ],
  ['FILE_OFFER of a legacy client', seed('FILE_OFFER', { transfer_id: '1', filename: 'f', file_size: 1 })],
  [
    'FILE_OFFER of a legacy client, with its sender',
    seed('FILE_OFFER', { FROM: USER, transfer_id: '1', filename: 'f', file_size: 1 }),
  ],
  [
    'LIKE that is known by its time',
    rfc('LIKE', { FROM: USER, TO: US, POST_TIMESTAMP: 1, TIMESTAMP: 1, TOKEN: token('like') }),
  ],
  [
    'POST with an id',
    rfc('POST', { USER_ID: USER, CONTENT: 'x', MESSAGE_ID: '1'.repeat(128), TOKEN: token('post') }),
  ],
  ['UNFOLLOW', rfc('UNFOLLOW', { FROM: USER, TO: US, MESSAGE_ID: '1', TOKEN: token('unfollow') })],
  [
    'TICTACTOE_RESULT',
    rfc('TICTACTOE_RESULT', { FROM: USER, TO: US, GAMEID: 'g1', MESSAGE_ID: '1', RESULT: 'WIN' }),
  ],
  ['GROUP_CREATE_ACK', seed('GROUP_CREATE_ACK', { GROUP_NAME: 'g' })],
  [
    'TICTACTOE_INVITE',
    rfc('TICTACTOE_INVITE', {
      FROM: USER,
      TO: US,
      GAMEID: 'g1',
      MESSAGE_ID: '1',
      SYMBOL: 'X',
      TOKEN: token('game'),
    }),
  ],
  [
    'TICTACTOE_MOVE',
    rfc('TICTACTOE_MOVE', {
      FROM: USER,
      TO: US,
      GAMEID: 'g1',
      MESSAGE_ID: '1',
      POSITION: 1,
      SYMBOL: 'X',
      TOKEN: token('game'),
    }),
  ],
  ['FILE_CHUNK', rfc('FILE_CHUNK', { FROM: USER, FILEID: '1', CHUNK_INDEX: 0, DATA: 'AAAA' })],
  ['REVOKE of a token', rfc('REVOKE', { TOKEN: token('chat') })],
  ['REVOKE: a goodbye', seed('REVOKE', { USER_ID: USER })],
  ['REVOKE: a goodbye, the shortest', `TYPE:REVOKE\nUSER_ID:${USER}`],
  ['PING of a Parley peer, the shortest', `TYPE:PING\nUSER_ID:${USER}\nNODE:${NODE}`],
  ['LEAVING: the goodbye of a Parley peer', rfc('PING', { USER_ID: USER, NODE, LEAVING: 'yes' })],
  ['JSON', '{"port":8600,"name":"u"}'],
  ['garbage', '\u0000\u0001\u0002'],
  ['nothing', ''],
]

const SAMPLES = [
  ...[...EXAMPLES, ...DIVERGENCES].map(({ name, datagram }) => [`as seen: ${name}`, datagram] as const),
  ...REFUSED.map(([name, datagram]) => [`refused: ${name}`, datagram] as const),
]

/** How often, and how long between two, in milliseconds. */
const PATTERNS: (readonly [count: number, pause: number])[] = [
  [1, 100],
  [2, 700],
  [60, 1_000],
]

describe.each([
  ['a node with a short profile', false],
  ['a node with a long profile', true],
])('%s', (_title, isTalkative) => {
  test.each(isTalkative ? [...KINDS, ...SAMPLES] : KINDS)(
    'sends no more bytes than it received in a minute: %s',
    (_name, datagram) => {
      for (const [count, pause] of PATTERNS) {
        const forging = new Forging(isTalkative)
        for (let time = 0; time < count; time++) {
          forging.forge(datagram)
          forging.pass(pause)
        }
        forging.pass(MINUTE)
        expect(forging.bytesOut).toBeLessThanOrEqual(forging.bytesIn)
      }
    },
  )

  test.each([
    ['REVOKE', () => 'TYPE:REVOKE'],
    ['LEAVING', (node: string) => `TYPE:PING\nLEAVING:yes\nNODE:${node}`],
  ])('nor for eight nodes that announce themselves and say goodbye every second: %s', (_name, goodbye) => {
    const forging = new Forging(isTalkative)
    for (let second = 0; second < 60; second++) {
      for (let index = 0; index < LAN_LIMITS.peersPerHost; index++) {
        const [user, node] = [`USER_ID:${index}@b`, `${index}`.repeat(16)]
        forging.forge(`TYPE:PING\n${user}\nNODE:${node}`)
        forging.forge(`${goodbye(node)}\n${user}`)
      }
      forging.pass(1_000)
      expect(forging.bytesOut).toBeLessThanOrEqual(forging.bytesIn)
    }
  })

  test('nor for a goodbye right after a PROFILE, after which its owner has longer to object', () => {
    const forging = new Forging(isTalkative)
    forging.forge(rfc('PROFILE', { USER_ID: USER, NODE, X: 'x'.repeat(40) }))
    forging.pass(3_000)
    for (let time = 0; time < 40; time++) {
      forging.forge(rfc('PROFILE', { USER_ID: USER, NODE }))
      forging.forge(rfc('PING', { USER_ID: USER, NODE, LEAVING: 'yes' }))
      forging.pass(1_700)
      expect(forging.bytesOut).toBeLessThanOrEqual(forging.bytesIn)
    }
  })

  test.each([
    ['names', (random: () => number) => rfc('PING', { USER_ID: `${hex16(random)}@x` })],
    ['nodes', (random: () => number) => rfc('PING', { USER_ID: USER, NODE: hex16(random), HTTP_PORT: 8600 })],
    [
      'ports',
      (random: () => number) =>
        rfc('PROFILE', { USER_ID: `${hex16(random)}@x`, PORT: 8_000 + Math.floor(random() * 1_000) }),
    ],
    [
      'ports of PEER_DISCOVERY, as if it were started again and again',
      (random: () => number) =>
        seed('PEER_DISCOVERY', { USER_ID: USER, PORT: 8_000 + Math.floor(random() * 1_000) }),
    ],
    [
      'PEER_DISCOVERY and goodbye in turn',
      (random: () => number) =>
        random() < 0.5
          ? seed('PEER_DISCOVERY', { USER_ID: USER, PORT: 8_000 + Math.floor(random() * 1_000) })
          : seed('REVOKE', { USER_ID: USER }),
    ],
    [
      'groups',
      (random: () => number) =>
        rfc('GROUP_CREATE', {
          FROM: USER,
          GROUP_ID: hex16(random),
          GROUP_NAME: 'g',
          MEMBERS: US,
          TOKEN: token('group'),
        }),
    ],
    [
      'DMs',
      (random: () => number) => seed('DM', { FROM: USER, TO: US, CONTENT: 'x', MESSAGE_ID: hex16(random) }),
    ],
    [
      'offers of files',
      (random: () => number) =>
        rfc('FILE_OFFER', {
          ...{ FROM: USER, TO: US, FILENAME: 'f', FILESIZE: 1, FILEID: `${hex16(random)}${hex16(random)}` },
          TOKEN: token('file'),
        }),
    ],
    [
      'any kinds, one after the other',
      (random: () => number) => KINDS[Math.floor(random() * KINDS.length)]?.[1] ?? '',
    ],
  ])('nor for new ones again and again: %s', (_name, make) => {
    const forging = new Forging(isTalkative)
    for (let time = 0; time < 600; time++) {
      forging.forge(make(forging.random), 1_024 + time)
      forging.pass(100)
      expect(forging.bytesOut).toBeLessThanOrEqual(forging.bytesIn)
    }
  })

  test('no datagram makes it announce itself more than once a minute', () => {
    const quiet = new Forging(isTalkative)
    quiet.pass(5 * MINUTE)
    const forging = new Forging(isTalkative)
    for (let time = 0; time < 3_000; time++) {
      forging.forge(rfc('PING', { USER_ID: `${hex16(forging.random)}@x` }))
      forging.pass(100)
    }
    expect(forging.broadcasts).toBeLessThanOrEqual(quiet.broadcasts)
  })
})

/** Each kind with each that stands behind it, in turn. */
test.each(KINDS.map(([name], index) => [name, index] as const))(
  'two kinds under one name cause no more bytes than they pay for: %s',
  (_name, index) => {
    const [, first] = KINDS[index] ?? ['', '']
    for (const [second, datagram] of KINDS.slice(index + 1)) {
      const forging = new Forging(false)
      for (let time = 0; time < 8; time++) {
        forging.forge(first)
        if (time % 2 === 0) forging.pass(100)
        forging.forge(datagram)
        forging.pass(1_100)
      }
      forging.pass(5_000)
      expect([second, forging.bytesOut <= forging.bytesIn]).toEqual([second, true])
    }
  },
)

describe('a message to a program that never answered', () => {
  let forging: Forging

  beforeEach(() => {
    forging = new Forging(true)
  })

  /** Makes this many names known at the address of the victim, each seen twice. */
  function names(portOf: (index: number) => number): string[] {
    const ids = Array.from({ length: LAN_LIMITS.peersPerHost }, (_, index) => `u${index}@${VICTIM}`)
    for (let time = 0; time < 2; time++) {
      for (const [index, id] of ids.entries())
        forging.forge(rfc('PROFILE', { USER_ID: id, DISPLAY_NAME: id, STATUS: 'x', PORT: portOf(index) }))
      forging.pass(700)
    }
    expect(forging.node.peers.map(({ userId }) => userId)).toEqual(ids)
    return ids
  }

  function copies(text: string): number {
    return forging.sent.filter((datagram) => datagram.includes(text)).length
  }

  /** As the peer does: to each program in #general, again later if it is too much now. */
  function post(id: string, text: string, ids: readonly string[]): void {
    const waiting = new Set(ids)
    while (waiting.size > 0) {
      for (const to of waiting) {
        forging.command({ kind: 'post', id, to, text })
        const last = forging.events.at(-1)
        if (last?.kind === 'sent' && last.ok) waiting.delete(to)
      }
      forging.pass(1_000)
    }
  }

  test('goes once to an address with eight names, if it is a POST', () => {
    post(
      '1'.repeat(16),
      'hello',
      names(() => 50_999),
    )
    forging.pass(MINUTE)
    expect(copies('hello')).toBe(1)
  })

  test('goes to everybody, and not to the address, if it is a POST and eight programs seem to share that', () => {
    const before = forging.broadcasts
    post(
      '1'.repeat(16),
      'hello',
      names((index) => 8_000 + index),
    )
    expect(copies('hello')).toBe(0)
    expect(forging.broadcasts).toBeGreaterThan(before)
  })

  test('goes once, within a number of bytes a second, for twenty long POSTs', () => {
    const ids = names(() => 50_999)
    const begun = forging.now
    for (let line = 10; line < 30; line++) post(`${line}`.repeat(8), `${line}${'x'.repeat(4_000)}`, ids)
    for (let line = 10; line < 30; line++) expect(copies(`CONTENT: ${line}x`)).toBe(1)
    const { perSecond, burst } = LAN_LIMITS.silent
    expect(forging.bytesOut - forging.bytesIn).toBeLessThan(
      burst + (perSecond * (forging.now - begun)) / 1_000,
    )
  })

  test('goes once, if it is a DM', () => {
    const [to = ''] = names(() => 50_999)
    forging.command({ kind: 'dm', id: '1'.repeat(16), to, text: 'psst' })
    forging.pass(MINUTE)
    expect(copies('psst')).toBe(1)
    expect(forging.events.filter(({ kind }) => kind === 'sent')).toMatchObject([
      { ok: true, confirmed: false },
    ])
  })

  test('goes once to an address with eight names, if it is one in a group', () => {
    const members = names((index) => 8_000 + index)
    forging.command({ kind: 'group-create', id: '2'.repeat(16), name: 'trip', members })
    forging.command({ kind: 'group-message', id: '1'.repeat(16), group: '2'.repeat(16), text: 'all aboard' })
    expect(copies('GROUP_CREATE')).toBe(1)
    expect(copies('all aboard')).toBe(1)
  })

  test('with a picture goes once to an address when the picture is chosen, and not otherwise', () => {
    names((index) => 8_000 + index)
    forging.pass(MINUTE)
    expect(copies('AVATAR_DATA')).toBe(0)
    const picture = { type: 'image/png', encoding: 'base64', data: 'B'.repeat(100) } as const
    forging.command({ kind: 'profile', avatar: { hash: 'd'.repeat(64), picture } })
    forging.pass(MINUTE)
    expect(copies('AVATAR_DATA')).toBe(1)
  })

  test.each([
    ['of no message', '3'.repeat(16)],
    ['of a POST', '1'.repeat(16)],
  ])('an ACK %s does not prove the address', (_name, messageId) => {
    const [to = ''] = names(() => 50_999)
    forging.command({ kind: 'post', id: '1'.repeat(16), to, text: 'x' })
    forging.forge(rfc('ACK', { MESSAGE_ID: messageId }))
    expect(forging.node.peers.some(({ isProved }) => isProved)).toBe(false)
  })

  test('is not sent a second time, if it is a DM with the same id', () => {
    const [to = ''] = names(() => 50_999)
    for (let time = 0; time < 3; time++) {
      forging.command({ kind: 'dm', id: '1'.repeat(16), to, text: 'psst' })
      forging.pass(MINUTE)
    }
    expect(copies('psst')).toBe(1)
  })

  test('an answer to an offer of a file adds no token to be revoked', () => {
    for (let time = 0; time < 300; time++) {
      forging.forge(
        rfc('FILE_OFFER', {
          ...{ FROM: USER, TO: US, FILENAME: 'f', FILESIZE: 1, FILEID: `${time}` },
          TOKEN: `${USER}|${NOW + 9_999}|file`,
        }),
      )
      forging.pass(1_000)
    }
    expect(forging.node.sizes['issued']).toBe(0)
  })

  test('an ACK of a message to it alone proves the address', () => {
    const [to = ''] = names(() => 50_999)
    forging.command({ kind: 'dm', id: '1'.repeat(16), to, text: 'psst' })
    forging.forge(rfc('ACK', { MESSAGE_ID: '1'.repeat(16) }))
    expect(forging.node.peers.filter(({ isProved }) => isProved).map(({ userId }) => userId)).toEqual([to])
  })
})

describe('the proof of an address', () => {
  const profile = (more: Partial<Extract<LsnpMessage, { type: 'PING' }>> = {}): Buffer =>
    encode(
      {
        type: 'PING',
        userId: USER,
        node: NODE,
        port: 8000,
        httpPort: 8600,
        app: 'parley/0.1',
        channels: ['general'],
        ...more,
      },
      'polyglot',
    )

  function nonceIn(sent: readonly string[]): string {
    return /^NONCE: (.*)$/m.exec(sent.findLast((datagram) => datagram.includes('NONCE')) ?? '')?.[1] ?? ''
  }

  test('is the nonce that a Parley peer was sent there, and another one for another address', () => {
    const forging = new Forging(false)
    forging.forge(profile())
    const nonce = nonceIn(forging.sent)
    expect(nonce).toMatch(/^[0-9a-f]{16}$/)
    expect(forging.node.peers).toMatchObject([{ isProved: false }])
    forging.node.receive(profile({ echo: nonce }), { host: '10.77.0.17', port: 8000 }, forging.now)
    expect(forging.node.peers).toMatchObject([{ isProved: false }])
    forging.forge(profile({ echo: nonce }))
    expect(forging.node.peers).toMatchObject([{ isProved: true, ip: VICTIM }])
  })

  test('makes datagrams from other addresses, and without a proof, change nothing', () => {
    const forging = new Forging(false)
    forging.forge(profile())
    forging.forge(profile({ echo: nonceIn(forging.sent) }))
    const [before] = forging.node.peers
    forging.node.receive(
      profile({ httpPort: 9_100, port: 9_100 }),
      { host: '10.77.0.17', port: 8000 },
      forging.now,
    )
    forging.forge(profile({ httpPort: 9_100, port: 9_100 }))
    expect(forging.node.peers).toMatchObject([
      { ip: VICTIM, addresses: [VICTIM], port: before?.port, httpPort: before?.httpPort, isProved: true },
    ])
  })

  test('is asked for over HTTP if datagrams to its own port do not arrive', () => {
    const forging = new Forging(false)
    for (let time = 0; time < 3; time++) {
      forging.forge(profile({ reply: false }))
      forging.pass(7_000)
    }
    expect(forging.events.filter(({ kind }) => kind === 'unproved')).toMatchObject([{ peer: { node: NODE } }])
    forging.command({ kind: 'reached', address: { host: VICTIM, port: 8600 }, node: 'f'.repeat(16) })
    expect(forging.node.peers).toMatchObject([{ isProved: false }])
    forging.command({ kind: 'reached', address: { host: VICTIM, port: 8600 }, node: NODE })
    expect(forging.node.peers).toMatchObject([{ isProved: true }])
  })
})
