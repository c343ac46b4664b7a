import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { historyBody, historyWanted } from '../../../src/chat/wire/history.ts'
import { refusalOf } from '../support.ts'
import type { Fields } from '../../../src/chat/wire/fields.ts'

describe('historyWanted', () => {
  const all = { channel: 'general', within: TIMES.caughtUp, limit: LIMITS.caughtUp, isReturned: false }

  test.each<[string, Fields, object]>([
    ['nothing said: as much as anybody gets', {}, all],
    ['seconds', { channel: '#Ops', within: '90.5' }, { ...all, channel: 'ops', within: 90_500 }],
    ['a number', { within: 1 }, { ...all, within: 1000 }],
    ['more than anybody gets', { within: '1000000', limit: '1000000' }, all],
    ['few', { limit: '5' }, { ...all, limit: 5 }],
    ['who asks, and why', { port: '8001', returned: '1' }, { ...all, port: 8001, isReturned: true }],
  ])('%s', (_name, fields, expected) => {
    expect(historyWanted(fields)).toEqual(expected)
  })

  test.each<[string, Fields, number, string]>([
    ['a time in words', { within: 'a day' }, 400, 'within'],
    ['a negative time', { within: '-1' }, 400, 'within'],
    ['a limit of 0', { limit: '0' }, 400, 'limit'],
    ['a wrong channel', { channel: 'a b' }, 422, 'channel'],
  ])('refuses %s', (_name, fields, status, field) => {
    expect(refusalOf(() => historyWanted(fields))).toMatchObject({ status, field })
  })
})

test('the answer names its channel and has the messages in their order', () => {
  expect(JSON.parse(historyBody('a"b', ['{"a":1}', '{"b":2}']))).toEqual({
    channel: 'a"b',
    messages: [{ a: 1 }, { b: 2 }],
  })
})
