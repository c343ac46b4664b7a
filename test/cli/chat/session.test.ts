/** The session of a user. */
import { textOf } from '../../../src/chat/content.ts'
import { describe, expect, test } from 'vitest'
import { ChatSession, type SessionOptions } from '../../../src/cli/chat/session.ts'
import { coloured, plain } from '../../../src/cli/terminal/style.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, BOB, CAROL, FakeChat, MAI, NOON, entryOf, messageOf } from '../fake-chat.ts'
import { type ChatMessage, type Peer, type Receipt } from '../../../src/chat/model.ts'

interface SetUp extends Partial<SessionOptions> {
  readonly print?: (text: string) => void
  readonly note?: (text: string) => void
  readonly problem?: (text: string) => void
}

function setUp({ print, note, problem, ...options }: SetUp = {}) {
  const clock = new ManualClock(NOON)
  const chat = new FakeChat()
  const lines: string[] = []
  const channels: (string | undefined)[] = []
  let quits = 0
  const toLines = (text: string): void => {
    lines.push(...text.split('\n'))
  }
  const session = new ChatSession({
    chat,
    view: {
      print: print ?? toLines,
      note: note ?? toLines,
      problem: problem ?? toLines,
      showChannel: (channel) => {
        channels.push(channel)
      },
      quit: () => {
        quits++
      },
    },
    style: plain,
    clock,
    random: () => 0.5,
    verbose: false,
    echo: true,
    quiet: false,
    summarizes: false,
    readFile: () => Promise.reject(new Error('no files here')),
    ...options,
  })
  /** An own message; the test makes its receipts. */
  const say = (text: string, to?: Peer): ChatMessage => {
    const message = messageOf(ALICE, text, {
      id: `a-${text}`,
      channel: to === undefined ? 'general' : 'private',
    })
    session.show({
      kind: 'message',
      message,
      at: NOON,
      receivedAt: NOON,
      late: false,
      own: true,
      ...(to && { to }),
    })
    return message
  }
  const receipt = ({ id, channel }: ChatMessage, more: Partial<Receipt>): void => {
    const nothing = {
      messageId: id,
      channel,
      recipients: 1,
      delivered: 0,
      unconfirmed: 0,
      failed: [],
      queued: [],
    }
    session.show({ kind: 'receipt', receipt: { ...nothing, ...more } })
  }
  const hear = (message: ChatMessage): void => {
    session.show({ kind: 'message', message, at: message.sentAt, receivedAt: NOON, late: false, own: false })
  }
  return { clock, chat, session, lines, channels, say, receipt, hear, quits: () => quits }
}

test.each(['mute', 'ignore', 'block'] as const)(
  'the coming and going, another name, and a status, of a person with %s',
  (hushed) => {
    const { session, lines } = setUp()
    const [peer, channel] = [{ ...BOB, name: 'buy pills' }, 'general']
    session.show({ kind: 'joined', peer, channel, hushed })
    session.show({ kind: 'renamed', peer, before: 'bob', hushed })
    session.show({ kind: 'profile', peer, profile: { status: 'buy pills', avatar: undefined }, hushed })
    session.show({ kind: 'parted', peer, channel, reason: 'left', hushed })
    expect(lines).toHaveLength(hushed === 'mute' ? 4 : 0)
  },
)

