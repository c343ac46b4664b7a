/**
 * Checks the package as users get it: packs it, looks through it, installs it into an empty folder without development
 * packages, uses it with each supported version of Node, and runs the unit tests with each.
 *
 *   npm run check:package -- [MAJOR…]
 *
 * Prints a line for the tests of each version, and a table; exit 1 when something failed. Other versions of Node come from
 * npm and are kept in the cache (support/cache.ts); unavailable versions are left out, and the table says so.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildProgramError } from '../../src/cli/system/child-program.ts'
import { commandLine, refuse } from '../support/command-line.ts'
import { PACKAGE, brokenImports, install, pack, problemsOf } from './archive.ts'
import { nodeOf, type NodeVersion } from './node-versions.ts'
import { STEPS, tryOut, type Step } from './trial.ts'
import { unitTests } from './unit-tests.ts'

const MAJORS = [20, 22, 24, 26]

const { words } = commandLine({ numbers: {}, words: 'MAJOR…: versions of Node, as 22' })
for (const word of words) if (!/^[0-9]+$/.test(word)) refuse(`${word}: must be a version of Node, as 22`)
const wanted = words.map(Number)
const folder = mkdtempSync(join(tmpdir(), 'parley-package-'))
const problems: string[] = []
const rows: string[][] = []

try {
  const archive = pack(folder)
  print(
    `${archive.path.slice(folder.length + 1)}: ${archive.files.length} files, ${kilobytes(archive.size)} packed`,
  )
  print(`${kilobytes(archive.unpackedSize)} unpacked; beside the program: ${besideTheProgram(archive.files)}`)
  for (const major of wanted.length > 0 ? wanted : MAJORS) {
    const node = await nodeOf(major)
    if (node === undefined) {
      rows.push([String(major), 'not tried: the registry that has this Node is out of reach'])
      continue
    }
    const home = join(folder, String(major))
    const origin = install(archive, home, { withOptional: !node.hasSqlite })
    const read = (path: string): string => readFileSync(join(home, 'node_modules', PACKAGE, path), 'utf8')
    if (rows.length === 0)
      problems.push(...problemsOf(archive.files, read), ...brokenImports(archive.files, read))
    const passed = await stepsPassed({ folder: home, node: node.folder }, node.version)
    const tests = await testsPassed(node)
    const sqlite = node.hasSqlite ? 'its own' : 'the package'
    rows.push([node.version, ...STEPS.map((step) => (passed.has(step) ? 'ok' : '-')), tests, sqlite, origin])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

print(table([['Node', ...STEPS, 'unit tests', 'SQLite', 'installed'], ...rows]))
for (const problem of problems) print(`FAILED: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0

async function stepsPassed(trial: Parameters<typeof tryOut>[0], version: string): Promise<ReadonlySet<Step>> {
  const passed = new Set<Step>()
  try {
    await tryOut(trial, (step) => passed.add(step))
  } catch (error) {
    problems.push(`Node ${version}: ${described(error)}`)
  }
  return passed
}

/** With everything that the program has printed. */
function described(error: unknown): string {
  if (error instanceof ChildProgramError) return `${error.message}:\n${error.output}`
  return error instanceof Error ? error.message : String(error)
}

/** The cell of the table. */
async function testsPassed(node: NodeVersion): Promise<string> {
  const { passed, skipped, problems: failures } = await unitTests(node)
  print(`Node ${node.version}: unit tests: ${passed} passed, ${failures.length} failed, ${skipped} skipped`)
  problems.push(...failures.map((failure) => `Node ${node.version}: ${failure}`))
  return failures.length === 0 ? 'ok' : '-'
}

function besideTheProgram(files: readonly string[]): string {
  return files.filter((path) => !path.startsWith('dist/')).join(', ')
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line.length > 2 ? (line[column] ?? '').length : 0))),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
