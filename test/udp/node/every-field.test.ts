/**
 * Every type of LSNP message × every field of it, missing, empty, doubled, huge, of another kind or unknown: the codec
 * gives a message or a sentence that names the field, and a node neither throws nor grows.
 */
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../scripts/fuzz/mutate.ts'
import { decode } from '../../../src/udp/lsnp/codec.ts'
import { MESSAGES, type LsnpType } from '../../../src/udp/lsnp/messages.ts'
import type { FieldsOfMessage } from '../../../src/udp/lsnp/schema.ts'
import { LanNode } from '../../../src/udp/node/node.ts'
import { EXAMPLES } from '../lsnp/samples.ts'
import { ethernet, LOOPBACK, START } from '../simulated-lan.ts'

const ME = 'zed@10.77.0.12'
const SENDER = 'mai@10.77.0.11'
const NOW = START / 1000

/** A valid line of each key that a message may have; the sender is Mai, the recipient this node. */
const VALID: Readonly<Record<string, string>> = {
  ...{ USER_ID: SENDER, FROM: SENDER, TO: ME, DISPLAY_NAME: 'Mai', STATUS: 'here', CONTENT: 'hi', TTL: '60' },
  ...{ TIMESTAMP: String(NOW), MESSAGE_ID: '0123456789abcdef', POST_TIMESTAMP: String(NOW), ACTION: 'LIKE' },
  ...{ FILENAME: 'a.txt', FILESIZE: '3', FILETYPE: 'text/plain', FILEID: '0123456789abcdef', CHUNKS: '1' },
  ...{ DESCRIPTION: 'd', CHUNK_INDEX: '0', TOTAL_CHUNKS: '1', CHUNK_SIZE: '3', DATA: 'YWJj' },
  ...{ GROUP_ID: 'lab', GROUP_NAME: 'Lab', MEMBERS: `${SENDER},${ME}`, ADD: ME, REMOVE: 'eve@10.77.0.13' },
  ...{ GAMEID: 'g1', SYMBOL: 'X', POSITION: '4', TURN: '1', RESULT: 'WIN', WINNING_LINE: '0,1,2' },
  ...{ PEERS: '["eve@10.77.0.13"]', COUNT: '1', PORT: '9000', HTTP_PORT: '8001', CHANNELS: 'general,ops' },
  ...{
    APP: 'parley/0.1',
    NODE: '0123456789abcdef',
    AVATAR_HASH: 'a'.repeat(64),
    LEAVING: 'yes',
    REPLY: 'no',
  },
  ...{ NONCE: '0123456789abcdef', ECHO: '0123456789abcdef', AVATAR_DATA: 'YWJj', MESSAGE: 'aGk=', ID: 'x' },
  ...{ transfer_id: 'x', receiver_name: ME, REASON: 'no' },
}

const SCOPES: Readonly<Partial<Record<LsnpType, string>>> = {
  ...{ DM: 'chat', POST: 'broadcast', LIKE: 'broadcast', FOLLOW: 'follow', UNFOLLOW: 'follow' },
  ...{ FILE_OFFER: 'file', FILE_CHUNK: 'file', GROUP_CREATE: 'group', GROUP_UPDATE: 'group' },
  ...{ GROUP_MESSAGE: 'group', TICTACTOE_INVITE: 'game', TICTACTOE_MOVE: 'game' },
}

type Line = readonly [key: string, value: string]

/** The lines of a valid message of this type, with every field that the table has. */
function linesOf(type: LsnpType): Line[] {
  const keys = Object.values<FieldsOfMessage[string]>(MESSAGES[type]).map(({ key }) => key)
  const token = `${SENDER}|${NOW + 3_600}|${SCOPES[type] ?? 'chat'}`
  return keys.map((key): Line => {
    if (key === 'TOKEN') return [key, token]
    if (key === 'STATUS' && type.endsWith('_RESPONSE')) return [key, 'true']
    return [key, VALID[key] ?? 'x']
  })
}

function datagram(type: string, lines: readonly Line[]): Buffer {
  return Buffer.from(['TYPE: ' + type, ...lines.map(([key, value]) => `${key}: ${value}`), '', ''].join('\n'))
}