describe('waiting messages of an earlier run', () => {
  const waiting = (...names: readonly Peer[][]) =>
    names.map((peers, index) => ({ id: `before-${index}`, waiting: peers }))

  function restarted(...recipients: readonly Peer[][]) {
    const all = setUp()
    const { session } = all
    /** Messages that wait for these recipients, as at a start in a terminal. */
    session.begin()
    session.show({ kind: 'resumed', messages: waiting(...recipients) })
    const fate = (index: number, more: Partial<Receipt>): void => {
      all.receipt(messageOf(ALICE, '', { id: `before-${index}` }), more)
    }
    return { ...all, fate }
  }

  test.each<[name: string, recipients: Peer[][], delivered: number[], lines: string[]]>([
    ['one', [[BOB]], [], ['-- 1 of your messages still waits for bob']],
    ['two', [[BOB], [BOB, CAROL]], [], ['-- 2 of your messages still wait for bob, carol']],
    ['one of two was delivered', [[BOB], [CAROL]], [0], ['-- 1 of your messages still waits for carol']],
    ['all were delivered', [[BOB], [CAROL]], [0, 1], []],
  ])('are counted when the line is printed: %s', async (_name, recipients, delivered, expected) => {
    const { clock, lines, fate } = restarted(...recipients)
    for (const index of delivered) fate(index, { delivered: 1 })
    expect(lines).toEqual([])
    await clock.advance(5_000)
    expect(lines).toEqual(expected)
  })

  test('one that has reached some of its recipients names the others', async () => {
    const { clock, lines, fate } = restarted([BOB, CAROL])
    fate(0, { recipients: 2, delivered: 1, queued: [CAROL] })
    await clock.advance(5_000)
    expect(lines).toEqual(['-- 1 of your messages still waits for carol'])
  })

  test('deliveries after the line that arrive together are one line', async () => {
    const { clock, lines, fate } = restarted([BOB], [BOB], [CAROL])
    await clock.advance(5_000)
    fate(0, { delivered: 1 })
    fate(1, { delivered: 1 })
    await clock.advance(150)
    fate(2, { delivered: 1 })
    await clock.advance(150)
    expect(lines).toEqual([
      '-- 3 of your messages still wait for bob, carol',
      '-- 2 messages that waited for bob were delivered',
      '-- 1 message that waited for carol was delivered',
    ])
  })

  test('a failure is not a delivery', async () => {
    const { clock, lines, fate } = restarted([BOB])
    await clock.advance(5_000)
    fate(0, { failed: [{ peer: BOB, reason: 'refused' }] })
    await clock.advance(5_000)
    expect(lines.slice(1)).toEqual(['✗ not delivered to bob: refused'])
  })

  test('a delivery just before the end has its line', async () => {
    const { clock, session, lines, fate } = restarted([BOB])
    await clock.advance(5_000)
    fate(0, { delivered: 1 })
    session.flush()
    expect(lines.slice(1)).toEqual(['-- 1 message that waited for bob was delivered'])
  })

  test('without a terminal the line comes at once', () => {
    const { session, lines } = setUp()
    session.show({ kind: 'resumed', messages: waiting([BOB]) })
    expect(lines).toEqual(['-- 1 of your messages still waits for bob'])
  })

  test('a session that prints nothing keeps silent', async () => {
    const { clock, session, lines } = setUp({ quiet: true })
    session.show({ kind: 'resumed', messages: waiting([BOB]) })
    await clock.advance(5_000)
    expect(lines).toEqual([])
  })
})

