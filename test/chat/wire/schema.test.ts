/**
 * Every shape of a request that the programs of this family send, and what it means.
 */
import { asContent } from '../../../src/chat/content.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import * as schema from '../../../src/chat/wire/schema.ts'
import { ChatError } from '../../../src/chat/errors.ts'
import { refusalOf } from '../support.ts'
import type { ChatMessage } from '../../../src/chat/model.ts'

const OBSERVED = '10.0.0.5'

/** As a form arrives: text only, no prototype. */
function form(fields: Record<string, string>): schema.Fields {
  return Object.assign(Object.create(null) as Record<string, string>, fields)
}

describe('registration', () => {
  const alice = { ip: '10.0.0.5', port: 8000, name: 'alice' }

  test.each<[string, schema.Fields, object]>([
    ['the seed', { ip: '10.0.0.5', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['username', { username: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    ['display_name', { display_name: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['peer_id', { peer_id: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    ['id', { id: 'alice', ip: '10.0.0.5', port: 8000 }, { peer: alice, channels: [] }],
    [
      'peer_id and username: the name counts',
      { peer_id: '17', ip: '10.0.0.5', port: 8000, username: 'alice' },
      { peer: alice, channels: [] },
    ],
    [
      'name before username',
      { username: 'other', name: 'alice', ip: '10.0.0.5', port: 8000 },
      { peer: alice, channels: [] },
    ],
    [
      'a numbered peer',
      { peer_id: 17, ip: '10.0.0.5', port: 8000 },
      { peer: { ...alice, name: '17' }, channels: [] },
    ],
    [
      'no name: its address',
      { ip: '10.0.0.5', port: 8000 },
      { peer: { ...alice, name: '10.0.0.5:8000' }, channels: [] },
    ],
    [
      'no name, IPv6: its address in brackets',
      { ip: 'fd00::1', port: 8000 },
      { peer: { ip: 'fd00::1', port: 8000, name: '[fd00::1]:8000' }, channels: [] },
    ],
    ['an empty name is none', { name: '', username: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['a null name is none', { name: null, username: 'alice', port: 8000 }, { peer: alice, channels: [] }],
    ['no ip: the observed one', { port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['an empty ip', { ip: '', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['a null ip', { ip: null, port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['0.0.0.0', { ip: '0.0.0.0', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['::', { ip: '::', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['0:0:0:0:0:0:0:0', { ip: '0:0:0:0:0:0:0:0', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    ['IPv4-mapped', { ip: '::ffff:10.0.0.5', port: 8000, name: 'alice' }, { peer: alice, channels: [] }],
    [
      'IPv6 in another spelling',
      { ip: '2001:DB8:0:0::0001', port: 8000, name: 'alice' },
      { peer: { ...alice, ip: '2001:db8::1' }, channels: [] },
    ],
    ['the port as digits', { ip: '10.0.0.5', port: '8000', name: 'alice' }, { peer: alice, channels: [] }],
    [
      'a form',
      form({ username: 'alice', ip: '10.0.0.5', port: '8000', channels: 'general, #Ops' }),
      { peer: alice, channels: ['general', 'ops'] },
    ],
    [
      'channels as a list',
      { ip: '10.0.0.5', port: 8000, username: 'alice', channels: ['General', '#ops'] },
      { peer: alice, channels: ['general', 'ops'] },
    ],
    [
      'no channels as null',
      { ip: '10.0.0.5', port: 8000, username: 'alice', channels: null },
      { peer: alice, channels: [] },
    ],
    ['a name with spaces around it', { ...alice, name: '  alice\u00a0' }, { peer: alice, channels: [] }],
    ['fields nobody knows', { ...alice, colour: 'red', age: {} }, { peer: alice, channels: [] }],
  ])('%s', (_name, fields, expected) => {
    expect(schema.registration(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, schema.Fields, number, string]>([
    ['no port', { ip: '10.0.0.5', name: 'alice' }, 400, 'port'],
    ['only a display name', { display_name: 'alice' }, 400, 'port'],
    ['an empty port', form({ port: '', name: 'alice' }), 400, 'port'],
    ['port 0', { ...alice, port: 0 }, 400, 'port'],
    ['port 65536', { ...alice, port: 65536 }, 400, 'port'],
    ['port "65536"', { ...alice, port: '65536' }, 400, 'port'],
    ['a negative port', { ...alice, port: -1 }, 400, 'port'],
    ['half a port', { ...alice, port: 8000.5 }, 400, 'port'],
    ['a port in words', { ...alice, port: 'http' }, 400, 'port'],
    ['a hexadecimal port', { ...alice, port: '0x1f40' }, 400, 'port'],
    ['a port with a sign', { ...alice, port: '+8000' }, 400, 'port'],
    ['a port with spaces', { ...alice, port: ' 8000' }, 400, 'port'],
    ['a port as a list', { ...alice, port: [8000] }, 400, 'port'],
    ['a port as an object', { ...alice, port: { valueOf: 1, toString: 1 } }, 400, 'port'],
    ['a true port', { ...alice, port: true }, 400, 'port'],
    ['an ip in words', { ...alice, ip: 'localhost' }, 400, 'ip'],
    ['an ip as a number', { ...alice, ip: 2130706433 }, 400, 'ip'],
    ['half an ip', { ...alice, ip: '127.1' }, 400, 'ip'],
    ['an ip with leading zeros', { ...alice, ip: '010.0.0.5' }, 400, 'ip'],
    ['an ip with a part of 256', { ...alice, ip: '10.0.0.256' }, 400, 'ip'],
    ['an ip with a port', { ...alice, ip: '10.0.0.5:8000' }, 400, 'ip'],
    ['an ip with a zone', { ...alice, ip: 'fe80::1%eth0' }, 400, 'ip'],
    ['an ip in brackets', { ...alice, ip: '[::1]' }, 400, 'ip'],
    ['an ip as an object', { ...alice, ip: {} }, 400, 'ip'],
    ['a name as an object', { ...alice, name: {} }, 400, 'name'],
    ['a username as a list', { ip: '10.0.0.5', port: 8000, username: [] }, 400, 'username'],
    ['a name of spaces', { ...alice, name: '   ' }, 422, 'name'],
    ['channels as a number', { ...alice, channels: 5 }, 400, 'channels'],
    ['channels as an object', { ...alice, channels: { length: 1 } }, 400, 'channels'],
    ['a channel as a number', { ...alice, channels: [5] }, 400, 'channels'],
    ['a channel with a space', { ...alice, channels: ['a b'] }, 422, 'channels'],
  ])('refuses %s', (_name, fields, status, field) => {
    expect(refusalOf(() => schema.registration(fields, OBSERVED))).toMatchObject({ status, field })
  })
})

describe('whom a request is about', () => {
  const whole = { ip: '10.0.0.7', port: 8001, name: 'bob' }

  test.each<[string, schema.Fields, schema.Who]>([
    ['peer as an object', { channel: 'x', peer: whole }, whole],
    ['peer as an object with a name only', { peer: { username: 'bob' } }, { name: 'bob' }],
    ['peer as ip:port', { peer: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['peer as a name', { peer: 'bob' }, { name: 'bob' }],
    ['fields of the request', whole, whole],
    ['username', { username: 'bob', channel: 'x' }, { name: 'bob' }],
    ['peer_id as ip:port', { peer_id: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['peer_id as a number', { peer_id: 17 }, { name: '17' }],
    ['id as [ip]:port', { id: '[fd00::1]:8001' }, { ip: 'fd00::1', port: 8001 }],
    ['id as IPv6 without brackets', { id: 'fd00::1:8001' }, { ip: 'fd00::1', port: 8001 }],
    ['an unspecified ip', { peer: '0.0.0.0:8001' }, { ip: OBSERVED, port: 8001 }],
    ['a name that looks like an address', { username: 'cafe:2024' }, { name: 'cafe:2024' }],
    ['a name that looks like a time', { username: '12:30' }, { name: '12:30' }],
    ['a port alone', { port: 8001 }, { ip: OBSERVED, port: 8001, name: `${OBSERVED}:8001` }],
  ])('subject: %s', (_name, fields, expected) => {
    expect(schema.subject(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, schema.Fields, schema.Who]>([
    ['to as an object', { to: { ip: '10.0.0.7', port: 8001 } }, { ...whole, name: '10.0.0.7:8001' }],
    ['to as a name', { from: 'alice', to: 'bob' }, { name: 'bob' }],
    ['target_username', { username: 'alice', target_username: 'bob' }, { name: 'bob' }],
    ['target_id', { from_id: '1', target_id: '10.0.0.7:8001' }, { ip: '10.0.0.7', port: 8001 }],
    ['target_id as a number', { from_id: 1, target_id: 2 }, { name: '2' }],
    ['peer_id', { peer_id: 'bob' }, { name: 'bob' }],
    ['form fields', form({ username: 'alice', target_username: 'bob' }), { name: 'bob' }],
  ])('target: %s', (_name, fields, expected) => {
    expect(schema.target(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, () => unknown, number, string]>([
    ['no subject', () => schema.subject({ channel: 'x' }, OBSERVED), 400, 'peer'],
    ['no target', () => schema.target({ username: 'alice' }, OBSERVED), 400, 'to'],
    ['a target as a list', () => schema.target({ to: [] }, OBSERVED), 400, 'to'],
    ['a target as an empty object', () => schema.target({ to: {} }, OBSERVED), 400, 'name'],
    [
      'a target with a wrong port',
      () => schema.target({ to: { ip: '10.0.0.7', port: 'x' } }, OBSERVED),
      400,
      'port',
    ],
    ['a target ip:port over 65535', () => schema.target({ to: '10.0.0.7:65536' }, OBSERVED), 400, 'port'],
    ['a peer with a wrong name', () => schema.subject({ peer: { name: true } }, OBSERVED), 400, 'peer.name'],
  ])('refuses %s', (_name, call, status, field) => {
    expect(refusalOf(call)).toMatchObject({ status, field })
  })
})

describe('the short way of incomingMessage', () => {
  const plainFields = fc.record({
    id: fc.string({ minLength: 1, maxLength: 130 }),
    from: fc.record({
      ip: fc.oneof(fc.ipV4(), fc.constantFrom('0.0.0.0', '1.2.3.256', '01.2.3.4', '::1', '127.0.0.1 ', '')),
      port: fc.oneof(fc.integer({ min: -1, max: 65_536 }), fc.constant(1.5)),
      name: fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('alice', 'Zoë', ' bob ')),
    }),
    channel: fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('general', '#ops', 'OPS', 'private')),
    message: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 2_700, max: 4_100 }).map((n) => 'é'.repeat(n)),
    ),
    ts: fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 2e12 })),
  })
  const outcome = (fields: schema.Fields): unknown => {
    try {
      return schema.incomingMessage(fields, OBSERVED)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      return { status: error.status, field: error.field, detail: error.message }
    }
  }

  // A port in digits is as good as a number, and only the long way takes it.
  test('says the same as the long way', () => {
    fc.assert(
      fc.property(plainFields, fc.constantFrom('action', 'text', undefined), ({ from, ...rest }, kind) => {
        fc.pre(Number.isInteger(from.port) && from.port > 0)
        const short = { ...rest, from, kind }
        const long = { ...rest, from: { ...from, port: String(from.port) }, kind }
        expect(outcome(short)).toEqual(outcome(long))
      }),
      { numRuns: 2_000 },
    )
  })
})

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

  test.each<[string, schema.Fields, object]>([
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
    expect(schema.incomingMessage(fields, OBSERVED)).toEqual(expected)
  })

  test.each<[string, schema.Fields, number, string]>([
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
    expect(refusalOf(() => schema.incomingMessage(fields, OBSERVED))).toMatchObject({ status, field })
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
        const read = (body: string): object =>
          schema.incomingMessage(JSON.parse(body) as schema.Fields, OBSERVED)
        const body = schema.messageBody(sent, hops)
        expect(read(body)).toEqual({ ...sent, from, identity, hops, age: 0 })
        expect(read(schema.agedBody(body, age))).toEqual({ ...sent, from, identity, hops, age })
      }),
    )
  })
})

describe('several messages', () => {
  const fields = { id: 'a', message: 'hi' }

  test('what batchBody() writes is read back', () => {
    const body = JSON.parse(schema.batchBody(['{"a":1}', '{"b":2}'])) as schema.Fields
    expect(schema.batchOf(body)).toEqual([{ a: 1 }, { b: 2 }])
  })

  test(`${LIMITS.batch} are taken, one more is not`, () => {
    expect(schema.batchOf({ messages: Array(LIMITS.batch).fill(fields) })).toHaveLength(LIMITS.batch)
    const refusal = refusalOf(() => schema.batchOf({ messages: Array(LIMITS.batch + 1).fill(fields) }))
    expect(refusal).toMatchObject({ status: 413, code: 'too_many_messages', field: 'messages' })
  })

  test.each<[string, schema.Fields]>([
    ['nothing', {}],
    ['an object', { messages: {} }],
    ['something that is no message', { messages: [fields, 7] }],
    ['a list in the list', { messages: [[]] }],
  ])('refuses %s', (_name, body) => {
    expect(refusalOf(() => schema.batchOf(body))).toMatchObject({ status: 400, field: 'messages' })
  })
})

describe('historyWanted', () => {
  const all = { channel: 'general', within: TIMES.caughtUp, limit: LIMITS.caughtUp, isReturned: false }

  test.each<[string, schema.Fields, object]>([
    ['nothing said: as much as anybody gets', {}, all],
    ['seconds', { channel: '#Ops', within: '90.5' }, { ...all, channel: 'ops', within: 90_500 }],
    ['a number', { within: 1 }, { ...all, within: 1000 }],
    ['more than anybody gets', { within: '1000000', limit: '1000000' }, all],
    ['few', { limit: '5' }, { ...all, limit: 5 }],
    ['who asks, and why', { port: '8001', returned: '1' }, { ...all, port: 8001, isReturned: true }],
  ])('%s', (_name, fields, expected) => {
    expect(schema.historyWanted(fields)).toEqual(expected)
  })

  test.each<[string, schema.Fields, number, string]>([
    ['a time in words', { within: 'a day' }, 400, 'within'],
    ['a negative time', { within: '-1' }, 400, 'within'],
    ['a limit of 0', { limit: '0' }, 400, 'limit'],
    ['a wrong channel', { channel: 'a b' }, 422, 'channel'],
  ])('refuses %s', (_name, fields, status, field) => {
    expect(refusalOf(() => schema.historyWanted(fields))).toMatchObject({ status, field })
  })
})

describe('names of the prototype are plain text', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

  test.each(names)('%s as a value', (name) => {
    const fields = { ip: '10.0.0.5', port: 8000, name, channels: [name.toLowerCase()] }
    expect(schema.registration(fields, OBSERVED)).toEqual({
      peer: { ip: '10.0.0.5', port: 8000, name },
      channels: [name.toLowerCase()],
    })
    expect(schema.incomingMessage({ from: name, message: name, id: name }, OBSERVED)).toMatchObject({
      from: { name },
      content: { text: name },
      id: name,
    })
    expect(schema.subject({ username: name }, OBSERVED)).toEqual({ name })
  })

  test.each(names)('%s as a key, with the fields that are wanted inside', (name) => {
    const inside = '{"port":8000,"name":"eve","from":"eve","message":"hi","to":"eve","channel":"x"}'
    const fields = JSON.parse(`{"${name}":${inside}}`) as schema.Fields
    expect(refusalOf(() => schema.registration(fields, OBSERVED))).toMatchObject({
      status: 400,
      field: 'port',
    })
    expect(refusalOf(() => schema.incomingMessage(fields, OBSERVED))).toMatchObject({ field: 'from' })
    expect(refusalOf(() => schema.target(fields, OBSERVED))).toMatchObject({ field: 'to' })
    expect(schema.channelField(fields)).toBeUndefined()
    expect(({} as Record<string, unknown>)['port']).toBeUndefined()
  })
})

describe('any JSON', () => {
  const KEYS = [
    ...[
      'ip',
      'port',
      'name',
      'username',
      'display_name',
      'peer_id',
      'id',
      'channels',
      'channel',
      'group_name',
    ],
    ...['from', 'to', 'sender', 'peer', 'target', 'message', 'text', 'data', 'ts', 'timestamp', 'kind'],
    ...['since', 'limit', 'cursor', '__proto__', 'constructor', 'toString', 'length'],
  ]
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('alice', '10.0.0.7', '10.0.0.7:8000', '[::1]:1', 'fe80::1%a', '8000', '0.0.0.0', 'a:1'),
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.integer({ min: -1, max: 70_000 })),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
    ),
  }))
  const object = fc
    .dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 8 })
    .map((fields) => JSON.parse(JSON.stringify(fields)) as schema.Fields)

  const readers: [string, (fields: schema.Fields) => unknown][] = [
    ['registration', (fields) => schema.registration(fields, OBSERVED)],
    ['endpoint', (fields) => schema.endpoint(fields, OBSERVED)],
    ['peer', (fields) => schema.peer(fields, OBSERVED)],
    ['subject', (fields) => schema.subject(fields, OBSERVED)],
    ['target', (fields) => schema.target(fields, OBSERVED)],
    ['incomingMessage', (fields) => schema.incomingMessage(fields, OBSERVED)],
    ['channelField', (fields) => schema.channelField(fields)],
    ['sinceField', (fields) => schema.sinceField(fields)],
    ['countField', (fields) => schema.countField(fields, 'limit')],
    ['who', (fields) => schema.who(fields['peer'], 'peer', OBSERVED)],
    ['channelName', (fields) => schema.channelName(fields['channel'])],
    ['personName', (fields) => schema.personName(fields['name'])],
    ['messageText', (fields) => schema.messageText(fields['message'])],
  ]

  test.each(readers)('gives a model or a Refused: %s', (_name, read) => {
    fc.assert(
      fc.property(object, (fields) => {
        try {
          read(fields)
        } catch (error) {
          if (!(error instanceof ChatError)) throw error
          expect([400, 422]).toContain(error.status)
          expect(error.field).toBeTypeOf('string')
          expect(error.message).not.toBe('')
        }
      }),
      { numRuns: 300 },
    )
  })
})
