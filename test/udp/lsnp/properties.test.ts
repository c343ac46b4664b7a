/**
 * What holds for all messages and for all bytes: what encode() writes, decode() reads, in every form; and any bytes
 * give a message or a reason, in linear time.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oneLine } from '../../../src/udp/lsnp/fields.ts'
import { decode, encode, LSNP_LIMITS, type LsnpMessages, type LsnpType } from '../../../src/udp/lsnp/codec.ts'
import { formatToken } from '../../../src/udp/lsnp/token.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from './samples.ts'

const DATAGRAMS = [...EXAMPLES, ...DIVERGENCES]
  .map(({ datagram }) => datagram)
  .concat(REFUSED.map(([, datagram]) => datagram))

// --- messages -----------------------------------------------------------------------------------------

/** Characters that something on the way could take for part of the protocol. */
const character = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  fc.constantFrom(...Array.from(':|,@" =\t\\{['), 'TYPE: DM', 'é', '👩‍🔬', '\ufeff', '__proto__'),
)

/** One line without white space around it. */
function line(mostBytes: number, leastLength = 1): fc.Arbitrary<string> {
  return fc
    .string({ unit: character, maxLength: 30 })
    .map(oneLine)
    .filter((text) => text.length >= leastLength && Buffer.byteLength(text) <= mostBytes)
}

function hex(length: number): fc.Arbitrary<string> {
  return fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  })
}

/** What has no use for a tab either. */
function label(mostBytes: number): fc.Arbitrary<string> {
  return line(mostBytes).map((text) => text.replaceAll('\t', '_'))
}

const user = fc
  .tuple(label(64), fc.constantFrom('10.77.0.11', 'device888', '::1', '-'))
  .map((parts) => parts.join('@'))
const member = user.filter((id) => !id.includes(','))
const members = fc.array(member, { maxLength: 4 })
const somebody = fc.array(member, { minLength: 1, maxLength: 4 })
const channel = label(64).filter((name) => !name.includes(','))
const time = fc.nat({ max: LSNP_LIMITS.lastMoment })
const ownId = hex(16)
const id = line(128).filter((text) => text.length <= 128)
const token = fc
  .record({ userId: user, expiry: time, scope: fc.constantFrom('chat', 'game') })
  .map(formatToken)
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('base64'))
const content = line(LSNP_LIMITS.contentBytes)
const port = fc.integer({ min: 1, max: 65_535 })
const avatar = fc.record({
  type: line(128).filter((type) => type !== 'None' && type.length <= 128),
  encoding: fc.constant('base64' as const),
  data: base64,
})
const symbol = fc.constantFrom('X' as const, 'O' as const)
const square = fc.nat({ max: 8 })

/** What only Parley peers send, and what many messages have. */
const kin = {
  app: line(64),
  node: hex(16),
  httpPort: port,
  channels: fc.array(channel, { minLength: 1, maxLength: 4 }),
  avatarHash: hex(64),
  leaving: fc.constant(true as const),
  reply: fc.constant(false as const),
}
const pair = { from: user, to: user }
const usual = { timestamp: time, messageId: ownId, token }
const answer = { ...pair, timestamp: time, messageId: id }
const group = { from: user, groupId: id, ...usual }
const game = { ...pair, gameId: id, ...usual }
const turn = fc.nat({ max: 255 })

function is<const Type extends string>(type: Type): fc.Arbitrary<Type> {
  return fc.constant(type)
}

function words<const Word extends string>(...choices: Word[]): fc.Arbitrary<Word> {
  return fc.constantFrom(...choices)
}

function acceptance<const Type extends string>(type: Type) {
  return fc.record({ type: is(type), fileId: id, ...answer, token }, { requiredKeys: ['type', 'fileId'] })
}

