/** Conversations: order, titles, counts; the switcher, the keys and the address. */
import { describe, expect, test } from 'vitest'
import {
  allConversations,
  membersOf,
  neighbour,
  personNamed,
  shortCount,
  titleInText,
  titleOf,
  unreadInAll,
  unreadOf,
} from '../../src/web/model/conversations.ts'
import { keyAction, type Key } from '../../src/web/model/keys.ts'
import { conversationIn, fragmentOf, tokenIn } from '../../src/web/model/location.ts'
import { destinations, moved } from '../../src/web/model/switcher.ts'
import { log, person, state, view } from './samples.ts'

const unread = new Map([
  ['ops', log([], { unread: 3, mentions: 1 })],
  ['@bob-id', log([], { unread: 2 })],
])

test.each([
  ['general', '#general'],
  ['!ops', '🔒#!ops'],
  ['@bob-id', titleOf(view().local, '@bob-id')],
])('the title of %s where nothing can be drawn beside it is %s', (conversation, title) => {
  expect(titleInText(view().local, conversation)).toBe(title)
})

describe('the list', () => {
  test('channels, then direct conversations, a new one first', () => {
    expect(allConversations(view())).toEqual(['general', 'ops', '@bob-id'])
    expect(allConversations(view({ open: '@carol-id' }))).toEqual(['general', 'ops', '@carol-id', '@bob-id'])
  })

  test.each<[name: string, open: string, step: 1 | -1, unreadOnly: boolean, next: string | undefined]>([
    ['down', 'general', 1, false, 'ops'],
    ['round the end', '@bob-id', 1, false, 'general'],
    ['up, round the beginning', 'general', -1, false, '@bob-id'],
    ['the next unread', 'general', 1, true, 'ops'],
    ['the next unread upwards', 'general', -1, true, '@bob-id'],
    ['no other is unread', 'ops', 1, true, '@bob-id'],
    ['from one that is not in the list', 'elsewhere', 1, false, 'general'],
  ])('%s', (_name, open, step, unreadOnly, next) => {
    expect(neighbour(view({ open, logs: unread }), step, unreadOnly)).toBe(next)
  })

  test('without another conversation there is no neighbour', () => {
    const alone = view({ local: state({ channels: [{ name: 'general', isGroup: false }], directs: [] }) })
    expect(neighbour(alone, 1, false)).toBeUndefined()
  })

  test.each<[conversation: string, title: string]>([
    ['general', '#general'],
    ['@bob-id', 'bob'],
    ['@gone:8000', 'gone:8000'],
  ])('%s is called %s', (conversation, title) => {
    expect(titleOf(state(), conversation)).toBe(title)
  })

  test('a name cannot change the direction of the text around it', () => {
    const people = [person('bob', { name: 'b\u202eob' })]
    expect(titleOf(state({ people }), '@bob-id')).toBe('b\ufffdob')
  })

  test('every direct message counts as a mention', () => {
    const seen = view({ logs: unread })
    expect(unreadOf(seen, '@bob-id')).toEqual({ unread: 2, mentions: 2 })
    expect(unreadInAll(seen)).toEqual({ unread: 5, mentions: 3 })
    expect([7, 99, 100].map(shortCount)).toEqual(['7', '99', '99+'])
  })
})

describe('people', () => {
  const people = [
    person('zoe'),
    person('Adam', { isHere: false }),
    person('bob'),
    person('Bob', { id: 'second' }),
    person('out', { channels: [] }),
    person('zorro', {
      ...{ id: 'renamed', short: 'q7f9-2mx7', callsItself: 'bob', channels: [] },
      formerNames: [{ name: 'a1ice', until: 1, shown: 'alice·q7f9-2mx7' }],
    }),
    person('bob·k3f9-2mx7', { id: 'keyed', short: 'k3f9-2mx7', addresses: ['10.0.0.9:8000'], channels: [] }),
  ]
  const local = state({ people })

  test('members of a channel: present ones first, then by name', () => {
    expect(membersOf(local, 'general').map(({ id }) => id)).toEqual(['bob-id', 'second', 'zoe-id', 'Adam-id'])
    expect(membersOf(local, '@zoe-id').map(({ id }) => id)).toEqual(['zoe-id'])
    expect(membersOf(undefined, 'general')).toEqual([])
  })

  test.each<[words: string, id: string | undefined]>([
    ['zoe', 'zoe-id'],
    ['@ZOE', 'zoe-id'],
    ['second', 'second'],
    ['bob', undefined],
    ['bob·k3f9-2mx7', 'keyed'],
    ['K3F9-2MX7', 'keyed'],
    ['10.0.0.9:8000', 'keyed'],
    ['nobody', undefined],
    ['zorro·q7f9-2mx7', 'renamed'],
    ['@Bob·Q7F9-2MX7', 'renamed'],
    ['alice·q7f9-2mx7', 'renamed'],
    ['a1ice·q7f9-2mx7', 'renamed'],
    ['zoe·q7f9-2mx7', undefined],
  ])('%s', (words, id) => {
    const found = personNamed(local, words)
    expect('problem' in found ? undefined : found.id).toBe(id)
  })
})

