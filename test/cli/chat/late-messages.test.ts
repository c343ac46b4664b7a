/** Late messages: one block in the order in which they were said, with later events below. */
import { expect, test } from 'vitest'
import { Days } from '../../../src/cli/terminal/days.ts'
import { LateMessages } from '../../../src/cli/chat/late-messages.ts'
import { plain } from '../../../src/cli/terminal/style.ts'
import { ManualClock } from '../../support/clock.ts'

const DAY = 24 * 3_600_000

function start() {
  const clock = new ManualClock()
  const printed: string[] = []
  const lines = new LateMessages(clock, plain, new Days(clock.now()), {
    note: (text) => {
      printed.push(text)
    },
  })
  const now = clock.now()
  /** `ago`: milliseconds before the start. */
  const add = (where: string, line: string, ago = 0): void => {
    lines.add({ where, at: now - ago, place: now - ago, line, isOld: true })
  }
  const live = (line: string): void => {
    lines.live(() => printed.push(line))
  }
  return { clock, printed, lines, add, live, now }
}

test('a single message is a block, too, after a moment', async () => {
  const { clock, printed, add } = start()
  add('in #general', 'one')
  await clock.advance(199)
  expect(printed).toEqual([])
  await clock.advance(1)
  expect(printed).toEqual(['-- said before: 1 message in #general', 'one', '-- now'])
  expect(clock.due).toEqual([])
})

test('several conversations: the oldest message first, whatever the order of arrival', async () => {
  const { clock, printed, add } = start()
  add('in #general', 'two', 2_000)
  add('in #ops', 'one', 3_000)
  add('in #general', 'three', 1_000)
  add('to you', 'zero', 4_000)
  await clock.advance(200)
  expect(printed).toEqual([
    '-- said before: 2 messages in #general, 1 message in #ops, 1 message to you',
    ...['zero', 'one', 'two', 'three'],
    '-- now',
  ])
})

test('many in one conversation: only the newest are shown', async () => {
  const { clock, printed, add } = start()
  for (let number = 21; number >= 1; number--) add('in #general', `m${number}`, 1_000 * (21 - number))
  await clock.advance(200)
  expect(printed[0]).toBe('-- said before: 21 messages in #general (1 more before these: /history 21)')
  expect(printed.slice(1, -1)).toEqual(Array.from({ length: 20 }, (_line, index) => `m${index + 2}`))
})

test('messages that are not old are all shown', async () => {
  const { clock, printed, lines, add, now } = start()
  for (let number = 1; number <= 21; number++) add('in #general', `old ${number}`, 100_000 - number)
  for (let number = 1; number <= 30; number++)
    lines.add({
      where: 'in #general',
      at: now - 1_000 + number,
      place: now - 1_000 + number,
      line: `new ${number}`,
      isOld: false,
    })
  await clock.advance(200)
  expect(printed[0]).toBe('-- said before: 51 messages in #general (1 more before these: /history 51)')
  expect(printed.slice(1, 3)).toEqual(['old 2', 'old 3'])
  expect(printed.slice(21, -1)).toEqual(Array.from({ length: 30 }, (_line, index) => `new ${index + 1}`))
})

test('events meanwhile are printed below the block, in order', async () => {
  const { clock, printed, add, live } = start()
  live('before')
  add('in #general', 'late')
  live('first')
  add('in #general', 'later')
  live('second')
  expect(printed).toEqual(['before'])
  await clock.advance(200)
  live('third')
  expect(printed.slice(1)).toEqual([
    ...['-- said before: 2 messages in #general', 'late', 'later', '-- now'],
    ...['first', 'second', 'third'],
  ])
})

test('the block waits for more messages, but events do not wait for ever', async () => {
  const { clock, printed, add, live } = start()
  live('now')
  printed.length = 0
  for (let number = 0; number < 9; number++) {
    add('in #general', `m${number}`)
    live(`live ${number}`)
    await clock.advance(111)
  }
  expect(printed).toEqual([])
  await clock.advance(1)
  expect(printed).toHaveLength(1 + 9 + 1 + 9)
  add('in #general', 'again')
  await clock.advance(200)
  expect(printed.slice(-3)).toEqual(['-- said before: 1 message in #general', 'again', '-- now'])
})

test('at the start events wait for late messages', async () => {
  const { clock, printed, lines, add, live } = start()
  lines.gather()
  live('bob joined')
  await clock.advance(700)
  expect(printed).toEqual([])
  add('in #general', 'old', 5_000)
  await clock.advance(900)
  // Another member answers later: still the same block.
  add('in #general', 'older', 9_000)
  await clock.advance(1_000)
  expect(printed.slice(1)).toEqual(['older', 'old', '-- now', 'bob joined'])
})

test('at the start without late messages there is no block', async () => {
  const { clock, printed, lines, live } = start()
  lines.gather()
  live('bob joined')
  await clock.advance(1_000)
  expect(printed).toEqual(['bob joined'])
})

test('a line says the day where it changes, and after the block that it is today', async () => {
  const { clock, printed, add, now } = start()
  const day = (ago: number): string => `-- ${new Date(now - ago).toDateString()}`
  add('in #general', 'yesterday', DAY)
  add('in #general', 'two days ago', 2 * DAY)
  add('in #general', 'yesterday, too', DAY - 1)
  await clock.advance(200)
  expect(printed.slice(1)).toEqual([
    ...[day(2 * DAY), 'two days ago', day(DAY), 'yesterday', 'yesterday, too'],
    ...[day(0), '-- now'],
  ])
})

test('flush() prints at once, and nothing twice', async () => {
  const { clock, printed, lines, add, live } = start()
  add('to you', 'one')
  live('now')
  lines.flush()
  expect(printed).toEqual(['-- said before: 1 message to you', 'one', '-- now', 'now'])
  lines.flush()
  await clock.advance(1_000)
  expect(printed).toHaveLength(4)
})
