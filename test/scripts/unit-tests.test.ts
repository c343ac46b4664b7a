/** The report of unit tests under another Node: failed tests, and files that could not be run. */
import { expect, test } from 'vitest'
import { problemsIn, type JsonReport } from '../../scripts/package/unit-tests.ts'

type FileResult = JsonReport['testResults'][number]

const good = { status: 'passed', fullName: 'a store keeps', failureMessages: [] }
const skipped = { status: 'pending', fullName: 'a store skips', failureMessages: [] }
const bad = {
  status: 'failed',
  fullName: 'a store deletes',
  failureMessages: ['expected 0, got 250\n  at x'],
}

test.each<[name: string, files: FileResult[], problems: string[]]>([
  ['no file', [], []],
  ['all passed', [{ name: 'a.test.ts', message: '', assertionResults: [good, skipped] }], []],
  [
    'one failed',
    [
      { name: 'a.test.ts', message: '', assertionResults: [good, bad] },
      { name: 'b.test.ts', message: '', assertionResults: [good] },
    ],
    ['a store deletes: expected 0, got 250'],
  ],
  [
    'one that timed out',
    [
      {
        name: 'a.test.ts',
        message: '',
        assertionResults: [{ ...bad, failureMessages: ['Error: STACK_TRACE_ERROR\n  at x'] }],
      },
    ],
    ['a store deletes: Error: it did not end in time'],
  ],
  [
    'a file that could not be run',
    [{ name: 'a.test.ts', message: 'Cannot find module x\n  at y', assertionResults: [] }],
    ['a.test.ts: Cannot find module x'],
  ],
])('%s', (_name, testResults, problems) => {
  expect(problemsIn({ numPassedTests: 1, numPendingTests: 0, testResults })).toEqual(problems)
})