test.each<[words: string, problem: string]>([
  ['ALICE', 'That is you.'],
  ['self', 'That is you.'],
  ['own0-sh0r', 'That is you.'],
  ['alice·own0-sh0r', 'That is you.'],
  ['zoe·q7f9-2mx7', 'q7f9-2mx7 is the key of zorro, who was never called zoe here.'],
  ['zoe', 'There is nobody called zoe here. Choose a person in the list.'],
])('%s means no other person', (words, problem) => {
  const self = { ...state().self, id: 'self', name: 'alice', short: 'own0-sh0r' }
  const people = [person('zorro', { id: 'renamed', short: 'q7f9-2mx7' })]
  expect(personNamed(state({ self, people }), words)).toEqual({ problem })
})

describe('the switcher', () => {
  const found = (words: string): string[] =>
    destinations(view({ logs: unread }), words).map(({ conversation }) => conversation)
  test.each<[name: string, words: string, conversations: string[]]>([
    ['everything else, unread first', '', ['ops', '@bob-id', '@carol-id']],
    ['by the beginning', 'car', ['@carol-id']],
    ['with a sign', '#op', ['ops']],
    ['somewhere in the name', 'ob', ['@bob-id']],
    ['nothing', 'xyz', []],
  ])('%s', (_name, words, conversations) => {
    expect(found(words)).toEqual(conversations)
  })
  test('the arrow keys go around the end', () => {
    expect([moved(0, 1, 3), moved(2, 1, 3), moved(0, -1, 3), moved(0, 1, 0)]).toEqual([1, 0, 2, -1])
  })
})

describe('the address', () => {
  test.each<[fragment: string, token: string | undefined]>([
    ['#token=abc_-123', 'abc_-123'],
    ['#channel=x&token=abc', 'abc'],
    ['#token=', undefined],
    ['#channel=general', undefined],
    ['', undefined],
  ])('the token of %s', (fragment, token) => {
    expect(tokenIn(fragment)).toBe(token)
  })
  test.each(['general', 'ä-b.c', '@10.0.0.2:8000', '@[fd00::1]:8000', '@carol@10.0.0.3', '@a&b#c%'])(
    '%s, there and back',
    (conversation) => {
      expect(conversationIn(fragmentOf(conversation))).toBe(conversation)
    },
  )
  test.each(['', '#', '#channel=', '#channel=%E0%A4%A', '#other=x'])('%s is no conversation', (fragment) => {
    expect(conversationIn(fragment)).toBeUndefined()
  })
})

describe('keys', () => {
  const none = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false }
  test.each<[name: string, key: Partial<Key>, action: string | undefined]>([
    ['Ctrl-K', { key: 'k', ctrlKey: true }, 'switcher'],
    ['Cmd-K', { key: 'k', metaKey: true }, 'switcher'],
    ['K', { key: 'k' }, undefined],
    ['Ctrl-Shift-F', { key: 'F', ctrlKey: true, shiftKey: true }, 'search'],
    ['Ctrl-F is the browser’s', { key: 'f', ctrlKey: true }, undefined],
    ['Ctrl-/', { key: '/', ctrlKey: true }, 'keys'],
    ['/', { key: '/' }, undefined],
    ['Alt-Up', { key: 'ArrowUp', altKey: true }, 'previous'],
    ['Alt-Down', { key: 'ArrowDown', altKey: true }, 'next'],
    ['Alt-Shift-Up', { key: 'ArrowUp', altKey: true, shiftKey: true }, 'previous-unread'],
    ['Alt-Shift-Down', { key: 'ArrowDown', altKey: true, shiftKey: true }, 'next-unread'],
    ['Up', { key: 'ArrowUp' }, undefined],
    ['AltGr-Up', { key: 'ArrowUp', altKey: true, ctrlKey: true }, undefined],
    ['F6', { key: 'F6' }, 'next-region'],
    ['Shift-F6', { key: 'F6', shiftKey: true }, 'previous-region'],
    ['Esc', { key: 'Escape' }, 'escape'],
    ['Enter', { key: 'Enter' }, undefined],
  ])('%s', (_name, key, action) => {
    expect(keyAction({ key: '', ...none, ...key })).toBe(action)
  })
})
