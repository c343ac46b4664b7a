/** Input of a terminal -> keys, texts and pastes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineEditor } from '../../../src/cli/terminal/editor.ts'
import { KeyReader, TerminalDecoder, type Key } from '../../../src/cli/terminal/keys.ts'

/** In one line: names of keys, `"text"`, `paste "text"`. */
function read(...reads: string[]): string {
  const reader = new KeyReader()
  return described([...reads.flatMap((text) => reader.push(text)), ...reader.silence()])
}

function described(keys: readonly Key[]): string {
  const words = keys.map((key) => {
    if (key.kind === 'key') return key.chord
    return `${key.kind === 'paste' ? 'paste ' : ''}${JSON.stringify(key.text)}`
  })
  return words.join(' ')
}

describe('keys', () => {
  test.each<[name: string, sent: string, keys: string]>([
    ['text', 'ab 你👍', '"ab 你👍"'],
    ['Enter', '\r', 'return'],
    ['LF', '\n', 'enter'],
    ['Tab in a text', 'bo\thello', '"bo" tab "hello"'],
    ['Backspace', '\x7f\b', 'backspace backspace'],
    ['Ctrl-A and Ctrl-Z', '\x01\x1a', 'C-a C-z'],
    ['Ctrl-Space', '\0', 'C-space'],
    ['Alt-B', '\x1bb', 'M-b'],
    ['Alt-é', '\x1bé', 'M-é'],
    ['Alt-👍', '\x1b👍x', 'M-👍 "x"'],
    ['Alt-Backspace', '\x1b\x7f', 'M-backspace'],
    ['Esc, alone', '\x1b', 'M-escape'],
    ['Esc twice', '\x1b\x1b', 'M-escape'],
    ['arrows', '\x1b[A\x1b[B\x1b[C\x1b[D', 'up down right left'],
    ['arrows of the application mode', '\x1bOA\x1bOB\x1bOC\x1bOD', 'up down right left'],
    [
      'arrows with Ctrl, Alt, both, Shift',
      '\x1b[1;5C\x1b[1;3D\x1b[1;7D\x1b[1;2D',
      'C-right M-left C-M-left left',
    ],
    ['arrows after Esc', '\x1b\x1b[A', 'up'],
    [
      'Home and End',
      '\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~',
      'home end home end home end home end',
    ],
    ['Delete, with Ctrl, of rxvt', '\x1b[3~\x1b[3;5~\x1b[3^\x1b[3$', 'delete C-delete C-delete delete'],
    ['Shift-Tab', '\x1b[Z', 'S-tab'],
    ['Enter of the keypad', '\x1bOM', 'return'],
    ['8-bit arrows', '\x9bA\x8fB', 'up down'],
    ['function keys', '\x1bOP\x1b[15~\x1b[24;2~\x1b[[Ax', '"x"'],
    ['a key in a sequence without an end', '\x1b[1;\rx', 'return "x"'],
    ['a sequence in a sequence without an end', '\x1b[1;\x1b[A', 'up'],
    ['Ctrl-C in a string without an end', '\x1b]0;title\x03', 'C-c'],
    ['a sequence in a string without an end', '\x1b]0;title\x1b[A', 'up'],
  ])('%s', (_name, sent, keys) => {
    expect(read(sent)).toBe(keys)
  })
})

