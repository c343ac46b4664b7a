/** Messages on their way from the page to the peer: in order, each with its id. */
import { describe, expect, test } from 'vitest'
import {
  againAll,
  changed,
  MOST_WAITING,
  nextOf,
  restored,
  shownIn,
  withNew,
  without,
} from '../../src/web/model/outgoing.ts'
import { outgoing } from './samples.ts'

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

  test('a refused message does not block the others, and keeps its place when it is retried', () => {
    const refused = changed([first, second], 'first', { state: 'refused', reason: 'too long' })
    expect(nextOf(refused)?.id).toBe('second')
    expect(nextOf(againAll(refused))).toMatchObject({ id: 'first', reason: '' })
  })

  test('one message over the limit is refused at once', () => {
    const { id, conversation, text, action, at } = first
    const full = Array.from({ length: MOST_WAITING - 1 }, (_, index) => outgoing(`m${index}`))
    const last = withNew(full, { id, conversation, text, action, at })
    expect(last.at(-1)?.state).toBe('waiting')
    expect(withNew(last, { id: 'over', conversation, text, action, at }).at(-1)?.state).toBe('refused')
  })

  test('outgoing messages are those of their conversation', () => {
    const queue = [first, outgoing('ops', { conversation: 'ops' })]
    expect(shownIn(queue, 'general').map(({ id }) => id)).toEqual(['first'])
  })
})

describe('after a reload', () => {
  test('a message that was being sent is sent again with the same id; a refused one stays refused', () => {
    const queue = [
      first,
      outgoing('b', { state: 'sending' }),
      outgoing('c', { state: 'refused', reason: 'no' }),
    ]
    const saved = JSON.parse(JSON.stringify(queue)) as unknown[]
    expect(restored(saved).map(({ id, state }) => [id, state])).toEqual([
      ['first', 'waiting'],
      ['b', 'waiting'],
      ['c', 'refused'],
    ])
  })

  test('entries that are no messages are left out', () => {
    const odd = [null, 1, 'x', {}, { ...first, state: 'odd' }, { ...first, text: 1 }]
    expect(restored([...odd, first, undefined])).toEqual([first])
  })
})
