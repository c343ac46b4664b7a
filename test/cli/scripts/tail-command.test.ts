/** The lines of `parley tail` for a message. */
import { expect, test } from 'vitest'
import { Days } from '../../../src/cli/terminal/days.ts'
import { plain } from '../../../src/cli/terminal/style.ts'
import { linesOf, wasSaidWithin } from '../../../src/cli/scripts/tail-command.ts'
import { NOON } from '../fake-chat.ts'
import type { LocalMessage } from '../../../src/chat/wire/local-api.ts'

const DAY = 24 * 3_600_000

function message(text: string, receivedAt: number): LocalMessage {
  return {
    key: text,
    id: text,
    conversation: 'general',
    text,
    action: false,
    own: false,
    late: false,
    from: { id: '10.0.0.2:8002', name: 'bob' },
    at: receivedAt,
    receivedAt,
    delivery: undefined,
  }
}

test('a day above the first message of another day than today, and wherever it changes', () => {
  const days = new Days(NOON)
  const times = [NOON - DAY - 60_000, NOON - DAY, NOON, NOON + 60_000]
  expect(times.map((at, index) => linesOf(message(`m${index}`, at), plain, days)).join('')).toBe(
    [
      ...['-- Thu Nov 20 2025', '12:02 #general <bob> m0', '12:03 #general <bob> m1'],
      ...['-- Fri Nov 21 2025', '12:03 #general <bob> m2', '12:04 #general <bob> m3', ''],
    ].join('\n'),
  )
})

test.each([
  ['said and stored at once', 0, 0, 10, true],
  ['said a moment before it was stored', 0, 8, 10, true],
  ['said before', 0, 60_000, 10, false],
  ['said before, on a peer whose clock is two days behind', -2 * DAY, 60_000, 10, false],
  ['said now, on a peer whose clock is two days behind', -2 * DAY, 0, 10, true],
  ['said now, on a peer whose clock is two days ahead', 2 * DAY, 0, 10, true],
])('a message %s', (_name, ahead, age, ms, expected) => {
  const receivedAt = NOON + ahead
  expect(wasSaidWithin({ at: receivedAt - age, receivedAt }, ms)).toBe(expected)
})