describe('an own message', () => {
  test('is held back until it is delivered, and its line says so', async () => {
    const { clock, lines, say, receipt } = setUp()
    const message = say('hello')
    await clock.advance(149)
    expect(lines).toEqual([])
    receipt(message, { delivered: 1 })
    expect(lines).toEqual(['12:03 #general <alice> hello ✓'])
    expect(clock.due).toEqual([])
  })

  test('is shown as waiting when that takes longer, and its fate follows', async () => {
    const { clock, lines, say, receipt } = setUp()
    const message = say('hello')
    await clock.advance(150)
    expect(lines).toEqual(['12:03 #general <alice> hello …'])
    receipt(message, { queued: [BOB] })
    receipt(message, { delivered: 1 })
    expect(lines.slice(1)).toEqual(['   … waiting for bob', '   ✓ delivered to bob: 1/1'])
  })

  test('that waits for the same recipients after another attempt says so once', async () => {
    const { clock, lines, say, receipt } = setUp()
    const message = say('hello')
    await clock.advance(150)
    for (const queued of [[BOB, CAROL], [BOB, CAROL], [CAROL]]) receipt(message, { recipients: 2, queued })
    expect(lines.slice(1)).toEqual(['   … waiting for bob, carol', '   … waiting for carol'])
  })

  test('whose waiting recipients are known at once is shown as waiting', async () => {
    const { clock, lines, say, receipt } = setUp()
    const message = say('hello')
    receipt(message, { recipients: 2, delivered: 1, unconfirmed: 0, queued: [BOB] })
    expect(lines).toEqual([])
    await clock.advance(150)
    expect(lines).toEqual(['12:03 #general <alice> hello …'])
    receipt(message, { recipients: 2, delivered: 2 })
    expect(lines.slice(1)).toEqual(['   ✓ delivered to bob: 2/2'])
  })

  test('that failed says why', () => {
    const { session, lines, say, receipt } = setUp()
    receipt(say('hello'), { failed: [{ peer: BOB, reason: 'connection refused' }] })
    expect(lines).toEqual(['12:03 #general <alice> hello ✗', '   ✗ not delivered to bob: connection refused'])
    expect(session.undelivered).toBe(true)
  })

  test('that failed for one recipient while another waits says so, and is not given up yet', async () => {
    const { clock, session, lines, say, receipt } = setUp()
    const message = say('hello')
    await clock.advance(150)
    const failed = [{ peer: BOB, reason: 'refused' }]
    receipt(message, { recipients: 2, failed, queued: [CAROL] })
    expect(lines.slice(1)).toEqual(['   ✗ not delivered to bob: refused; … waiting for carol'])
    expect(session.undelivered).toBe(false)
    receipt(message, { recipients: 2, failed, delivered: 1 })
    expect(session.undelivered).toBe(true)
  })

  test('without a recipient says so', () => {
    const { session, lines, say, receipt } = setUp()
    receipt(say('hello'), { recipients: 0 })
    expect(lines).toEqual([
      '12:03 #general <alice> hello',
      '   no one else is here now; anyone who joins while you are here can still read this',
    ])
    expect(session.undelivered).toBe(true)
  })

  test('without a recipient, and with one that came a moment later, has both lines', async () => {
    const { clock, lines, say, receipt } = setUp()
    const message = say('hello')
    receipt(message, { recipients: 0 })
    receipt(message, { recipients: 1, delivered: 1 })
    expect(lines.slice(1)).toEqual([
      '   no one else is here now; anyone who joins while you are here can still read this',
      '   ✓ delivered 1/1',
    ])
    await clock.advance(10_000)
    expect(clock.due).toEqual([])
  })

  test('in a closed channel without a recipient says who will read it', () => {
    const { lines, say, receipt } = setUp()
    receipt(say('hello'), { channel: '!ops', recipients: 0 })
    expect(lines.at(-1)).toBe(
      '   no other member is here now; those who are in the channel read this when they come',
    )
  })

  test('to one person names that person', () => {
    const { lines, say, receipt } = setUp()
    receipt(say('psst', BOB), { delivered: 1 })
    expect(lines).toEqual(['12:03 (to bob) <alice> psst ✓'])
  })

  test('verbose: how many got it', () => {
    const { lines, say, receipt } = setUp({ verbose: true })
    receipt(say('hello'), { recipients: 2, delivered: 2 })
    expect(lines).toEqual(['12:03 #general <alice> hello ✓', '   ✓ delivered 2/2'])
  })

  test('several keep their order when they are delivered in it', () => {
    const { lines, say, receipt } = setUp()
    const messages = ['one', 'two'].map((text) => say(text))
    for (const message of messages) receipt(message, { delivered: 1 })
    expect(lines).toEqual(['12:03 #general <alice> one ✓', '12:03 #general <alice> two ✓'])
  })

  test('that is still held back when all ends is shown by flush, once', async () => {
    const { clock, session, lines, say } = setUp()
    say('hello')
    session.flush()
    session.flush()
    await clock.advance(1_000)
    expect(lines).toEqual(['12:03 #general <alice> hello …'])
  })

  test('of a pipe: the first failure for a recipient and a reason is printed, others are counted', () => {
    const { session, lines, receipt } = setUp({ echo: false, summarizes: true })
    for (const id of ['1', '2', '3'])
      receipt(messageOf(ALICE, 'hello', { id }), { failed: [{ peer: BOB, reason: 'refused' }] })
    receipt(messageOf(ALICE, 'hello', { id: '4' }), { failed: [{ peer: CAROL, reason: 'refused' }] })
    expect(lines).toEqual(['✗ not delivered to bob: refused', '✗ not delivered to carol: refused'])
    expect(session.summary.repeated).toEqual(['3 messages were not delivered to bob: refused'])
    expect(session.undelivered).toBe(true)
  })

  test('of a pipe without a recipient is undelivered until a newcomer gets it', () => {
    const { session, lines, receipt } = setUp({ echo: false, summarizes: true })
    const message = messageOf(ALICE, 'hello')
    receipt(message, { recipients: 0 })
    expect({ lines, undelivered: session.undelivered, alone: session.summary.alone }).toEqual({
      lines: [],
      undelivered: true,
      alone: 1,
    })
    receipt(message, { delivered: 1 })
    expect({ undelivered: session.undelivered, alone: session.summary.alone }).toEqual({
      undelivered: false,
      alone: 0,
    })
  })

  test('of an endless pipe: memory for failures is bounded', () => {
    const { session, receipt } = setUp({ echo: false, summarizes: true })
    for (let number = 0; number < 1_500; number++) {
      receipt(messageOf(ALICE, 'x', { id: `a${number}` }), { recipients: 0 })
      const failed = [{ peer: { ...BOB, port: 1 + (number % 150) }, reason: 'refused' }]
      receipt(messageOf(ALICE, 'x', { id: `f${number}` }), { failed })
    }
    expect(session.summary.alone).toBe(1_500)
    expect(session.summary.repeated).toHaveLength(101)
    expect(session.summary.repeated.at(-1)).toBe('500 more messages were not delivered')
  })

  test('from a pipe is not shown; that it failed is', async () => {
    const { clock, session, lines, say, receipt } = setUp({ echo: false })
    receipt(say('one'), { delivered: 1 })
    receipt(say('two'), { failed: [{ peer: BOB, reason: 'refused' }] })
    await clock.advance(1_000)
    expect(lines).toEqual(['✗ not delivered to bob: refused'])
    expect(session.undelivered).toBe(true)
  })
})

