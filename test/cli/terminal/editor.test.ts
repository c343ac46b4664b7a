import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineEditor } from '../../../src/cli/terminal/editor.ts'
import { KeyReader } from '../../../src/cli/terminal/keys.ts'
import type { Complete } from '../../../src/cli/terminal/completion.ts'
import type { EditorEvent } from '../../../src/cli/terminal/editor.ts'

/** What a terminal sends for the keys with names. */
const named = new Map([
  ['left', '\x1b[D'],
  ['right', '\x1b[C'],
  ['up', '\x1b[A'],
  ['down', '\x1b[B'],
  ['home', '\x1b[H'],
  ['end', '\x1b[F'],
  ['C-left', '\x1b[1;5D'],
  ['C-right', '\x1b[1;5C'],
  ['delete', '\x1b[3~'],
  ['backspace', '\x7f'],
  ['M-backspace', '\x1b\x7f'],
  ['tab', '\t'],
  ['S-tab', '\x1b[Z'],
  ['enter', '\r'],
  ['f5', '\x1b[15~'],
  ['paste-start', '\x1b[200~'],
  ['paste-end', '\x1b[201~'],
])

/** `C-a`, `M-b`, a name of the table above, or text. */
function bytesOf(key: string): string {
  if (/^C-[a-z]$/.test(key)) return String.fromCharCode(key.charCodeAt(2) & 0x1f)
  if (/^M-.$/.test(key)) return `\x1b${key.slice(2)}`
  return named.get(key) ?? key
}

const completeNothing: Complete = (_line, cursor) => ({ from: cursor, candidates: [] })

/** An editor behind the reader of keys. */
class Keyboard {
  readonly editor: LineEditor
  readonly events: EditorEvent[] = []
  readonly #reader = new KeyReader()

  constructor(complete = completeNothing) {
    this.editor = new LineEditor(complete)
  }

  press(...keys: string[]): this {
    for (const read of keys.map(bytesOf)) {
      for (const key of this.#reader.push(read)) {
        const event = this.editor.press(key)
        if (event !== undefined) this.events.push(event)
      }
    }
    return this
  }

  /** Brings the draft about: `ab|cd` has the cursor after the b. */
  start(draft: string): this {
    const [before = '', after = ''] = draft.split('|')
    const afterStart = [...new Intl.Segmenter().segment(after)].map(() => 'left')
    return this.press('paste-start', before + after, 'paste-end', ...afterStart)
  }

  get draft(): string {
    const { text, cursor } = this.editor.draft
    return `${text.slice(0, cursor)}|${text.slice(cursor)}`
  }
}

