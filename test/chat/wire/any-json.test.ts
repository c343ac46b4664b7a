/** Whatever JSON arrives: each reader returns a value of the chat, or refuses it with the field that is wrong. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  channelField,
  channelName,
  countField,
  messageText,
  personName,
  sinceField,
  type Fields,
} from '../../../src/chat/wire/fields.ts'
import { incomingMessage } from '../../../src/chat/wire/messages.ts'
import { endpoint, peer, registration, subject, target, who } from '../../../src/chat/wire/peers.ts'
import { ChatError } from '../../../src/chat/errors.ts'
import { refusalOf } from '../support.ts'

const OBSERVED = '10.0.0.5'

describe('names of the prototype are plain text', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

  test.each(names)('%s as a value', (name) => {
    const fields = { ip: '10.0.0.5', port: 8000, name, channels: [name.toLowerCase()] }
    expect(registration(fields, OBSERVED)).toEqual({
      peer: { ip: '10.0.0.5', port: 8000, name },
      channels: [name.toLowerCase()],
    })
    expect(incomingMessage({ from: name, message: name, id: name }, OBSERVED)).toMatchObject({
      from: { name },
      content: { text: name },
      id: name,
    })
    expect(subject({ username: name }, OBSERVED)).toEqual({ name })
  })

  test.each(names)('%s as a key, with the expected fields inside', (name) => {
    const inside = '{"port":8000,"name":"eve","from":"eve","message":"hi","to":"eve","channel":"x"}'
    const fields = JSON.parse(`{"${name}":${inside}}`) as Fields
    expect(refusalOf(() => registration(fields, OBSERVED))).toMatchObject({
      status: 400,
      field: 'port',
    })
    expect(refusalOf(() => incomingMessage(fields, OBSERVED))).toMatchObject({ field: 'from' })
    expect(refusalOf(() => target(fields, OBSERVED))).toMatchObject({ field: 'to' })
    expect(channelField(fields)).toBeUndefined()
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
    .map((fields) => JSON.parse(JSON.stringify(fields)) as Fields)

  const readers: [string, (fields: Fields) => unknown][] = [
    ['registration', (fields) => registration(fields, OBSERVED)],
    ['endpoint', (fields) => endpoint(fields, OBSERVED)],
    ['peer', (fields) => peer(fields, OBSERVED)],
    ['subject', (fields) => subject(fields, OBSERVED)],
    ['target', (fields) => target(fields, OBSERVED)],
    ['incomingMessage', (fields) => incomingMessage(fields, OBSERVED)],
    ['channelField', (fields) => channelField(fields)],
    ['sinceField', (fields) => sinceField(fields)],
    ['countField', (fields) => countField(fields, 'limit')],
    ['who', (fields) => who(fields['peer'], 'peer', OBSERVED)],
    ['channelName', (fields) => channelName(fields['channel'])],
    ['personName', (fields) => personName(fields['name'])],
    ['messageText', (fields) => messageText(fields['message'])],
  ]

  test.each(readers)('returns a value or throws a ChatError: %s', (_name, read) => {
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