/** What terminals send without a key press. */
const reports: readonly (readonly [name: string, sent: string])[] = [
  ['primary device attributes', '\x1b[?62;22c'],
  ['secondary device attributes', '\x1b[>41;354;0c'],
  ['device attributes without a marker', '\x1b[62;22c'],
  ['terminal version, a DCS', '\x1bP>|XTerm(370)\x1b\\'],
  ['a DCS that ends with an 8-bit ST', '\x1bP1+r544e=787465726d\x9c'],
  ['an 8-bit DCS', '\x90>|iTerm2 3.4\x9c'],
  ['OSC: colour, ended by ST', '\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\'],
  ['OSC: colour, ended by BEL', '\x1b]10;rgb:ffff/ffff/ffff\x07'],
  ['OSC: clipboard', '\x1b]52;c;aGVsbG8gd29ybGQ=\x07'],
  ['8-bit OSC', '\x9d4;1;rgb:cd/00/00\x9c'],
  ['APC', '\x1b_Gi=31;OK\x1b\\'],
  ['PM', '\x1b^private\x1b\\'],
  ['SOS', '\x1bXstart\x1b\\'],
  ['8-bit APC, PM, SOS', '\x9fa\x9c\x9eb\x9c\x98c\x9c'],
  ['SGR mouse, pressed and released', '\x1b[<0;33;12M\x1b[<0;33;12m'],
  ['X10 mouse', '\x1b[M !!'],
  ['X10 mouse with letters', '\x1b[M@ab'],
  ['X10 mouse far to the right', '\x1b[M \x85\xe9'],
  ['urxvt mouse', '\x1b[32;33;12M'],
  ['cursor report', '\x1b[12;40R'],
  ['cursor report in the first row', '\x1b[1;1R'],
  ['status report', '\x1b[0n'],
  ['window size', '\x1b[8;24;80t'],
  ['mode report', '\x1b[?2004;1$y'],
  ['ANSI mode report', '\x1b[4;2$y'],
  ['focus in and out', '\x1b[I\x1b[O'],
  ['modifyOtherKeys: Ctrl-Enter', '\x1b[27;5;13~'],
  ['kitty: Ctrl-A', '\x1b[97;5u'],
  ['kitty: Enter, with the kind of event', '\x1b[13;1:3u'],
  ['kitty: flags', '\x1b[?1u'],
  ['8-bit CSI', '\x9b?62;22c'],
  ['palette of Linux', '\x1b[?6c'],
  ['an unknown final character', '\x1b[5;6;7w'],
  ['intermediate characters', '\x1b[1 q'],
  ['the end of a paste that did not begin', '\x1b[201~'],
  ['more parameters than are kept', `\x1b[${'1;'.repeat(200)}1m`],
]

describe('answers and reports are consumed as a whole', () => {
  test.each(reports)('%s', (_name, sent) => {
    for (let cut = 0; cut <= sent.length; cut++) {
      expect(read('ab', sent.slice(0, cut), sent.slice(cut), 'cd')).toBe('"ab" "cd"')
    }
    expect(read('ab', ...Array.from(sent), 'cd')).toBe('"ab" "cd"')
    expect(read(`ab${sent}cd`)).toBe('"ab" "cd"')
  })

  test('whatever the order and the cuts, just the typed text is left', () => {
    const piece = fc.oneof(
      fc.constantFrom(...reports).map(([, sent]) => ({ sent, typed: '' })),
      fc.constantFrom('a', 'Z', '7', ';', '[', 'é', '你', '👍').map((typed) => ({ sent: typed, typed })),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(500)), (pieces, cuts) => {
        const editor = new LineEditor((_line, cursor) => ({ from: cursor, candidates: [] }))
        const reader = new KeyReader()
        const bytes = Buffer.from(pieces.map(({ sent }) => sent).join(''))
        const decoder = new TerminalDecoder()
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        for (const [index, from] of places.entries()) {
          const text = decoder.decode(bytes.subarray(from, places[index + 1] ?? bytes.length))
          for (const key of reader.push(text)) expect(editor.press(key)).toBeUndefined()
        }
        expect(editor.draft.text).toBe(pieces.map(({ typed }) => typed).join(''))
      }),
      { numRuns: 500 },
    )
  })

  test('any bytes at all are read, and silence ends whatever they began', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const reader = new KeyReader()
        reader.push(new TerminalDecoder().decode(bytes))
        reader.silence()
        expect(reader.timeout).toBeUndefined()
        expect(described(reader.push('x'))).toBe('"x"')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a paste in brackets', () => {
  test.each<[name: string, reads: string[], keys: string]>([
    ['is one', ['\x1b[200~one\rtwo\r\nthree\n\x1b[201~'], 'paste "one\\ntwo\\nthree\\n"'],
    ['with keys around', ['a\x1b[200~b\x1b[201~c\r'], '"a" paste "b" "c" return'],
    ['whose end is cut', ['\x1b[200~b\x1b', '[20', '1~c'], 'paste "b" "c"'],
    ['with what only begins like its end', ['\x1b[200~b\x1b', '[20', '2~\x1b[201~'], 'paste "b\\u001b[202~"'],
    ['with a sequence', ['\x1b[200~a\x1b[Db\x7f\x03\t\x1b[201~'], 'paste "a\\u001b[Db\x7f\\u0003\\t"'],
    ['in 8 bits', ['\x9b200~b\x9b201~c'], 'paste "b" "c"'],
    ['empty', ['\x1b[200~\x1b[201~'], 'paste ""'],
    ['whose end never comes ends with silence', ['\x1b[200~abc'], 'paste "abc"'],
    ['whose end is cut off ends with silence', ['\x1b[200~abc\x1b[2'], 'paste "abc\\u001b[2"'],
    ['whose end never comes ends with Ctrl-C', ['\x1b[200~abc', '\x03', 'd'], 'paste "abc" C-c "d"'],
  ])('%s', (_name, reads, keys) => {
    expect(read(...reads)).toBe(keys)
  })

  test('is whole, however it is cut', () => {
    const pasted = 'one\x1b[20\x1b[Ctwo\r\x03'
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 30, maxLength: 30 }), (lengths) => {
        const sent = `\x1b[200~${pasted}|\x1b[201~`
        const reads: string[] = []
        for (const length of lengths) reads.push(sent.slice(reads.join('').length).slice(0, length))
        reads.push(sent.slice(reads.join('').length))
        // Ctrl-C in a read of its own ends it: that is the key.
        fc.pre(!reads.includes('\x03'))
        expect(read(...reads)).toBe(`paste ${JSON.stringify('one\x1b[20\x1b[Ctwo\n\x03|')}`)
      }),
    )
  })
})

