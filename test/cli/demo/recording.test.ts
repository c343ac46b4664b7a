import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headerLine, RecordingTimes } from '../../../src/cli/demo/recording.ts'

describe('headerLine', () => {
  test('has the header of asciicast version 2', () => {
    expect(headerLine({ columns: 100, rows: 30, title: 'a "title"', startedAt: 1_795_310_377.9 })).toBe(
      '{"version":2,"width":100,"height":30,"timestamp":1795310377,"title":"a \\"title\\""}\n',
    )
  })
})

describe('RecordingTimes', () => {
  test.each([
    ['text at its time', 'hello', 0.25, '[0.25,"o","hello"]\n'],
    ['to microseconds', 'x', 1.23456789, '[1.234568,"o","x"]\n'],
    ['a line feed gets a carriage return', 'a\nb\n', 1, '[1,"o","a\\r\\nb\\r\\n"]\n'],
    ['text that JSON escapes', '\x1b[1m"✓"', 1, '[1,"o","\\u001b[1m\\"✓\\""]\n'],
  ])('%s', (_name, text, at, expected) => {
    expect(new RecordingTimes().outputLine(text, at)).toBe(expected)
  })

  test.each([
    ['a short pause stays', [1.5], 10],
    ['one of two seconds stays', [2], 10],
    ['a longer one is two seconds', [7], 5],
    ['each of several', [3, 1, 4], 7],
  ])('%s', (_name, pauses, expected) => {
    const times = new RecordingTimes()
    for (const pause of pauses) times.paused(pause)
    expect(JSON.parse(times.outputLine('x', 10))).toEqual([expected, 'o', 'x'])
  })

  test('time never runs backwards', () => {
    const step = fc.record({
      pause: fc.double({ min: 0, max: 100, noNaN: true }),
      after: fc.double({ min: 0, max: 10, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const times = new RecordingTimes()
        let at = 0
        let before = 0
        for (const { pause, after } of steps) {
          times.paused(pause)
          at += pause + after
          const [shown] = JSON.parse(times.outputLine('x', at)) as [number]
          expect(shown).toBeGreaterThanOrEqual(before)
          expect(shown - before).toBeLessThanOrEqual(12 + 1e-5)
          before = shown
        }
      }),
    )
  })
})
