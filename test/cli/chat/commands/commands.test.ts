/** Lines of the user: what they mean and what they do. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../../src/chat/limits.ts'
import { sayText } from '../../../../src/cli/chat/commands/perform.ts'
import { readInput } from '../../../../src/cli/chat/commands/read-input.ts'
import { KeyPair } from '../../../../src/identity/key-pair.ts'
import { shortId } from '../../../../src/identity/short-id.ts'
import { COMMANDS } from '../../../../src/cli/chat/commands/registry.ts'
import { ALICE, BOB, CAROL, FakeSession, MAI, NOON, entryOf, messageOf, onLan } from '../../fake-chat.ts'
import type { Peer } from '../../../../src/chat/model.ts'
import type { KeyId } from '../../../../src/identity/public-key.ts'

/** An input in one line: its kind, its command or channel, and the text behind. */
function described(line: string): string {
  const input = readInput(line)
  switch (input.kind) {
    case 'nothing':
      return 'nothing'
    case 'text':
      return `text: ${input.text}`
    case 'channel':
      return `#${input.channel}: ${input.text}`
    case 'command':
      return `/${input.command.names[0] ?? ''}: ${input.rest}`
  }
}

const [KEY, OWN_KEY] = [2, 3].map((number) => new KeyPair(Buffer.alloc(32, number)).id) as [KeyId, KeyId]

describe('reading a line', () => {
  test.each<[line: string, meaning: string]>([
    ['', 'nothing'],
    [' \t ', 'nothing'],
    ['hello', 'text: hello'],
    ['  hello there  ', 'text:   hello there'],
    ['\n \n    if x:\n        y\n', 'text:     if x:\n        y'],
    ['one\ntwo', 'text: one\ntwo'],
    ['//join', 'text: /join'],
    ['///', 'text: //'],
    ['/join #ops', '/join: #ops'],
    ['/JOIN #ops', '/join: #ops'],
    ['  /join   #ops  ', '/join: #ops'],
    ['/leave', '/part: '],
    ['/dm bob hi', '/msg: bob hi'],
    ['/query bob hi', '/msg: bob hi'],
    ['/names', '/who: '],
    ['/peers', '/list: '],
    ['/name Bob', '/nick: Bob'],
    ['/whois bob', '/profile: bob'],
    ['/exit', '/quit: '],
    ['/me waves\ntwice', '/me: waves\ntwice'],
    ['/say /help', '/say: /help'],
    ['#ops', '#ops: '],
    ['#Ops', '#ops: '],
    ['#ops hello there', '#ops: hello there'],
    ['#ops\nhello', '#ops: hello'],
    ['# ops', 'text: # ops'],
    ['#', 'text: #'],
    ['## title', 'text: ## title'],
    ['a #ops', 'text: a #ops'],
    ['HELP', '/help: '],
    ['LIST', '/list: '],
    ['VERBOSE', '/verbose: '],
    ['QUIT', '/quit: '],
    ['PROFILE', '/profile: '],
    ['PROFILE bob', '/profile: bob'],
    ['POST hello all', '/post: hello all'],
    ['DM bob hello', '/msg: bob hello'],
    ['POST', '/post: '],
    ['DM', '/msg: '],
    ['LIST of things', 'text: LIST of things'],
    ['QUIT it', 'text: QUIT it'],
    ['HELP me please', 'text: HELP me please'],
    ['PROFILE of a man', 'text: PROFILE of a man'],
    ['list', 'text: list'],
    ['Quit', 'text: Quit'],
    ['POSTAGE', 'text: POSTAGE'],
    ['WHO', 'text: WHO'],
  ])('%j is %j', (line, meaning) => {
    expect(described(line)).toBe(meaning)
  })

  test.each<[line: string, detail: string]>([
    ['/jion #ops', 'there is no /jion; did you mean /join? See /help. To send it as text, write //jion'],
    ['/qiut', 'there is no /qiut; did you mean /quit? See /help. To send it as text, write //qiut'],
    [
      '/HISTROY',
      'there is no /HISTROY; did you mean /history? See /help. To send it as text, write //HISTROY',
    ],
    ['/etc/passwd', 'there is no /etc/passwd; see /help. To send it as text, write //etc/passwd'],
    ['/x', 'there is no /x; see /help. To send it as text, write //x'],
    ['/foo', 'there is no /foo; see /help. To send it as text, write //foo'],
    ['/away', 'there is no /away; see /help. To send it as text, write //away'],
    ['/', 'there is no /; see /help. To send it as text, write //'],
    ['/__proto__', 'there is no /__proto__; see /help. To send it as text, write //__proto__'],
    ['#a!b', 'channel must be letters, digits, "_", "." or "-"'],
    [`#${'x'.repeat(65)}`, 'channel must have at most 64 bytes'],
  ])('%j is refused: %s', (line, detail) => {
    expect(() => readInput(line)).toThrow(detail)
  })

  test('every name of every command is read as that command', () => {
    for (const command of COMMANDS) {
      for (const name of command.names) expect(readInput(`/${name}`)).toMatchObject({ command })
    }
  })
})

