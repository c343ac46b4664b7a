/**
 * Every member of every request to the local API, with every kind of JSON in it: an answer that a program can act on. A
 * refusal names the member that is wrong, and nothing is an internal error.
 */
import { expect, test } from 'vitest'
import {
  JoinRequest,
  SameRequest,
  PostRequest,
  ProfileRequest,
  ReadRequest,
  SayRequest,
} from '../../../src/chat/wire/local-api.ts'
import { startWeb } from './support.ts'

const LONG = 'x'.repeat(20_000)

/** JSON values by name; undefined: the member is missing. */
const VALUES: readonly (readonly [name: string, json: string | undefined])[] = [
  ['missing', undefined],
  ['null', 'null'],
  ['true', 'true'],
  ['zero', '0'],
  ['minus zero', '-0'],
  ['below zero', '-1'],
  ['a fraction', '1.5'],
  ['a number beyond all numbers', '1e999'],
  ['below all numbers', '-1e999'],
  ['the greatest number', '1.7976931348623157e308'],
  ['an empty text', '""'],
  ['white space', '" \\t\\n"'],
  ['NaN as text', '"NaN"'],
  ['Infinity as text', '"Infinity"'],
  ['digits', '"8000"'],
  ['a hexadecimal number', '"0x10"'],
  ['a NUL', '"\\u0000"'],
  ['half a surrogate pair', '"\\ud800"'],
  ['the other half', '"a\\udfffb"'],
  ['nothing to be seen', '"\\u200b\\u2060"'],
  ['text from right to left', '"\\u202egnp.x"'],
  ['very long', `"${LONG}"`],
  ['many bytes', `"${'👩‍🔬'.repeat(1_000)}"`],
  ['an address', '"@127.0.0.1:1"'],
  ['no address', '"@"'],
  ['a name', '"@bob"'],
  ['several @', '"@@@"'],
  ['a channel with its #', '"##"'],
  ['a path', '"../../etc/passwd"'],
  ['the prototype', '"__proto__"'],
  ['a list', '[]'],
  ['a list of texts', '["a","b"]'],
  ['a deep list', `${'['.repeat(500)}${']'.repeat(500)}`],
  ['an object', '{}'],
  ['an object as if it were text', '{"length":1,"toString":"x","trim":1}'],
  ['an object with a prototype', '{"__proto__":{"x":1}}'],
]

interface Case {
  readonly method: string
  readonly target: string
  /** The members that are looked at, with a value that is right. */
  readonly members: Readonly<Record<string, unknown>>
  readonly fields: readonly string[]
  /** What a refusal may name instead: an older name of the member, or a member of the object in it. */
  readonly insteadOf?: Readonly<Record<string, readonly string[]>>
}

const BODIES: readonly Case[] = [
  {
    ...{ method: 'POST', target: '/api/messages', fields: Object.keys(SayRequest.entries) },
    members: { conversation: 'general', text: 'hi' },
  },
  {
    ...{ method: 'POST', target: '/api/posts', fields: Object.keys(PostRequest.entries) },
    members: { text: 'hi' },
  },
  {
    ...{ method: 'PUT', target: '/api/read', fields: Object.keys(ReadRequest.entries) },
    members: { conversation: 'general', upTo: 1 },
  },
  {
    ...{ method: 'POST', target: '/api/channels', fields: Object.keys(JoinRequest.entries) },
    members: { name: 'ops' },
  },
  {
    ...{ method: 'POST', target: '/api/same', fields: Object.keys(SameRequest.entries) },
    members: { was: '10.0.0.5:8000', is: 'bob' },
  },
  {
    ...{ method: 'POST', target: '/api/profile', fields: Object.keys(ProfileRequest.entries) },
    members: {},
  },
  {
    ...{ method: 'POST', target: '/send-peer', members: { message: 'hi' } },
    fields: ['message', 'data', 'text', 'channel', 'group_name', 'channel_id', 'to', 'to_username'],
    insteadOf: { to: ['name'], to_username: ['to', 'name'] },
  },
  {
    ...{ method: 'POST', target: '/send-peer', members: { message: 'hi', port: 1 } },
    fields: ['port', 'ip', 'host'],
  },
]

