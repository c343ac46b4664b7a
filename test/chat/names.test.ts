/** The rules for names, and how a name that breaks a rule is shown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanedName, foldedName, nameProblem } from '../../src/chat/names.ts'
import { peerName, personName } from '../../src/chat/wire/fields.ts'
import { refusalOf } from './support.ts'

describe('a name that is accepted unchanged', () => {
  test.each([
    'alice',
    'Anna-Lena Müller',
    "O'Brien",
    'bot_7',
    'Ωμέγα',
    'Алиса',
    'Алиса 2',
    'أليس',
    'דנה',
    'आलिस',
    'ไอรีน',
    '愛麗絲',
    '田中 Taro',
    'ひらがなカタカナ漢字',
    '김철수 Kim',
    'ㄅㄆ中文',
    '👩‍💻',
    '❤️ anna',
    'می‌خواهم',
    '12345',
    'you all',
    'systems',
    '--alice',
    '♥',
    '1️⃣ anna',
    'ᐃᓄᒃᑎᑐᑦ',
    '𐐀𐐁',
    'you and me',
  ])('%s', (name) => {
    expect(personName(name)).toBe(name)
    expect(peerName(name)).toBe(name)
  })
})

describe('a name that is folded to ordinary letters', () => {
  test.each([
    ['full-width', 'ａｌｉｃｅ', 'alice'],
    ['mathematical', '𝐚𝐥𝐢𝐜𝐞', 'alice'],
    ['with a blank that does not break', 'anna\u00a0lena', 'anna lena'],
    ['with spaces around it', '  bob  ', 'bob'],
    ['with marks of their own', 'Mu\u0308ller', 'Müller'],
  ])('%s', (_name, name, folded) => {
    expect([personName(name), peerName(name)]).toEqual([folded, folded])
  })
})

describe('a name that is refused as an own name, and cleaned as that of another peer', () => {
  test.each([
    ['a soft hyphen', 'al\u00adice', 'alice'],
    ['a variation selector behind a digit', 'alice1\uFE0F', 'alice1'],
    ['a letter of Carian', '\u{102A0}lice', '\uFFFDlice'],
    ['a letter of Old Italic', '\u{10300}lice', '\uFFFDlice'],
    ['letters of Canadian syllabics', 'ᗅᒪice', '\uFFFD\uFFFDice'],
    ['a letter of Tifinagh', 'aⵏice', 'a\uFFFDice'],
    ['a letter of Deseret', '\u{10428}lice', '\uFFFDlice'],
    ['a name of the program with more spaces', 'somebody  else', 'somebody  else_'],
    ['a name of the program with a full stop', 'you.', 'you._'],
    ['a name of the program with a colon', 'System:', 'System:_'],
    ['a dash of another length', '—', '—_'],
    ['minus signs', '−−', '−−_'],
    ['another asterisk', '∗', '∗_'],
    ['asterisks and spaces', '* *', '* *_'],
    ['a Hangul filler', 'alice\u3164', 'alice'],
    ['a half-width Hangul filler', 'alice\uffa0', 'alice'],
    ['a Hangul choseong filler', '\u115falice', 'alice'],
    ['a Braille blank', 'alice\u2800', 'alice'],
    ['a zero-width space', 'al\u200bice', 'alice'],
    ['a joiner between Latin letters', 'al\u200dice', 'alice'],
    ['a non-joiner between Latin letters', 'al\u200cice', 'alice'],
    ['a word joiner', 'al\u2060ice', 'alice'],
    ['a direction', '\u202eecila', 'ecila'],
    ['an isolate', '\u2066alice\u2069', 'alice'],
    ['a mark of direction', 'alice\u200f', 'alice'],
    ['a byte order mark', '\ufeffalice\ufeffx', 'alicex'],
    ['a tag', 'alice\u{e0041}', 'alice'],
    ['a selector behind a letter', 'alice\ufe0f', 'alice'],
    ['a combining grapheme joiner', 'al\u034fice', 'alice'],
    ['an escape sequence', 'al\x1bice', 'alice'],
    ['a line end', 'alice\nbob', 'alicebob'],
    ['a private character', 'alice\ue000', 'alice'],
    ['an unassigned character', 'alice\u0378', 'alice'],
    ['an annotation', 'alice\ufff9', 'alice'],
    ['one Cyrillic letter among Latin ones', '\u0430lice', '\ufffdlice'],
    ['one Greek letter among Latin ones', 'b\u03bfb', 'b\ufffdb'],
    ['one Latin letter among Cyrillic ones', 'Алиcа', 'Али\ufffdа'],
    ['Cherokee among Latin letters', 'boᏏ', 'bo\ufffd'],
    ['Japanese and Korean', 'ひら한', 'ひら\ufffd'],
    ['what the program calls us', 'you', 'you_'],
    ['the same in capitals', 'YOU', 'YOU_'],
    ['the same in full width', 'ｙｏｕ', 'you_'],
    ['what the program calls itself', 'system', 'system_'],
    ['the beginning of its lines', '--', '--_'],
    ['the beginning of an action', '*', '*_'],
  ])('%s', (_name, name, shown) => {
    expect(refusalOf(() => personName(name))).toEqual({ status: 422, code: 'invalid_field', field: 'name' })
    expect(peerName(name)).toBe(shown)
  })
})

describe('a name that has nothing to show', () => {
  test.each([
    ['spaces', ' \u00a0\u3000'],
    ['marks alone', '\u0301\u0302'],
    ['fillers alone', '\u3164\u3164'],
    ['blanks alone', '\u2800\u2800'],
    ['directions alone', '\u202e\u202d'],
  ])('%s', (_name, name) => {
    expect(refusalOf(() => personName(name)).status).toBe(422)
    expect(refusalOf(() => peerName(name)).status).toBe(422)
  })
})

test('a refusal is a sentence that says what is wrong', () => {
  expect(nameProblem('al\u00adice')).toBe('must not contain control or invisible characters')
  expect(nameProblem('\u0430lice')).toBe('must not mix letters of several alphabets that look alike')
  expect(nameProblem('you')).toBe('must not be "you", which the program itself uses')
  expect(nameProblem('\u0301')).toBe('must contain a letter, a digit or a symbol')
})

test('property: a cleaned name breaks no rule, apart from letters that were replaced', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
      const shown = cleanedName(foldedName(text))
      if (shown === '') return
      expect(nameProblem(foldedName(shown))).toBeUndefined()
    }),
  )
})
