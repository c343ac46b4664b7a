import { expect, test } from 'vitest'
import { LateLines } from '../../src/cli/late-lines.ts'
import { styleFor } from '../../src/cli/style.ts'
import { HandClock } from '../peer/support.ts'

function start() {
  const clock = new HandClock()
  const printed: string[] = []
  const lines = new LateLines(clock, styleFor(false, {}, false), (text) => printed.push(text))
  return { clock, printed, lines }
}

test('one is printed as it is, after a moment', async () => {
  const { clock, printed, lines } = start()
  lines.add('in #general', 'one')
  expect(printed).toEqual([])
  await clock.advance(200)
  expect(printed).toEqual(['one'])
})

test('several are printed together, by where they were said', async () => {
  const { clock, printed, lines } = start()
  lines.add('in #general', 'one')
  lines.add('in #ops', 'two')
  lines.add('in #general', 'three')
  await clock.advance(200)
  expect(printed).toEqual(['-- said in #general before: 2 messages', 'one', 'three', 'two'])
})

test('of many only the newest', async () => {
  const { clock, printed, lines } = start()
  for (let number = 1; number <= 21; number++) lines.add('in #general', `m${number}`)
  await clock.advance(200)
  expect(printed[0]).toBe('-- said in #general before: 21 messages (1 more before these: /history 21)')
  expect(printed.slice(1)).toEqual(Array.from({ length: 20 }, (_line, index) => `m${index + 2}`))
})

test('flush() prints at once, and nothing twice', async () => {
  const { clock, printed, lines } = start()
  lines.add('to you', 'one')
  lines.flush()
  expect(printed).toEqual(['one'])
  lines.add('to you', 'two')
  await clock.advance(200)
  expect(printed).toEqual(['one', 'two'])
})