/** Of each type a message with everything that is required, and any of the rest. */
const MESSAGES: { readonly [Type in LsnpType]: fc.Arbitrary<LsnpMessages[Type]> } = {
  PROFILE: fc.record(
    {
      type: is('PROFILE'),
      userId: user,
      displayName: line(64),
      status: line(512, 0),
      avatar,
      timestamp: time,
      messageId: ownId,
      port,
      ...kin,
    },
    { requiredKeys: ['type', 'userId', 'displayName', 'status'] },
  ),
  PING: fc.record(
    { type: is('PING'), userId: user, timestamp: time, port, messageId: ownId, ...kin },
    { requiredKeys: ['type', 'userId'] },
  ),
  POST: fc.record(
    { type: is('POST'), userId: user, content, ttl: fc.nat(), ...usual },
    // Without its time it would get the one that follows from the token.
    { requiredKeys: ['type', 'userId', 'content', 'timestamp'] },
  ),
  DM: fc.record(
    { type: is('DM'), ...pair, content, ...usual },
    { requiredKeys: ['type', 'from', 'to', 'content'] },
  ),
  ACK: fc.record({ type: is('ACK'), messageId: id, status: line(512) }),
  FOLLOW: fc.record({ type: is('FOLLOW'), ...pair, ...usual }, { requiredKeys: ['type', 'from', 'to'] }),
  UNFOLLOW: fc.record({ type: is('UNFOLLOW'), ...pair, ...usual }, { requiredKeys: ['type', 'from', 'to'] }),
  FOLLOW_RESPONSE: fc.record({ type: is('FOLLOW_RESPONSE'), accepted: fc.boolean(), ...answer }),
  UNFOLLOW_RESPONSE: fc.record({ type: is('UNFOLLOW_RESPONSE'), accepted: fc.boolean(), ...answer }),
  LIKE: fc.record(
    { type: is('LIKE'), ...pair, postTimestamp: time, action: words('LIKE', 'UNLIKE'), ...usual },
    { requiredKeys: ['type', 'from', 'to', 'postTimestamp', 'action'] },
  ),
  FILE_OFFER: fc.record(
    {
      type: is('FILE_OFFER'),
      ...pair,
      fileName: line(255),
      fileSize: fc.nat({ max: 999_999_999_999_999 }),
      fileType: line(128),
      fileId: ownId,
      description: line(512, 0),
      timestamp: time,
      token,
      totalChunks: fc.nat({ max: 1_000_000 }),
    },
    { requiredKeys: ['type', 'fileName', 'fileSize', 'fileId', 'description'] },
  ),
  FILE_CHUNK: fc.record(
    {
      type: is('FILE_CHUNK'),
      ...pair,
      fileId: ownId,
      chunkIndex: fc.nat({ max: 9 }),
      totalChunks: fc.integer({ min: 10, max: 1_000_000 }),
      chunkSize: fc.nat({ max: 65_507 }),
      token,
      data: base64,
    },
    { requiredKeys: ['type', 'fileId', 'chunkIndex', 'data'] },
  ),
  FILE_RECEIVED: fc.record(
    { type: is('FILE_RECEIVED'), ...pair, fileId: id, status: line(512), timestamp: time },
    { requiredKeys: ['type', 'fileId', 'status'] },
  ),
  FILE_ACCEPT: acceptance('FILE_ACCEPT'),
  FILE_ACCEPTED: acceptance('FILE_ACCEPTED'),
  FILE_REJECT: acceptance('FILE_REJECT'),
  FILE_IGNORED: acceptance('FILE_IGNORED'),
  REVOKE: fc
    .record({ type: is('REVOKE'), userId: user, ...usual }, { requiredKeys: ['type'] })
    .filter((message) => 'token' in message || 'userId' in message),
  GROUP_CREATE: fc.record(
    { type: is('GROUP_CREATE'), ...group, groupName: line(128), members },
    { requiredKeys: ['type', 'from', 'groupId', 'groupName', 'members'] },
  ),
  GROUP_CREATE_ACK: fc.record(
    { type: is('GROUP_CREATE_ACK'), groupName: line(128), ...pair },
    { requiredKeys: ['type', 'groupName'] },
  ),
  GROUP_UPDATE: fc
    .record(
      { type: is('GROUP_UPDATE'), ...group, add: somebody, remove: somebody },
      { requiredKeys: ['type', 'from', 'groupId'] },
    )
    .filter((message) => 'add' in message || 'remove' in message),
  GROUP_MESSAGE: fc.record(
    { type: is('GROUP_MESSAGE'), ...group, content },
    { requiredKeys: ['type', 'from', 'groupId', 'content'] },
  ),
  TICTACTOE_INVITE: fc.record(
    { type: is('TICTACTOE_INVITE'), ...game, symbol },
    { requiredKeys: ['type', 'from', 'to', 'gameId', 'symbol'] },
  ),
  TICTACTOE_MOVE: fc.record(
    { type: is('TICTACTOE_MOVE'), ...game, position: square, symbol, turn },
    { requiredKeys: ['type', 'from', 'to', 'gameId', 'position', 'symbol'] },
  ),
  TICTACTOE_RESULT: fc.record(
    {
      type: is('TICTACTOE_RESULT'),
      ...game,
      result: words('WIN', 'LOSS', 'DRAW', 'FORFEIT'),
      symbol,
      winningLine: fc.array(square, { minLength: 3, maxLength: 3 }),
      turn,
    },
    { requiredKeys: ['type', 'from', 'to', 'gameId', 'result'] },
  ),
  PEER_DISCOVERY: fc.record(
    { type: is('PEER_DISCOVERY'), userId: user, port, timestamp: time, messageId: ownId },
    { requiredKeys: ['type', 'userId'] },
  ),
  PEER_LIST_REQUEST: fc.record(
    { type: is('PEER_LIST_REQUEST'), from: user, timestamp: time, messageId: ownId },
    { requiredKeys: ['type', 'from'] },
  ),
  PEER_LIST_RESPONSE: fc.record(
    {
      type: is('PEER_LIST_RESPONSE'),
      from: user,
      peers: fc.array(user, { maxLength: 4 }),
      count: fc.nat({ max: 256 }),
      timestamp: time,
      messageId: ownId,
    },
    { requiredKeys: ['type', 'from', 'peers'] },
  ),
}

const form = fc.constantFrom('rfc' as const, 'seed' as const, 'polyglot' as const)

