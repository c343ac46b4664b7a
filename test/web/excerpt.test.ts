/** Excerpts: shown instead of the log, until they meet it or are left. */
import { describe, expect, test } from 'vitest'
import { reduce } from '../../src/web/model/reduce.ts'
import { logOf, shownLog, type Action, type View } from '../../src/web/model/view.ts'
import { delivery, keys, log, message, ownMessage, view } from './samples.ts'
import type { LocalMessage } from '../../src/chat/wire/local-api.ts'

function after(first: View, ...actions: Action[]): View {
  return actions.reduce(reduce, first)
}

/** `3 4 5`: messages said so many minutes after noon. */
function said(texts: string): LocalMessage[] {
  return texts === '' ? [] : texts.split(' ').map((text) => message(text, Number(text)))
}

function excerpt(texts: string, before?: string, afterIt?: string): Action {
  return { kind: 'excerpt', conversation: 'general', page: { messages: said(texts), before, after: afterIt } }
}

function page(
  which: 'older' | 'newer',
  of: string,
  texts: string,
  before?: string,
  afterIt?: string,
): Action {
  return { kind: 'excerpt-page', which, of, page: { messages: said(texts), before, after: afterIt } }
}

const whole = log(said('90 91 92'), { before: 'b90', isWhole: false })
const first = view({ logs: new Map([['general', whole]]), watching: true })
const begun = after(first, excerpt('30 31 32', 'b30', 'a32'))

test('is shown instead of the log, which stays loaded; the end is no longer watched', () => {
  expect(keys(shownLog(begun).messages)).toBe('30 31 32')
  expect(keys(logOf(begun, 'general').messages)).toBe('90 91 92')
  expect(begun).toMatchObject({ watching: false, excerpt: { after: 'a32', log: { isWhole: false } } })
})

test('an excerpt at the beginning of the conversation says so', () => {
  expect(shownLog(after(first, excerpt('1 2', undefined, 'a2'))).isWhole).toBe(true)
})

test('is ignored when another conversation was opened meanwhile', () => {
  const elsewhere = after(first, { kind: 'open', conversation: 'ops' })
  expect(after(elsewhere, excerpt('30', 'b30', 'a30'))).toBe(elsewhere)
})

test('new messages go to the log and are unread', () => {
  const heard = after(
    { ...begun, marks: new Map([['general', message('92', 92).receivedAt]]) },
    {
      kind: 'message',
      message: message('93', 93),
    },
  )
  expect(keys(shownLog(heard).messages)).toBe('30 31 32')
  expect(logOf(heard, 'general').unread).toBe(1)
})

test('an own message in it gets delivery updates', () => {
  const own = ownMessage('30', 30)
  const seen = after(first, {
    kind: 'excerpt',
    conversation: 'general',
    page: { messages: [own], before: 'b', after: 'a' },
  })
  const told = { kind: 'delivery', conversation: 'general', key: '30', delivery: delivery() } as const
  expect(shownLog(after(seen, told)).messages[0]?.delivery).toEqual(delivery())
})

describe('grows', () => {
  test('upwards', () => {
    const grown = after(
      begun,
      { kind: 'excerpt-asked', which: 'older' },
      page('older', 'b30', '28 29', 'b28'),
    )
    expect(keys(shownLog(grown).messages)).toBe('28 29 30 31 32')
    expect(grown.excerpt?.log).toMatchObject({ before: 'b28', older: 'idle', isWhole: false })
  })

  test('downwards', () => {
    const asked = after(begun, { kind: 'excerpt-asked', which: 'newer' })
    expect(asked.excerpt?.newer).toBe('loading')
    const grown = after(asked, page('newer', 'a32', '33 34', undefined, 'a34'))
    expect(keys(shownLog(grown).messages)).toBe('30 31 32 33 34')
    expect(grown.excerpt).toMatchObject({ after: 'a34', newer: 'idle' })
  })

  test('not by an answer for another excerpt', () => {
    expect(after(begun, page('newer', 'a99', '33'))).toBe(begun)
    expect(after(begun, page('older', 'b99', '29'))).toBe(begun)
    expect(after(first, page('newer', 'a32', '33'))).toBe(first)
  })

  test('a failed page is marked as failed', () => {
    expect(after(begun, { kind: 'excerpt-failed', which: 'newer' }).excerpt?.newer).toBe('failed')
    expect(after(begun, { kind: 'excerpt-failed', which: 'older' }).excerpt?.log.older).toBe('failed')
  })
})

describe('becomes the log', () => {
  test.each<[what: string, actions: Action[], keys: string, before: string | undefined]>([
    ['when it reaches it', [page('newer', 'a32', '33 90', undefined, 'a90')], '30 31 32 33 90 91 92', 'b30'],
    ['when it reaches the end', [page('newer', 'a32', '33 34')], '30 31 32 33 34 90 91 92', 'b30'],
    ['when nothing is behind it', [page('newer', 'a32', '')], '30 31 32 90 91 92', 'b30'],
    ['at once, where it meets it', [excerpt('89 90 91', 'b89', 'a91')], '89 90 91 92', 'b89'],
    ['without moving it, within it', [excerpt('91', 'b91', 'a91')], '90 91 92', 'b90'],
  ])('%s', (_, actions, expected, before) => {
    const seen = after(begun, ...actions)
    expect(seen.excerpt).toBeUndefined()
    expect(keys(logOf(seen, 'general').messages)).toBe(expected)
    expect(logOf(seen, 'general').before).toBe(before)
  })

  test('with the latest state of each message', () => {
    const known = { ...ownMessage('31', 31), delivery: delivery() }
    const logs = new Map([['general', log([known])]])
    const seen = after(view({ logs }), excerpt('30 31', 'b30', 'a31'))
    expect(logOf(seen, 'general').messages[1]).toBe(known)
  })
})

test.each<[what: string, action: Action]>([
  ['with the way to its end', { kind: 'excerpt-left' }],
  ['with the conversation', { kind: 'open', conversation: 'ops' }],
])('is left %s', (_, action) => {
  const seen = after({ ...begun, target: { key: '31' } }, action)
  expect([seen.excerpt, seen.target]).toEqual([undefined, undefined])
})