describe('doing it', () => {
  test.each<[line: string, done: string[]]>([
    ['hello', ['say #general hello']],
    ['//hello', ['say #general /hello']],
    ['/say /help', ['say #general /help']],
    ['/me waves', ['me #general waves']],
    ['#general hello', ['say #general hello']],
    ['/msg "Nguyễn Văn An" chào', ['direct 10.0.0.3:8003 chào']],
    ['/msg @"Nguyễn Văn An"  "chào" An', ['direct 10.0.0.3:8003 "chào" An']],
    ['DM "Nguyễn Văn An" chào', ['direct 10.0.0.3:8003 chào']],
    ['/msg "say \\"hi\\"" chào', ['direct 10.0.0.4:8004 chào']],
    ['/nick "Văn An"', ['rename Văn An']],
    ['/nick Văn An', ['rename Văn An']],
    ['POST hello', ['join #general', 'say #general hello']],
    ['/post one\ntwo', ['join #general', 'say #general one\ntwo']],
    ['DM bob hello there', ['direct 10.0.0.2:8002 hello there']],
    ['/msg @bob hello', ['direct 10.0.0.2:8002 hello']],
    ['/msg 10.0.0.2:8002 one\ntwo', ['direct 10.0.0.2:8002 one\ntwo']],
    ['/nick robert', ['rename robert']],
    ['/same bob "say \\"hi\\""', ['same 10.0.0.2:8002 10.0.0.4:8004']],
    ['/quit', ['quit']],
    ['QUIT', ['quit']],
    ['/part', ['part #general']],
    ['/history', ['history #general 20']],
    ['/history 5', ['history #general 5']],
    ['', []],
  ])('%j', async (line, done) => {
    const session = new FakeSession()
    const an = { ...CAROL, name: 'Nguyễn Văn An' }
    const quotes = { ip: '10.0.0.4', port: 8004, name: 'say "hi"' }
    session.chat.others.set('general', [BOB, an, quotes])
    expect(await session.type(line)).toBeUndefined()
    expect(session.chat.done).toEqual(done)
  })

  test.each<[line: string, detail: string]>([
    ['/jion ops', 'there is no /jion; did you mean /join? See /help. To send it as text, write //jion'],
    ['/nick #x', 'name must not begin with # or @: these mark channels and people in commands'],
    ['/nick @x', 'name must not begin with # or @: these mark channels and people in commands'],
    ['/msg', 'usage: /msg nick text'],
    ['/msg bob', 'usage: /msg nick text'],
    ['DM', 'usage: /msg nick text'],
    ['/me', 'usage: /me text'],
    ['/say', 'usage: /say text'],
    ['POST', 'usage: /post text'],
    ['/join', 'usage: /join #channel'],
    [
      '/join two words',
      'usage: /join #channel; "words" is a word too many for /join; the name of a channel has no spaces',
    ],
    [
      '/part #general now',
      'usage: /part [#channel]; "now" is a word too many for /part; the name of a channel has no spaces',
    ],
    [
      '/who #kênh một',
      'usage: /who [#channel]; "một" is a word too many for /who; the name of a channel has no spaces',
    ],
    ['/history 5 6', 'usage: /history [#channel] [n], n being a number above 0'],
    ['/quit smoking', 'usage: /quit; "smoking" is a word too many for /quit'],
    ['/list all', 'usage: /list; "all" is a word too many for /list'],
    ['/retry now', 'usage: /retry; "now" is a word too many for /retry'],
    ['/verbose on', 'usage: /verbose; "on" is a word too many for /verbose'],
    ['/help join me', 'usage: /help [command]; "me" is a word too many for /help'],
    ['/revoke all', 'usage: /revoke; "all" is a word too many for /revoke'],
    ['/ttl 5 minutes', 'usage: /ttl seconds; "minutes" is a word too many for /ttl'],
    [
      '#kênh một',
      'you are not in #kênh: go there with #kênh, then write. The name of a channel has no spaces: #kênh-một is one',
    ],
    ['#ops is down!', 'you are not in #ops: go there with #ops, then write'],
    ['/part #ops', 'you are not in #ops'],
    ['/same bob', 'usage: /same address nick'],
    ['/same bob carol dave', 'usage: /same address nick; "dave" is a word too many for /same'],
    ['/nick', 'usage: /nick name'],
    ['/nick \u202eevil', 'name must not contain control or invisible characters'],
    [`/nick ${'x'.repeat(65)}`, 'name must have at most 32 characters (64 bytes)'],
    [`/nick ${'x'.repeat(33)}`, 'name must have at most 32 characters (64 bytes)'],
    ['/profile zoe', 'nobody here is called zoe'],
    ['/msg zoe hello', 'nobody here is called zoe'],
    ['/history none', 'usage: /history [#channel] [n], n being a number above 0'],
    ['/history 0', 'usage: /history [#channel] [n], n being a number above 0'],
    ['/search', 'usage: /search words'],
    ['/history 1.5', 'usage: /history [#channel] [n], n being a number above 0'],
    ['/help everything', 'there is no /everything; see /help. To send it as text, write //everything'],
    [
      'x'.repeat(LIMITS.textCharacters + 1),
      `message must have at most ${LIMITS.textCharacters} characters, not ${LIMITS.textCharacters + 1}`,
    ],
    ['é'.repeat(4_096) + '€', 'message must have at most 4096 characters, not 4097'],
    ['€'.repeat(4_000), 'message must have at most 8192 bytes, not 12000'],
  ])('%j is refused, and nothing is sent: %s', async (line, detail) => {
    const session = new FakeSession()
    expect(await session.type(line)).toBe(detail)
    expect(session.chat.done).toEqual([])
  })

  test('text goes to the channel in front', async () => {
    const session = new FakeSession()
    session.current = 'ops'
    await session.type('hello')
    await session.type('/me waves')
    expect(session.chat.done).toEqual(['say #ops hello', 'me #ops waves'])
  })
})

