/** Events and deeds -> the view. */
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
  test('in a conversation that nobody looks at is unread', () => {
    const seen = after(view(read), { kind: 'message', message: hello })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1, mentions: 0, line: NOON })
  })

  test('that somebody looks at is read, and no line is drawn', () => {
    const seen = after(view({ ...read, watching: true }), { kind: 'message', message: hello })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: undefined })
    expect(seen.marks.get('general')).toBe(hello.receivedAt)
  })

  test('elsewhere is unread, whoever looks here', () => {
    const elsewhere = message('alice: look', 1, { conversation: 'ops' })
    const seen = after(view({ ...read, watching: true }), { kind: 'message', message: elsewhere })
    expect(logOf(seen, 'ops')).toMatchObject({ unread: 1, mentions: 1 })
    expect(logOf(seen, 'general').unread).toBe(0)
  })

  test('of a conversation that is not open is kept, but not without end', () => {
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

  test('whoever comes to the end has read it; the line stays for now', () => {
    const seen = after(unread, { kind: 'watching', watching: true })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: NOON })
  })

  test('the line goes with the conversation', () => {
    const seen = after(
      unread,
      { kind: 'watching', watching: true },
      { kind: 'open', conversation: 'ops' },
      { kind: 'open', conversation: 'general' },
    )
    expect(logOf(seen, 'general').line).toBeUndefined()
    expect(seen.watching).toBe(false)
  })

  test('whoever goes away without reading finds the line again', () => {
    const seen = after(
      unread,
      { kind: 'open', conversation: 'ops' },
      { kind: 'open', conversation: 'general' },
    )
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1, line: NOON })
  })

  test('at once, with Esc', () => {
    const seen = after(unread, { kind: 'read', conversation: 'general' })
    expect(logOf(seen, 'general')).toMatchObject({ unread: 0, line: undefined })
  })

  test('in another tab counts here, and a mark never goes back', () => {
    const there = after(unread, { kind: 'marks', marks: new Map([['general', NOON + 90_000]]) })
    expect(logOf(there, 'general').unread).toBe(0)
    const back = after(there, { kind: 'marks', marks: new Map([['general', 1]]) })
    expect(back).toBe(there)
  })

  test('what was there before the page was first opened counts as read', () => {
    const page = { messages: [hello], before: undefined }
    const seen = after(view(), { kind: 'page', conversation: 'ops', which: 'newest', page })
    expect(logOf(seen, 'ops').unread).toBe(0)
  })

  test('but not what was heard before its page came', () => {
    const page = { messages: [message('old', -9), hello], before: undefined }
    const seen = after(
      view(),
      { kind: 'message', message: hello },
      { kind: 'page', conversation: 'general', which: 'newest', page },
    )
    expect(logOf(seen, 'general')).toMatchObject({ unread: 1 })
    expect(keys(logOf(seen, 'general').messages)).toBe('old hello')
  })

  test('mentions are counted anew under another name', () => {
    const asked = after(view(read), { kind: 'message', message: message('alicia?', 1) })
    expect(logOf(asked, 'general').mentions).toBe(0)
    const self = { id: '10.0.0.1:8000', name: 'Alicia', status: '', picture: undefined }
    const renamed = after(asked, { kind: 'state', state: state({ self }) })
    expect(logOf(renamed, 'general').mentions).toBe(1)
  })
})

describe('what we write', () => {
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
    ['of somebody else with the same id', message('hi', 1)],
  ])('is not taken for a message %s', (_name, other) => {
    expect(after(sending, { kind: 'message', message: other }).outgoing).toEqual(sending.outgoing)
  })

  test('hears how it fares', () => {
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

  test('after a gap everything that was loaded is missing again, and still shown', () => {
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
  test('only the last few are shown, and each can be closed', () => {
    const notices = Array.from({ length: 9 }, (_, id): Action => ({
      kind: 'notice',
      notice: { id, text: 'x' },
    }))
    const seen = after(view(), ...notices)
    expect(seen.notices.map(({ id }) => id)).toEqual([5, 6, 7, 8])
    expect(after(seen, { kind: 'notice-closed', id: 7 }).notices.map(({ id }) => id)).toEqual([5, 6, 8])
  })
})

describe('what could not be done', () => {
  const complaint = (id: number): Action => ({ kind: 'complaint', complaint: { id, text: `no ${id}` } })

  test('the last of it is said, in place of what was before', () => {
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
