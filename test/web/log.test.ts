/** The loaded part of a conversation. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counted,
  firstUnread,
  lastReceived,
  trimmed,
  withDelivery,
  withMessage,
  withNewest,
  withOlder,
} from '../../src/web/model/log.ts'
import { EMPTY_LOG, type Log } from '../../src/web/model/view.ts'
import { delivery, keys, log, message, NOON, ownMessage } from './samples.ts'

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((key, minute) => message(key, minute))
if (!a || !b || !c || !d || !e) throw new Error('there are five')

describe('a new message', () => {
  test.each<[name: string, before: Log, key: string, minutes: number, after: string]>([
    ['into an empty log', log([]), 'x', 0, 'x'],
    ['at the end', log([a, b]), 'x', 9, 'a b x'],
    ['late, to where it was said', log([a, c]), 'x', 1, 'a x c'],
    ['behind those of the same moment', log([a, b, c]), 'x', 1, 'a b x c'],
    ['before all, when nothing was before', log([b, c]), 'x', 0, 'x b c'],
    [
      'before all that is loaded: it comes with its page',
      log([b], { isWhole: false, before: '7' }),
      'x',
      0,
      'b',
    ],
    ['before the page was loaded', log([b], { isWhole: false, newest: 'missing' }), 'x', 0, 'x b'],
  ])('%s', (_name, before, key, minutes, after) => {
    expect(keys(withMessage(before, message(key, minutes)).messages)).toBe(after)
  })

  test('after one whose clock was two years ahead: the order is that of the store', () => {
    const years = 2 * 365 * 24 * 60
    const ahead = message('x', 2 + years, { clockShift: years * 60_000 })
    const after = withMessage(log([a, b, ahead]), message('y', 3))
    expect(keys(after.messages)).toBe('a b x y')
    expect(keys(withMessage(log([a, b, d]), ahead).messages)).toBe('a b x d')
    expect(lastReceived(log([a, ahead]))).toBe(NOON + 2 * 60_000)
    expect(counted(log([ahead, d]), NOON + 2 * 60_000, 'alice').unread).toBe(1)
    expect(keys(withNewest(log([a, ahead]), { messages: [ahead, d], before: '1' }).messages)).toBe('a x d')
  })

  test('a repeated message is there once, in its latest state', () => {
    const after = withMessage(log([a, b]), { ...a, text: 'changed' })
    expect(after.messages.map(({ text }) => text)).toEqual(['changed', 'b'])
  })

  test('an answer that an event has overtaken does not undo it', () => {
    const known = ownMessage('x', 0, { delivery: delivery({ delivered: 2 }) })
    const told = { ...known, delivery: delivery({ delivered: 0 }) }
    expect(withMessage(log([known]), told).messages).toEqual([known])
    expect(withNewest(log([known]), { messages: [told], before: undefined }).messages).toEqual([known])
  })

  test('messages in any order end up in the order of the conversation', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), (minutes) => {
        const all = minutes.map((minute, index) => message(`m${index}`, minute))
        const { messages } = all.reduce(withMessage, log([]))
        expect(messages.map(({ at }) => at)).toEqual(
          all.map(({ at }) => at).sort((one, other) => one - other),
        )
      }),
    )
  })
})

describe('pages', () => {
  test('an older page goes before the log and brings the next cursor', () => {
    const after = withOlder(log([c, d], { isWhole: false, before: '2' }), {
      messages: [a, b],
      before: undefined,
    })
    expect(keys(after.messages)).toBe('a b c d')
    expect(after.before).toBeUndefined()
    expect(after.isWhole).toBe(true)
  })

  test('messages in both are there once', () => {
    expect(keys(withOlder(log([b, c]), { messages: [a, b], before: '1' }).messages)).toBe('a b c')
  })

  test.each<
    [
      name: string,
      before: Log,
      page: { messages: (typeof a)[]; before: string | undefined },
      after: string,
      cursor: string | undefined,
    ]
  >([
    ['the first', EMPTY_LOG, { messages: [a, b], before: undefined }, 'a b', undefined],
    ['the newest of many', EMPTY_LOG, { messages: [d, e], before: '3' }, 'd e', '3'],
    [
      'with what came meanwhile',
      log([e], { newest: 'loading' }),
      { messages: [c, d], before: '2' },
      'c d e',
      '2',
    ],
    [
      'meets what is here: the rest stays',
      log([a, b, c], { isWhole: false, before: '0' }),
      { messages: [c, d], before: '2' },
      'a b c d',
      '0',
    ],
    [
      'does not meet it: there may be a hole',
      log([a, b], { isWhole: false, before: '0' }),
      { messages: [d, e], before: '3' },
      'd e',
      '3',
    ],
    [
      'behind a log that was trimmed: no cursor leads on',
      log([a, b, c], { isWhole: false }),
      { messages: [c, d], before: '2' },
      'c d',
      '2',
    ],
    ['an empty one', log([]), { messages: [], before: undefined }, '', undefined],
  ])('the newest page: %s', (_name, before, page, after, cursor) => {
    const merged = withNewest(before, page)
    expect(keys(merged.messages)).toBe(after)
    expect(merged.before).toBe(cursor)
    expect(merged.isWhole).toBe(cursor === undefined)
    expect(merged.newest).toBe('loaded')
  })
})

describe('unread', () => {
  const mentions = message('Alice?', 3)
  test.each<[name: string, mark: number, unread: number, mentioned: number]>([
    ['all of it', 0, 3, 1],
    ['what came after the mark', NOON, 2, 1],
    ['nothing', NOON + 10 * 60_000, 0, 0],
  ])('%s', (_name, mark, unread, mentioned) => {
    const { unread: seen, mentions: seenMentions } = counted(
      log([a, b, ownMessage('mine', 2), mentions]),
      mark,
      'alice',
    )
    expect([seen, seenMentions]).toEqual([unread, mentioned])
  })

  test('a late message is unread although it stands above', () => {
    const late = message('late', -60, { receivedAt: NOON + 5 * 60_000, late: true })
    const after = counted(log([late, a, b]), NOON + 60_000, 'alice')
    expect(after.unread).toBe(1)
    expect(firstUnread(after)).toBe(0)
  })

  test('the unread line stays where reading stopped', () => {
    const first = counted(log([a, b]), NOON, 'alice')
    expect(first.line).toBe(NOON)
    const second = counted(withMessage(first, c), NOON, 'alice')
    expect([second.line, second.unread]).toEqual([NOON, 2])
    expect(firstUnread(second)).toBe(1)
  })
})

test('a delivery update changes its message only', () => {
  const mine = ownMessage('mine')
  expect(withDelivery(log([a, mine]), 'mine', delivery()).messages[1]?.delivery).toEqual(delivery())
  const before = log([a])
  expect(withDelivery(before, 'gone', delivery())).toBe(before)
})

test('trimming keeps the newest and asks for the newest page again', () => {
  const after = trimmed(log([a, b, c]), 2)
  expect(keys(after.messages)).toBe('b c')
  expect([after.newest, after.before, after.isWhole]).toEqual(['missing', undefined, false])
  const short = log([a, b])
  expect(trimmed(short, 2)).toBe(short)
})

test('the last message to arrive is not always the last in the log', () => {
  const late = message('late', -60, { receivedAt: NOON + 9 * 60_000 })
  expect(lastReceived(log([late, a, b]))).toBe(NOON + 9 * 60_000)
  expect(lastReceived(log([]))).toBe(0)
})