describe('a paste without brackets', () => {
  test.each<[name: string, reads: string[], keys: string]>([
    ['a line end in the middle of a read', ['/quit\rhello'], 'paste "/quit\\nhello"'],
    ['and one at its end', ['one\r\ntwo\r\n'], 'paste "one\\ntwo\\n"'],
    [
      'goes on in the next read',
      ['one\ntwo', ' more\n', 'three\n'],
      'paste "one\\ntwo" paste " more\\n" paste "three\\n"',
    ],
    ['with a tab', ['if:\n\tthen'], 'paste "if:\\n\\tthen"'],
    ['no paste: a line end at the end', ['/quit\r'], '"/quit" return'],
    ['no paste: Enter twice', ['one\r\r'], '"one" return return'],
    ['no paste: Enter and a key', ['hello\r\x12el'], '"hello" return C-r "el"'],
    ['no paste: Enter before a text', ['\rhello'], 'return "hello"'],
  ])('%s', (_name, reads, keys) => {
    expect(read(...reads)).toBe(keys)
  })

  test('is over after a silence: then Enter is Enter', () => {
    const reader = new KeyReader()
    reader.push('one\ntwo')
    expect(reader.timeout).toBeGreaterThan(0)
    expect(reader.silence()).toEqual([])
    expect(described(reader.push('\r'))).toBe('return')
  })
})

test.each<[name: string, sent: string, waits: boolean]>([
  ['text', 'abc', false],
  ['a whole sequence', '\x1b[A', false],
  ['Esc', '\x1b', true],
  ['half a sequence', '\x1b[1;', true],
  ['half a mouse report', '\x1b[M ', true],
  ['a string without an end', '\x1b]0;', true],
  ['a paste without an end', '\x1b[200~abc', true],
])('%s: silence means something: %s', (_name, sent, waits) => {
  const reader = new KeyReader()
  reader.push(sent)
  expect(reader.timeout !== undefined).toBe(waits)
})

describe('bytes', () => {
  test.each<[name: string, bytes: number[], text: string]>([
    ['UTF-8', [...Buffer.from('é你👍')], 'é你👍'],
    ['a lone 8-bit control', [0x9b, 0x41], '\x9bA'],
    ['an 8-bit control after a text', [...Buffer.from('你'), 0x9b, 0x41], '你\x9bA'],
    ['an 8-bit control as UTF-8', [0xc2, 0x9b, 0x41], '\x9bA'],
    ['what is no UTF-8', [0xff, 0x41], '\uFFFDA'],
  ])('%s', (_name, bytes, text) => {
    const whole = new TerminalDecoder()
    expect(whole.decode(Uint8Array.from(bytes))).toBe(text)
    const oneByOne = new TerminalDecoder()
    expect(bytes.map((byte) => oneByOne.decode(Uint8Array.of(byte))).join('')).toBe(text)
  })
})
