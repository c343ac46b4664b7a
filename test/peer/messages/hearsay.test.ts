/** What is remembered of messages that third parties tell of. */
import { expect, test } from 'vitest'
import { Hearsay } from '../../../src/peer/messages/hearsay.ts'
import type { ChatMessage } from '../../../src/chat/model.ts'

function message(id: string): ChatMessage {
  const from = { ip: '192.0.2.1', port: 8000, name: 'bob', identity: '0123456789abcdef' }
  return { id, from, channel: 'general', content: { kind: 'text', text: 'hi' }, sentAt: 0 }
}

test('messages that come straight push no other message out of memory, however many there are', () => {
  const hearsay = new Hearsay()
  const relayed = { message: message('relayed'), hops: 1 }
  hearsay.record(relayed, 1, '192.0.2.2')
  hearsay.record(relayed, 1, '192.0.2.3')
  for (let number = 0; number < 20_001; number++)
    hearsay.record({ message: message(String(number)), hops: 0 }, 0, '192.0.2.1')
  expect(hearsay.isCorroborated(relayed.message, relayed.hops)).toBe(true)
})
