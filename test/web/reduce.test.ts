/** Actions -> the view. */
import { describe, expect, test } from 'vitest'
import { KEPT } from '../../src/web/model/log.ts'
import { reduce } from '../../src/web/model/reduce.ts'
import { logOf, type Action, type View } from '../../src/web/model/view.ts'
import { delivery, keys, log, message, NOON, outgoing, ownMessage, state, view } from './samples.ts'

function after(first: View, ...actions: Action[]): View {
  return actions.reduce(reduce, first)
}

const hello = message('hello', 1)
const read = { marks: new Map([['general', NOON]]) }

describe('a message', () => {
  test('is unread in a conversation that is not watched', () => {
    const seen = after(view(read), { kind: 'message', message: hello })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1, mentions: 0, line: NOON })
  })

  test('is read when the end is watched, without an unread line', () => {
    const seen = after(view({ ...read, watching: true }), { kind: 'message', message: hello })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: undefined })
    expect(seen.marks.get('general')).toBe(hello.receivedAt)
  })

  test('in another conversation is unread, whatever is watched', () => {
    const elsewhere = message('alice: look', 1, { conversation: 'ops' })
    const seen = after(view({ ...read, watching: true }), { kind: 'message', message: elsewhere })
    expect(logOf(seen, 'ops')).toMatchObject({ unread: 1, mentions: 1 })
    expect(logOf(seen, 'general').unread).toBe(0)
  })

  test('of a closed conversation is kept up to a limit', () => {
    const messages = Array.from({ length: KEPT.closed }, (_, index) => message(`m${index}`, index))
    const many = view({
      logs: new Map([['ops', log(messages.map((one) => ({ ...one, conversation: 'ops' })))]]),
    })
    const seen = after(many, { kind: 'message', message: message('x', 9_999, { conversation: 'ops' }) })
    expect(logOf(seen, 'ops').messages).toHaveLength(KEPT.closed)
    expect(logOf(seen, 'ops').messages.at(-1)?.key).toBe('x')
  })
})

describe('reading', () => {
  const unread = after(view(read), { kind: 'message', message: hello })

  test('reaching the end marks as read; the unread line stays for now', () => {
    const seen = after(unread, { kind: 'watching', watching: true })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: NOON })
  })

  test('leaving a read conversation removes its unread line', () => {
    const seen = after(
      unread,
      { kind: 'watching', watching: true },
      { kind: 'open', conversation: 'ops' },
      { kind: 'open', conversation: 'general' },
    )
    expect(logOf(seen, 'general').line).toBeUndefined()
    expect(seen.watching).toBe(false)
  })

  test('leaving without reading keeps the unread line', () => {
    const seen = after(
      unread,
      { kind: 'open', conversation: 'ops' },
      { kind: 'open', conversation: 'general' },
    )
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1, line: NOON })
  })

  test('Esc marks as read at once', () => {
    const seen = after(unread, { kind: 'read', conversation: 'general' })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: undefined })
  })

  test('a read mark of another tab counts, and a mark never moves back', () => {
    const there = after(unread, { kind: 'marks', marks: new Map([['general', NOON + 90_000]]) })
    expect(logOf(there, 'general').unread).toBe(0)
    const back = after(there, { kind: 'marks', marks: new Map([['general', 1]]) })
    expect(back).toBe(there)
  })

  test('messages from before the page was first opened count as read', () => {
    const page = { messages: [hello], before: undefined }
    const seen = after(view(), { kind: 'page', conversation: 'ops', which: 'newest', page })
    expect(logOf(seen, 'ops').unread).toBe(0)
  })

  test('messages that arrived before their page was loaded are unread', () => {
    const page = { messages: [message('old', -9), hello], before: undefined }
    const seen = after(
      view(),
      { kind: 'message', message: hello },
      { kind: 'page', conversation: 'general', which: 'newest', page },
    )
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1 })
    expect(keys(logOf(seen, 'general').messages)).toBe('old hello')
  })

  test('a new name changes the mentions', () => {
    const asked = after(view(read), { kind: 'message', message: message('alicia?', 1) })
    expect(logOf(asked, 'general').mentions).toBe(0)
    const self = { id: 'alice-key', short: 'a11c-e000', name: 'Alicia', status: '', picture: undefined }
    const renamed = after(asked, { kind: 'state', state: state({ self }) })
    expect(logOf(renamed, 'general').mentions).toBe(1)
  })
})