describe('messages of other users', () => {
  test('are shown as they come', () => {
    const { lines, hear } = setUp()
    hear(messageOf(BOB, 'hello'))
    hear(messageOf(BOB, 'psst', { channel: 'private' }))
    expect(lines).toEqual(['12:03 #general <bob> hello', '12:03 (direct) <bob> psst'])
  })

  test.each<[text: string, mentions: boolean]>([
    ['alice: hello', true],
    ['hello, Alice!', true],
    ['@ALICE', true],
    ['malice', false],
    ['alice2', false],
    ['al ice', false],
  ])('%j mentions alice: %j', (text, mentions) => {
    const bold = (value: string): string => `[${value}]`
    const { lines, hear } = setUp({ style: { ...plain, bold } })
    hear(messageOf(BOB, text))
    expect(lines).toEqual([`12:03 #general <bob> ${mentions ? `[${text}]` : text}`])
  })

  test('who spoke last is offered first', () => {
    const { session, hear } = setUp()
    for (const from of [BOB, CAROL, BOB]) hear(messageOf(from, 'x'))
    expect(session.complete('@', 1).candidates).toEqual(['@bob ', '@carol '])
  })
})

describe('unread', () => {
  test('goes to the channel with something new, then there is none', () => {
    const { chat, session, channels, hear } = setUp()
    chat.channels = ['general', 'ops', 'dev']
    hear(messageOf(BOB, 'x', { channel: 'dev' }))
    hear(messageOf(BOB, 'x', { channel: 'private' }))
    hear(messageOf(BOB, 'x'))
    session.goToUnread()
    session.goToUnread()
    expect(channels).toEqual(['dev'])
    expect(session.current).toBe('dev')
  })

  test.each(['mute', 'ignore', 'block', 'channel'] as const)(
    'not to a channel with messages that are hushed by %s only, which name nobody in bold either',
    (hushed) => {
      const { chat, session, channels, lines } = setUp({ style: coloured })
      chat.channels = ['general', 'dev']
      const message = messageOf(BOB, 'alice: look', { channel: 'dev' })
      const at = { at: NOON, receivedAt: NOON, late: false, own: false }
      session.show({ kind: 'message', message, ...at, hushed })
      session.goToUnread()
      expect(channels).toEqual([])
      expect(lines.join()).not.toContain(coloured.bold('alice: look'))
      session.show({ kind: 'message', message, ...at })
      session.goToUnread()
      expect(channels).toEqual(['dev'])
      expect(lines.join()).toContain(coloured.bold('alice: look'))
    },
  )

  test('not to a channel that was left meanwhile', () => {
    const { session, channels, hear } = setUp()
    hear(messageOf(BOB, 'x', { channel: 'ops' }))
    session.goToUnread()
    expect(channels).toEqual([])
  })

  test('going there by its place in the list', () => {
    const { chat, session, channels } = setUp()
    chat.channels = ['general', 'ops']
    for (const place of [2, 3, 0, 1]) session.goTo(place)
    expect(channels).toEqual(['ops', 'general'])
  })
})