test.each(BODIES)(
  '$method $target, any JSON in $fields',
  async ({ method, target, members, fields, insteadOf }) => {
    const { ask } = await startWeb({ name: 'alice' })
    const wrong: string[] = []
    for (const field of fields) {
      for (const [name, json] of VALUES) {
        const entries = Object.entries(members)
          .filter(([member]) => member !== field)
          .map(([member, value]) => `${JSON.stringify(member)}:${JSON.stringify(value)}`)
        if (json !== undefined) entries.push(`${JSON.stringify(field)}:${json}`)
        const answer = await ask(method, target, `{${entries.join(',')}}`)
        const { error, field: named, detail } = answer.json
        const meant = [field, ...(insteadOf?.[field] ?? [])]
        const isAnswer = answer.status === 200
        const isRefusal =
          [400, 404, 409, 413, 415, 422].includes(answer.status) &&
          typeof error === 'string' &&
          typeof detail === 'string' &&
          detail.length < 500 &&
          (answer.status === 404 || meant.includes(String(named)))
        if (!isAnswer && !isRefusal)
          wrong.push(`${field} is ${name}: ${answer.status} ${answer.text.slice(0, 300)}`)
      }
    }
    expect(wrong).toEqual([])
  },
)

const QUERIES: readonly (readonly [target: string, fields: readonly string[]])[] = [
  ['/api/messages?conversation=general', ['limit', 'before', 'after', 'around', 'conversation', 'other']],
  ['/api/search?words=x', ['words', 'conversation', 'limit', 'client']],
]

/** Refused before a field is read. */
const NO_TARGET = /malformed (?:percent-encoding|request-target)/

const QUERY_VALUES = [
  ...['', '%00', '-1', '0', '1', '1.5', '1e3', 'NaN', 'Infinity', '99999999999999999999', 'null', '[]', '{}'],
  ...[
    '%ED%A0%80',
    '%F0%9F%91%A9',
    '%',
    '%zz',
    '%25',
    '__proto__',
    '@',
    '@bob',
    '@127.0.0.1:1',
    '%23',
    '*',
    '"',
  ],
  ...['x'.repeat(5_000), '%E2%80%8B', '%0D%0AX:%20y'],
]

test.each(QUERIES)('GET %s, anything in %j', async (target, fields) => {
  const { ask } = await startWeb({ name: 'alice' })
  const wrong: string[] = []
  for (const field of fields) {
    for (const value of QUERY_VALUES) {
      const answer = await ask('GET', `${target}&${field}=${value}`)
      const isRefusal = [400, 404, 422].includes(answer.status) && answer.json['field'] === field
      if (answer.status !== 200 && !isRefusal && !NO_TARGET.test(answer.text))
        wrong.push(`${field}=${value.slice(0, 40)}: ${answer.status} ${answer.text.slice(0, 300)}`)
    }
  }
  expect(wrong).toEqual([])
})

test('DELETE /api/channels/* and GET /api/pictures/*, anything behind the slash', async () => {
  const { ask } = await startWeb({ name: 'alice' })
  const wrong: string[] = []
  for (const value of QUERY_VALUES.filter((each) => each !== '')) {
    for (const [method, path] of [
      ['DELETE', '/api/channels/'],
      ['GET', '/api/pictures/'],
    ] as const) {
      const { status, text } = await ask(method, `${path}${value}`)
      if (![204, 400, 404, 422].includes(status))
        wrong.push(`${method} ${path}${value.slice(0, 40)}: ${status} ${text}`)
    }
  }
  expect(wrong).toEqual([])
})

test.each([
  'null',
  '[]',
  '"text"',
  '7',
  'true',
  '',
  '{',
  '{"text":}',
  '{"a":1}{"b":2}',
  '\ufeff{}',
  '{"text":"\\x"}',
])('a body that is no JSON object is refused: %j', async (body) => {
  const { ask } = await startWeb({ name: 'alice' })
  for (const [method, target] of [
    ['POST', '/api/messages'],
    ['PUT', '/api/read'],
    ['POST', '/send-peer'],
  ] as const)
    expect((await ask(method, target, body)).status, target).toBe(400)
})
