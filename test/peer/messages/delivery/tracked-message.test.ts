/** A message on its way, as each attempt to deliver it sends it. */
import { expect, test } from 'vitest'
import { asContent } from '../../../../src/chat/content.ts'
import { itemFor, Tracked } from '../../../../src/peer/messages/delivery/tracked-message.ts'
import { ALICE, BOB } from '../../../support/peers.ts'
import type { ChatMessage } from '../../../../src/chat/model.ts'

const SAID: ChatMessage = { id: '1', from: ALICE, channel: 'general', content: asContent('hi'), sentAt: 0 }
const SIGNATURE = Buffer.alloc(64).toString('base64url')

test('the next attempt has the signature that was made meanwhile', () => {
  const tracked = new Tracked(SAID, undefined, 1, [BOB], false)
  const item = itemFor(tracked, 0, 0)
  const first = item.body
  expect(JSON.parse(first)).not.toHaveProperty('signature')
  expect(item.body).toBe(first)
  tracked.message = { ...SAID, signature: SIGNATURE }
  expect(JSON.parse(item.body)).toMatchObject({ message: 'hi', signature: SIGNATURE })
})
