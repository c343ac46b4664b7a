/** Muted, ignored and blocked people in the page: commands, words, and what calls no attention. */
import { describe, expect, test } from 'vitest'
import { isForUs } from '../../src/web/model/announce.ts'
import { hushedText } from '../../src/web/model/hushed.ts'
import { readInput } from '../../src/web/model/input.ts'
import { message } from './samples.ts'

test.each([
  ['/mute #general', { hush: 'mute', isUndo: false, name: '#general' }],
  ['/ignore @bob', { hush: 'ignore', isUndo: false, name: 'bob' }],
  ['/block "Bob B"', { hush: 'block', isUndo: false, name: 'Bob B' }],
  ['/unmute bob', { hush: 'mute', isUndo: true, name: 'bob' }],
  ['/unignore bob', { hush: 'ignore', isUndo: true, name: 'bob' }],
  ['/unblock bob', { hush: 'block', isUndo: true, name: 'bob' }],
])('%s is a command, not a message', (draft, expected) => {
  expect(readInput(draft, 'general')).toEqual({ kind: 'hush', ...expected })
})

describe('a muted message', () => {
  test.each([
    [undefined, true],
    [true, false],
  ] as const)('calls attention: muted %s, %s', (muted, expected) => {
    const said = { ...message('hello alice'), own: false, late: false, muted }
    expect(isForUs(said, 'alice')).toBe(expected)
  })
})

test.each([
  ['mute', /^muted since .* until /],
  ['ignore', /^ignored since .* until .*, 1 message dropped$/],
  ['block', /^blocked since .* until .*, 1 message refused$/],
] as const)('%s is told in words', (kind, words) => {
  expect(hushedText({ target: 'x', kind, since: 0, until: 60_000, dropped: 1 })).toMatch(words)
})