describe('what is encoded is decoded', () => {
  test.each(Object.entries(MESSAGES))('%s', (_type, messages) => {
    fc.assert(
      fc.property(messages, form, (sent, written) => {
        const decoded = decode(encode(sent, written))
        expect(decoded).toMatchObject({ ok: true, dialect: written })
        expect(decoded.ok && decoded.message).toEqual(sent)
      }),
      { numRuns: 60 },
    )
  })

  test('a text with line ends is read as one line', () => {
    const text = fc.string({
      unit: fc.oneof(character, fc.constantFrom('\n', '\r\n', '\x85', '\u2028', '\0')),
    })
    fc.assert(
      fc.property(text, form, (raw, written) => {
        fc.pre(oneLine(raw) !== '')
        const decoded = decode(encode({ type: 'DM', from: 'a@b', to: 'c@d', content: raw }, written))
        expect(decoded.ok && decoded.message).toEqual({
          type: 'DM',
          from: 'a@b',
          to: 'c@d',
          content: oneLine(raw),
        })
      }),
      { numRuns: 300 },
    )
  })
})

describe('any bytes give a message or a reason', () => {
  /** Throws what decode() throws, and when it says nothing, or too much. */
  function look(bytes: Uint8Array): void {
    const decoded = decode(bytes)
    const said = decoded.ok ? decoded.message.type : decoded.reason
    if (said.length < 2 || said.length > 200) throw new Error(said)
  }

  test('noise', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), look), { numRuns: 1000 })
  })

  test('noise in lines of the protocol', () => {
    const key = fc.constantFrom(
      ...new Set(DATAGRAMS.flatMap((datagram) => datagram.match(/^[A-Za-z_]+(?=:)/gm) ?? [])),
    )
    const value = fc.oneof(
      fc.constantFrom(...Object.keys(MESSAGES), '5', '1e9', 'a@b', 'a@b|5|chat', '[', '[]', 'X', ',', ''),
      fc.string({ unit: character, maxLength: 10 }),
    )
    const type = fc.constantFrom(...Object.keys(MESSAGES)).map((name) => ['TYPE', name])
    const lines = fc.tuple(type, fc.array(fc.tuple(key, value), { maxLength: 12 }))
    fc.assert(
      fc.property(lines, ([first, rest]) => {
        look(Buffer.from([first, ...rest].map((parts) => parts.join(': ')).join('\n')))
      }),
      { numRuns: 1000 },
    )
  })

  test('samples, cut after every byte', () => {
    for (const datagram of DATAGRAMS) {
      const bytes = Buffer.from(datagram)
      for (let end = 0; end <= bytes.length; end++) look(bytes.subarray(0, end))
    }
  })

  test.each([0x01, 0x20, 0x80])('samples, every byte in turn changed by %i', (change) => {
    for (const datagram of DATAGRAMS) {
      const bytes = Buffer.from(datagram)
      for (const [at, byte] of bytes.entries()) {
        bytes[at] = byte ^ change
        look(bytes)
        bytes[at] = byte
      }
    }
  })

  /** If time were quadratic in one of these, 50 of them would take minutes, and the test would not end in time. */
  test.each([
    ['line feeds', '', '\n'],
    ['line ends', '', '\r\n'],
    ['spaces', '', ' '],
    ['spaces before a colon', 'TYPE', ' '],
    ['spaces after a colon', 'TYPE: ', ' '],
    ['no-break spaces in front of a value', 'TYPE: ', '\u00a0'],
    ['a space in every second place', 'TYPE: ', ' a'],
    ['colons', '', ':'],
    ['short lines', '', 'A:\n'],
    ['TYPE', '', 'TYPE:\n'],
    ['half of a character', 'TYPE: ', '\xe2'],
    ['at signs', 'TYPE: PING\nUSER_ID: ', '@'],
    ['blanks in a host', 'TYPE: PING\nUSER_ID: a@', ' a'],
    ['commas', 'TYPE: GROUP_CREATE\nFROM: a@b\nGROUP_ID: g\nMEMBERS: ', ','],
    ['bars', 'TYPE: POST\nUSER_ID: a@b\nCONTENT: x\nTTL: 5\nTOKEN: ', '|'],
    ['digits', 'TYPE: POST\nUSER_ID: a@b\nCONTENT: x\nTTL: ', '1'],
    ['base64 that ends badly', 'TYPE: FILE_CHUNK\nFILEID: f\nCHUNK_INDEX: 0\nDATA: ', 'A='],
    ['base64 of a group', 'TYPE: GROUP_MESSAGE\nFROM: a@b\nGROUP_ID: g\nMESSAGE: ', 'YWFh'],
    ['brackets', 'TYPE: PEER_LIST_RESPONSE\nFROM: a@b\nPEERS: ', '['],
  ])('in linear time: %s', (_name, begin, unit) => {
    const bytes = Buffer.from(begin + unit.repeat(LSNP_LIMITS.datagramBytes), 'latin1')
    for (let time = 0; time < 50; time++) look(bytes.subarray(0, LSNP_LIMITS.datagramBytes))
  })
})
