/** Ignore lists as messages: what is one, what is text, and that one comes out as it went in. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ignoreListIn, ignoreListText, type Listed } from '../../src/chat/ignore-list.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import { nameProblem } from '../../src/chat/names.ts'
import { messageText } from '../../src/chat/wire/fields.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'

function keyOf(number: number): Listed['key'] {
  return new KeyPair(Buffer.alloc(32, number)).id
}

const [K1, K2] = [keyOf(1), keyOf(2)]

function people(count: number, name: string): Listed[] {
  return Array.from({ length: count }, (_, number) => ({ key: keyOf(number + 1), name }))
}

describe('a list', () => {
  test('is text that every program can show', () => {
    const listed = [
      { key: K1, name: 'mallory' },
      { key: K2, name: 'spam bot' },
    ]
    const text = `My list of 2 ignored people:\nmallory ${K1}\nspam bot ${K2}`
    expect(ignoreListText(listed)).toBe(text)
    expect(ignoreListIn(text)).toEqual(listed)
    expect(ignoreListText([{ key: K1, name: '' }])).toBe(`My list of 1 ignored person:\n${K1}`)
  })

  test('of LIMITS.sharedIgnored people with the longest names is a message; one more is text', () => {
    const full = people(LIMITS.sharedIgnored, '雪'.repeat(21))
    const text = ignoreListText(full)
    expect(messageText(text, 'text')).toBe(text)
    expect(ignoreListIn(text)).toEqual(full)
    expect(ignoreListIn(ignoreListText(people(LIMITS.sharedIgnored + 1, 'x')))).toBeUndefined()
  })

  test('comes out as it went in, whatever the names are', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 16 }).filter((each) => {
      const isSmall = Buffer.byteLength(each) <= LIMITS.nameBytes
      return isSmall && each === each.normalize('NFKC').trim() && nameProblem(each) === undefined
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 8 }),
        name,
        (numbers, called) => {
          const listed = numbers.map((number) => ({ key: keyOf(number), name: called }))
          expect(ignoreListIn(ignoreListText(listed))).toEqual(listed)
        },
      ),
    )
  })

  test.each([
    ['a person twice is one', `My list of 2 ignored people:\na ${K1}\nb ${K1}`, [{ key: K1, name: 'b' }]],
    [
      'hidden characters of a name are left out',
      `My list of 1 ignored person:\nb\u200bob ${K1}`,
      [{ key: K1, name: 'bob' }],
    ],
    [
      'a name that is too long is none',
      `My list of 1 ignored person:\n${'x'.repeat(65)} ${K1}`,
      [{ key: K1, name: '' }],
    ],
    [
      'the name of the program is not taken',
      `My list of 1 ignored person:\nyou ${K1}`,
      [{ key: K1, name: 'you_' }],
    ],
    [
      'an empty line at the end does not count',
      `My list of 1 ignored person:\nbob ${K1}\n`,
      [{ key: K1, name: 'bob' }],
    ],
  ])('%s', (_name, text, expected) => {
    expect(ignoreListIn(text)).toEqual(expected)
  })
})

test.each([
  ['nothing', ''],
  ['the first line alone', 'My list of 1 ignored person:'],
  ['no one', 'My list of 0 ignored people:'],
  ['another number of people', `My list of 2 ignored people:\nbob ${K1}`],
  ['a line before it', `hello\nMy list of 1 ignored person:\nbob ${K1}`],
  ['a line behind it', `My list of 1 ignored person:\nbob ${K1}\nhello`],
  ['a line between', `My list of 2 ignored people:\nbob ${K1}\n\nerin ${K2}`],
  ['a short key', `My list of 1 ignored person:\nbob ${K1.slice(1)}`],
  [
    'a key with another spelling',
    `My list of 1 ignored person:\nbob ${K1.slice(0, -1)}${K1.endsWith('B') ? 'D' : 'B'}`,
  ],
  ['a key of small order', `My list of 1 ignored person:\nbob ${'A'.repeat(43)}`],
  ['an address', 'My list of 1 ignored person:\nbob 10.0.0.1:8000'],
  ['a number that is no count', `My list of 01e1 ignored people:\nbob ${K1}`],
])('text is text: %s', (_name, text) => {
  expect(ignoreListIn(text)).toBeUndefined()
})