describe('going to a channel', () => {
  test('leaves #general, where every chat starts', async () => {
    const session = new FakeSession()
    session.chat.others.set('ops', [BOB, CAROL])
    await session.type('#ops')
    expect(session.chat.done).toEqual(['join #ops', 'part #general'])
    expect(session.current).toBe('ops')
    expect(session.lines).toEqual(['-- you are in #ops, with bob, carol; you left #general'])
  })

  test('leaves one that was joined elsewhere and only looked at', async () => {
    const session = new FakeSession()
    session.chat.channels.push('dev')
    session.current = 'dev'
    await session.type('#ops')
    expect(session.chat.channels).toEqual(['general', 'ops'])
    expect(session.lines).toEqual(['-- you are in #ops, no one else is known there yet; you left #dev'])
  })

  test('that is in front already leaves nothing', async () => {
    const session = new FakeSession()
    await session.type('#general')
    expect(session.chat.done).toEqual(['join #general'])
    expect(session.lines).toEqual(['-- you are in #general, no one else is known there yet'])
  })

  test('that was left already does not say so again', async () => {
    const session = new FakeSession()
    session.chat.channels = []
    await session.type('#ops')
    expect(session.lines).toEqual(['-- you are in #ops, no one else is known there yet'])
  })

  test('keeps the one where one has written', async () => {
    const session = new FakeSession()
    await session.type('hello')
    await session.type('/join ops')
    expect(session.chat.channels).toEqual(['general', 'ops'])
    expect(session.lines).toEqual(['-- you are in #ops, no one else is known there yet'])
  })

  test('keeps the ones where one went', async () => {
    const session = new FakeSession()
    for (const line of ['#ops', '#dev', '#general']) await session.type(line)
    expect(session.chat.channels).toEqual(['ops', 'dev', 'general'])
    expect(session.current).toBe('general')
  })

  test('only to write there does not leave', async () => {
    const session = new FakeSession()
    session.chat.channels.push('ops')
    await session.type('#ops hello')
    expect(session.current).toBe('general')
    expect(session.chat.channels).toEqual(['general', 'ops'])
  })

  test('that cannot be joined changes nothing', async () => {
    const session = new FakeSession()
    session.chat.join = () => Promise.reject(new Error('the tracker says no'))
    await expect(session.type('#ops')).rejects.toThrow('the tracker says no')
    expect(session.current).toBe('general')
    expect(session.chat.channels).toEqual(['general'])
  })

  test('parting from it goes to another one', async () => {
    const session = new FakeSession()
    await session.type('hello')
    await session.type('#ops')
    await session.type('/part')
    expect(session.current).toBe('general')
    await session.type('/part #general')
    expect(session.chat.channels).toEqual([])
    expect(session.current).toBeUndefined()
    expect(session.lines.slice(1)).toEqual([
      '-- you left #ops',
      '-- you left #general',
      '-- you are in no channel: #general goes to one',
    ])
  })
})

