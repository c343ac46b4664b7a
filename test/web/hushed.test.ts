/** Muted, ignored and blocked people in the page: commands, words, and what calls no attention. */
import { describe, expect, test } from 'vitest'
import { announcement, isForUs } from '../../src/web/model/announce.ts'
import { hushedText } from '../../src/web/model/hushed.ts'
import { readInput } from '../../src/web/model/input.ts'
import { counted, firstUnread } from '../../src/web/model/log.ts'
import { reduce } from '../../src/web/model/reduce.ts'
import { EMPTY_LOG, logOf } from '../../src/web/model/view.ts'
import { message, state, view } from './samples.ts'

test.each([
  ['/mute #general', { hush: 'mute', isUndo: false, name: '#general' }],
  ['/ignore @bob', { hush: 'ignore', isUndo: false, name: 'bob' }],
  ['/block "Bob B"', { hush: 'block', isUndo: false, name: 'Bob B' }],
  ['/mute @bob 10m', { hush: 'mute', isUndo: false, name: 'bob', ms: 600_000 }],
  ['/ignore "Lê Hồng" 2h', { hush: 'ignore', isUndo: false, name: 'Lê Hồng', ms: 7_200_000 }],
  ['/block Lê Hồng 7D', { hush: 'block', isUndo: false, name: 'Lê Hồng', ms: 604_800_000 }],
  ['/mute bob 10', { hush: 'mute', isUndo: false, name: 'bob 10' }],
  ['/unmute bob', { hush: 'mute', isUndo: true, name: 'bob' }],
  ['/unignore bob', { hush: 'ignore', isUndo: true, name: 'bob' }],
  ['/unblock bob', { hush: 'block', isUndo: true, name: 'bob' }],
])('%s is a command, not a message', (draft, expected) => {
  expect(readInput(draft, 'general')).toEqual({ kind: 'hush', ...expected })
})

test('a time that is too long is refused with its bounds', () => {
  expect(readInput('/mute bob 400d', 'general')).toEqual({
    kind: 'refused',
    reason: 'A time is a number with s, m, h or d, such as 10m, 2h or 7d: 1s to 365d.',
  })
})

test.each([
  ['/ignored', { how: 'list', name: '' }],
  ['/ignored share #ops', { how: 'share', name: '#ops' }],
  ['/ignored share @bob', { how: 'share', name: 'bob' }],
  ['/ignored show "Bob B"', { how: 'show', name: 'Bob B' }],
  ['/ignored take bob', { how: 'show', name: 'bob' }],
])('%s is about lists', (draft, expected) => {
  expect(readInput(draft, 'general')).toEqual({ kind: 'ignored', ...expected })
})

test.each(['/ignored share', '/ignored give bob'])('%s is refused, with how it is written', (draft) => {
  expect(readInput(draft, 'general')).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('/ignored [share') as unknown,
  })
})

describe('a message', () => {
  test.each([
    [undefined, true],
    ['mute', false],
    ['ignore', false],
    ['block', false],
    ['channel', false],
  ] as const)('that is hushed by %s calls attention, is counted and announced: %s', (hushed, expected) => {
    const said = { ...message('hello alice'), own: false, late: false, hushed }
    expect(isForUs(said, 'alice')).toBe(expected)
    const { unread, mentions } = counted({ ...EMPTY_LOG, messages: [said] }, 0, 'alice')
    expect([unread, mentions]).toEqual(expected ? [1, 1] : [0, 0])
    expect(announcement([said], said.conversation, '#general', 'alice') !== '').toBe(expected)
    expect(firstUnread({ ...EMPTY_LOG, messages: [said], line: 0 })).toBe(expected ? 0 : -1)
  })
})

test.each([
  ['a person', message('x').from.id, 'mute', 'mute'],
  ['an ignored person', message('x').from.id, 'ignore', 'ignore'],
  ['a channel', '#general', 'mute', 'channel'],
] as const)(
  'loaded messages of %s are marked while that holds, and are not counted',
  (_who, target, kind, mark) => {
    const said = { ...message('hello alice'), own: false, conversation: 'general' }
    const before = view()
    const heard = reduce(before, { kind: 'message', message: said })
    const holds = { target, kind, since: 0, dropped: 0 }
    const hushed = reduce(heard, { kind: 'state', state: state({ hushed: [holds] }) })
    const lifted = reduce(hushed, { kind: 'state', state: state() })
    const shown = [heard, hushed, lifted].map((view) => logOf(view, 'general'))
    expect(shown.map(({ messages }) => messages[0]?.hushed)).toEqual([undefined, mark, undefined])
    expect(shown.map(({ unread }) => unread)).toEqual([1, 0, 1])
  },
)

test.each([
  ['mute', /^muted since .* until /],
  ['ignore', /^ignored since .* until .*, 1 message dropped$/],
  ['block', /^blocked since .* until .*, 1 attempt not answered$/],
] as const)('%s is told in words', (kind, words) => {
  expect(hushedText({ target: 'x', kind, since: 0, until: 60_000, dropped: 1 })).toMatch(words)
})
