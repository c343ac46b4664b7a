import { describe, expect, test } from 'vitest'
import { Headers } from '../../src/http/headers.ts'

const headers = Headers.of([
  ['Host', 'a'],
  ['Accept', 'x'],
  ['ACCEPT', ''],
  ['__proto__', 'p'],
  ['Set-Cookie', 'a=1'],
  ['accept', 'y'],
  ['X\xc9', 'é'],
])

describe('Headers', () => {
  test.each([
    ['a field', 'host', 'a'],
    ['several lines, in order, empty ones too', 'accept', 'x, , y'],
    ['a name that objects have', '__proto__', 'p'],
    ['a name that is only inherited', 'constructor', undefined],
    ['a part of a name', 'hos', undefined],
    ['a name and more', 'hosts', undefined],
    ['an empty name', '', undefined],
    ['a value is no name', 'a=1', undefined],
  ])('get: %s', (_name, name, value) => {
    expect(headers.get(name)).toBe(value)
    expect(headers.has(name)).toBe(value !== undefined)
  })

  test('getAll: a value for each line', () => {
    expect(headers.getAll('accept')).toEqual(['x', '', 'y'])
    expect(headers.getAll('cookie')).toEqual([])
  })

  test('iterates all lines in order, names in lower case', () => {
    expect([...headers]).toEqual([
      ['host', 'a'],
      ['accept', 'x'],
      ['accept', ''],
      ['__proto__', 'p'],
      ['set-cookie', 'a=1'],
      ['accept', 'y'],
      ['x\xe9', 'é'],
    ])
    expect(headers.size).toBe(7)
  })

  test('none', () => {
    expect([...Headers.none]).toEqual([])
    expect(Headers.none.size).toBe(0)
    expect(Headers.none.get('')).toBeUndefined()
  })

  test('lower case keeps the offsets for every Latin-1 character', () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
    const some = Headers.of([
      [all, '1'],
      ['Last', '2'],
    ])
    expect(some.get('last')).toBe('2')
    expect(some.get(all.toLowerCase())).toBe('1')
  })
})