/** What becomes of one line. */
const CHANGES: readonly (readonly [name: string, change: (line: Line) => readonly Line[]])[] = [
  ['missing', () => []],
  ['empty', ([key]) => [[key, '']]],
  ['white space', ([key]) => [[key, ' \t ']]],
  ['doubled', (line) => [line, line]],
  ['doubled with another value', (line) => [line, [line[0], 'other@10.77.0.13']]],
  ['a second time empty', (line) => [line, [line[0], '']]],
  ['in lower case', ([key, value]) => [[key.toLowerCase(), value]]],
  ['huge', ([key]) => [[key, 'x'.repeat(40_000)]]],
  ['a huge number', ([key]) => [[key, '9'.repeat(400)]]],
  ['below zero', ([key]) => [[key, '-1']]],
  ['NaN', ([key]) => [[key, 'NaN']]],
  ['a long list', ([key]) => [[key, Array.from({ length: 3_000 }, (_, n) => `u${n}@10.77.0.9`).join(',')]]],
  ['a deep JSON list', ([key]) => [[key, '['.repeat(20_000)]]],
  ['an object of JSON', ([key]) => [[key, '{"length":9e9}']]],
  ['the prototype', ([key]) => [[key, '__proto__']]],
  ['control characters', ([key]) => [[key, 'a\u0000b\u001b[2Jc']]],
  ['no UTF-8', ([key]) => [[key, 'a\ufffd\ufffd']]],
  ['all separators', ([key]) => [[key, '@|,@|,:']]],
  ['another user', ([key]) => [[key, 'eve@10.77.0.13']]],
  ['this node', ([key]) => [[key, ME]]],
  ['the broadcast address', ([key]) => [[key, 'eve@10.77.0.255']]],
]

const UNKNOWN: readonly Line[] = [
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['toString', 'x'],
  ['X-UNKNOWN', 'y'.repeat(1_000)],
  ['', 'no key'],
]

function start(): LanNode {
  const node = new LanNode({
    node: 'f'.repeat(16),
    username: 'zed',
    app: 'parley/0.1',
    random: seededRandom(1),
  })
  node.command({ kind: 'start', port: 8_000 }, START)
  node.command({ kind: 'networks', networks: [ethernet('10.77.0.12'), LOOPBACK] }, START)
  return node
}

const TYPES = Object.keys(MESSAGES) as LsnpType[]

describe.each(TYPES)('%s', (type) => {
  const lines = linesOf(type)

  test('the message that is changed is a valid one', () => {
    expect(decode(datagram(type, lines))).toMatchObject({ ok: true, message: { type } })
  })

  test.each(CHANGES)('any field %s: a message, or a sentence that names the field', (_name, change) => {
    for (const [index, line] of lines.entries()) {
      const changed = [...lines.slice(0, index), ...change(line), ...lines.slice(index + 1)]
      const decoded = decode(datagram(type, changed))
      if (decoded.ok) continue
      const keys = [...lines.map(([key]) => key), 'AVATAR_TYPE']
      expect(
        keys.some((key) => decoded.reason.includes(key)),
        `${line[0]}: ${decoded.reason}`,
      ).toBe(true)
      expect(decoded.reason.length).toBeLessThan(200)
    }
  })

  test('unknown fields change nothing', () => {
    const plain = decode(datagram(type, lines))
    const more = decode(datagram(type, [...UNKNOWN, ...lines, ...UNKNOWN]))
    expect(more.ok && plain.ok && more.message).toEqual(plain.ok && plain.message)
  })

  test('a node neither throws nor grows, and takes the unchanged message afterwards', () => {
    const node = start()
    let now = START
    for (const from of ['10.77.0.11', '10.77.0.13', '127.0.0.1'])
      for (const [index, line] of lines.entries())
        for (const [, change] of CHANGES) {
          const changed = [...lines.slice(0, index), ...change(line), ...lines.slice(index + 1)]
          node.receive(datagram(type, changed), { host: from, port: 50_999 }, (now += 60))
          if (index % 5 === 0) node.tick(now)
        }
    for (const size of Object.values(node.sizes)) expect(size).toBeLessThanOrEqual(4_096)
    node.tick((now += 5_000))
    expect(node.receive(datagram(type, lines), { host: '10.77.0.11', port: 50_999 }, now)).toBeInstanceOf(
      Array,
    )
  })
})

test('every type of the table has an example', () => {
  const types = new Set(EXAMPLES.map(({ datagram: text }) => /TYPE: ?([A-Z_]+)/.exec(text)?.[1]))
  expect(TYPES.filter((type) => !types.has(type))).toEqual([])
})
