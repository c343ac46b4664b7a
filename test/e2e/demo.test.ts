/** `parley demo`: all of it once, from the source; however it ends, no process and no folder stays. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENV, PATIENCE, Program } from './programs.ts'
import type { Check, Started } from '../../src/cli/demo/model.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** For the whole demonstration, on a busy machine. */
const WHOLE_RUN = 170_000

interface ActLine {
  readonly kind: 'act'
  readonly title: string
  readonly started: readonly Started[]
  readonly checks: readonly Check[]
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function objects(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function acts(text: string): ActLine[] {
  return objects(text).filter(({ kind }) => kind === 'act') as unknown as ActLine[]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Runs the program from the source. It keeps the usual temporary directory, which holds what was compiled before. */
function outcome(
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const options = { cwd: ROOT, env: ENV, maxBuffer: 16 * 1024 * 1024 }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

/** Folders that demonstrations have left. */
function remains(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('parley-demo-'))
}

/** A demonstration after its first act, and the processes of that. */
async function begun(
  ...more: string[]
): Promise<{ readonly demo: Program; readonly started: readonly Started[] }> {
  const demo = new Program(['demo', '--json', ...more], { TMPDIR: folder })
  await demo.prints(/^\{"kind":"act".*\n/, 60_000)
  const [first] = acts(demo.lines[0] ?? '')
  const started = first?.started ?? []
  expect(started.map(({ name }) => name)).toEqual(['tracker', 'alice', 'bob', 'carol'])
  for (const { pid } of started) expect(isAlive(pid)).toBe(true)
  return { demo, started }
}

async function allEnded(started: readonly Started[]): Promise<void> {
  const left = (): string[] => started.filter(({ pid }) => isAlive(pid)).map(({ name }) => name)
  await expect.poll(left, { timeout: PATIENCE, interval: 50 }).toEqual([])
}

test(
  'from the source: every check passes, the recording equals the output, and nothing stays',
  { timeout: WHOLE_RUN },
  async () => {
    const recording = join(folder, 'demo.cast')
    const args = ['--import', 'tsx', 'src/cli/main.ts', 'demo', '--json', '--record', recording]
    const { status, stdout, stderr } = await outcome(args)

    const failed = acts(stdout).flatMap(({ checks }) => checks.filter(({ passed }) => !passed))
    expect(failed).toEqual([])
    expect(acts(stdout).map(({ title, checks }) => `${title}: ${checks.length}`)).toEqual([
      'Three peers register with a tracker: 4',
      'Channels: 6',
      'Messages in both directions: 5',
      'A peer outside a channel does not see its messages: 7',
      'A message to one person: 4',
      'Two find each other without a tracker: 7',
      'Names and status lines: 6',
      'The tracker is killed, and the talk goes on: 5',
      'The tracker comes back, knowing nothing: 5',
      'A peer is killed and taken off the lists: 3',
      'A peer that was away gets what it missed: 7',
      '200 messages: 3',
    ])
    expect(objects(stdout).at(-1)).toMatchObject({
      ...{ kind: 'summary', acts: 12, checks: 62, passed: 62, deliveries: 429, complete: true },
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)

    const started = acts(stdout).flatMap((act) => act.started)
    expect(started).toHaveLength(8)
    expect(started.filter(({ pid }) => isAlive(pid))).toEqual([])

    const [header, ...events] = readFileSync(recording, 'utf8').trimEnd().split('\n')
    expect(JSON.parse(header ?? '')).toMatchObject({ version: 2, width: 80, height: 24 })
    const shown = events.map((line) => JSON.parse(line) as [at: number, code: string, text: string])
    expect(new Set(shown.map(([, code]) => code))).toEqual(new Set(['o']))
    const times = shown.map(([at]) => at)
    expect(times).toEqual([...times].sort((one, other) => one - other))
    expect(shown.map(([, , text]) => text).join('')).toBe(stdout.replaceAll('\n', '\r\n'))
  },
)

test('a killed peer: status 1, and the missing events are named', { timeout: WHOLE_RUN }, async () => {
  const { demo, started } = await begun()
  const bob = started.find(({ name }) => name === 'bob')
  process.kill(bob?.pid ?? 0, 'SIGKILL')
  expect(await demo.ends(WHOLE_RUN)).toBe(1)
  const missing = acts(demo.out).flatMap(({ checks }) => checks.flatMap((check) => check.missing ?? []))
  expect(missing.join('\n')).toMatch(/^bob.*it has ended by SIGKILL/m)
  expect(objects(demo.out).at(-1)).toMatchObject({ kind: 'summary', acts: 12, complete: false })
  await allEnded(acts(demo.out).flatMap((act) => act.started))
  expect(remains()).toEqual([])
})

describe('an end in the middle', () => {
  test.each<[signal: NodeJS.Signals]>([['SIGINT'], ['SIGTERM']])(
    '%s: 130, and nothing stays',
    { timeout: WHOLE_RUN },
    async (signal) => {
      const { demo, started } = await begun()
      demo.signal(signal)
      expect(await demo.ends()).toBe(130)
      expect(demo.err).toBe('-- interrupted\n')
      await allEnded(started)
      expect(remains()).toEqual([])
    },
  )

  test('q between two acts ends it with 130; space continues', { timeout: WHOLE_RUN }, async () => {
    const { demo, started } = await begun('--pause')
    demo.type(' ')
    await demo.prints(/"title":"Channels"/)
    demo.type('q')
    expect(await demo.ends()).toBe(130)
    expect(acts(demo.out)).toHaveLength(2)
    await allEnded(started)
    expect(remains()).toEqual([])
  })

  test('a closed output ends it, and nothing stays', { timeout: WHOLE_RUN }, async () => {
    const { demo, started } = await begun()
    demo.closeOutput()
    await demo.ends()
    await allEnded(started)
    expect(remains()).toEqual([])
  })

  test('SIGKILL leaves no process', { timeout: WHOLE_RUN }, async () => {
    const { demo, started } = await begun()
    demo.signal('SIGKILL')
    await demo.ends()
    await allEnded(started)
  })
})

test('a recording that cannot be written: 1, and nothing was started', async () => {
  const demo = new Program(['demo', '--record', join(folder, 'no', 'such', 'file')], { TMPDIR: folder })
  expect(await demo.ends()).toBe(1)
  expect(demo.err).toMatch(/^parley: the recording cannot be written: /)
  expect(demo.out).toBe('')
  expect(remains()).toEqual([])
})
