import { describe, expect, test } from 'vitest'
import { bodyFields, bodyText, formFields, jsonObject, mediaType } from '../../src/http/body.ts'
import { request, type Wanted } from './values.ts'

const FORM = 'application/x-www-form-urlencoded'
const typed = (type: string, body: string | Uint8Array): Wanted => ({
  headers: { 'Content-Type': type },
  body,
})
const refusal = (status: number): object => ({ name: 'ProtocolError', status })

describe('mediaType', () => {
  test.each([
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    ['text/plain ;x', 'text/plain'],
    ['', ''],
  ])('%j', (value, expected) => {
    expect(mediaType(request(typed(value, '')))).toBe(expected)
  })

  test('none', () => {
    expect(mediaType(request({}))).toBeUndefined()
  })
})

describe('bodyText', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', ''],
    ['UTF-8', 'grüße ☃ 😀', 'grüße ☃ 😀'],
    ['U+FFFD that was sent', '\ufffd', '\ufffd'],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), '\ufeffa'],
    ['U+FFFD after a byte order mark', Buffer.from('\ufeff\ufffd'), '\ufeff\ufffd'],
  ])('%s', (_name, body, expected) => {
    expect(bodyText(request({ body }))).toBe(expected)
  })

  test.each([
    ['a lone byte', [0xff]],
    ['half a character', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('malformed UTF-8 is 400: %s', (_name, bytes) => {
    expect(() => bodyText(request({ body: Uint8Array.from(bytes) }))).toThrow(
      expect.objectContaining(refusal(400)),
    )
  })

  test('a coded body is 415: nothing is inflated', () => {
    const coded = request({ headers: { 'Content-Encoding': 'gzip' }, body: '{}' })
    expect(() => bodyText(coded)).toThrow(expect.objectContaining(refusal(415)))
  })

  test('a body that is a part of larger memory', () => {
    const body = Buffer.from('xxhelloxx').subarray(2, 7)
    expect(bodyText({ ...request({}), body })).toBe('hello')
  })
})

describe('bodyFields', () => {
  test.each<[string, Wanted, unknown]>([
    ['JSON', typed('application/json', '{"a":[1,"é"]}'), { a: [1, 'é'] }],
    ['JSON with a charset', typed('application/json; charset=UTF-8', ' {} '), {}],
    ['JSON that does not say so', { body: '{"a":1}' }, { a: 1 }],
    ['a form', typed(FORM, 'a=1&b=x+y&c=%C3%A9&d'), { a: '1', b: 'x y', c: 'é', d: '' }],
    ['an empty form', typed(FORM, ''), {}],
    ['a form with a repeated field: the last counts', typed(FORM, 'a=1&a=2'), { a: '2' }],
    ['JSON that says it is a form', typed(FORM, ' \n{"a":1}'), { a: 1 }],
    ['JSON that says it is plain text, from a program', typed('text/plain', '{"a":1}'), { a: 1 }],
  ])('%s', (_name, wanted, expected) => {
    expect({ ...bodyFields(request(wanted)) }).toEqual(expected)
  })

  test.each<[string, Wanted, number]>([
    [
      'plain text from a page',
      { headers: { 'Content-Type': 'text/plain', Origin: 'http://a' }, body: '{}' },
      415,
    ],
    [
      'plain text from a page, as Fetch Metadata say',
      { headers: { 'Content-Type': 'text/plain', 'Sec-Fetch-Site': 'same-origin' }, body: '{}' },
      415,
    ],
    ['plain text that is no JSON', typed('text/plain', 'hello'), 400],
    ['another type', typed('text/html', '{}'), 415],
    ['another type, whatever its bytes', typed('image/png', Uint8Array.of(0x89, 0xff)), 415],
    ['no type at all', typed('', '{}'), 415],
    ['half of JSON', typed('application/json', '{"a":'), 400],
    ['nothing', typed('application/json', ''), 400],
    ['an array', typed('application/json', '[]'), 400],
    ['an array in a form', typed(FORM, '[1]'), 400],
    ['null', typed('application/json', 'null'), 400],
    ['a number', typed('application/json', '1'), 400],
    ['a text', typed('application/json', '"x"'), 400],
    ['a byte order mark', typed('application/json', '\ufeff{}'), 400],
    ['malformed UTF-8', typed('application/json', Uint8Array.of(0x22, 0xff, 0x22)), 400],
    [
      'a coded body',
      { headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'br' }, body: '{}' },
      415,
    ],
  ])('%s is refused', (_name, wanted, status) => {
    expect(() => bodyFields(request(wanted))).toThrow(expect.objectContaining(refusal(status)))
  })

  test('names that objects have are plain fields', () => {
    const fields = bodyFields(request(typed('application/json', '{"__proto__":{"evil":1},"constructor":2}')))
    expect(Object.keys(fields)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
    const form = formFields('__proto__=1&toString=2')
    expect(Object.keys(form)).toEqual(['__proto__', 'toString'])
    expect(Object.getPrototypeOf(form)).toBeNull()
    expect(({} as Record<string, unknown>)['evil']).toBeUndefined()
  })

  test('deep JSON does not break the stack', () => {
    const deep = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
    expect(Object.keys(jsonObject(deep))).toEqual(['a'])
  })
})
