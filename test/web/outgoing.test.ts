/** Messages on their way from the page to the peer: in order, each once. */
import { describe, expect, test } from 'vitest'
import {
  againAll,
  changed,
  doubted,
  MOST_WAITING,
  nextOf,
  restored,
  shownIn,
  whatBecameOf,
  withNew,
  without,
} from '../../src/web/model/outgoing.ts'
import { message, NOON, outgoing, ownMessage } from './samples.ts'

const first = outgoing('first')
const second = outgoing('second')

describe('the queue', () => {
  test('one at a time, in the order of writing', () => {
    const queue = [first, second]
    expect(nextOf(queue)?.id).toBe('first')
    const sending = changed(queue, 'first', { state: 'sending' })
    expect(nextOf(sending)).toBeUndefined()
    expect(nextOf(without(sending, 'first'))?.id).toBe('second')
  })

  test('a refused one does not hold up those behind it, and keeps its place when it is tried again', () => {
    const refused = changed([first, second], 'first', { state: 'refused', reason: 'too long' })
    expect(nextOf(refused)?.id).toBe('second')
    expect(nextOf(againAll(refused))).toMatchObject({ id: 'first', reason: '' })
  })

  test('one more than fit is refused at once', () => {
    const { id, conversation, text, action, at, since } = first
    const full = Array.from({ length: MOST_WAITING - 1 }, (_, index) => outgoing(`m${index}`))
    const last = withNew(full, { id, conversation, text, action, at, since })
    expect(last.at(-1)?.state).toBe('waiting')
    expect(withNew(last, { id: 'over', conversation, text, action, at, since }).at(-1)?.state).toBe('refused')
  })

  test('at the end of its conversation, unless it stands in the log already', () => {
    const queue = [first, outgoing('there', { becameKey: 'k' }), outgoing('ops', { conversation: 'ops' })]
    expect(shownIn(queue, 'general').map(({ id }) => id)).toEqual(['first'])
  })
})

describe('a doubtful one', () => {
  const became = ownMessage('first', 1, { key: 'k1' })
  test.each<[name: string, messages: (typeof became)[], taken: string[], key: string | undefined]>([
    ['arrived', [became], [], 'k1'],
    ['did not arrive', [], [], undefined],
    ['the same was said before', [{ ...became, receivedAt: NOON }], [], undefined],
    ['the same by somebody else', [message('first', 1)], [], undefined],
    ['the same elsewhere', [{ ...became, conversation: 'ops' }], [], undefined],
    ['the same as an action', [{ ...became, action: true }], [], undefined],
    ['another that is equal became that', [became], ['k1'], undefined],
    ['the second of two equal ones', [became, { ...became, key: 'k2' }], ['k1'], 'k2'],
  ])('%s', (_name, messages, taken, key) => {
    expect(whatBecameOf(first, messages, new Set(taken))?.key).toBe(key)
  })
})

test('when the connection comes back, what waited is doubtful; what is on its way is not', () => {
  const queue = [outgoing('a', { state: 'sending' }), first, outgoing('c', { state: 'refused' })]
  expect(doubted(queue).map(({ isDoubtful }) => isDoubtful)).toEqual([false, true, false])
  const none = [outgoing('a', { state: 'sending' })]
  expect(doubted(none)).toBe(none)
})

describe('after a reload', () => {
  test('all that waited is doubtful; what was refused stays refused', () => {
    const queue = [
      first,
      outgoing('b', { state: 'sending' }),
      outgoing('c', { state: 'refused', reason: 'no' }),
    ]
    expect(
      restored(JSON.parse(JSON.stringify(queue))).map(({ state, isDoubtful }) => [state, isDoubtful]),
    ).toEqual([
      ['waiting', true],
      ['waiting', true],
      ['refused', false],
    ])
  })

  test.each<[name: string, saved: unknown]>([
    ['nothing', undefined],
    ['no list', { id: 'x' }],
    ['what is no message', [null, 1, 'x', {}, { ...first, state: 'odd' }, { ...first, text: 1 }]],
  ])('%s is left out', (_name, saved) => {
    expect(restored(saved)).toEqual([])
  })
})