describe('what happens around', () => {
  test('members, joins and leaves', () => {
    const { session, lines } = setUp()
    session.show({ kind: 'present', channel: 'general', peers: [BOB] })
    session.show({ kind: 'joined', channel: 'general', peer: CAROL })
    expect(lines).toEqual(['-- #general: bob is here', '-- carol joined #general'])
  })

  test('a command that joins says who is there, and no event does', async () => {
    const { chat, session, lines } = setUp()
    chat.others.set('ops', [BOB])
    const join = chat.join.bind(chat)
    chat.join = async (channel) => {
      await join(channel)
      session.show({ kind: 'present', channel, peers: [BOB] })
    }
    await session.perform('#ops')
    expect(lines).toEqual(['-- you are in #ops, with bob; you left #general'])
  })

  test('the search for the tracker has a line only if verbose', () => {
    for (const verbose of [false, true]) {
      const { session, lines } = setUp({ verbose })
      session.show({ kind: 'tracker', state: 'connecting', detail: '' })
      session.show({ kind: 'tracker', state: 'registered', detail: '' })
      expect(lines).toHaveLength(verbose ? 2 : 1)
    }
  })

  test.each<[name: string, options: Partial<SessionOptions>, lines: string[]]>([
    [
      'asked for',
      {},
      [
        '-- the tracker does not answer (refused); peers you know can still be reached, and it is tried again',
        '   to start one: parley tracker (or npm run tracker), in another terminal',
      ],
    ],
    [
      'that would only be nice to have',
      { optionalTracker: '127.0.0.1:9001' },
      ['-- no tracker at 127.0.0.1:9001; the LAN is enough'],
    ],
  ])('a tracker %s and is not there', (_name, options, expected) => {
    const { session, lines } = setUp(options)
    session.show({ kind: 'tracker', state: 'connecting', detail: '' })
    session.show({ kind: 'tracker', state: 'lost', detail: 'refused' })
    expect(lines).toEqual(expected)
  })

  test('an optional tracker that was there is missed all the same', () => {
    const { session, lines } = setUp({ optionalTracker: '127.0.0.1:9001' })
    session.show({ kind: 'tracker', state: 'registered', detail: '' })
    session.show({ kind: 'tracker', state: 'lost', detail: 'refused' })
    expect(lines[1]).toMatch(/^-- the tracker does not answer \(refused\)/)
  })

  test('datagrams have lines only if verbose', () => {
    for (const verbose of [false, true]) {
      const { session, lines } = setUp({ verbose })
      session.show({
        kind: 'datagram',
        way: 'RECV',
        at: NOON,
        address: '10.0.0.2:50999',
        type: 'PING',
        text: 'x',
      })
      expect(lines).toEqual(verbose ? ['12:03:00 RECV < 10.0.0.2:50999 PING', '    x'] : [])
    }
  })

  test('a group that others made has a line; for one made by a command, the command has it', async () => {
    const { chat, session, lines } = setUp()
    chat.others.set('general', [MAI])
    const group = { kind: 'group', name: 'Lab 204', channel: 'lab-204', news: 'created' } as const
    const locate = chat.locate.bind(chat)
    chat.locate = (nick) => {
      session.show(group)
      return locate(nick)
    }
    session.show(group)
    await session.perform('/group Lab Mai')
    expect(lines).toEqual([
      "-- You've been added to Lab 204: it is #lab-204 here",
      '-- the group "Lab", with Mai, is #lab here: write there with #lab text',
    ])
  })

  test('another wording: its lines, and none where it has none', () => {
    const { session, lines, hear } = setUp({
      wording: {
        isDated: false,
        message: ({ from, content }, _receivedAt, { mention }) =>
          `${from.name} ${textOf(content)} ${mention === true ? '!' : ''}`,
        news: (news) => (news.kind === 'joined' ? `welcome ${news.peer.name}` : undefined),
      },
    })
    hear(messageOf(BOB, 'alice: hello'))
    session.show({ kind: 'joined', channel: 'general', peer: BOB })
    session.show({ kind: 'renamed', peer: BOB, before: 'robert' })
    expect(lines).toEqual(['bob alice: hello !', 'welcome bob'])
  })

  test('messages and answers, remarks, and errors go to different places', async () => {
    const apart: Record<string, string[]> = { print: [], note: [], problem: [] }
    const into = (where: string) => (text: string) => apart[where]?.push(...text.split('\n'))
    const { session, chat, hear, receipt } = setUp({
      echo: false,
      summarizes: true,
      print: into('print'),
      note: into('note'),
      problem: into('problem'),
    })
    chat.others.set('ops', [BOB])
    session.show({ kind: 'joined', channel: 'general', peer: CAROL })
    hear(messageOf(BOB, 'hello'))
    await session.perform('#ops')
    await session.perform('/who')
    await session.perform('/jion')
    receipt(messageOf(ALICE, 'x'), { failed: [{ peer: BOB, reason: 'refused' }] })
    expect(apart['print']).toEqual([
      '12:03 #general <bob> hello',
      '-- #ops: you, bob (10.0.0.2:8002)',
      '-- 1 here reads in clear, without a key: bob',
    ])
    expect(apart['note']).toEqual([
      '-- carol joined #general',
      '-- you are in #ops, with bob; you left #general',
    ])
    expect(apart['problem']).toEqual([
      expect.stringContaining('there is no /jion'),
      '✗ not delivered to bob: refused',
    ])
  })

  test.each(['help', 'who', 'list', 'profile', 'history', 'search hello'])(
    '/%s asks for something',
    async (command) => {
      const printed: string[] = []
      const { session, chat } = setUp({ print: (text) => printed.push(text), note: () => undefined })
      chat.shown.push(entryOf(messageOf(BOB, 'hello')))
      await session.perform(`/${command}`)
      expect(printed).toHaveLength(1)
    },
  )

  test('a text is said as it is, whatever it begins with', async () => {
    const { session, chat, lines } = setUp()
    for (const text of ['/quit', '#ops hello', '  indented', 'LIST']) await session.say(text)
    expect(chat.done).toEqual(
      ['/quit', '#ops hello', '  indented', 'LIST'].map((text) => `say #general ${text}`),
    )
    await session.say('x'.repeat(4_097))
    expect(lines).toEqual(['-- message must have at most 4096 characters, not 4097'])
    expect(session.failed).toBe(true)
  })

  test('quiet prints nothing, but counts undelivered messages', () => {
    const { session, lines, say, receipt, hear } = setUp({ quiet: true })
    hear(messageOf(BOB, 'hello'))
    receipt(say('hello'), { recipients: 0 })
    expect(lines).toEqual([])
    expect(session.undelivered).toBe(true)
  })
})