test('the help says when a channel is left', async () => {
  const session = new FakeSession()
  await session.type('/help')
  expect(session.lines).toContain(
    '  #channel           go there, and leave this one unless you went or wrote here',
  )
})

describe('in no channel', () => {
  const NOWHERE = 'you are in no channel: #general goes to one'

  test.each(['hello', '/me waves', '/say hi', '/history', '/who', '/part'])('%s is refused', async (line) => {
    const session = new FakeSession()
    await session.type('/part')
    expect(await session.type(line)).toBe(NOWHERE)
    expect(session.chat.done).toEqual(['part #general'])
  })

  test('a message to one person and a way back are not', async () => {
    const session = new FakeSession()
    session.chat.others.set('elsewhere', [BOB])
    for (const line of ['/part', '/msg bob hi', '#general', 'hello']) {
      expect(await session.type(line)).toBeUndefined()
    }
    expect(session.chat.done.slice(1)).toEqual([
      'direct 10.0.0.2:8002 hi',
      'join #general',
      'say #general hello',
    ])
  })
})

describe('pasted text', () => {
  test.each<[text: string, said: string]>([
    ['/quit\nhello', '/quit\nhello'],
    ['/quit', '/quit'],
    ['#1 reason', '#1 reason'],
    ['DM x y', 'DM x y'],
    ['//comment', '//comment'],
    ['    indented\n  less\n', '    indented\n  less'],
  ])('%j is said as it is', (text, said) => {
    const session = new FakeSession()
    sayText(session, text)
    expect(session.chat.done).toEqual([`say #general ${said}`])
  })

  test('of spaces only is nothing', () => {
    const session = new FakeSession()
    sayText(session, ' \n ')
    expect(session.chat.done).toEqual([])
  })
})

