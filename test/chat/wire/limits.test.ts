/**
 * Each limit of a field: a value at the limit is accepted, one over it is refused with the status named.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import {
  channelName,
  countField,
  messageText,
  personName,
  sinceField,
} from '../../../src/chat/wire/fields.ts'
import { incomingMessage } from '../../../src/chat/wire/messages.ts'
import { endpoint } from '../../../src/chat/wire/peers.ts'
import { refusalOf } from '../support.ts'

/** Invisible or control characters, by code point so that this file shows them. */
const HIDDEN = [
  0x00, 0x07, 0x0a, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200b, 0x200e, 0x2028, 0x202e, 0x2066, 0xfeff, 0xe0041,
]
const FAMILY = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'

describe('at the limit and one over', () => {
  const text = (value: string) => () => messageText(value)
  const name = (value: string) => () => personName(value)
  const channel = (value: string) => () => channelName(value)
  const id = (value: string) => () => incomingMessage({ from: 'bob', message: 'hi', id: value }, '::1').id

  test.each<[string, (value: string) => () => unknown, string, string, string]>([
    ['text: characters', text, 'x'.repeat(LIMITS.textCharacters), 'x', 'message'],
    // 2730 times 3 bytes, and 2 bytes: 8192.
    ['text: bytes', text, '\u20ac'.repeat(2730) + '\u00e9', 'x', 'message'],
    ['name: graphemes', name, 'n'.repeat(LIMITS.nameGraphemes), 'n', 'name'],
    ['name: graphemes of two bytes', name, '\u00e9'.repeat(LIMITS.nameGraphemes), 'n', 'name'],
    ['name: bytes', name, '\u{1f600}'.repeat(16), 'n', 'name'],
    ['name: bytes of a few graphemes', name, FAMILY.repeat(3) + '1234567890', 'n', 'name'],
    ['channel: bytes', channel, 'c'.repeat(LIMITS.channelBytes), 'c', 'channel'],
    ['channel: bytes of two-byte letters', channel, '\u00e9'.repeat(LIMITS.channelBytes / 2), 'c', 'channel'],
    ['id: characters', id, 'i'.repeat(LIMITS.idCharacters), 'i', 'id'],
  ])('%s', (_name, read, most, more, field) => {
    expect(read(most)()).toBe(most)
    expect(refusalOf(read(most + more))).toEqual({ status: 422, code: 'invalid_field', field })
  })

  test.each([
    ['1', 1],
    ['65535', 65535],
  ])('port %s', (digits, port) => {
    expect(endpoint({ port }, '10.0.0.5').port).toBe(port)
    expect(endpoint({ port: digits }, '10.0.0.5').port).toBe(port)
  })

  test('the last moment that a Date can hold', () => {
    const message = { from: 'bob', message: 'hi' }
    expect(incomingMessage({ ...message, ts: 8.64e15 }, '::1').sentAt).toBe(8.64e15)
    expect(refusalOf(() => incomingMessage({ ...message, ts: 8.64e15 + 2 }, '::1')).status).toBe(422)
  })
})

describe('names', () => {
  test.each([
    ['letters', 'alice'],
    ['accents', 'Zo\u00eb'],
    ['Vietnamese', 'Nguy\u1ec5n V\u0103n \u0110\u1ee9c'],
    ['Han', '\u5c0f\u660e'],
    ['an emoji of several code points', FAMILY],
    ['quotes, angle brackets', `<b>"o'hara"</b>`],
    ['spaces inside', 'alice of hamburg'],
  ])('%s', (_name, value) => {
    expect(personName(value)).toBe(value)
  })

  test.each(HIDDEN.map((code) => [code.toString(16), String.fromCodePoint(code)]))(
    'not with U+%s',
    (_code, character) => {
      expect(refusalOf(() => personName(`al${character}ice`)).status).toBe(422)
    },
  )

  test.each([
    ['a joiner', '\u200d'],
    ['Hangul fillers', '\u3164\u3164'],
    ['a variation selector', '\ufe0f'],
    ['spaces', ' \u00a0\u3000'],
  ])('a name must have something visible: %s', (_name, value) => {
    expect(refusalOf(() => personName(value)).status).toBe(422)
  })

  test('an accepted name is accepted again, unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        let name
        try {
          name = personName(value)
        } catch {
          return
        }
        expect(personName(name)).toBe(name)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(LIMITS.nameBytes)
      }),
    )
  })
})

