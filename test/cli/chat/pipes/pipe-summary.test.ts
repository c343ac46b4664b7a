/** The sentences at the end of a chat between pipes. */
import { describe, expect, test } from 'vitest'
import {
  endOfInput,
  undeliveredSentences,
  unreadSentence,
  whatIsLeft,
} from '../../../../src/cli/chat/pipes/pipe-summary.ts'
import { DeliverySummary } from '../../../../src/cli/chat/delivery-summary.ts'
import { ALICE, messageOf } from '../../fake-chat.ts'
import type { Peer } from '../../../../src/chat/model.ts'

test('an empty input: how to run without a terminal', () => {
  expect(endOfInput()).toContain('"parley web" runs without a terminal')
})

describe('lines after /quit', () => {
  test.each<[name: string, left: { lines: number; isEnded: boolean }, sentences: string[]]>([
    ['none', { lines: 0, isEnded: true }, []],
    ['one', { lines: 1, isEnded: true }, ['/quit in line 3 ended the chat: 1 line after it was not sent']],
    [
      'several, and more may follow',
      { lines: 2, isEnded: false },
      ['/quit in line 3 ended the chat: at least 2 lines after it were not sent'],
    ],
  ])('%s', (_name, left, sentences) => {
    expect(unreadSentence(3, left)).toEqual(sentences)
  })
})

test('nothing went wrong: no sentence', () => {
  const peer = { waiting: 0, unsettled: () => [] }
  const storage = { directory: '/d', history: true }
  expect(undeliveredSentences({ peer, summary: new DeliverySummary(), timeout: 1, storage })).toEqual([])
})

test('many recipients: the first ones are named, with safe names', () => {
  const recipients = Array.from({ length: 10 }, (_, index): Peer => {
    return { ip: '10.0.0.9', port: 9_000 + index, name: index === 0 ? 'e\x1bvil' : `p${index}` }
  })
  const unsettled = {
    message: messageOf(ALICE, 'x'),
    recipients: 10,
    saidAt: 0,
    queuedAt: 0,
    waiting: recipients,
    failed: [],
  }
  const peer = { waiting: 1, unsettled: () => [unsettled] }
  const storage = { directory: undefined, history: true }
  expect(undeliveredSentences({ peer, summary: new DeliverySummary(), timeout: 2, storage })).toEqual([
    '1 message was not delivered to e␛vil, p1, p2, p3, p4, p5, p6, p7 and 2 more within 2 s; it is given up',
  ])
})

test('one message that no other peer has', () => {
  expect(whatIsLeft(1, { directory: '/d', history: true })).toBe(
    'it is kept in /d, and others can read it only while a peer with this directory is in the channel',
  )
  expect(whatIsLeft(1, { directory: '/d', history: false })).toBe('nobody has it, and it is not kept')
})
