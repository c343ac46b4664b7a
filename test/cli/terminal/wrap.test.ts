import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { wrap } from '../../../src/cli/terminal/wrap.ts'

describe('wrap', () => {
  test.each([
    ['a line that fits stays as it is', 'hello there', 40, 'hello there'],
    [
      'breaks between words, under the text',
      'one two three four five six',
      20,
      'one two three four\n      five six',
    ],
    ['each line of its own', 'aaa bbb\nccc', 40, 'aaa bbb\nccc'],
    ['a word longer than a row is left to the terminal', 'x'.repeat(50), 20, 'x'.repeat(50)],
    ['wide characters count twice', '你好 你好 你好 你好 你好', 20, '你好 你好 你好 你好\n      你好'],
    ['colours take no room', '\x1b[31mone two three four\x1b[0m', 18, '\x1b[31mone two three four\x1b[0m'],
    ['too narrow to be worth it', 'one two three', 10, 'one two three'],
  ])('%s', (_name, text, columns, expected) => {
    expect(wrap(text, columns)).toBe(expected)
  })

  test('nothing but white space is added or lost, and no row of short words is too wide', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (list, columns) => {
        const wrapped = wrap(list.join(' '), columns)
        expect(wrapped.split(/\s+/)).toEqual(list)
        for (const row of wrapped.split('\n')) expect(stringWidth(row)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})
