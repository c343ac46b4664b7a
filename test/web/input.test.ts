/** What is written -> what is done; and what is offered meanwhile. */
import { describe, expect, test } from 'vitest'
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

describe('input', () => {
  test.each<[name: string, draft: string, input: Input]>([
    ['nothing', ' \n ', { kind: 'nothing' }],
    ['text', ' hello ', say('hello')],
    ['several lines', 'a\n\nb', say('a\n\nb')],
    ['a slash as text', '//tmp is full', say('/tmp is full')],
    ['/say', '/say /x', say('/x')],
    ['/me', '/me waves', say('waves', { action: true })],
    ['/ME', '/ME waves', say('waves', { action: true })],
    ['/msg', '/msg bob hi there', { kind: 'message-to', name: 'bob', text: 'hi there' }],
    ['/msg with @', '/msg @bob hi', { kind: 'message-to', name: 'bob', text: 'hi' }],
    ['/msg to a name with a space', '/msg @"Bob B" hi', { kind: 'message-to', name: 'Bob B', text: 'hi' }],
    ['/query opens only', '/query bob', { kind: 'message-to', name: 'bob', text: '' }],
    ['DM', 'DM bob hi', { kind: 'message-to', name: 'bob', text: 'hi' }],
    ['/post', '/post dinner', { kind: 'post', text: 'dinner' }],
    ['POST', 'POST dinner', { kind: 'post', text: 'dinner' }],
    ['POST as a word of a text', 'POST', say('POST')],
    ['/join', '/join #ops', { kind: 'join', channel: 'ops', text: '' }],
    ['a channel', '#ops', { kind: 'join', channel: 'ops', text: '' }],
    ['text for a channel', '#ops hello', { kind: 'join', channel: 'ops', text: 'hello' }],
    ['a heading', '## not a channel', say('## not a channel')],
    ['/part', '/part', { kind: 'part', channel: 'general' }],
    ['/leave', '/leave #ops', { kind: 'part', channel: 'ops' }],
    ['/nick', '/nick alicia', { kind: 'nick', name: 'alicia' }],
    ['/search', '/search tea', { kind: 'search', words: 'tea' }],
    ['/retry', '/retry', { kind: 'retry' }],
  ])('%s', (_name, draft, input) => {
    expect(readInput(draft, 'general')).toEqual(input)
  })

  test.each(['/me', '/msg', '/join', '/nick', '/post', '/say', '/jion #ops', '/'])(
    '%s is refused, never sent',
    (draft) => {
      expect(readInput(draft, 'general').kind).toBe('refused')
    },
  )

  test('a direct conversation cannot be left', () => {
    expect(readInput('/part', '@bob-id').kind).toBe('refused')
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

  test('who spoke last comes first', () => {
    expect(texts('@', ['carol-id', 'gone-id'])).toEqual(['@carol ', '@Bob ', '@"Zoë B" ', '@bo '])
  })

  test('the word before the cursor is replaced, the rest stays', () => {
    const completion = complete(local, [], 'hi @bo and you', 6)
    const [first] = completion.suggestions
    if (first === undefined) throw new Error('nothing is offered')
    expect(completed('hi @bo and you', completion, first)).toEqual({ draft: 'hi @Bob and you', cursor: 8 })
  })

  test('every command is offered, and can be read', () => {
    expect(COMMANDS.every(({ name }) => texts(`/${name}`).includes(`/${name} `))).toBe(true)
    for (const { name } of COMMANDS) {
      const input = readInput(`/${name} x y`, 'general')
      expect(input.kind).not.toBe('refused')
    }
  })

  test('speakers: the latest first, each once, never ourselves', () => {
    const carol = { from: { id: 'carol-id', name: 'carol' } }
    const messages = [message('1', 0, carol), message('2', 1), message('3', 2, carol), ownMessage('4', 3)]
    expect(recentSpeakers(messages)).toEqual(['carol-id', '10.0.0.2:8000'])
  })
})
