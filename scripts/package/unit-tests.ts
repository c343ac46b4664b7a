/** The unit tests of this folder, run by another version of Node. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ROOT } from './archive.ts'
import type { NodeVersion } from './node-versions.ts'

/** All but those end to end, which run the built program. */
const PROJECTS = ['unit', 'alone']

export interface Tested {
  readonly passed: number
  readonly skipped: number
  /** Each test that failed, in a sentence with its first line of reasons; also what failed beside the tests. */
  readonly problems: readonly string[]
}

export async function unitTests(node: NodeVersion): Promise<Tested> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-unit-tests-'))
  try {
    const file = join(folder, 'results.json')
    const { status, printed } = await vitest(node, [
      ...PROJECTS.flatMap((name) => ['--project', name]),
      '--reporter=json',
      `--outputFile=${file}`,
    ])
    const report = readReport(file)
    if (report === undefined) return { passed: 0, skipped: 0, problems: [`no results: ${printed}`] }
    const problems = problemsIn(report)
    if (status !== 0 && problems.length === 0) problems.push(`vitest ended with ${status}: ${printed}`)
    return { passed: report.numPassedTests, skipped: report.numPendingTests, problems }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The format of vitest's JSON reporter, which is Jest's. */
export interface JsonReport {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** A sentence for each test that failed, and for each file that could not be run. */
export function problemsIn({ testResults }: JsonReport): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages.join('\n'))}`)
    return message === '' ? failed : [...failed, `${name}: ${firstLine(message)}`]
  })
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n')
  // Vitest's placeholder for a missing reason.
  return line.replace('STACK_TRACE_ERROR', 'it did not end in time')
}

function readReport(file: string): JsonReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonReport
  } catch {
    // The run ended before it could be written.
    return undefined
  }
}

/** Programs that the tests start by their name are of the same version. */
function vitest(
  { folder }: NodeVersion,
  args: readonly string[],
): Promise<{ readonly status: number; readonly printed: string }> {
  const PATH = [folder, process.env['PATH']].join(delimiter)
  const main = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(join(folder, 'node'), [main, 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ status: code ?? -1, printed })
    })
  })
}
