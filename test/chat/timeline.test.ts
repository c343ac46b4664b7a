import { beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { Timeline, type Verdict } from '../../src/chat/timeline.ts'
import type { ChatMessage } from '../../src/chat/model.ts'

const bob = { ip: '10.0.0.2', port: 8000, name: 'bob' }
const first: ChatMessage = { id: 'm1', from: bob, channel: 'general', text: 'hi', sentAt: 0, action: false }

let timeline: Timeline

function add(message: Partial<ChatMessage>, receivedAt = 0, key = 'general'): Verdict {
  return timeline.add(key, { message: { ...first, ...message }, receivedAt, own: false })
}

function texts(key = 'general', count = Infinity): string[] {
  return timeline.last(key, count).map(({ message }) => message.text)
}

beforeEach(() => {
  timeline = new Timeline()
})

describe('each message once', () => {
  test.each<[string, Partial<ChatMessage>, Verdict]>([
    ['the same again', {}, 'known'],
    ['the same, sent later', { sentAt: 5000 }, 'known'],
    ['the same under a new name', { from: { ...bob, name: 'robert' } }, 'known'],
    ['another id', { id: 'm2' }, 'new'],
    ['the same words with another id', { id: 'm2', text: 'hi' }, 'new'],
    ['another sender with the same id', { from: { ...bob, ip: '10.0.0.3' } }, 'new'],
    ['another port of the host with the same id', { from: { ...bob, port: 8001 } }, 'new'],
    ['the same id with another text', { text: 'ho' }, 'conflict'],
    ['the same id in another channel', { channel: 'ops' }, 'conflict'],
    ['a sender and id that run together', { from: { ...bob, port: 800 }, id: '0 m1' }, 'new'],
    ['a channel and text that run together', { channel: 'general\nhi', text: '' }, 'conflict'],
  ])('%s', (_name, second, verdict) => {
    expect(add({})).toBe('new')
    expect(add(second)).toBe(verdict)
    expect(texts()).toHaveLength(verdict === 'new' ? 2 : 1)
  })

  test('a conflict does not replace what was said', () => {
    add({})
    expect(add({ text: 'ho' })).toBe('conflict')
    expect(add({})).toBe('known')
    expect(texts()).toEqual(['hi'])
  })

  test('names of the prototype are ids and conversations like others', () => {
    for (const id of ['__proto__', 'constructor']) {
      expect(add({ id }, 0, id)).toBe('new')
      expect(add({ id }, 0, id)).toBe('known')
      expect(texts(id)).toEqual(['hi'])
    }
  })
})

describe('last', () => {
  test('oldest first, of its conversation only', () => {
    add({ id: '1', text: 'one' })
    add({ id: '2', text: 'two' }, 0, 'with 10.0.0.2:8000')
    add({ id: '3', text: 'three' })
    expect(texts()).toEqual(['one', 'three'])
    expect(texts('with 10.0.0.2:8000')).toEqual(['two'])
    expect(texts('nowhere')).toEqual([])
  })

  test.each([
    [0, []],
    [-1, []],
    [1, ['3']],
    [2, ['2', '3']],
    [3, ['1', '2', '3']],
    [99, ['1', '2', '3']],
  ])('the last %i', (count, expected) => {
    for (const text of ['1', '2', '3']) add({ id: text, text })
    expect(texts('general', count)).toEqual(expected)
  })

  test('a conversation keeps so many messages and drops the oldest', () => {
    const numbers = Array.from({ length: LIMITS.timeline + 1 }, (_, index) => String(index))
    for (const text of numbers.slice(0, -1)) add({ id: text, text })
    expect(texts()).toEqual(numbers.slice(0, -1))
    add({ id: 'last', text: numbers.at(-1) ?? '' })
    expect(texts()).toEqual(numbers.slice(1))
    expect(add({ id: '0', text: '0' }), 'what is not shown any more is still known').toBe('known')
  })
})

describe('ids are forgotten', () => {
  test('when they are old, not sooner', () => {
    add({})
    add({ id: 'm2' }, LIMITS.seenFor)
    expect(add({}, LIMITS.seenFor)).toBe('known')
    add({ id: 'm3' }, LIMITS.seenFor + 1)
    expect(add({}, LIMITS.seenFor + 1)).toBe('new')
  })

  test('when there are too many, the oldest first', () => {
    for (let id = 0; id < LIMITS.seenIds; id++) add({ id: String(id) })
    expect(add({ id: '0' }), 'at the limit').toBe('known')
    add({ id: 'one over' })
    expect(add({ id: '1' })).toBe('known')
    expect(add({ id: '0' })).toBe('new')
  })
})
