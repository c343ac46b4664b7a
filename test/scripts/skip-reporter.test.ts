/** The last lines of a run: what was skipped, and why. */
import { expect, test } from 'vitest'
import { skipLines, type Skipped } from '../skip-reporter.ts'

const skipped = (file: string, reason?: string): Skipped => ({ file, reason })

test.each<[name: string, skipped: Skipped[], lines: string[]]>([
  ['nothing', [], []],
  ['one test', [skipped('a.test.ts', 'no browser')], ['1 test skipped in a.test.ts: no browser']],
  [
    'one reason in several files',
    [
      skipped('a.test.ts', 'no browser'),
      skipped('a.test.ts', 'no browser'),
      skipped('b.test.ts', 'no browser'),
    ],
    ['3 tests skipped in a.test.ts, b.test.ts: no browser'],
  ],
  [
    'several reasons',
    [skipped('a.test.ts', 'no browser'), skipped('a.test.ts'), skipped('b.test.ts', 'root may')],
    [
      '1 test skipped in a.test.ts: no browser',
      '1 test skipped in a.test.ts: no reason is given',
      '1 test skipped in b.test.ts: root may',
    ],
  ],
])('%s', (_name, tests, lines) => {
  expect(skipLines(tests)).toEqual(lines)
})