describe('outgoing messages', () => {
  const sending = view({ outgoing: [outgoing('hi', { state: 'sending' }), outgoing('two')] })
  const told = ownMessage('hi', 1, { key: 'k1' })
  const answer = { kind: 'accepted', id: 'hi', message: told } as const

  test.each<[name: string, actions: Action[]]>([
    ['the event comes before the answer', [{ kind: 'message', message: told }, answer]],
    ['the answer comes before the event', [answer, { kind: 'message', message: told }]],
    ['no answer comes', [{ kind: 'message', message: told }]],
  ])('is shown once when %s', (_name, actions) => {
    const seen = after(sending, ...actions)
    expect(keys(logOf(seen, 'general').messages)).toBe('k1')
    expect(seen.outgoing.map(({ id }) => id)).toEqual(['two'])
  })

  test.each<[name: string, message: typeof told]>([
    ['with another id', ownMessage('hi', 1, { id: 'other' })],
    ['of another person with the same id', message('hi', 1)],
  ])('is not replaced by a message %s', (_name, other) => {
    expect(after(sending, { kind: 'message', message: other }).outgoing).toEqual(sending.outgoing)
  })

  test('gets its delivery updates', () => {
    const logs = new Map([['general', log([told])]])
    const told2 = { kind: 'delivery', conversation: 'general', key: 'k1', delivery: delivery() } as const
    expect(logOf(after(view({ logs }), told2), 'general').messages[0]?.delivery).toEqual(delivery())
  })
})

describe('pages', () => {
  test.each<[name: string, actions: Action[], newest: string, older: string]>([
    ['asked for', [{ kind: 'page-asked', conversation: 'general', which: 'newest' }], 'loading', 'idle'],
    ['failed', [{ kind: 'page-failed', conversation: 'general', which: 'newest' }], 'failed', 'idle'],
    ['an older one', [{ kind: 'page-asked', conversation: 'general', which: 'older' }], 'missing', 'loading'],
    [
      'an older one that failed',
      [{ kind: 'page-failed', conversation: 'general', which: 'older' }],
      'missing',
      'failed',
    ],
  ])('%s', (_name, actions, newest, older) => {
    expect(logOf(after(view(), ...actions), 'general')).toMatchObject({ newest, older })
  })

  test('after a gap every newest page is missing again, and the log is still shown', () => {
    const logs = new Map([
      ['general', log([hello])],
      ['ops', log([], { newest: 'loading' })],
    ])
    const seen = after(view({ logs }), { kind: 'gap' })
    expect([...seen.logs.values()].map(({ newest }) => newest)).toEqual(['missing', 'loading'])
    expect(keys(logOf(seen, 'general').messages)).toBe('hello')
  })
})

describe('notices', () => {
  test('only the latest are shown, and each can be closed', () => {
    const notices = Array.from({ length: 9 }, (_, id): Action => ({
      kind: 'notice',
      notice: { id, text: 'x' },
    }))
    const seen = after(view(), ...notices)
    expect(seen.notices.map(({ id }) => id)).toEqual([5, 6, 7, 8])
    expect(after(seen, { kind: 'notice-closed', id: 7 }).notices.map(({ id }) => id)).toEqual([5, 6, 8])
  })
})

describe('complaints', () => {
  const complaint = (id: number): Action => ({ kind: 'complaint', complaint: { id, text: `no ${id}` } })

  test('a new complaint replaces the one before', () => {
    expect(after(view(), complaint(1), complaint(2)).complaint).toEqual({ id: 2, text: 'no 2' })
  })

  test.each<[name: string, action: Action, isSaid: boolean]>([
    ['something is done', { kind: 'complaint', complaint: undefined }, false],
    ['another conversation is opened', { kind: 'open', conversation: 'ops' }, false],
    ['a message comes', { kind: 'message', message: hello }, true],
    ['our peer says something by the way', { kind: 'notice', notice: { id: 9, text: 'x' } }, true],
  ])('%s', (_name, action, isSaid) => {
    expect(after(view(), complaint(1), action).complaint !== undefined).toBe(isSaid)
  })
})