describe('channels', () => {
  test.each([
    ['plain', 'general', 'general'],
    ['with its sign', '#general', 'general'],
    ['capitals', 'General', 'general'],
    ['spaces around it', '  #ops ', 'ops'],
    ['full-width letters', '\uff27\uff25\uff2e', 'gen'],
    ['letters, digits, marks', 'a_1.b-2', 'a_1.b-2'],
    ['Vietnamese', 'L\u1edbp-1', 'l\u1edbp-1'],
    ['the same, decomposed', 'Lo\u031b\u0301p-1', 'l\u1edbp-1'],
    ['Greek that lower case decomposes', 'a\u03aa\u0301', 'a\u0390'],
    ['Han', '\u804a\u5929', '\u804a\u5929'],
  ])('%s', (_name, value, name) => {
    expect(channelName(value)).toBe(name)
    expect(channelName(name)).toBe(name)
  })

  test.each([
    ['nothing', ''],
    ['the sign alone', '#'],
    ['two signs', '##a'],
    ['a space', 'a b'],
    ['a slash', 'a/b'],
    ['a newline', 'a\nb'],
    ['an emoji', '\u{1f600}'],
    ['a joiner', 'gen\u200deral'],
    ['a mark that nobody sees', 'gen\u034feral'],
    ['a filler', '\u3164'],
  ])('not %s', (_name, value) => {
    expect(refusalOf(() => channelName(value))).toMatchObject({ status: 422, field: 'channel' })
  })

  test.each([
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['a list', ['general']],
  ])('not %s: 400', (_name, value) => {
    expect(refusalOf(() => channelName(value))).toMatchObject({ status: 400, field: 'channel' })
  })

  test('normalising a channel name twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (value) => {
        let name
        try {
          name = channelName(value)
        } catch {
          return
        }
        expect(channelName(name)).toBe(name)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('limit and since', () => {
  test.each<[string, unknown, number | undefined]>([
    ['nothing', undefined, undefined],
    ['an empty field', '', undefined],
    ['a number', 5, 5],
    ['digits', '5', 5],
  ])('limit: %s', (_name, limit, expected) => {
    expect(countField({ limit }, 'limit')).toBe(expected)
  })

  test.each<[string, unknown]>([
    ['0', 0],
    ['digits of 0', '0'],
    ['less than 0', -1],
    ['half', 1.5],
    ['words', 'all'],
    ['a list', [5]],
    ['an object that is no number', { valueOf: 1, toString: 1 }],
  ])('limit: not %s', (_name, limit) => {
    expect(refusalOf(() => countField({ limit }, 'limit'))).toEqual({
      status: 400,
      code: 'invalid_field',
      field: 'limit',
    })
  })

  test.each<[string, unknown, number | undefined]>([
    ['nothing', undefined, undefined],
    ['seconds', 1763771234.5, 1763771234500],
    ['seconds as text', '1763771234.5', 1763771234500],
    ['milliseconds', 1763771234500, 1763771234500],
    ['0', '0', 0],
  ])('since: %s', (_name, since, expected) => {
    expect(sinceField({ since })).toBe(expected)
  })

  test.each<[string, unknown, number]>([
    ['words', 'yesterday', 400],
    ['an object that is no number', { valueOf: 1, toString: 1 }, 400],
    ['less than 0', -1, 422],
  ])('since: not %s', (_name, since, status) => {
    expect(refusalOf(() => sinceField({ since }))).toMatchObject({ status, field: 'since' })
  })
})
