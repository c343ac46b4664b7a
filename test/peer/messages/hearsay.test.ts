/** Corroboration while one host floods: it cannot take from others what they have said and told. */
import { describe, expect, test } from 'vitest'
import { asContent } from '../../../src/chat/content.ts'
import { Hearsay } from '../../../src/peer/messages/hearsay.ts'
import { BOB, CAROL, RITA } from './support.ts'
import type { ChatMessage } from '../../../src/chat/model.ts'

const MALLORY = '10.0.0.66'
/** More than are remembered. */
const FLOOD = 25_000

function messageOf(id: string): ChatMessage {
  return { id, from: RITA, channel: 'general', content: asContent('hi'), sentAt: 0 }
}

/** A copy of a message that is kept with as many hops. */
function record(hearsay: Hearsay, id: string, hops: number, remote: string): void {
  hearsay.record({ message: messageOf(id), hops }, hops, remote)
}

function flood(hearsay: Hearsay, hops: number): void {
  for (let number = 0; number < FLOOD; number++) record(hearsay, `made up ${number}`, hops, MALLORY)
}

describe.each([
  ['tells', 1],
  ['says', 0],
])('one host %s more messages than are remembered', (_name, hops) => {
  test('what two others told stays corroborated', () => {
    const hearsay = new Hearsay()
    record(hearsay, '1', 1, BOB.ip)
    record(hearsay, '1', 1, CAROL.ip)
    flood(hearsay, hops)
    expect(hearsay.isCorroborated(messageOf('1'), 1)).toBe(true)
  })

  test('what one other told needs one more, as before', () => {
    const hearsay = new Hearsay()
    record(hearsay, '1', 1, BOB.ip)
    flood(hearsay, hops)
    expect(hearsay.isCorroborated(messageOf('1'), 1)).toBe(false)
    record(hearsay, '1', 1, CAROL.ip)
    expect(hearsay.isCorroborated(messageOf('1'), 1)).toBe(true)
  })
})

test('what a host says itself takes no place among what it told', () => {
  const hearsay = new Hearsay()
  record(hearsay, '1', 1, BOB.ip)
  record(hearsay, '1', 1, MALLORY)
  flood(hearsay, 0)
  expect(hearsay.isCorroborated(messageOf('1'), 1)).toBe(true)
})
