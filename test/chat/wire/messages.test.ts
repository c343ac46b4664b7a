/** Every shape in which programs send a message, and what it means. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asContent } from '../../../src/chat/content.ts'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { batchBody, batchOf, incomingMessage, messageBody } from '../../../src/chat/wire/messages.ts'
import { form } from './support.ts'
import { refusalOf } from '../support.ts'
import type { Fields } from '../../../src/chat/wire/fields.ts'
import type { ChatMessage } from '../../../src/chat/model.ts'

const OBSERVED = '10.0.0.5'

describe('incomingMessage', () => {
  const from = { ip: '10.0.0.7', port: 8001, name: 'bob' }
  const plain = {
    id: undefined,
    from,
    channel: 'general',
    content: asContent('hi'),
    sentAt: undefined,
    hops: 0,
    age: 0,
  }

  test.each<[string, Fields, object]>([
    ['the seed', { from, channel: 'ops', message: 'hi' }, { ...plain, channel: 'ops' }],
    ['the seed without a channel', { from, message: 'hi' }, plain],
    ["the seed's web app", { from: 'webapp', message: 'hi' }, { ...plain, from: { name: 'webapp' } }],
    [
      'Parley',
      { id: 'a-1', from, channel: 'ops', message: 'hi', ts: 1763771234.5 },
      { ...plain, id: 'a-1', channel: 'ops', sentAt: 1763771234500 },
    ],
    [
      'an action',
      { from, message: 'waves', kind: 'action' },
      { ...plain, content: { kind: 'action', text: 'waves' } },
    ],
    ['another kind', { from, message: 'hi', kind: 'picture' }, plain],
    [
      '/send-peer with channel_id',
      { from: 'bob', data: 'hi', timestamp: 1763771234, channel_id: 'ops' },
      { ...plain, from: { name: 'bob' }, channel: 'ops', sentAt: 1763771234000 },
    ],
    [
      '/send-peer without a channel_id',
      { from: 'bob', data: 'hi', timestamp: '1763771234.5', channel_id: null },
      { ...plain, from: { name: 'bob' }, sentAt: 1763771234500 },
    ],
    [
      '/receive',
      { from: 'bob', to: 'alice', message: 'hi', ts: 1763771234 },
      { ...plain, from: { name: 'bob' }, channel: 'private', sentAt: 1763771234000 },
    ],
    [
      'to and a channel: the channel counts',
      { from: 'bob', to: 'alice', channel: 'Ops', message: 'hi' },
      { ...plain, from: { name: 'bob' }, channel: 'ops' },
    ],
    [
      '/receive-message in a group',
      { sender: 'bob', message: 'hi', time_stamp: '2024-05-01 10:00:00', group_name: '#Ops' },
      { ...plain, from: { name: 'bob' }, channel: 'ops' },
    ],
    [
      '/receive-message to one',
      { sender: 'bob', message: 'hi', time_stamp: 1763771234567 },
      { ...plain, from: { name: 'bob' }, sentAt: 1763771234567 },
    ],
    [
      'usernames both',
      { from_username: 'bob', to_username: 'alice', message: 'hi' },
      { ...plain, from: { name: 'bob' }, channel: 'private' },
    ],
    ['username', { username: 'bob', text: 'hi' }, { ...plain, from: { name: 'bob' } }],
    [
      'from_id as an address',
      { from_id: '10.0.0.7:8001', content: 'hi' },
      { ...plain, from: { ip: '10.0.0.7', port: 8001 } },
    ],
    ['a number as text', { from, message: 0 }, { ...plain, content: asContent('0') }],
    ['a number as id', { from, message: 'hi', id: 0 }, { ...plain, id: '0' }],
    ['message_id', { from, message: 'hi', message_id: 'm' }, { ...plain, id: 'm' }],
    [
      'text with spaces is kept as it is',
      { from, message: ' hi \n' },
      { ...plain, content: asContent(' hi \n') },
    ],
    [
      'a form',
      form({ from: 'bob', message: 'hi', ts: '5' }),
      { ...plain, from: { name: 'bob' }, sentAt: 5000 },
    ],
    [
      'Parley, with all that it knows',
      {
        ...{ id: 'a-1', from: { ...from, identity: '00c0ffee00c0ffee' }, channel: 'private', message: 'hi' },
        ...{ ts: 1763771234.5, seq: 1763771234500000, recipient: 'ffffffffffffffff', age: 1.5, hops: 1 },
      },
      {
        ...{ ...plain, id: 'a-1', channel: 'private', sentAt: 1763771234500, hops: 1, age: 1500 },
        ...{ identity: '00c0ffee00c0ffee', recipient: 'ffffffffffffffff', seq: 1763771234500000 },
      },
    ],
    [
      'identities that are none, and numbers that are no order, are left out',
      { from: { ...from, identity: 'ABC' }, message: 'hi', recipient: 7, seq: 1.5, age: 'old' },
      plain,
    ],
    ['a negative age and order', { from, message: 'hi', seq: -1, age: -1 }, plain],
    [
      'an age beyond what a message can have waited',
      { from, message: 'hi', age: 1e300 },
      { ...plain, age: TIMES.longestWait },
    ],
    [
      'an age at the limit',
      { from, message: 'hi', age: TIMES.longestWait / 1000 },
      { ...plain, age: TIMES.longestWait },
    ],
    [
      'an age one over',
      { from, message: 'hi', age: TIMES.longestWait / 1000 + 1 },
      { ...plain, age: TIMES.longestWait },
    ],
    ['an age below the limit', { from, message: 'hi', age: 86_400 }, { ...plain, age: 86_400_000 }],
    ['no number as age and order', { from, message: 'hi', age: NaN, seq: NaN }, plain],
    [
      'an endless age and order',
      { from, message: 'hi', age: Infinity, seq: Infinity },
      { ...plain, age: TIMES.longestWait },
    ],
    ['an order beyond whole numbers', { from, message: 'hi', seq: 2 ** 53 }, plain],
    ['a time of 0', { from, message: 'hi', ts: 0 }, { ...plain, sentAt: 0 }],
    ['a time as an object is left out', { from, message: 'hi', ts: {} }, plain],
  ])('%s', (_name, fields, expected) => {
    expect(incomingMessage(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, Fields, number, string]>([
    ['no sender', { message: 'hi' }, 400, 'from'],
    ['no text', { from }, 400, 'message'],
    ['empty text', { from, message: '' }, 400, 'message'],
    ['text as an object', { from, data: {} }, 400, 'data'],
    ['text as true', { from, text: true }, 400, 'text'],
    ['a sender as a list', { from: [from], message: 'hi' }, 400, 'from'],
    ['a sender with port 0', { from: { ...from, port: 0 }, message: 'hi' }, 400, 'port'],
    ['a sender with a wrong ip', { from: { ...from, ip: 'x' }, message: 'hi' }, 400, 'ip'],
    ['a channel as a number', { from, message: 'hi', channel: 5 }, 400, 'channel'],
    ['a group with a space', { from, message: 'hi', group_name: 'a b' }, 422, 'group_name'],
    ['an id as an object', { from, message: 'hi', id: {} }, 400, 'id'],
    ['a time before 1970', { from, message: 'hi', ts: -1 }, 422, 'ts'],
    ['a time without end', { from, message: 'hi', timestamp: Infinity }, 422, 'timestamp'],
    ['a time that no Date can hold', { from, message: 'hi', ts: 8.65e15 }, 422, 'ts'],
    ['a time of 400 digits', { from, message: 'hi', ts: '9'.repeat(400) }, 422, 'ts'],
  ])('refuses %s', (_name, fields, status, field) => {
    expect(refusalOf(() => incomingMessage(fields, OBSERVED))).toMatchObject({ status, field })
  })

  test('what messageBody() writes is read back', () => {
    const message = fc.record({
      id: fc.string({ minLength: 1, maxLength: 128 }),
      from: fc.record({
        ip: fc.ipV4().filter((ip) => ip !== '0.0.0.0'),
        port: fc.integer({ min: 1, max: 65535 }),
        name: fc.stringMatching(/^[a-z]{1,32}$/),
        identity: fc.stringMatching(/^[0-9a-f]{16}$/),
      }),
      channel: fc.stringMatching(/^[a-z0-9_.-]{1,64}$/),
      content: fc.record({
        kind: fc.constantFrom('text', 'action'),
        text: fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
      }),
      // Before March 1973 a time in milliseconds looks like one in seconds.
      sentAt: fc.integer({ min: 1e11 + 1000, max: 4e12 }),
      seq: fc.integer({ min: 1 }),
      recipient: fc.stringMatching(/^[0-9a-f]{16}$/),
    })
    const transit = fc.record({ hops: fc.integer({ min: 0, max: 2 }), age: fc.integer({ min: 1, max: 1e9 }) })
    fc.assert(
      fc.property(message, transit, (sent: ChatMessage, { hops, age }) => {
        const { identity, ...from } = sent.from
        const read = (body: string): object => incomingMessage(JSON.parse(body) as Fields, OBSERVED)
        const body = messageBody(sent, { hops })
        expect(read(body)).toEqual({ ...sent, from, identity, hops, age: 0 })
        expect(read(messageBody(sent, { hops, age }))).toEqual({ ...sent, from, identity, hops, age })
      }),
    )
  })
})

describe('several messages', () => {
  const fields = { id: 'a', message: 'hi' }

  test('what batchBody() writes is read back', () => {
    const body = JSON.parse(batchBody(['{"a":1}', '{"b":2}'])) as Fields
    expect(batchOf(body)).toEqual([{ a: 1 }, { b: 2 }])
  })

  test(`${LIMITS.batch} are taken, one more is not`, () => {
    expect(batchOf({ messages: Array(LIMITS.batch).fill(fields) })).toHaveLength(LIMITS.batch)
    const refusal = refusalOf(() => batchOf({ messages: Array(LIMITS.batch + 1).fill(fields) }))
    expect(refusal).toMatchObject({ status: 413, code: 'too_many_messages', field: 'messages' })
  })

  test.each<[string, Fields]>([
    ['nothing', {}],
    ['an object', { messages: {} }],
    ['something that is no message', { messages: [fields, 7] }],
    ['a list in the list', { messages: [[]] }],
  ])('refuses %s', (_name, body) => {
    expect(refusalOf(() => batchOf(body))).toMatchObject({ status: 400, field: 'messages' })
  })
})