describe('a line', () => {
  test('that is wrong is answered, and remembered as such', async () => {
    const { chat, session, lines } = setUp()
    await session.perform('/jion')
    expect(lines).toEqual([
      '-- there is no /jion; did you mean /join? See /help. To send it as text, write //jion',
    ])
    expect(chat.done).toEqual([])
    expect(session.failed).toBe(true)
  })

  test('that is right is done', async () => {
    const { chat, session } = setUp()
    await session.perform('hello')
    expect(chat.done).toEqual(['say #general hello'])
    expect(session.failed).toBe(false)
  })

  test('errors are sanitized', async () => {
    const { chat, session, lines } = setUp()
    chat.join = () => Promise.reject(new Error('evil\x1b[2J\ntext'))
    await session.perform('#ops')
    expect(lines).toEqual(['-- evil␛[2J␊text'])
  })

  test('/quit', async () => {
    const { session, quits } = setUp()
    await session.perform('/quit')
    expect(quits()).toBe(1)
  })
})

describe('lines that come fast', () => {
  test('are done one after the other: what follows /part goes by the state after it', async () => {
    const { chat, session, channels, lines } = setUp()
    chat.channels = ['general', 'ops']
    session.goTo(2)
    await Promise.all(['/part', 'hello', '/history 3'].map((line) => session.perform(line)))
    expect(chat.done).toEqual(['part #ops', 'say #general hello', 'history #general 3'])
    expect(channels).toEqual(['ops', 'general'])
    expect(lines).toEqual(['-- you left #ops', '-- #general: the last 0'])
  })

  test('text after the last /part is refused, and the prompt names no channel', async () => {
    const { chat, session, channels, lines } = setUp()
    await Promise.all([session.perform('/part'), session.perform('hello'), session.say('pasted')])
    expect(chat.done).toEqual(['part #general'])
    expect(channels).toEqual([undefined])
    const nowhere = '-- you are in no channel: #general goes to one'
    expect(lines).toEqual(['-- you left #general', nowhere, nowhere, nowhere])
    await session.perform('#ops')
    expect(channels.at(-1)).toBe('ops')
  })

  test('text after a channel goes there, and a shortcut waits for its turn', async () => {
    const { chat, session } = setUp()
    const all = [session.perform('/say stay'), session.perform('#ops'), session.perform('hello')]
    session.goTo(1)
    all.push(session.perform('back'))
    await Promise.all(all)
    expect(chat.done).toEqual(['say #general stay', 'join #ops', 'say #ops hello', 'say #general back'])
  })

  test('one that fails does not stop the next', async () => {
    const { chat, session } = setUp()
    chat.part = () => Promise.reject(new Error('no'))
    await Promise.all([session.perform('/part'), session.perform('hello')])
    expect(chat.done).toEqual(['say #general hello'])
    expect(session.failed).toBe(true)
  })

  test('done() waits for them, and not for ever', async () => {
    const { chat, clock, session } = setUp()
    let finish = (): void => undefined
    chat.part = () => new Promise<void>((resolve) => (finish = resolve))
    void session.perform('/part')
    void session.perform('/say hi')
    let isDone = false
    const done = session.done(1_000).then(() => (isDone = true))
    await clock.advance(999)
    expect(isDone).toBe(false)
    finish()
    await done
    expect(chat.done).toEqual(['say #general hi'])
    chat.part = () => new Promise<void>(() => undefined)
    void session.perform('/part')
    const given = session.done(1_000)
    await clock.advance(1_000)
    await given
    expect(clock.due).toEqual([])
  })
})

