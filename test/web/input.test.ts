/** The input of the composer, and its completion. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { anyChannel } from '../../src/chat/wire/closed.ts'
import { channelName } from '../../src/chat/wire/fields.ts'
import { COMMANDS as TERMINAL_COMMANDS } from '../../src/cli/chat/commands/registry.ts'
import { channelIn } from '../../src/web/model/channel-name.ts'
import { commandWord } from '../../src/web/model/commands.ts'
import { complete, completed, recentSpeakers } from '../../src/web/model/completion.ts'
import { COMMANDS, readInput, type Input } from '../../src/web/model/input.ts'
import { message, ownMessage, person, state } from './samples.ts'

const say = (text: string, more: object = {}): Input => ({
  kind: 'say',
  conversation: 'general',
  text,
  action: false,
  ...more,
})

describe('text is sent as it was written, byte for byte', () => {
  test.each<[name: string, draft: string]>([
    ['a word', 'hello'],
    ['with space around', ' hello '],
    ['with indentation', '  if (x) {\n    y()\n  }\n'],
    ['several lines', 'a\n\nb'],
    ['a number sign and a number', '#1 reason why I like this: it is fast'],
    ['a number sign and a word', '#homework is due tomorrow'],
    ['a channel alone', '#ops'],
    ['a number sign alone', '#'],
    ['a heading', '## not a channel'],
    ['POST', 'POST offices are closed today'],
    ['POST alone', 'POST'],
    ['DM', 'DM me when you are done'],
    ['DM to a person', 'DM bob hi'],
    ['LIST', 'LIST'],
    ['a path', '/etc/hosts is the file you need'],
    ['a path alone', '/etc/hosts'],
    ['a path of one step', '/tmp is full'],
    ['a path with a slash at its end', '/me/'],
    ['a path that begins as a command', '/join/the/club'],
    ['a command with a sign behind it', '/me, myself and I'],
    ['a command with a number sign behind it', '/join#ops'],
    ['a command in other letters', '/mé waves'],
    ['a slash', '/'],
    ['a slash and a space', '/ me'],
    ['two slashes', '//'],
    ['a comment', '// look at this'],
    ['a comment without a space', '//x'],
    ['a name of a share', '//server/share'],
    ['three slashes', '///me'],
    ['a command behind a space', ' /me waves'],
    ['a command in the second line', 'first\n/me waves'],
    ['a word that is near to nothing', '/shrug'],
    ['a short word that is not near to a short command', '/my'],
    ['a word with a digit', '/msg2 x'],
    ['a pattern', '/^a.*b$/i'],
    ['a backslash', '\\me waves'],
    ['a slash of another script', '\uff0fme waves'],
    ['half a surrogate pair', 'a\ud800b'],
  ])('%s', (_name, draft) => {
    expect(readInput(draft, 'general')).toEqual(say(draft))
    expect(readInput(draft, '@bob-id')).toEqual(say(draft, { conversation: '@bob-id' }))
  })

  test('any text that does not begin with a slash', () => {
    const texts = fc.string({ unit: 'binary' }).filter((text) => text.trim() !== '' && !text.startsWith('/'))
    fc.assert(
      fc.property(texts, (text) => {
        expect(readInput(text, 'general')).toEqual(say(text))
      }),
    )
  })

  test('any text after a slash whose first word is no command', () => {
    const words = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((word) => !/\s/.test(word) && commandWord(word) === undefined)
    fc.assert(
      fc.property(words, fc.string({ unit: 'binary' }), (word, more) => {
        const text = `/${word} ${more}`
        expect(readInput(text, 'general')).toEqual(say(text))
      }),
    )
  })

  test('a second slash before any command, known or nearly known, removes the first one', () => {
    const commands = fc.constantFrom('me', 'JOIN', 'jion', 'quit', 'dm')
    fc.assert(
      fc.property(commands, fc.string({ unit: 'binary' }), (command, more) => {
        expect(readInput(`//${command} ${more}`, 'general')).toEqual(say(`/${command} ${more}`))
      }),
    )
  })
})

describe('commands', () => {
  test.each<[name: string, draft: string, input: Input]>([
    ['nothing', ' \n ', { kind: 'nothing' }],
    ['a command as text', '//quit', say('/quit')],
    ['/say', '/say /me x', say('/me x')],
    ['/me', '/me waves', say('waves', { action: true })],
    ['/ME', '/ME waves', say('waves', { action: true })],
    ['/msg', '/msg bob hi there', { kind: 'message-to', name: 'bob', text: 'hi there' }],
    ['/msg with @', '/msg @bob hi', { kind: 'message-to', name: 'bob', text: 'hi' }],
    ['/msg to a name with a space', '/msg @"Bob B" hi', { kind: 'message-to', name: 'Bob B', text: 'hi' }],
    ['/query opens only', '/query bob', { kind: 'message-to', name: 'bob', text: '' }],
    ['/pm', '/pm bob hi', { kind: 'message-to', name: 'bob', text: 'hi' }],
    ['/whisper', '/whisper bob hi', { kind: 'message-to', name: 'bob', text: 'hi' }],
    ['/post', '/post dinner', { kind: 'post', text: 'dinner' }],
    ['/join', '/join #ops', { kind: 'join', channel: 'ops' }],
    ['/join with a line break', '/join\n#ops', { kind: 'join', channel: 'ops' }],
    ['/join with spaces in the name', '/join math 101', { kind: 'join', channel: 'math-101' }],
    ['/part', '/part', { kind: 'part', channel: 'general' }],
    ['/leave', '/leave #ops', { kind: 'part', channel: 'ops' }],
    ['/nick', '/nick alicia', { kind: 'nick', name: 'alicia' }],
    ['/same', '/same 10.0.0.5:8000 k3f9-2mx7', { kind: 'same', was: '10.0.0.5:8000', is: 'k3f9-2mx7' }],
    ['/same with quotes', '/same 10.0.0.5:8000 "Bob B"', { kind: 'same', was: '10.0.0.5:8000', is: 'Bob B' }],
    ['/search', '/search tea', { kind: 'search', words: 'tea' }],
    ['/search alone', '/search', { kind: 'search', words: '' }],
    ['/retry', '/retry', { kind: 'retry' }],
    ['/help', '/help', { kind: 'help' }],
  ])('%s', (_name, draft, input) => {
    expect(readInput(draft, 'general')).toEqual(input)
  })

  test.each<[name: string, draft: string, input: Input]>([
    ['/create', '/create #Ops --closed', { kind: 'create', name: 'Ops' }],
    ['/create with a mark', '/create #!ops --closed', { kind: 'create', name: 'ops' }],
    ['/invite', '/invite @bob', { kind: 'invite', channel: '!ops', name: 'bob' }],
    ['/invite alone', '/invite', { kind: 'members', channel: '!ops' }],
    ['/remove', '/remove "Bob B"', { kind: 'remove', channel: '!ops', name: 'Bob B' }],
    ['/members', '/members', { kind: 'members', channel: '!ops' }],
    ['/join', '/join #!ops', { kind: 'join', channel: '!ops' }],
    ['/join with a link', '/join parley:closed?key=x', { kind: 'join', channel: 'parley:closed?key=x' }],
    ['/part', '/part', { kind: 'part', channel: '!ops' }],
  ])('in a closed channel, %s', (_name, draft, input) => {
    expect(readInput(draft, '!ops')).toEqual(input)
  })

  test.each<[name: string, draft: string, reason: RegExp]>([
    ['/create of an open channel', '/create #ops', /needs no creation: \/join #channel$/],
    ['/invite elsewhere', '/invite bob', /^Open a closed channel first/],
    ['/remove elsewhere', '/remove bob', /^Open a closed channel first/],
    ['/members elsewhere', '/members', /^Open a closed channel first/],
    ['nothing behind /me', '/me', /^Something is missing: \/me text$/],
    ['nothing behind /msg', '/msg', /^Something is missing: \/msg @name text$/],
    ['nothing behind /dm', '/dm ', /^Something is missing: \/msg @name text$/],
    ['nothing behind /join', '/join', /^Something is missing: \/join #channel$/],
    ['nothing behind /nick', '/nick', /^Something is missing/],
    ['nothing behind /post', '/post', /^Something is missing/],
    ['nothing behind /say', '/say', /^Something is missing/],
    ['one person behind /same', '/same bob', /^Something is missing: \/same address name$/],
    ['three persons behind /same', '/same a b c', /^Something is missing: \/same address name$/],
    ['two letters swapped', '/jion #ops', /^There is no \/jion\. Did you mean \/join\? .* write \/\/jion$/],
    ['a letter missing', '/serch tea', /Did you mean \/search\?/],
    ['a letter too many', '/mssg bob hi', /Did you mean \/msg\?/],
    ['another letter', '/pist dinner', /Did you mean \/post\?/],
    ['nearly a word for /msg', '/wisper bob hi', /Did you mean \/msg\?/],
    ['a command of the terminal', '/quit', /^\/quit is a command of the terminal/],
    ['a sign in the name of a channel', '/join maths!', /Take out “!”\.$/],
    ['a direct conversation cannot be left', '/part', /^This is not a channel\./],
  ])('%s: refused, never sent', (_name, draft, reason) => {
    expect(readInput(draft, '@bob-id')).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(reason) as string,
    })
  })

  test('every command of the terminal is known here, too', () => {
    const names = TERMINAL_COMMANDS.flatMap((command) => command.names)
    expect(
      names.filter((name) => commandWord(name) === undefined || commandWord(name)?.kind === 'near'),
    ).toEqual([])
  })
})

describe('the name of a channel', () => {
  test.each<[name: string, written: string, channel: string]>([
    ['as it is', 'ops', 'ops'],
    ['with a number sign', '#ops', 'ops'],
    ['with space around', '  # ops ', 'ops'],
    ['with spaces in it', 'math  101', 'math-101'],
    ['with a space that is wide', 'a\u3000b', 'a-b'],
    ['in another script', '数学', '数学'],
    ['in capital letters', 'Ops', 'Ops'],
    ['as long as it may be', 'a'.repeat(LIMITS.channelBytes), 'a'.repeat(LIMITS.channelBytes)],
  ])('%s', (_name, written, channel) => {
    expect(channelIn(written)).toEqual({ name: channel })
    expect(channelName(channel)).toBe(channel.toLowerCase())
  })

  test.each<[name: string, written: string, problem: string]>([
    ['nothing', '', 'Write the name of a channel, such as #homework.'],
    ['a number sign', ' # ', 'Write the name of a channel, such as #homework.'],
    ['a sign', 'what?', 'A channel name has only letters, digits, “_”, “.” and “-”. Take out “?”.'],
    ['an emoji', 'tea🍵', 'A channel name has only letters, digits, “_”, “.” and “-”. Take out “🍵”.'],
    [
      'a character that is not seen',
      'a\u200bb',
      'A channel name has only letters, digits, “_”, “.” and “-”. Take out the invisible character.',
    ],
    [
      'one letter too many',
      'a'.repeat(LIMITS.channelBytes + 1),
      'This channel name is too long. Take out 1 character.',
    ],
    ['letters of three bytes', '数'.repeat(24), 'This channel name is too long. Take out 3 characters.'],
  ])('%s is refused with a reason', (_name, written, problem) => {
    expect(channelIn(written)).toEqual({ problem })
    expect(() => channelName(written.trim().replace(/^#/, ''))).toThrow()
  })

  test('the peer accepts every name that the page accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 70 }), (written) => {
        const channel = channelIn(written)
        if ('name' in channel) expect(anyChannel(channel.name)).not.toBe('')
      }),
      { examples: [['!-'], ['#!tea'], ['!#']] },
    )
  })
})

describe('completion', () => {
  const local = state({
    people: [person('Bob'), person('bo', { isHere: false }), person('Zoë B'), person('carol')],
  })
  const texts = (draft: string, recent: string[] = []): string[] =>
    complete(local, recent, draft, draft.length).suggestions.map(({ text }) => text)

  test.each<[name: string, draft: string, texts: string[]]>([
    ['nothing', '', []],
    ['a word', 'bo', []],
    ['everybody, who is away last', '@', ['@Bob ', '@"Zoë B" ', '@carol ', '@bo ']],
    ['without case', 'hello @BO', ['@Bob ', '@bo ']],
    ['nobody', '@x', []],
    ['an address', 'a@bo', []],
    ['behind a line break', 'hello\n@ca', ['@carol ']],
    ['channels', '#', ['#general ', '#ops ']],
    ['a channel within a text', 'see #o', ['#ops ']],
    ['a command', '/j', ['/join ']],
    ['a command within a text', 'see /j', []],
  ])('%s', (_name, draft, expected) => {
    expect(texts(draft)).toEqual(expected)
  })

  test('the latest speakers come first', () => {
    expect(texts('@', ['carol-id', 'gone-id'])).toEqual(['@carol ', '@Bob ', '@"Zoë B" ', '@bo '])
  })

  test('the word before the cursor is replaced, the rest stays', () => {
    const completion = complete(local, [], 'hi @bo and you', 6)
    const [first] = completion.suggestions
    if (first === undefined) throw new Error('nothing is offered')
    expect(completed('hi @bo and you', completion, first)).toEqual({ draft: 'hi @Bob and you', cursor: 8 })
  })

  test('every command is offered and can be parsed', () => {
    expect(COMMANDS.every(({ name }) => texts(`/${name}`).includes(`/${name} `))).toBe(true)
    for (const { name } of COMMANDS) {
      const input = readInput(`/${name} ${name === 'ignored' ? 'show' : 'x'} --closed`, '!ops')
      expect(input.kind).not.toBe('refused')
    }
  })

  test('speakers: the latest first, each once, without the user', () => {
    const carol = { from: { id: 'carol-id', name: 'carol' } }
    const messages = [message('1', 0, carol), message('2', 1), message('3', 2, carol), ownMessage('4', 3)]
    expect(recentSpeakers(messages)).toEqual(['carol-id', '10.0.0.2:8000'])
  })
})
