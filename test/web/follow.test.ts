/** Conversations that go on under another id: the page follows, with what is written and read there. */
import { describe, expect, test } from 'vitest'
import { followed, successorOf } from '../../src/web/model/follow.ts'
import { reduce } from '../../src/web/model/reduce.ts'
import { logOf } from '../../src/web/model/view.ts'
import { log, message, outgoing, person, state, view } from './samples.ts'

const BEFORE = '@10.0.0.2:8000'
const NOW = '@bob-key'
const BOB = person('bob', { id: 'bob-key', key: 'bob-key', addresses: ['10.0.0.9:8000', '10.0.0.2:8000'] })
const STATE = state({ people: [BOB], directs: [NOW] })

describe('the conversation with an address', () => {
  test.each<[what: string, people: ReturnType<typeof person>[], conversation: string]>([
    ['is that with the person with a key who is reached there', [BOB], NOW],
    [
      'stays that with a program that is there, or was',
      [BOB, person('old', { id: '10.0.0.2:8000' })],
      BEFORE,
    ],
    ['stays when nobody is known there', [person('bob', { key: 'bob-key' })], BEFORE],
    ['stays beside a program without a key', [{ ...BOB, key: undefined }], BEFORE],
  ])('%s', (_what, people, conversation) => {
    expect(successorOf(state({ people }), BEFORE)).toBe(conversation)
  })

  test('others stay as they are', () => {
    expect([successorOf(STATE, 'general'), successorOf(STATE, NOW), successorOf(undefined, BEFORE)]).toEqual([
      'general',
      NOW,
      BEFORE,
    ])
  })
})

test('the open conversation, its log and what waits in it move with the next state', () => {
  const waiting = outgoing('one', { conversation: BEFORE })
  const before = view({
    open: BEFORE,
    local: state({ people: [person('bob', { id: '10.0.0.2:8000' })], directs: [BEFORE] }),
    logs: new Map([[BEFORE, log([message('hello', 0, { conversation: BEFORE })])]]),
    outgoing: [waiting, outgoing('two')],
  })
  const after = reduce(before, { kind: 'state', state: STATE })
  expect(after.open).toBe(NOW)
  expect([...after.logs.keys()]).toEqual([NOW])
  expect(logOf(after, NOW).newest).toBe('missing')
  expect(after.outgoing).toEqual([{ ...waiting, conversation: NOW }, outgoing('two')])
})

test('nothing changes while nobody moves', () => {
  const same = view({ open: NOW, local: STATE })
  expect(followed(same)).toBe(same)
})