describe('a channel that is not ours any more', () => {
  test('is left by the prompt when a group is taken from us', () => {
    const { chat, session, channels } = setUp()
    chat.channels = ['general', 'lab']
    session.goTo(2)
    chat.channels = ['general']
    session.show({ kind: 'group', name: 'Lab', channel: 'lab', news: 'removed' })
    expect(channels).toEqual(['lab', 'general'])
  })

  test('is never where a session begins', () => {
    const chat = new FakeChat()
    chat.channels = ['ops']
    const { channels, session } = setUp({ chat })
    expect(session.current).toBe('ops')
    expect(channels).toEqual(['ops'])
  })
})

test('Alt-I writes the line that ignores who spoke last, in quotes where that is needed', () => {
  const { session } = setUp()
  expect(session.ignoreLast).toBeUndefined()
  for (const from of [CAROL, { ...BOB, name: 'Bob B' }])
    session.show({
      ...{ kind: 'message', message: messageOf(from, 'hi'), at: NOON, receivedAt: NOON },
      ...{ late: false, own: false },
    })
  expect(session.ignoreLast).toBe('/ignore "Bob B"')
})

describe('days', () => {
  const DAY = 24 * 3_600_000

  test('midnight has a line, every night, until the end', async () => {
    const { clock, session, lines } = setUp()
    session.begin()
    await clock.advance(2 * DAY)
    expect(lines).toEqual(['-- Sat Nov 22 2025', '-- Sun Nov 23 2025'])
    session.flush()
    expect(clock.due).toEqual([])
  })

  test('a line of another day than the one before it has the day above it', async () => {
    const { clock, session, lines, say, receipt } = setUp()
    await clock.advance(DAY)
    const hear = (text: string): void => {
      const at = clock.now()
      session.show({
        kind: 'message',
        message: messageOf(BOB, text),
        at,
        receivedAt: at,
        late: false,
        own: false,
      })
    }
    hear('one')
    hear('two')
    receipt(say('at noon'), { delivered: 1 })
    expect(lines).toEqual([
      ...['-- Sat Nov 22 2025', '12:03 #general <bob> one', '12:03 #general <bob> two'],
      ...['-- Fri Nov 21 2025', '12:03 #general <alice> at noon ✓'],
    ])
  })

  test('/history of another day: what comes next says that it is today', async () => {
    const { chat, session, lines, hear } = setUp()
    chat.shown.push(entryOf(messageOf(BOB, 'old', { sentAt: NOON - DAY })))
    await session.perform('/history')
    hear(messageOf(BOB, 'new'))
    expect(lines).toEqual([
      ...['-- #general: the last 1', '-- Thu Nov 20 2025', '12:03 #general <bob> old'],
      ...['-- Fri Nov 21 2025', '12:03 #general <bob> new'],
    ])
  })
})

