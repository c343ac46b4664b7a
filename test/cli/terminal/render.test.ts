/** What happened, as lines: literal cases, and the worst that other people can put into every field. */
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/chat/commands/registry.ts'
import {
  clockTime,
  eventLine,
  leftBehindLine,
  messageLine,
  name,
  names,
  receiptLine,
  receiptSign,
} from '../../../src/cli/terminal/render.ts'
import { coloured, plain } from '../../../src/cli/terminal/style.ts'
import { ALICE, BOB, CAROL, FakeSession, NOON, entryOf, messageOf } from '../fake-chat.ts'
import type { ChatEvent, Peer, Receipt } from '../../../src/chat/model.ts'

const PICTURE = { type: 'image/png', hash: '5f', data: 'iVBORw0KGgo=' }

type Other = Exclude<ChatEvent, { kind: 'message' | 'receipt' | 'became' }>

function receipt(more: Partial<Receipt>): Receipt {
  return {
    messageId: 'm',
    channel: 'general',
    recipients: 2,
    delivered: 0,
    unconfirmed: 0,
    failed: [],
    queued: [],
    ...more,
  }
}

describe('a message', () => {
  test.each<[name: string, line: string, expected: string]>([
    ['to a channel', messageLine(messageOf(BOB, 'hello'), NOON, plain), '12:03 #general <bob> hello'],
    [
      'an action',
      messageLine(messageOf(BOB, { kind: 'action', text: 'waves' }), NOON, plain),
      '12:03 #general * bob waves',
    ],
    [
      'to us',
      messageLine(messageOf(BOB, 'psst', { channel: 'private' }), NOON, plain),
      '12:03 (direct) <bob> psst',
    ],
    [
      'of ours to one person',
      messageLine(messageOf(ALICE, 'psst', { channel: 'private' }), NOON, plain, { to: 'bob', sign: '✓' }),
      '12:03 (to bob) <alice> psst ✓',
    ],
    [
      'of several lines: none can pass for another message',
      messageLine(messageOf(BOB, 'one\n12:04 #general <carol> two\r\n\nthree'), NOON, plain),
      '12:03 #general <bob> one\n      12:04 #general <carol> two\n      \n      three',
    ],
    [
      'a minute late, which is no delay',
      messageLine(messageOf(BOB, 'hi', { sentAt: NOON - 60_000 }), NOON, plain),
      '12:03 #general <bob> hi',
    ],
    [
      'later than that',
      messageLine(messageOf(BOB, 'hi', { sentAt: NOON - 60_001 }), NOON, plain),
      '12:03 #general <bob> hi (sent 12:01)',
    ],
    [
      'that another peer told of, not its sender',
      messageLine(messageOf(BOB, 'hi'), NOON, plain, { hops: 1 }),
      '12:03 #general <bob> hi (relayed)',
    ],
    [
      'of a muted person',
      messageLine(messageOf(BOB, 'hi'), NOON, plain, { hushed: 'mute' }),
      '12:03 #general <bob> hi (muted)',
    ],
    [
      'of a person who is ignored by now',
      messageLine(messageOf(BOB, 'hi'), NOON, plain, { hushed: 'ignore' }),
      '12:03 #general <bob> hi (ignored)',
    ],
    [
      'of a muted channel',
      messageLine(messageOf(BOB, 'hi'), NOON, plain, { hushed: 'channel' }),
      '12:03 #general <bob> hi',
    ],
    [
      'from the future, by a clock that is wrong',
      messageLine(messageOf(BOB, 'hi', { sentAt: NOON + 3_600_000 }), NOON, plain),
      '12:03 #general <bob> hi',
    ],
  ])('%s', (_name, line, expected) => {
    expect(line).toBe(expected)
  })

  test('that mentions us is bold, and a name has the colour of its key or address', () => {
    const line = messageLine(messageOf(BOB, 'hi alice'), NOON, coloured, { mention: true })
    expect(line).toContain(coloured.bold('hi alice'))
    expect(line).toContain(coloured.hashed('10.0.0.2:8002', '<bob>'))
    const key = new KeyPair(Buffer.alloc(32, 2)).id
    const other = messageLine(messageOf({ ...BOB, key, label: 'bob·k3f9-2mx7' }, 'hi'), NOON, coloured)
    expect(other).toContain(coloured.hashed(key, '<bob·k3f9-2mx7>'))
  })

  test.each([
    ['midnight', new Date(2025, 0, 1, 0, 0).getTime(), '00:00'],
    ['a minute to', new Date(2025, 0, 1, 23, 59, 59).getTime(), '23:59'],
  ])('the time of day: %s', (_name, at, time) => {
    expect(clockTime(at)).toBe(time)
  })
})