describe('a name with spaces that begins a line', () => {
  const BUILDER = { ip: '10.0.0.4', port: 8004, name: 'Bob the Builder' }
  const THE = { ip: '10.0.0.5', port: 8005, name: 'Bob the' }
  const AN = { ip: '10.0.0.6', port: 8006, name: 'Nguyễn Văn An' }

  test.each<[what: string, here: readonly Peer[], line: string, done: string]>([
    ['is meant, and not its first word', [BUILDER], '/msg Bob the Builder x', 'direct 10.0.0.4:8004 x'],
    [
      'is meant before a shorter name that is here',
      [BOB, BUILDER],
      '/msg Bob the Builder x',
      'direct 10.0.0.4:8004 x',
    ],
    [
      'is meant before a shorter one with spaces',
      [THE, BUILDER],
      '/msg Bob the Builder x',
      'direct 10.0.0.4:8004 x',
    ],
    [
      'the shorter one is meant where the line goes on otherwise',
      [THE, BUILDER],
      '/msg Bob the x',
      'direct 10.0.0.5:8005 x',
    ],
    ['is meant in whatever case', [BUILDER], '/msg bob THE builder x', 'direct 10.0.0.4:8004 x'],
    ['is meant without its accents', [AN], '/msg nguyen van an chào An', 'direct 10.0.0.6:8006 chào An'],
    [
      'as it is spelt comes before one that is alike',
      [{ ...BUILDER, name: 'bob the' }, THE],
      '/msg Bob the x',
      'direct 10.0.0.5:8005 x',
    ],
    [
      'may have an @ and more spaces',
      [BUILDER],
      '/msg  @Bob  the   Builder  a  b',
      'direct 10.0.0.4:8004 a  b',
    ],
    ['is meant by DM, too', [BUILDER], 'DM Bob the Builder x', 'direct 10.0.0.4:8004 x'],
    [
      'a part of a word is none',
      [BOB, { ...BUILDER, name: 'bob th' }],
      '/msg bob the x',
      'direct 10.0.0.2:8002 the x',
    ],
    [
      'a first word in quotes is all of the name',
      [BOB, BUILDER],
      '/msg "bob" the Builder x',
      'direct 10.0.0.2:8002 the Builder x',
    ],
    [
      'is not meant where only its first word is',
      [BOB, BUILDER],
      '/msg bob hello',
      'direct 10.0.0.2:8002 hello',
    ],
  ])('%s', async (_what, here, line, done) => {
    const session = new FakeSession()
    session.chat.others.set('general', [...here])
    expect(await session.type(line)).toBeUndefined()
    expect(session.chat.done).toEqual([done])
  })

  test('and ends it: there is no text, and nothing is said to a peer of its first word', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [BOB, BUILDER])
    expect(await session.type('/msg Bob the Builder')).toBe('usage: /msg nick text')
    expect(session.chat.done).toEqual([])
  })
})

describe('only the first word of a name', () => {
  test('is answered with how to write it', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [{ ...CAROL, name: 'Nguyễn Văn An' }])
    expect(await session.type('/msg Nguyễn chào')).toBe(
      'nobody here is called Nguyễn: a name with spaces is written in quotes, "Nguyễn Văn An"',
    )
  })

  test.each(['/profile "Nguyễn Văn An"', '/profile Nguyễn Văn An'])('%s', async (line) => {
    const session = new FakeSession()
    session.chat.others.set('general', [{ ...CAROL, name: 'Nguyễn Văn An' }])
    await session.type(line)
    expect(session.lines[0]).toBe('-- Nguyễn Văn An at 10.0.0.3:8003, in #general')
  })
})

