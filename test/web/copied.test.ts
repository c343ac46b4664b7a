/** Copied messages as text. */
import { expect, test } from 'vitest'
import { copiedText } from '../../src/web/model/copied.ts'
import { MINUTE, NOON } from './samples.ts'

const said = (text: string, minutes = 0, more: object = {}): Parameters<typeof copiedText>[0][number] => ({
  at: NOON + minutes * MINUTE,
  name: 'alice',
  text,
  action: false,
  ...more,
})

test.each<[name: string, messages: Parameters<typeof copiedText>[0], text: string]>([
  ['two', [said('Hello Bob!'), said('Hi', 1, { name: 'bob' })], '[12:00] alice: Hello Bob!\n[12:01] bob: Hi'],
  ['an action', [said('waves', 0, { action: true })], '[12:00] * alice waves'],
  ['several lines', [said('a\n  b')], '[12:00] alice: a\n  b'],
  ['control characters', [said('a\u001b[2J', 0, { name: 'al\nice' })], '[12:00] al␊ice: a␛[2J'],
])('copied: %s', (_name, messages, text) => {
  expect(copiedText(messages)).toBe(text)
})
