import { describe, expect, test } from 'vitest'
import {
  asContent,
  contentFrom,
  isDeed,
  plainLine,
  textOf,
  type Content,
  type ContentKind,
} from '../../src/chat/content.ts'

/** Every kind: a new one does not compile until it is here. */
const SAMPLES: { readonly [Kind in ContentKind]: Extract<Content, { kind: Kind }> } = {
  text: { kind: 'text', text: 'hello' },
  action: { kind: 'action', text: 'waves' },
}

describe.each(Object.values(SAMPLES))('$kind', (content) => {
  test('is read back from its kind and its words', () => {
    expect(contentFrom(textOf(content), content.kind)).toEqual(content)
  })

  test('reads as one line that has its words', () => {
    expect(plainLine(content, 'alice')).toContain(textOf(content))
  })
})

test.each<[Content, boolean, string]>([
  [SAMPLES.text, false, 'hello'],
  [SAMPLES.action, true, '* alice waves'],
])('%j is shown as a deed: %j, and reads as "%s"', (content, isShownAsDeed, line) => {
  expect(isDeed(content)).toBe(isShownAsDeed)
  expect(plainLine(content, 'alice')).toBe(line)
})

test.each([undefined, null, 7, 'picture', 'toString', '__proto__'])(
  'an unknown kind reads as text: %j',
  (kind) => {
    expect(contentFrom('hi', kind)).toEqual({ kind: 'text', text: 'hi' })
  },
)

test('a string alone is a text', () => {
  expect(asContent('hi')).toEqual({ kind: 'text', text: 'hi' })
  expect(asContent(SAMPLES.action)).toBe(SAMPLES.action)
})