describe('keys that edit', () => {
  test.each([
    ['typing', 'ab|cd', ['xy'], 'abxy|cd'],
    ['typing a space and digits', '|', ['a 1'], 'a 1|'],
    ['typing CJK and emoji', '|', ['你👍'], '你👍|'],
    ['left', 'ab|', ['left'], 'a|b'],
    ['left over a wide character', '你好|', ['left'], '你|好'],
    ['left over a family', 'x👨‍👩‍👧|', ['left'], 'x|👨‍👩‍👧'],
    ['left over a letter with a mark', 'xe\u0301|', ['left'], 'x|e\u0301'],
    ['left at the start', '|ab', ['left'], '|ab'],
    ['right over a flag', '|🇯🇵x', ['right'], '🇯🇵|x'],
    ['right at the end', 'ab|', ['right'], 'ab|'],
    ['C-b and C-f', 'abc|', ['C-b', 'C-b', 'C-f'], 'ab|c'],
    ['home', 'ab|c', ['home'], '|abc'],
    ['end', 'a|bc', ['end'], 'abc|'],
    ['C-a', 'ab|c', ['C-a'], '|abc'],
    ['C-e', 'a|bc', ['C-e'], 'abc|'],
    ['M-b to the start of the word', 'one two|', ['M-b'], 'one |two'],
    ['M-b out of the spaces', 'one  |two', ['M-b'], '|one  two'],
    ['M-b at the start', '|one', ['M-b'], '|one'],
    ['M-f to the end of the word', '|one two', ['M-f'], 'one| two'],
    ['M-f over punctuation', 'one|, two', ['M-f'], 'one, two|'],
    ['M-f where no word follows', 'one| !!', ['M-f'], 'one !!|'],
    ['C-left and C-right', 'one two three|', ['C-left', 'C-left', 'C-right'], 'one two| three'],
    ['backspace', 'ab|c', ['backspace'], 'a|c'],
    ['backspace takes a family as one', 'x👨‍👩‍👧|', ['backspace'], 'x|'],
    ['backspace at the start', '|ab', ['backspace'], '|ab'],
    ['delete', 'a|bc', ['delete'], 'a|c'],
    ['delete at the end', 'ab|', ['delete'], 'ab|'],
    ['C-d deletes while there is text', 'a|bc', ['C-d'], 'a|c'],
    ['C-d at the end of a text does nothing', 'ab|', ['C-d'], 'ab|'],
    ['C-w kills back to a space', 'say a/b-c|!', ['C-w'], 'say |!'],
    ['C-w kills the spaces behind the word too', 'one two  |', ['C-w'], 'one |'],
    ['C-w at the start', '|one', ['C-w'], '|one'],
    ['C-u', 'one |two', ['C-u'], '|two'],
    ['C-k', 'one |two', ['C-k'], 'one |'],
    ['M-d', 'one| two three', ['M-d'], 'one| three'],
    ['M-backspace', 'a/b|', ['M-backspace'], 'a/|'],
    ['kill and yank', 'one two|', ['C-w', 'C-a', 'C-y'], 'two|one '],
    ['yank twice', 'ab|', ['C-u', 'C-y', 'C-y'], 'abab|'],
    ['kills in a row are one', 'a b c|', ['C-w', 'C-w', 'C-y'], 'a b c|'],
    ['kills in both directions are one', 'a |b', ['C-k', 'C-u', 'C-y'], 'a b|'],
    ['a key between two kills parts them', 'a b|', ['C-w', 'left', 'C-k', 'C-y'], 'a |'],
    ['killing nothing keeps what was killed', 'a b|', ['C-w', 'left', 'right', 'C-k', 'C-y'], 'a b|'],
    ['yank with nothing killed', 'a|', ['C-y'], 'a|'],
    ['C-t in the middle', 'a|bc', ['C-t'], 'ba|c'],
    ['C-t at the end', 'abc|', ['C-t'], 'acb|'],
    ['C-t at the start', '|abc', ['C-t'], '|abc'],
    ['C-t on one character', 'a|', ['C-t'], 'a|'],
    ['C-t with graphemes', '👍e\u0301|', ['C-t'], 'e\u0301👍|'],
    ['joining a mark with a letter', '|\u0301', ['e'], 'e\u0301|'],
    ['joining two halves of a flag', '🇯x|🇵', ['backspace'], '🇯🇵|'],
    ['unknown keys type nothing', 'ab|', ['f5', 'M-z', 'C-o', '\x1b[99~'], 'ab|'],
    ['C-l leaves the draft', 'a|b', ['C-l'], 'a|b'],
    ['C-c clears the line', 'a|b', ['C-c'], '|'],
  ])('%s', (_name, before, keys, after) => {
    expect(new Keyboard().start(before).press(...keys).draft).toBe(after)
  })
})

describe('keys that mean something outside', () => {
  test.each<[string, string[], EditorEvent[]]>([
    ['Enter', ['hello', 'enter'], [{ kind: 'line', line: 'hello' }]],
    ['Enter on an empty line', ['enter'], [{ kind: 'line', line: '' }]],
    ['Enter in the middle', ['ab', 'left', 'enter'], [{ kind: 'line', line: 'ab' }]],
    ['LF', ['ab', 'C-j'], [{ kind: 'line', line: 'ab' }]],
    ['C-c on an empty line', ['C-c'], [{ kind: 'interrupt' }]],
    ['C-c on a text, then again', ['ab', 'C-c', 'C-c'], [{ kind: 'interrupt' }]],
    ['C-d on an empty line', ['C-d'], [{ kind: 'end' }]],
    ['C-d after the text was deleted', ['a', 'backspace', 'C-d'], [{ kind: 'end' }]],
    ['C-l', ['C-l'], [{ kind: 'clear-screen' }]],
    ['M-1', ['M-1'], [{ kind: 'channel', number: 1 }]],
    ['M-9, with a draft', ['ab', 'M-9'], [{ kind: 'channel', number: 9 }]],
    ['M-0 is no channel', ['M-0'], []],
    ['M-a', ['M-a'], [{ kind: 'next-unread' }]],
    ['M-i', ['M-i'], [{ kind: 'ignore-last' }]],
    ['M-i, with a draft', ['ab', 'M-i'], []],
  ])('%s', (_name, keys, events) => {
    expect(new Keyboard().press(...keys).events).toEqual(events)
  })
})