describe('a receipt', () => {
  const failed = [{ peer: CAROL, reason: 'refused with 404: carol is not in #ops' }]

  test.each<[name: string, value: Receipt, sign: string, line: string]>([
    ['delivered', receipt({ delivered: 2 }), '✓', '✓ delivered 2/2'],
    ['waiting', receipt({ delivered: 1, unconfirmed: 0, queued: [CAROL] }), '…', '… waiting for carol'],
    ['waiting for many', receipt({ queued: [BOB, CAROL] }), '…', '… waiting for bob, carol'],
    [
      'failed',
      receipt({ delivered: 1, unconfirmed: 0, failed }),
      '✗',
      '✗ not delivered to carol: refused with 404: carol is not in #ops',
    ],
    [
      'failed and waiting',
      receipt({ failed, queued: [BOB] }),
      '✗',
      '✗ not delivered to carol: refused with 404: carol is not in #ops; … waiting for bob',
    ],
    ['to nobody', receipt({ recipients: 0 }), '', '✓ delivered 0/0'],
    [
      'sent to one who acknowledges nothing',
      receipt({ delivered: 2, unconfirmed: 1 }),
      '✓',
      '✓ delivered 2/2; 1 of them without an acknowledgement',
    ],
  ])('%s', (_name, value, sign, line) => {
    expect(receiptSign(value, plain)).toBe(sign)
    expect(receiptLine(value, plain)).toBe(line)
  })
})

describe('an event', () => {
  const channel = 'general'

  test.each<[event: Other, line: string]>([
    [{ kind: 'present', channel, peers: [] }, '-- #general: no one else is here yet'],
    [{ kind: 'present', channel, peers: [BOB] }, '-- #general: bob is here'],
    [{ kind: 'present', channel, peers: [BOB, CAROL] }, '-- #general: bob, carol are here'],
    [{ kind: 'joined', channel, peer: BOB }, '-- bob joined #general'],
    [{ kind: 'parted', channel, peer: BOB, reason: 'timed out' }, '-- bob left #general (timed out)'],
    [{ kind: 'renamed', peer: BOB, before: 'robert' }, '-- robert is now bob'],
    [{ kind: 'notice', text: 'mind the gap' }, '-- mind the gap'],
    [
      { kind: 'profile', peer: BOB, profile: { status: 'in the lab', avatar: undefined } },
      '-- bob is "in the lab"',
    ],
    [
      { kind: 'profile', peer: BOB, profile: { status: '', avatar: PICTURE } },
      '-- bob shows no status, with a picture (image/png)',
    ],
    [{ kind: 'followed', peer: BOB, following: true }, '-- User bob has followed you'],
    [{ kind: 'followed', peer: BOB, following: false }, '-- User bob has unfollowed you'],
    [{ kind: 'liked', peer: BOB, liking: true, text: 'demo at 3' }, '-- bob likes your post [demo at 3]'],
    [{ kind: 'liked', peer: BOB, liking: false, text: 'x' }, '-- bob no longer likes your post [x]'],
    [
      { kind: 'group', name: 'Trip Buddies', channel: 'trip-buddies', news: 'created' },
      "-- You've been added to Trip Buddies: it is #trip-buddies here",
    ],
    [
      { kind: 'group', name: 'Trip Buddies', channel: 'trip-buddies', news: 'updated' },
      '-- The group "Trip Buddies" member list was updated.',
    ],
    [
      { kind: 'group', name: 'Trip Buddies', channel: 'trip-buddies', news: 'removed' },
      "-- You've been removed from Trip Buddies",
    ],
    [
      { kind: 'datagram', way: 'SEND', at: NOON, address: '10.0.0.2:50999', type: 'PING', text: 'a\nb' },
      '12:03:00 SEND > 10.0.0.2:50999 PING\n    a\n    b',
    ],
    [
      { kind: 'datagram', way: 'DROP', at: NOON, address: '10.0.0.2:50999', type: '', text: 'no TYPE' },
      '12:03:00 DROP ! 10.0.0.2:50999\n    no TYPE',
    ],
    [{ kind: 'tracker', state: 'connecting', detail: '' }, '-- looking for the tracker'],
    [{ kind: 'tracker', state: 'registered', detail: '' }, '-- registered with the tracker'],
    [{ kind: 'tracker', state: 'registered', detail: 'old' }, '-- registered with the tracker (old)'],
    [
      { kind: 'tracker', state: 'lost', detail: 'it timed out' },
      '-- the tracker does not answer (it timed out); peers you know can still be reached, and it is tried again',
    ],
  ])('%j', (event, line) => {
    expect(eventLine(event, plain)).toBe(line)
  })

  test('of many people names eight and counts the rest', () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ ...BOB, name: `p${index}` }))
    expect(names(many)).toBe('p0, p1, p2, p3, p4, p5, p6, p7 and 3 more')
    expect(names(many.slice(0, 8))).toBe('p0, p1, p2, p3, p4, p5, p6, p7')
  })
})

