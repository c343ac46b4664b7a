/** Standard output with a slow reader: memory is bounded, and dropped lines are counted. */
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Reader } from '../../../src/cli/terminal/reader.ts'

test('what a slow reader has not taken is kept up to a limit; above it lines are counted', async () => {
  const taken: string[] = []
  let take: () => void = () => undefined
  const output = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      taken.push(text)
      take = done
    },
  })
  const told: string[] = []
  const reader = new Reader(output, (sentence) => told.push(sentence), 8)
  for (const text of ['one', 'two', '3', '4']) reader.print(text)
  expect(told).toEqual([])
  while (output.writableLength > 0) {
    take()
    await new Promise((resolve) => setImmediate(resolve))
  }
  reader.report()
  expect(taken).toEqual(['one\n', 'two\n'])
  expect(told).toEqual([
    '2 lines were not printed: standard output was not read; the messages are in the history',
  ])
  reader.print('five')
  reader.report()
  expect(taken.at(-1)).toBe('five\n')
  expect(told).toHaveLength(1)
})