describe('paste', () => {
  const paste = (text: string) => ['paste-start', text, 'paste-end']

  test.each([
    ['newlines stay and nothing is submitted', '|', 'one\ntwo\n', 'one\ntwo\n|'],
    ['CR and CRLF are newlines', '|', 'one\rtwo\r\nthree', 'one\ntwo\nthree|'],
    ['at the cursor', 'a|d', 'bc', 'abc|d'],
    ['keys in it are text', '|', 'a\x1b[Db\x7f\x03\t', 'a\x1b[Db\x7f\x03\t|'],
    ['an empty one', 'a|b', '', 'a|b'],
  ])('%s', (_name, before, pasted, after) => {
    const keyboard = new Keyboard().start(before).press(...paste(pasted))
    expect(keyboard.draft).toBe(after)
    expect(keyboard.events).toEqual([])
  })

  test('Enter submits it as one text', () => {
    const { events } = new Keyboard().press(...paste('one\rtwo'), '!', 'enter')
    expect(events).toEqual([{ kind: 'text', text: 'one\ntwo!' }])
  })

  test('ends a search', () => {
    const keyboard = new Keyboard().press('alpha', 'enter', 'C-r', 'al', ...paste('X'))
    expect(keyboard.draft).toBe('X|alpha')
    expect(keyboard.editor.search).toBeUndefined()
  })
})

describe('history', () => {
  const keyboard = () => new Keyboard().press('one', 'enter', 'two', 'enter', 'three', 'enter')

  test.each([
    ['up', ['up'], 'three|'],
    ['up and up', ['up', 'up'], 'two|'],
    ['up beyond the oldest', ['up', 'up', 'up', 'up', 'up'], 'one|'],
    ['down comes back', ['up', 'up', 'down'], 'three|'],
    ['down beyond the newest', ['down'], '|'],
    ['the draft is kept', ['dra', 'up', 'up', 'down', 'down'], 'dra|'],
    ['C-p and C-n', ['dra', 'C-p', 'C-p', 'C-n'], 'three|'],
    ['a line entered again is there once, as the newest', ['one', 'enter', 'up', 'up', 'up', 'up'], 'two|'],
    ['a line recalled and entered counts as entered', ['up', 'up', 'up', 'enter', 'up'], 'one|'],
    ['blank lines are not kept', ['  ', 'enter', 'enter', 'up'], 'three|'],
    ['Enter returns to the end', ['up', 'up', 'enter', 'up'], 'two|'],
    ['C-c returns to the end', ['up', 'up', 'C-c', 'up'], 'three|'],
  ])('%s', (_name, keys, after) => {
    expect(keyboard().press(...keys).draft).toBe(after)
  })

  test('keeps 500 lines', () => {
    const many = new Keyboard()
    for (let number = 1; number <= 510; number++) many.press(`line ${number}`, 'enter')
    for (let presses = 0; presses < 520; presses++) many.press('up')
    expect(many.draft).toBe('line 11|')
  })

  test('each channel has its own; the draft goes along', () => {
    const { editor, press } = bound(keyboard())
    editor.setHistory('#ops')
    expect(press('up')).toBe('|')
    press('deploy', 'enter', 'dra')
    editor.setHistory('#general')
    expect(press('up')).toBe('dra|')
    press('C-u', 'hello', 'enter')
    editor.setHistory('#ops')
    expect(press('up')).toBe('deploy|')
    editor.setHistory('#general')
    expect(press('up')).toBe('hello|')
  })

  function bound(keys: Keyboard) {
    return { editor: keys.editor, press: (...names: string[]) => keys.press(...names).draft }
  }
})

describe('search (C-r)', () => {
  const keyboard = () =>
    new Keyboard().press('/join #one', 'enter', 'hello', 'enter', '/join #two', 'enter', 'draft')

  test.each([
    ['the newest line found', ['C-r', 'join'], '/|join #two', 'join', false],
    ['the one before it', ['C-r', 'join', 'C-r'], '/|join #one', 'join', false],
    ['none before that', ['C-r', 'join', 'C-r', 'C-r'], '/|join #one', 'join', true],
    ['more letters', ['C-r', 'join', ' #o'], '/|join #one', 'join #o', false],
    ['nothing found', ['C-r', 'hx'], '|hello', 'hx', true],
    ['backspace', ['C-r', 'hx', 'backspace'], '|hello', 'h', false],
    ['no query yet', ['C-r'], 'draft|', '', false],
  ])('%s', (_name, keys, draft, query, failed) => {
    const { editor, draft: shown } = keyboard().press(...keys)
    expect(shown).toBe(draft)
    expect(editor.search).toMatchObject({ query, failed })
  })

  test.each([
    ['C-g gives the draft back', ['C-r', 'join', 'C-g'], 'draft|'],
    ['C-c gives the draft back', ['C-r', 'join', 'C-c'], 'draft|'],
    ['any other key takes the line and acts', ['C-r', 'join', 'end', '!'], '/join #two!|'],
  ])('%s', (_name, keys, draft) => {
    const { editor, draft: shown } = keyboard().press(...keys)
    expect(shown).toBe(draft)
    expect(editor.search).toBeUndefined()
  })

  test('Escape gives the draft back', () => {
    const { editor } = keyboard().press('C-r', 'join')
    editor.press({ kind: 'key', chord: 'M-escape' })
    expect(editor.draft.text).toBe('draft')
    expect(editor.search).toBeUndefined()
  })

  test('Enter submits the line found', () => {
    expect(keyboard().press('C-r', 'hel', 'enter').events.at(-1)).toEqual({ kind: 'line', line: 'hello' })
  })
})