// --- text of other users ---------------------------------------------------------------------------

/** Text that moves the cursor, rings, paints, hides, reverses, or pretends to be another line. */
const HOSTILE: readonly [name: string, text: string][] = [
  ['clear the screen', '\x1b[2J\x1b[H'],
  ['title', '\x1b]0;owned\x07'],
  ['clipboard', '\x1b]52;c;ZXZpbA==\x1b\\'],
  ['link', '\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\'],
  ['DCS, APC, PM, SOS', '\x1bPx\x1b\\\x1b_x\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\'],
  ['8-bit CSI and OSC', '\x9b2J\x9d0;x\x9c'],
  ['reset', '\x1bc'],
  ['lone ESC', 'x\x1b'],
  ['overwrite the line', 'ok\r12:03 #general <root> password?'],
  ['backspaces', 'no\b\byes'],
  ['bell, NUL, DEL', '\x07\x00\x7f'],
  ['another line', 'x\n12:03 #general <root> password?'],
  ['line separators', 'x\u2028y\u2029z\x85w\v\f'],
  ['bidi override', 'abc\u202eevil\u202c'],
  ['bidi isolates', '\u2066x\u2069\u200e\u200f\u061c'],
  ['zero width', 'a\u200bl\u2060i\ufeffce'],
  ['tags', 'x\u{e0041}\u{e007f}'],
  ['lone surrogates', '\ud800x\udc00'],
]

/** Characters that a terminal obeys or that reorder text, without line ends. */
const DANGEROUS =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2061-\u2069\p{Cs}\u{e0000}-\u{e007f}]/u

const INDENT = '      '

describe.each(HOSTILE)('hostile text is harmless: %s', (_name, text) => {
  const evil: Peer = { ip: '10.0.0.9', port: 8009, name: text }
  const failed = [{ peer: evil, reason: text }]

  test('in a message', () => {
    const message = messageOf(evil, text, { channel: text })
    for (const line of [
      messageLine(message, NOON, plain),
      messageLine(message, NOON, plain, { mention: true, sign: '✓' }),
      messageLine({ ...message, content: { kind: 'action', text }, sentAt: 0 }, NOON, plain),
      messageLine({ ...message, channel: 'private' }, NOON, plain),
      messageLine({ ...message, channel: 'private' }, NOON, plain, { to: text }),
    ]) {
      expect(line).not.toMatch(DANGEROUS)
      // Whatever looks like a further line is part of the text.
      for (const further of line.split('\n').slice(1)) expect(further.startsWith(INDENT)).toBe(true)
    }
  })

  test('in a receipt', () => {
    const line = receiptLine(receipt({ failed, queued: [evil] }), plain)
    expect(line).not.toMatch(DANGEROUS)
    expect(line).not.toContain('\n')
  })

  test('in an event', () => {
    const events: Other[] = [
      { kind: 'present', channel: text, peers: [evil, evil] },
      { kind: 'joined', channel: text, peer: evil },
      { kind: 'parted', channel: text, peer: evil, reason: text },
      { kind: 'renamed', peer: evil, before: text },
      { kind: 'tracker', state: 'lost', detail: text },
      { kind: 'tracker', state: 'registered', detail: text },
      { kind: 'profile', peer: evil, profile: { status: text, avatar: undefined } },
      { kind: 'followed', peer: evil, following: true },
      { kind: 'liked', peer: evil, liking: true, text },
      { kind: 'group', name: text, channel: text, news: 'created' },
      { kind: 'group', name: text, channel: text, news: 'updated' },
    ]
    for (const event of events) {
      expect(eventLine(event, plain)).not.toMatch(DANGEROUS)
      expect(eventLine(event, plain)).not.toContain('\n')
    }
    expect(eventLine({ kind: 'notice', text }, plain)).not.toMatch(DANGEROUS)
    const datagram = {
      kind: 'datagram',
      way: 'RECV',
      at: NOON,
      address: '10.0.0.9:50999',
      type: text,
      text,
    } as const
    expect(eventLine(datagram, plain)).not.toMatch(DANGEROUS)
    expect(name(evil) + names([evil])).not.toMatch(DANGEROUS)
  })

  test('in the output of commands about other users', async () => {
    const session = new FakeSession()
    const { chat } = session
    chat.locate = () => Promise.resolve(evil)
    chat.others.set('general', [evil]).set('ops', [evil])
    chat.shown.push(
      entryOf(messageOf(evil, text)),
      entryOf(messageOf(ALICE, text), { conversation: `@${text}`, own: true }),
    )
    chat.search = () => Promise.resolve(chat.shown)
    for (const line of ['/who', '/list', '/profile x', '/history', '/search x', '#ops']) {
      expect(await session.type(line)).toBeUndefined()
    }
    expect(session.lines.length).toBeGreaterThan(8)
    for (const line of session.lines) expect(line).not.toMatch(DANGEROUS)
  })

  test('with colours, only ours', () => {
    const line = messageLine(messageOf(evil, text), NOON, coloured, { mention: true })
    const ours = line.split('\x1b').slice(1)
    for (const sequence of ours) expect(sequence).toMatch(/^\[(?:[0-9]|38;5;[0-9]{2,3})m/)
    expect(line.replaceAll('\x1b', '')).not.toMatch(DANGEROUS)
  })
})

test('the help itself has nothing of the kind', () => {
  for (const { usage, help } of COMMANDS) expect(usage + help).not.toMatch(DANGEROUS)
})

test.each<[count: number, isKept: boolean, line: string]>([
  [1, true, '-- 1 message waits and goes out when you are back'],
  [2, true, '-- 2 messages wait and go out when you are back'],
  [1, false, '-- 1 message was not delivered, and nothing is kept on disk: it is lost'],
  [2, false, '-- 2 messages were not delivered, and nothing is kept on disk: they are lost'],
])('%i waiting when we leave, kept on disk: %s', (count, isKept, line) => {
  expect(leftBehindLine(count, isKept)).toBe(line)
})

test.each<[name: string, ago: number, sent: string]>([
  ['not late', 60_000, ''],
  ['the same day', 2 * 3_600_000, ' (sent 10:03)'],
  ['yesterday', 24 * 3_600_000, ' (sent Thu Nov 20 2025 12:03)'],
  ['before midnight', 13 * 3_600_000, ' (sent Thu Nov 20 2025 23:03)'],
])('a message that was sent before it came: %s', (_name, ago, sent) => {
  const line = messageLine(messageOf(BOB, 'hello', { sentAt: NOON - ago }), NOON, plain)
  expect(line).toBe(`12:03 #general <bob> hello${sent}`)
})
