/** How long a message is sent again: to the millisecond. */
import { asContent } from '../../src/chat/content.ts'
import { expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { Delivery } from '../../src/peer/messages/delivery/delivery.ts'
import { ManualClock } from '../support/clock.ts'
import { ALICE, BOB } from '../support/peers.ts'
import { promise, turn } from '../support/wait.ts'
import type { DeliveryResult } from '../../src/peer/messages/delivery/delivery-result.ts'
import { quietly, transportBy } from '../peer/parts.ts'

const BUSY: DeliveryResult = { ok: false, final: false, reason: 'busy' }
const NOT_JOINED: DeliveryResult = { ok: false, final: true, reason: 'not in #general', isNotJoined: true }

test.each([
  ['giveUp: a millisecond earlier it waits', 0, TIMES.giveUp - 1, 1],
  ['giveUp: then it fails', 0, TIMES.giveUp, 0],
  ['passOn: a millisecond earlier it waits', 1, TIMES.passOn - 1, 1],
  ['passOn: then it fails', 1, TIMES.passOn, 0],
])('%s', async (_name, hops, ms, waiting) => {
  const clock = new ManualClock()
  const answer = promise<readonly DeliveryResult[]>()
  const delivery = new Delivery({
    ...quietly(),
    clock,
    transport: transportBy(() => answer.promise),
  })
  const message = { id: 'm1', from: ALICE, channel: 'general', content: asContent('hi'), sentAt: 1_000 }
  delivery.send(message, [BOB], hops)
  await clock.advance(ms)
  answer.resolve([BUSY])
  await turn()
  expect(delivery.waiting).toBe(waiting)
})

test.each([
  ['rejoin: a millisecond earlier it waits', TIMES.rejoin - 1, 1],
  ['rejoin: then it fails', TIMES.rejoin, 0],
])('%s', async (_name, ms, waiting) => {
  const clock = new ManualClock()
  const answers: ((outcomes: readonly DeliveryResult[]) => void)[] = []
  const delivery = new Delivery({
    ...quietly(),
    clock,
    transport: transportBy(() => new Promise((resolve) => answers.push(resolve))),
  })
  const message = { id: 'm1', from: ALICE, channel: 'general', content: asContent('hi'), sentAt: 1_000 }
  delivery.send(message, [BOB])
  answers[0]?.([NOT_JOINED])
  await turn()
  expect(delivery.waiting).toBe(1)
  await clock.advance(ms)
  answers[1]?.([NOT_JOINED])
  await turn()
  expect(delivery.waiting).toBe(waiting)
})
