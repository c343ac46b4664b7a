/**
 * From the start of the program to its prompt on a pseudo-terminal, beside Node with nothing to do, alternating; and
 * the resident memory of the peer when it idles. History on disk, registered with a tracker.
 *
 *   npm run bench:start -- [--rounds 10] [--idle 3]
 *
 * `--idle`: seconds before the memory is read, which only Linux tells.
 */
import { spawn as spawnTerminal, type IPty } from '@lydell/node-pty'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../src/cli/system/clock.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { Rounds, median, spread } from './bench/statistics.ts'
import { freePort } from './free-port.ts'
import type { Reached } from './bench/result.ts'

const { numbers, quick, json, command } = settings({ numbers: { rounds: [10, 1], idle: [3, 0.2] } })
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const PROMPT = '#general> '

const begin = performance.now()
const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
const rounds = new Rounds()
const notes: string[] = []
for (let round = 1; round <= numbers.rounds; round++) {
  progress(`start, round ${round} of ${numbers.rounds}`)
  rounds.add('node', startNode())
  await startParley(round === numbers.rounds)
}
await tracker.close()

const memory = median(rounds.of('memory'))
if (Number.isNaN(memory)) notes.push('The resident memory is not known: this system has no /proc.')
const reached: Reached[] = [
  { goal: 'start-prompt', value: median(rounds.of('prompt')) },
  { goal: 'start-memory', value: memory },
]
publish(
  {
    name: 'start',
    title: 'From the start to the prompt',
    about: [
      `\`parley peer\` on a pseudo-terminal, history on disk in an empty directory, registered with a tracker; ${numbers.rounds} rounds, alternating with \`node -e 0\`. Memory is what the kernel counts as resident after ${numbers.idle} s.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'In ms',
        columns: ['', 'median of the rounds', 'to Node alone'],
        rows: [
          ['Node alone, to its end', spread(rounds.of('node')), '1'],
          ['Parley, to its prompt', spread(rounds.of('prompt')), spread(rounds.ratios('prompt', 'node'))],
          ['Parley, to the first lines', spread(rounds.of('lines')), spread(rounds.ratios('lines', 'node'))],
        ],
      },
      {
        title: 'Memory',
        columns: ['', 'MiB'],
        rows: [['resident, idle', Number.isNaN(memory) ? null : memory]],
      },
    ],
    charts: [],
    goals: reached.filter(({ value }) => !Number.isNaN(value)),
    notes,
  },
  json,
)

function startNode(): number {
  const started = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  return performance.now() - started
}

async function startParley(isMeasuredIdle: boolean): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const to = ['--tracker-ip', '127.0.0.1', '--tracker-port', String(tracker.address.port)]
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--no-lan', '--data', data]
  const env = { PATH: process.env['PATH'] ?? '', HOME: data, TERM: 'xterm-256color', NO_COLOR: '1' }
  const started = performance.now()
  const terminal = spawnTerminal(process.execPath, [MAIN, 'peer', '--name', 'alice', ...at, ...to], { env })
  const ended = new Promise<void>((resolve) => {
    terminal.onExit(() => {
      resolve()
    })
  })
  const shown = (text: string): Promise<number> => untilShown(terminal, text, started)
  const [prompt, lines] = await Promise.all([shown(PROMPT), shown('you are alice')])
  rounds.add('prompt', prompt)
  rounds.add('lines', lines)
  if (isMeasuredIdle) {
    await sleep(numbers.idle * 1000)
    const mebibytes = residentMebibytes(terminal.pid)
    if (mebibytes !== undefined) rounds.add('memory', mebibytes)
  }
  terminal.kill('SIGTERM')
  await ended
  rmSync(data, { recursive: true })
}

/** Milliseconds since the start. Rejects when the program ends before. */
function untilShown(terminal: IPty, text: string, started: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let all = ''
    terminal.onData((data) => {
      all += data
      if (all.includes(text)) resolve(performance.now() - started)
    })
    terminal.onExit(() => {
      reject(new Error(`the program ended before it showed ${text}:\n${all}`))
    })
  })
}

function residentMebibytes(pid: number): number | undefined {
  try {
    const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
  } catch {
    return undefined
  }
}
