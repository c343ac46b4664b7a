/** Sentences about messages of earlier starts: count, grammar and names. */
import { expect, test } from 'vitest'
import { stillWaiting, wasDelivered } from '../../src/chat/waiting.ts'
import type { Peer, WaitingMessage } from '../../src/chat/model.ts'

function to(...names: readonly string[]): WaitingMessage {
  const waiting = names.map((name, index): Peer => ({ ip: '10.0.0.2', port: 8_000 + index, name }))
  return { id: names.join(), waiting }
}

const SIX = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace']

test.each<[name: string, messages: WaitingMessage[], sentence: string | undefined]>([
  ['none', [], undefined],
  ['one that nobody lacks', [to()], undefined],
  ['one', [to('bob')], '1 of your messages still waits for bob'],
  ['two for one peer', [to('bob'), to('bob')], '2 of your messages still wait for bob'],
  ['one of two', [to('bob'), to()], '1 of your messages still waits for bob'],
  [
    'five names',
    [to(...SIX.slice(0, 5))],
    '1 of your messages still waits for bob, carol, dave, erin, frank',
  ],
  ['six names', [to(...SIX)], '1 of your messages still waits for bob, carol, dave, erin, frank and others'],
  ['a name that a terminal would obey', [to('b\x1b[2Job')], '1 of your messages still waits for b␛[2Job'],
])('still waiting: %s', (_name, messages, sentence) => {
  expect(stillWaiting(messages)).toBe(sentence)
})

test.each<[name: string, messages: WaitingMessage[], sentence: string]>([
  ['one', [to('bob')], '1 message that waited for bob was delivered'],
  ['two', [to('bob'), to('carol')], '2 messages that waited for bob, carol were delivered'],
])('delivered: %s', (_name, messages, sentence) => {
  expect(wasDelivered(messages)).toBe(sentence)
})
