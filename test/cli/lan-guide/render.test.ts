/** What `parley lan` prints, line by line, in both of its modes. */
import { describe, expect, test } from 'vitest'
import {
  DIRECT,
  GENERAL,
  addressKey,
  type ChatMessage,
  type Peer,
  type Profile,
} from '../../../src/chat/model.ts'
import { availablePeers, knownPeers, lanProfile, lanWording } from '../../../src/cli/lan-guide/render.ts'
import { MAX_USER_IDS, UserIds } from '../../../src/cli/chat/user-ids.ts'
import { plain } from '../../../src/cli/terminal/style.ts'
import { BOB, CAROL, FakeChat, MAI, NOON, messageOf, onLan } from '../fake-chat.ts'
import type { News, Wording } from '../../../src/cli/chat/wording.ts'

const PICTURE = { type: 'image/png', hash: '5f', data: 'iVBORw0KGgo=' }
const MODES = [{ verbose: true }, { verbose: false }]

const bobby: Peer = { ...BOB, name: 'Bobby' }

/** Bob is a Parley peer whose name differs from that in his user id; Mai speaks LSNP only. */
function chat(profile: Profile = { status: '', avatar: undefined }): FakeChat {
  const fake = new FakeChat()
  fake.others.set(GENERAL, [bobby, MAI])
  fake.people = [
    onLan(BOB, { name: 'Bobby', lastSeenAt: NOON - 4_400 }),
    onLan(MAI, { lastSeenAt: NOON - 30_000 }),
  ]
  for (const peer of [bobby, MAI]) fake.profiles.set(addressKey(peer), profile)
  fake.groups.set('lab-204', { id: 'c0ffee', name: 'Lab 204', members: [], owner: 'mai@10.0.0.11' })
  return fake
}

describe('a message', () => {
  test.each<[name: string, message: ChatMessage, profile: Profile, verbose: string, quiet: string]>([
    [
      'to everybody',
      messageOf(bobby, 'Hello: all'),
      { status: 'x', avatar: undefined },
      '[POST] bob@10.0.0.2: Hello: all',
      'Bobby: Hello: all',
    ],
    [
      'to everybody, of somebody with a picture',
      messageOf(MAI, 'demo at 3'),
      { status: '', avatar: PICTURE },
      '[POST] mai@10.0.0.11: demo at 3',
      'Mai(image/png): demo at 3',
    ],
    [
      'to us',
      messageOf(MAI, 'coffee?', { channel: DIRECT }),
      { status: '', avatar: PICTURE },
      '[DM] From mai@10.0.0.11: coffee?',
      'Mai(image/png) (to you): coffee?',
    ],
    [
      'to us, of somebody without a picture',
      messageOf(bobby, 'psst', { channel: DIRECT }),
      { status: '', avatar: undefined },
      '[DM] From bob@10.0.0.2: psst',
      'Bobby (to you): psst',
    ],
    [
      'an action to us',
      messageOf(bobby, { kind: 'action', text: 'waves' }, { channel: DIRECT }),
      { status: '', avatar: undefined },
      '[DM] From bob@10.0.0.2: * Bobby waves',
      'Bobby (to you): * Bobby waves',
    ],
    [
      'to a group',
      messageOf(MAI, 'slides are up', { channel: 'lab-204' }),
      { status: '', avatar: PICTURE },
      '[GROUP Lab 204] mai@10.0.0.11: slides are up',
      'mai@10.0.0.11 sent "slides are up"',
    ],
    [
      'to a channel',
      messageOf(bobby, 'anybody?', { channel: 'ops' }),
      { status: '', avatar: undefined },
      '[#ops] bob@10.0.0.2: anybody?',
      '#ops Bobby: anybody?',
    ],
    [
      'an action',
      messageOf(bobby, { kind: 'action', text: 'waves' }),
      { status: '', avatar: undefined },
      '[POST] bob@10.0.0.2: * Bobby waves',
      'Bobby: * Bobby waves',
    ],
    [
      'of several lines: none can pass for another message',
      messageOf(bobby, 'one\n[POST] mai@10.0.0.11: two'),
      { status: '', avatar: undefined },
      '[POST] bob@10.0.0.2: one\n      [POST] mai@10.0.0.11: two',
      'Bobby: one\n      [POST] mai@10.0.0.11: two',
    ],
  ])('%s', (_name, message, profile, verbose, quiet) => {
    const lines = MODES.map((mode) => lanWording(chat(profile), mode, plain).message(message, NOON, {}))
    expect(lines).toEqual([verbose, quiet])
  })
})