describe('what commands print', () => {
  test('/help and its pages: every command once', async () => {
    const session = new FakeSession()
    for (const line of ['/help', '/help more', '/help closed', '/help lan', '/help keys'])
      await session.type(line)
    for (const { usage, help } of COMMANDS) {
      expect(session.lines.filter((line) => line.includes(usage) && line.includes(help))).toHaveLength(1)
    }
  })

  test.each(['/help', '/help more', '/help closed', '/help lan', '/help keys'])(
    '%s fits a screen of 24 rows and 80 columns, the prompt and the line above it included',
    async (line) => {
      const session = new FakeSession()
      await session.type(line)
      expect(session.lines.length).toBeLessThanOrEqual(22)
      for (const each of session.lines) expect(each.length).toBeLessThanOrEqual(80)
    },
  )

  test('/help names the other pages and some keys, and begins with text and channels', async () => {
    const session = new FakeSession()
    await session.type('/help')
    expect(session.lines[0]).toMatch(/^ {2}text +goes to the channel/)
    expect(session.lines[1]).toMatch(/^ {2}#channel /)
    for (const word of ['/help keys', '/help lan', '/help more', 'Tab', 'Ctrl-R', 'Alt-1']) {
      expect(session.lines.join('\n')).toContain(word)
    }
  })

  test.each([['/help join'], ['/help /join'], ['/HELP JOIN']])('%s: that one', async (line) => {
    const session = new FakeSession()
    await session.type(line)
    expect(session.lines).toHaveLength(1)
    expect(session.lines[0]).toMatch(/^ {2}\/join #channel +join a channel/)
  })

  test('/who', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [{ ...BOB, key: KEY }, CAROL])
    await session.type('/who')
    session.chat.channels.push('ops')
    await session.type('/who #ops')
    expect(session.lines).toEqual([
      '-- #general: you, bob (10.0.0.2:8002), carol (10.0.0.3:8003)',
      '-- 1 here reads in clear, without a key: carol',
      '-- #ops: you, no one else',
    ])
  })

  test('/who of another channel: the peers that announce it on the LAN', async () => {
    const session = new FakeSession()
    session.chat.people = [
      onLan(BOB, { channels: ['general', 'ops'] }),
      onLan(BOB, { channels: ['ops'], node: 'ffeeddccbbaa0099' }),
      onLan({ ...CAROL, name: 'ca\u202erol' }, { channels: ['ops'] }),
      onLan(MAI),
    ]
    for (const channel of ['#ops', '#nowhere']) await session.type(`/who ${channel}`)
    session.chat.channels = ['ops']
    session.current = 'ops'
    await session.type('/who #general')
    expect(session.lines).toEqual([
      expect.stringMatching(
        /^-- you are not in #ops; known there: bob \(10\.0\.0\.2:8002\), ca[^\u202e]*rol \(/,
      ),
      '-- you are not in #nowhere; no peer is known there',
      expect.stringMatching(
        /^-- you are not in #general; known there: bob \(10\.0\.0\.2:8002\), Mai \(10\.0\.0\.11:50999\)$/,
      ),
    ])
  })

  test('/list', async () => {
    const session = new FakeSession()
    session.chat.channels = ['general', 'ops']
    session.chat.others.set('general', [BOB, CAROL]).set('ops', [BOB])
    session.current = 'ops'
    await session.type('LIST')
    expect(session.lines).toEqual([
      '-- channels (Alt-1 to Alt-9)',
      '  1  #general  3 there',
      ' *2  #ops  2 there',
      '-- people: 2',
      '    bob  10.0.0.2:8002',
      '    carol  10.0.0.3:8003',
    ])
  })

  test('/profile of oneself, of another user, of a user in no own channel', async () => {
    const session = new FakeSession()
    session.chat.channels = ['general', 'ops']
    session.chat.self = { ...ALICE, key: OWN_KEY }
    session.chat.others.set('ops', [{ ...BOB, key: KEY }]).set('elsewhere', [CAROL])
    session.chat.reachable = { host: '10.0.0.7', port: 8001 }
    for (const line of ['PROFILE', '/whois bob', '/profile carol']) await session.type(line)
    expect(session.lines).toEqual([
      '-- alice at 10.0.0.7:8001, in #general #ops',
      `-- your key ${shortId(OWN_KEY)}; in full ${OWN_KEY}`,
      '-- bob at 10.0.0.2:8002, in #ops',
      `-- key ${shortId(KEY)}, proved, known since Fri Nov 21 2025; in full ${KEY}`,
      '-- carol at 10.0.0.3:8003, in no channel of yours',
      '-- no key: any program at that address could be this one',
    ])
  })

  test('/profile of one who is away, whose key was not proved yet', async () => {
    const session = new FakeSession()
    session.chat.away = [{ ...BOB, key: KEY }]
    await session.type('/whois bob')
    expect(session.lines).toEqual([
      '-- bob away, last at 10.0.0.2:8002, in no channel of yours',
      `-- key ${shortId(KEY)}, not proved since you started, known since Fri Nov 21 2025; in full ${KEY}`,
    ])
  })

  test('/whois of one who was compared, and had other names', async () => {
    const session = new FakeSession()
    const bob = { ...BOB, key: KEY }
    session.chat.others.set('general', [bob])
    session.chat.verified.add(KEY)
    session.chat.formerNames.set(KEY, [
      { name: 'robert', until: NOON },
      { name: 'rob', until: NOON },
    ])
    await session.type('/whois bob')
    expect(session.lines.slice(2)).toEqual([
      '-- verified since Fri Nov 21 2025',
      '-- bob was called robert until Fri Nov 21 2025, rob until Fri Nov 21 2025',
    ])
  })

  test('/verify shows the number, "yes" marks, /unverify takes it back; lists have the mark', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [{ ...BOB, key: KEY }])
    await session.type('/verify bob')
    expect(session.lines.join('\n')).toMatch(
      /^-- your number with bob: bob sees the same[^]*\n {5}00000 00001 00002 00003 00004 00005\n {5}00006[^]*00011\n[^]*[▀▄█][^]*: \/verify bob yes$/,
    )
    session.lines.length = 0
    for (const line of ['/verify bob yes', '/list', '/who', '/unverify bob', '/unverify bob', '/who'])
      await session.type(line)
    expect(session.lines).toEqual(
      [
        '-- bob is verified, as long as its key and its name stay the same; /unverify bob takes that back',
        '-- channels (Alt-1 to Alt-9)\n *1  #general  2 there\n-- people: 1\n    bob [verified]  10.0.0.2:8002',
        '-- #general: you, bob [verified] (10.0.0.2:8002)',
        '-- bob is no longer verified',
        '-- bob was not verified',
        '-- #general: you, bob (10.0.0.2:8002)',
      ].flatMap((text) => text.split('\n')),
    )
  })

  test('/mute, /ignore and /block by name, key or channel, with a time, a list and an undo', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [{ ...BOB, key: KEY }, CAROL])
    for (const line of ['/mute #general', '/ignore bob', '/ignore carol 2d', '/block bob 10m', '/ignored'])
      await session.type(line)
    expect(session.lines).toEqual([
      '-- #general is muted until Fri Nov 21 2025 20:03: messages are shown, but nothing calls you; /unmute undoes it',
      '-- bob is ignored: messages are dropped and not kept; what was said before stays; /unignore undoes it',
      '-- carol (at 10.0.0.3:8003 only: it has no key) is ignored until Sun Nov 23 2025 12:03: messages are dropped and not kept; what was said before stays; /unignore undoes it',
      '-- bob is blocked until Fri Nov 21 2025 12:13: nothing is answered or sent there, as if you were away; /unblock undoes it',
      '-- muted, ignored or blocked: 3',
      '    #general muted since Fri Nov 21 2025 until Fri Nov 21 2025 20:03',
      '    bob blocked since Fri Nov 21 2025 until Fri Nov 21 2025 12:13, 0 attempts not answered',
      '    carol ignored since Fri Nov 21 2025 until Sun Nov 23 2025 12:03, 0 messages dropped',
    ])
    session.lines.length = 0
    for (const line of ['/unmute #general', '/unblock bob', '/unblock bob', '/unignore carol', '/ignored'])
      await session.type(line)
    expect(session.lines).toEqual([
      '-- #general is no longer muted',
      '-- bob is no longer blocked, 0 attempts not answered',
      '-- bob was not blocked',
      '-- carol is no longer ignored, 0 messages dropped',
      '-- muted, ignored or blocked: 0',
    ])
  })

  test.each([
    ['/mute bob 5x', 'a time is a number with s, m, h or d, such as 10m, 2h or 7d: 1s to 365d'],
    ['/ignore bob 0m', 'a time is a number with s, m, h or d, such as 10m, 2h or 7d: 1s to 365d'],
    ['/block bob 400d', 'a time is a number with s, m, h or d, such as 10m, 2h or 7d: 1s to 365d'],
    ['/mute bob soon', 'nobody here is called bob soon'],
  ])('%s: a time that is none', async (line, sentence) => {
    const session = new FakeSession()
    session.chat.others.set('general', [BOB])
    expect(await session.type(line)).toBe(sentence)
  })

  test('/contacts: people with keys, here or away', async () => {
    const session = new FakeSession()
    const [here, away] = [
      { ...BOB, key: KEY },
      { ...CAROL, key: OWN_KEY },
    ]
    session.chat.others.set('general', [here, MAI])
    session.chat.away = [away]
    session.chat.verified.add(KEY)
    await session.type('/contacts')
    expect(session.lines).toEqual([
      '-- people with keys that you met: 2',
      `    bob  ${shortId(KEY)}  verified  here`,
      `    carol  ${shortId(OWN_KEY)}  last seen Fri Nov 21 2025  1 message waits for it`,
    ])
  })

  test('/msg to one who is away, while another of that name is here', async () => {
    const session = new FakeSession()
    session.chat.others.set('general', [BOB])
    session.chat.warning = 'bob is away'
    await session.type('/msg bob hello')
    expect([session.lines, session.chat.done]).toEqual([['-- bob is away'], ['direct 10.0.0.2:8002 hello']])
  })

  test('/msg by label, short id and key', async () => {
    const session = new FakeSession()
    const label = `bob·${shortId(KEY)}`
    session.chat.others.set('general', [BOB, { ...BOB, key: KEY, label }])
    for (const word of [label, `@${label}`, KEY]) await session.type(`/msg ${word} hello`)
    expect(session.chat.done).toEqual(Array(3).fill(`direct ${KEY} hello`))
  })

  test('/nick and /verbose', async () => {
    const session = new FakeSession()
    for (const line of ['/nick  Änne ', '/verbose', 'VERBOSE']) await session.type(line)
    expect(session.lines).toEqual(['-- you are now Änne', '-- verbose on', '-- verbose off'])
  })

  test('/history', async () => {
    const session = new FakeSession()
    for (const text of ['one', 'two', 'three']) {
      session.chat.shown.push(entryOf(messageOf(BOB, text)))
    }
    await session.type('/history 2')
    expect(session.lines).toEqual([
      '-- #general: the last 2',
      '-- Fri Nov 21 2025',
      '12:03 #general <bob> two',
      '12:03 #general <bob> three',
    ])
  })

  test('/search: the newest last, in local time, with the day and the recipient', async () => {
    const session = new FakeSession()
    const day = 24 * 3_600_000
    session.chat.shown.push(
      entryOf(messageOf(BOB, 'tea at four'), { at: NOON - day }),
      entryOf(messageOf(BOB, 'coffee')),
      entryOf(messageOf(ALICE, 'tea!', { channel: 'private' }), {
        conversation: '@10.0.0.2:8002',
        own: true,
        to: { ...BOB, label: 'bob·10.0.0.2:8002' },
      }),
    )
    await session.type('/search tea')
    expect(session.lines.join('\n').split('\n')).toEqual([
      '-- 2 messages with all of: tea',
      '-- Thu Nov 20 2025',
      '12:03 #general <bob> tea at four',
      '-- Fri Nov 21 2025',
      '12:03 (to bob·10.0.0.2:8002) <alice> tea!',
    ])
  })

  test('/search with more results than are shown', async () => {
    const session = new FakeSession()
    for (let count = 0; count < 25; count++) session.chat.shown.push(entryOf(messageOf(BOB, `tea ${count}`)))
    await session.type('/search tea')
    expect(session.lines.join('\n').split('\n')[0]).toBe('-- the newest 20 messages with all of: tea')
  })

  test('/search without a result', async () => {
    expect(await new FakeSession().type('/search tea')).toBe('no message here has all of: tea')
  })

  test.each([
    [0, '-- nothing has failed'],
    [1, '-- trying again: 1 message'],
    [2, '-- trying again: 2 messages'],
  ])('/retry when %d failed', async (failed, line) => {
    const session = new FakeSession()
    session.chat.failed = failed
    await session.type('/retry')
    expect(session.lines).toEqual([line])
  })
})
