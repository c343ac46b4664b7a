import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sanitize, sanitizeLine, sanitizeSentence } from '../../src/chat/sanitize.ts'

describe('text of an attacker is shown, not obeyed', () => {
  test.each([
    ['CSI: clear the screen', '\x1b[2J\x1b[H', '␛[2J␛[H'],
    ['CSI: colour', '\x1b[31mred\x1b[0m', '␛[31mred␛[0m'],
    ['OSC 0: window title', '\x1b]0;owned\x07', '␛]0;owned␇'],
    ['OSC 8: link', '\x1b]8;;http://evil\x1b\\ok\x1b]8;;\x1b\\', '␛]8;;http://evil␛\\ok␛]8;;␛\\'],
    ['OSC 52: clipboard', '\x1b]52;c;ZWNobwo=\x07', '␛]52;c;ZWNobwo=␇'],
    ['DCS', '\x1bP$q"p\x1b\\', '␛P$q"p␛\\'],
    ['APC, PM, SOS', '\x1b_a\x1b^b\x1bXc', '␛_a␛^b␛Xc'],
    ['RIS: reset', '\x1bc', '␛c'],
    ['lone ESC at the end', 'wait\x1b', 'wait␛'],
    ['8-bit CSI', '\x9b31m', '\uFFFD31m'],
    ['8-bit OSC, DCS, ST', '\x9d0;x\x9c\x90', '\uFFFD0;x\uFFFD\uFFFD'],
    ['NEL, a C1 line end', 'a\x85b', 'a\uFFFDb'],
    ['CR overwrites the sender', '[alice] ok\r[root] password?', '[alice] ok␍[root] password?'],
    ['backspaces', 'safe\b\b\b\bevil', 'safe␈␈␈␈evil'],
    ['bell', '\x07\x07', '␇␇'],
    ['NUL, SO, DEL', '\0\x0e\x7f', '␀␎␡'],
    ['vertical tab and form feed', '\v\f', '␋␌'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a\uFFFDb\uFFFDc'],
    ['right-to-left override', 'photo_\u202Egpj.exe', 'photo_\uFFFDgpj.exe'],
    ['bidi embeddings and isolates', '\u202A\u202B\u202C\u202D\u2066\u2067\u2068\u2069', '\uFFFD'.repeat(8)],
    ['tag characters', 'hi\u{E0068}\u{E0069}\u{E007F}', 'hi\uFFFD\uFFFD\uFFFD'],
    ['invisible operators', '\u2061\u2062\u2063\u2064', '\uFFFD'.repeat(4)],
    ['tags of another region', '🏴\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}', `🏴${'\uFFFD'.repeat(5)}`],
    ['tags of a flag without the flag', '\u{E0067}\u{E0062}\u{E007F}', '\uFFFD'.repeat(3)],
    ['a flag without its end', '🏴\u{E0067}\u{E0062}', '🏴\uFFFD\uFFFD'],
    ['deprecated format characters', '\u206A\u206F', '\uFFFD\uFFFD'],
    ['Hangul filler, an invisible letter', '\u3164', '\uFFFD'],
    ['interlinear annotation', '\uFFF9a\uFFFAb\uFFFB', '\uFFFDa\uFFFDb\uFFFD'],
    ['lone surrogates', 'a\uD83Db\uDE00', 'a\uFFFDb\uFFFD'],
    ['a pile of marks', 'e' + '\u0301'.repeat(50) + '!', 'e\u0301\u0301\u0301\u0301!'],
  ])('%s', (_name, hostile, shown) => {
    expect(sanitize(hostile)).toBe(shown)
  })
})

describe('hidden characters in a name are shown', () => {
  test.each([
    ['bidi marks', '\u061C\u200E\u200F', '\uFFFD'.repeat(3)],
    ['byte order mark', '\uFEFFalice', '\uFFFDalice'],
    ['zero-width space', 'al\u200Bice', 'al\uFFFDice'],
    ['word joiner', 'al\u2060ice', 'al\uFFFDice'],
    ['zero-width joiner between Latin letters', 'al\u200Dice', 'al\uFFFDice'],
    ['zero-width joiner at the end', 'alice\u200D', 'alice\uFFFD'],
    ['two joiners in a row', 'می\u200C\u200Cخواهم', 'می\uFFFD\uFFFDخواهم'],
    ['soft hyphen', 'al\u00ADice', 'al\uFFFDice'],
    ['variation selector after a letter', 'a\uFE0F\uFE0F', 'a\uFFFD\uFFFD'],
    ['tags of a flag', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}', `🏴${'\uFFFD'.repeat(6)}`],
  ])('%s', (_name, name, shown) => {
    expect(sanitizeLine(name)).toBe(shown)
  })

  test.each([
    ['Persian with a non-joiner', 'می\u200Cخواهم'],
    ['Devanagari with a joiner', 'क\u094D\u200Dष'],
    ['family emoji', '👨\u200D👩\u200D👧'],
    ['heart', '❤\uFE0F'],
  ])('not what has a meaning: %s', (_name, name) => {
    expect(sanitizeLine(name)).toBe(name)
  })
})

describe('ordinary text stays as it is', () => {
  test.each([
    ['ASCII', 'Hello, World! ~{}[]()<>&"\\'],
    ['several lines', 'one\ntwo\n\nthree'],
    ['accents, composed and decomposed', 'naïve nai\u0308ve'],
    ['Vietnamese with two marks', 'Vie\u0323\u0302t'],
    ['CJK', '你好，世界 こんにちは 안녕하세요'],
    ['Persian with a non-joiner', 'می\u200Cخواهم'],
    ['Devanagari with a joiner', 'क\u094D\u200Dष'],
    ['Thai', 'กำลังน้ำ'],
    ['Hebrew', 'שלום'],
    ['Hebrew with marks of direction', 'מחיר: 5\u200F ש"ח \u200E(VAT)\u200E'],
    ['Arabic with its letter mark', '\u061C١٢٫٥'],
    ['Hebrew with a grapheme joiner', 'יְרוּשָׁלִ\u034Fַם'],
    ['soft hyphens', 'Donau\u00ADdampf\u00ADschiff'],
    ['Khmer with places to break', 'សួស្តី\u200Bពិភពលោក'],
    ['a word joiner', '10\u2060–\u206012'],
    ['a byte order mark of pasted text', '\uFEFFhello'],
    ['Persian that ends with a non-joiner', 'خانه\u200C، ها'],
    ['Mongolian with a vowel separator', 'ᠬᠠᠷ\u180Eᠠ'],
    ['the flag of England', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'],
    ['the flag of Scotland', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
    ['the flag of Wales', '🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}'],
    ['heart in colour, and in black', '❤\uFE0F ❤\uFE0E'],
    ['family emoji', '👨\u200D👩\u200D👧\u200D👦'],
    ['emoji with skin and profession', '👩🏽\u200D⚕\uFE0F'],
    ['rainbow flag', '🏳\uFE0F\u200D🌈'],
    ['flags of letters', '🇯🇵🇧🇷'],
    ['keycap', '1\uFE0F\u20E3'],
    ['ideographic variation', '葛\u{E0100}城'],
    ['maths and arrows', '∑ → ∞ ≠'],
  ])('%s', (_name, text) => {
    expect(sanitize(text)).toBe(text)
    expect(sanitizeSentence(text)).toBe(text.replaceAll('\n', '␊'))
  })
})

describe('line ends and tabs', () => {
  test.each([
    ['LF', 'a\nb', 'a\nb', 'a␊b'],
    ['CRLF', 'a\r\nb', 'a\nb', 'a␊b'],
    ['CR CR LF', 'a\r\r\nb', 'a␍\nb', 'a␍␊b'],
    ['CR', 'a\rb', 'a␍b', 'a␍b'],
    ['tab', 'a\tb', 'a b', 'a b'],
  ])('%s', (_name, text, lines, line) => {
    expect(sanitize(text)).toBe(lines)
    expect(sanitizeLine(text)).toBe(line)
    expect(sanitizeSentence(text)).toBe(line)
  })
})

describe('any text at all', () => {
  const special = [0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x9b, 0xad, 0x200c, 0x200d, 0x202e, 0x2028, 0x3164, 0xfe0f]
  const letters = 'aé1#©م\u064Bक\u094D葛가👩🏽❤🇯\u0301\u20E3'
  const tricky = fc.constantFrom(
    ...special.map((code) => String.fromCodePoint(code)),
    ...Array.from(letters),
    '\uD83D',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(tricky, { maxLength: 30 }).map((characters) => characters.join('')),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  )

  test('no control, separator or bidi control is left', () => {
    const left = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2061-\u206F\u{E0000}-\u{E007F}]/u
    const leftInName = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/u
    fc.assert(
      fc.property(text, (input) => {
        expect(sanitize(input)).not.toMatch(left)
        expect(sanitizeSentence(input)).not.toMatch(/\p{Cc}/u)
        expect(sanitizeLine(input)).not.toMatch(leftInName)
      }),
    )
  })

  test('the result is well-formed UTF-16 with no more than four marks in a row', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(sanitize(input)).not.toMatch(/\p{Cs}|\p{M}{5}/u)
      }),
    )
  })

  test('a second pass changes nothing', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(sanitize(sanitize(input))).toBe(sanitize(input))
        expect(sanitizeLine(sanitizeLine(input))).toBe(sanitizeLine(input))
        expect(sanitizeSentence(sanitizeSentence(input))).toBe(sanitizeSentence(input))
      }),
      { numRuns: 1000 },
    )
  })
})