describe('completion', () => {
  const words = ['/join', '/junk', '/part', '#general', 'née']
  const complete: Complete = (line, cursor) => {
    const from = line.lastIndexOf(' ', cursor - 1) + 1
    const typed = line.slice(from, cursor)
    return { from, candidates: words.filter((word) => word.startsWith(typed)).map((word) => `${word} `) }
  }

  test.each([
    ['the only candidate', '/p|', ['tab'], '/part |'],
    ['the first of two', '/j|', ['tab'], '/join |'],
    ['the second', '/j|', ['tab', 'tab'], '/junk |'],
    ['round again', '/j|', ['tab', 'tab', 'tab'], '/join |'],
    ['S-tab takes the last', '/j|', ['S-tab'], '/junk |'],
    ['S-tab goes back', '/j|', ['tab', 'tab', 'S-tab'], '/join |'],
    ['what follows the cursor stays', '/p|#x', ['tab'], '/part |#x'],
    ['a second word', '/join #|', ['tab'], '/join #general |'],
    ['another key ends the cycle', '/j|', ['tab', '#g', 'tab'], '/join #general |'],
    ['after the only candidate the next word is completed', '/p|', ['tab', 'tab'], '/part /join |'],
    ['no candidate', 'xyz|', ['tab', 'S-tab'], 'xyz|'],
    ['a candidate with a mark', 'n|', ['tab'], 'née |'],
  ])('%s', (_name, before, keys, after) => {
    expect(new Keyboard(complete).start(before).press(...keys).draft).toBe(after)
  })
})

describe('any keys at all', () => {
  const chords = [
    ...Array.from('abcdefghijklmnopqrstuvwxyz').flatMap((letter) => [`C-${letter}`, `M-${letter}`]),
    ...named.keys(),
  ]
  const typed = fc.constantFrom('a', ' ', '\u0301', '\u200D', '你', '👍', '👩', '🇯', '🇵', '/', 'é', 'ᄀ', 'ᅡ')
  const keys = fc.array(fc.oneof(typed, fc.constantFrom(...chords)), { maxLength: 60 })
  const complete: Complete = (_line, cursor) => ({ from: cursor, candidates: ['👩‍👧', '\u0301'] })

  test('the cursor lies between two graphemes', () => {
    fc.assert(
      fc.property(keys, (pressed) => {
        const { text, cursor } = new Keyboard(complete).press(...pressed).editor.draft
        const starts = [...new Intl.Segmenter().segment(text)].map(({ index }) => index)
        expect([...starts, text.length]).toContain(cursor)
      }),
      { numRuns: 500 },
    )
  })

  test('a text typed is the text submitted', () => {
    const character = fc.string({ unit: 'grapheme', maxLength: 1 }).filter((text) => !/\p{Cc}/u.test(text))
    fc.assert(
      fc.property(fc.array(character), (characters) => {
        const { events } = new Keyboard().press(...characters, 'enter')
        expect(events).toEqual([{ kind: 'line', line: characters.join('') }])
      }),
    )
  })

  test('backspace and delete together take everything', () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 20 }), fc.nat(20), (characters, steps) => {
        const keyboard = new Keyboard().press(...characters, ...Array<string>(steps).fill('left'))
        const each = characters.flatMap(() => ['backspace', 'delete'])
        expect(keyboard.press(...each).draft).toBe('|')
      }),
    )
  })

  test('what C-k and C-u kill together, C-y brings back', () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 20 }), fc.nat(20), (characters, steps) => {
        const keyboard = new Keyboard().press(...characters, ...Array<string>(steps).fill('left'))
        expect(keyboard.press('C-k', 'C-u', 'C-y').editor.draft.text).toBe(characters.join(''))
      }),
    )
  })
})