describe('a peer that has left goes by the same user id as before', () => {
  test.each<[name: string, before: (wording: Wording) => void]>([
    ['when it was found', (wording) => wording.news({ kind: 'joined', channel: GENERAL, peer: bobby })],
    ['when another was found', (wording) => wording.news({ kind: 'joined', channel: GENERAL, peer: MAI })],
    ['when it said something', (wording) => wording.message(messageOf(bobby, 'hi'), NOON, {})],
  ])('as was known %s', (_name, before) => {
    const fake = chat()
    const wording = lanWording(fake, { verbose: true }, plain)
    before(wording)
    const [listed] = /\S+@10\.0\.0\.2/.exec(knownPeers(fake, { verbose: true }, NOON)) ?? []
    fake.people = [onLan(MAI)]
    expect(wording.news({ kind: 'parted', channel: GENERAL, peer: bobby, reason: 'left' })).toBe(
      `[DISCOVERY] Lost peer: ${listed ?? ''} (left)`,
    )
    expect(wording.message(messageOf(bobby, 'said before'), NOON, {})).toBe(
      '[POST] bob@10.0.0.2: said before',
    )
  })

  test('in verbose mode that is turned on between the two, and with an address that has changed', () => {
    const fake = chat()
    const mode = { verbose: false }
    const wording = lanWording(fake, mode, plain)
    wording.news({ kind: 'joined', channel: GENERAL, peer: bobby })
    fake.people = [onLan({ ...BOB, ip: '10.0.0.7' }, { name: 'Bobby', addresses: ['10.0.0.7', BOB.ip] })]
    wording.news({ kind: 'joined', channel: GENERAL, peer: MAI })
    mode.verbose = true
    fake.people = []
    expect(wording.news({ kind: 'parted', channel: GENERAL, peer: bobby, reason: 'left' })).toBe(
      '[DISCOVERY] Lost peer: bob@10.0.0.7 (left)',
    )
  })

  test('a peer that speaks LSNP only keeps its user id, whichever peer had its address before', () => {
    const ids = new UserIds()
    ids.note([onLan({ ip: MAI.ip, port: MAI.port, name: 'other' })])
    expect(ids.of(MAI, [])).toBe('mai@10.0.0.11')
  })

  test('of many thousands the last ones are remembered', () => {
    const ids = new UserIds()
    const peer = (index: number): Peer => ({ ip: '10.0.0.2', port: 1_024 + index, name: 'Bobby' })
    for (let index = 0; index <= MAX_USER_IDS; index++)
      ids.note([onLan({ ...peer(index), name: `bob${index}` })])
    expect([0, 1, MAX_USER_IDS].map((index) => ids.of(peer(index), []))).toEqual([
      'Bobby@10.0.0.2',
      'bob1@10.0.0.2',
      `bob${MAX_USER_IDS}@10.0.0.2`,
    ])
  })
})

describe('news', () => {
  const group = { kind: 'group', name: 'Trip Buddies', channel: 'trip-buddies' } as const

  test.each<[news: News, verbose: string | undefined, quiet: string | undefined]>([
    [{ kind: 'joined', channel: GENERAL, peer: bobby }, '[DISCOVERY] Found peer: bob@10.0.0.2', undefined],
    [{ kind: 'joined', channel: GENERAL, peer: MAI }, '[DISCOVERY] Found peer: mai@10.0.0.11', undefined],
    [{ kind: 'joined', channel: 'ops', peer: bobby }, '-- Bobby joined #ops', '-- Bobby joined #ops'],
    [{ kind: 'joined', channel: 'lab-204', peer: MAI }, undefined, undefined],
    [
      { kind: 'parted', channel: GENERAL, peer: bobby, reason: 'left' },
      '[DISCOVERY] Lost peer: bob@10.0.0.2 (left)',
      undefined,
    ],
    [
      { kind: 'parted', channel: 'ops', peer: bobby, reason: 'left' },
      '-- Bobby left #ops',
      '-- Bobby left #ops',
    ],
    [
      { kind: 'followed', peer: MAI, following: true },
      'User Mai has followed you',
      'User Mai has followed you',
    ],
    [
      { kind: 'followed', peer: MAI, following: false },
      'User Mai has unfollowed you',
      'User Mai has unfollowed you',
    ],
    [
      { kind: 'liked', peer: MAI, liking: true, text: 'demo at 3' },
      'Mai likes your post [demo at 3]',
      'Mai likes your post [demo at 3]',
    ],
    [
      { ...group, news: 'created' },
      "You've been added to Trip Buddies\n  Channel: #trip-buddies",
      "You've been added to Trip Buddies",
    ],
    [
      { ...group, news: 'updated' },
      'The group "Trip Buddies" member list was updated.',
      'The group "Trip Buddies" member list was updated.',
    ],
    [
      { ...group, news: 'removed' },
      "You've been removed from Trip Buddies",
      "You've been removed from Trip Buddies",
    ],
    [
      {
        kind: 'datagram',
        way: 'RECV',
        at: NOON,
        address: '10.0.0.11:50999',
        type: 'PING',
        text: 'TYPE: PING',
      },
      '12:03:00 RECV < 10.0.0.11:50999 PING\n    TYPE: PING',
      '12:03:00 RECV < 10.0.0.11:50999 PING\n    TYPE: PING',
    ],
    [{ kind: 'notice', text: 'mind the gap' }, '-- mind the gap', '-- mind the gap'],
  ])('%j', (news, verbose, quiet) => {
    const lines = MODES.map((mode) => lanWording(chat(), mode, plain).news(news))
    expect(lines).toEqual([verbose, quiet])
  })
})