test('at the start missed messages are one block above later events, each with its own time', async () => {
  const { clock, session, lines, hear } = setUp()
  const minute = 60_000
  const missed = (text: string, ago: number): void => {
    const more = { at: NOON - ago, receivedAt: NOON, late: ago > minute, own: false }
    session.show({ kind: 'message', message: messageOf(BOB, text), caughtUp: true, ...more })
  }
  session.begin()
  hear(messageOf(CAROL, 'live'))
  missed('five minutes old', 5 * minute)
  missed('ten minutes old', 10 * minute)
  missed('just before', 10_000)
  await clock.advance(1_000)
  expect(lines).toEqual([
    '-- said before: 3 messages in #general',
    '11:53 #general <bob> ten minutes old',
    '11:58 #general <bob> five minutes old',
    '12:02 #general <bob> just before',
    '-- now',
    '12:03 #general <carol> live',
  ])
})

test('another wording gets the times of saying and of arrival, the oldest message first', async () => {
  const { clock, session, lines, hear } = setUp({
    wording: {
      isDated: false,
      message: ({ content, sentAt }, receivedAt) =>
        `${textOf(content)}, ${(receivedAt - sentAt) / 60_000} min`,
      news: () => undefined,
    },
  })
  session.begin()
  hear(messageOf(CAROL, 'live'))
  for (const minutes of [5, 10]) {
    const more = { at: NOON - minutes * 60_000, receivedAt: NOON, late: true, own: false }
    session.show({ kind: 'message', message: messageOf(BOB, 'old'), caughtUp: true, ...more })
  }
  await clock.advance(1_000)
  expect(lines).toEqual([
    '-- said before: 2 messages in #general',
    'old, 10 min',
    'old, 5 min',
    '-- now',
    expect.stringMatching(/^live, /),
  ])
})

test('between pipes a line that was caught up and is young is printed as it comes', () => {
  const { session, lines } = setUp()
  const more = { at: NOON - 1_000, receivedAt: NOON, late: false, own: false }
  session.show({ kind: 'message', message: messageOf(BOB, 'just before'), caughtUp: true, ...more })
  expect(lines).toEqual(['12:03 #general <bob> just before'])
})