test.each<[name: string, profile: Profile, verbose: string[], quiet: string[]]>([
  [
    'a status',
    { status: 'in the lab', avatar: undefined },
    ['[PROFILE UPDATE] Bobby (bob@10.0.0.2)', '  Status: in the lab'],
    ['Bobby', '   in the lab'],
  ],
  [
    'a picture too',
    { status: 'new hat', avatar: PICTURE },
    ['[PROFILE UPDATE] Bobby (bob@10.0.0.2)', '  Status: new hat', '  Avatar: image/png (base64 encoded)'],
    ['Bobby', '   new hat'],
  ],
])('a profile: %s', (_name, profile, verbose, quiet) => {
  const lines = MODES.map((mode) => lanProfile(bobby, chat(profile), mode).split('\n'))
  expect(lines).toEqual([verbose, quiet])
})

describe('lists of peers', () => {
  test('verbose: user ids, addresses, and when each was heard', () => {
    expect(knownPeers(chat(), { verbose: true }, NOON).split('\n')).toEqual([
      '[KNOWN PEERS] (2 peers):',
      '  - bob@10.0.0.2 (10.0.0.2:8002) [seen 4s ago]',
      '  - mai@10.0.0.11 (10.0.0.11:50999) [seen 30s ago]',
    ])
  })

  test('otherwise: user ids, behind names that say more', () => {
    const fake = chat()
    fake.others.set(GENERAL, [bobby, { ...MAI, name: 'mai' }])
    expect(knownPeers(fake, { verbose: false }, NOON)).toBe(
      'Known Peers (2): Bobby (bob@10.0.0.2), mai@10.0.0.11',
    )
  })

  test('a peer known by a message only', () => {
    const fake = chat()
    fake.others.set(GENERAL, [CAROL])
    expect(knownPeers(fake, { verbose: true }, NOON)).toBe(
      '[KNOWN PEERS] (1 peers):\n  - carol@10.0.0.3 (10.0.0.3:8003)',
    )
  })

  test('nobody', () => {
    const lines = MODES.map((mode) => knownPeers(new FakeChat(), mode, NOON))
    expect(new Set(lines)).toEqual(
      new Set(['No peers discovered yet. Wait for peer discovery or try again.']),
    )
  })

  test('peers that take direct messages', () => {
    expect(availablePeers(chat()).split('\n')).toEqual([
      'Available peers:',
      '  - bob@10.0.0.2 (Bobby)',
      '  - mai@10.0.0.11 (Mai)',
    ])
  })
})

describe.each([
  ['clear the screen', '\x1b[2J\x1b[H'],
  ['overwrite the line', 'ok\r[POST] root@10.0.0.1: password?'],
  ['another line', 'x\n[POST] root@10.0.0.1: password?'],
  ['8-bit CSI', '\x9b2J'],
  ['bidi override', 'abc\u202eevil\u202c'],
  ['bidi isolates', '\u2067x\u2069'],
])('hostile text is harmless: %s', (_name, text) => {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  const DANGEROUS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/
  const evil: Peer = { ip: '10.0.0.9', port: 8009, name: text, lsnp: `${text}@10.0.0.9` }

  test.each(MODES)('%j', (mode) => {
    const fake = chat()
    fake.others.set(GENERAL, [evil])
    fake.profiles.set(addressKey(evil), { status: text, avatar: { ...PICTURE, type: text } })
    fake.groups.set('evil', { id: 'x', name: text, members: [], owner: text })
    const { message, news } = lanWording(fake, mode, plain)
    const printed = [
      message(messageOf(evil, text), NOON, {}),
      message(messageOf(evil, { kind: 'action', text }, { channel: DIRECT }), NOON, {}),
      message(messageOf(evil, text, { channel: 'evil' }), NOON, {}),
      message(messageOf(evil, text, { channel: text }), NOON, {}),
      news({ kind: 'joined', channel: GENERAL, peer: evil }),
      news({ kind: 'parted', channel: GENERAL, peer: evil, reason: text }),
      news({ kind: 'liked', peer: evil, liking: true, text }),
      news({ kind: 'group', name: text, channel: text, news: 'created' }),
      lanProfile(evil, fake, mode),
      knownPeers(fake, mode, NOON),
      availablePeers(fake),
    ]
    for (const line of printed.join('\n').split('\n')) {
      expect(line).not.toMatch(DANGEROUS)
      expect(line).not.toMatch(/^\[POST\] root/)
    }
  })
})

test.each([
  ['just now', 0, ''],
  ['a minute ago', 60_000, ''],
  ['over a minute ago', 61_000, ' (sent 12:01)'],
  ['hours ago', 3 * 3_600_000, ' (sent 09:03)'],
  ['yesterday', 24 * 3_600_000, ' (sent Thu Nov 20 2025 12:03)'],
])('what was said %s is shown with the time', (_name, ago, suffix) => {
  const late = messageOf(BOB, 'hello', { sentAt: NOON - ago })
  const { message } = lanWording(new FakeChat(), { verbose: false }, plain)
  expect(message(late, NOON, {})).toBe(`bob: hello${suffix}`)
})
