/**
 * From the start of the built program to its prompt on a pseudo-terminal, beside Node with nothing to do, alternating; and
 * the resident memory of the peer when it idles. History on disk, registered with a tracker.
 *
 *   npm run bench:start -- [--rounds 10] [--idle 3]
 *
 * `--idle`: seconds before the memory is read, which only Linux tells.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn as spawnTerminal, type IPty } from '@lydell/node-pty'
import { Measurements } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'
import { freePort } from '../../src/cli/system/free-port.ts'

const MAIN = resolve('dist/cli/main.js')
const PROMPT = '#general> '

export default scenario({
  title: 'From the start to the prompt',
  numbers: { rounds: [10, 1], idle: [3, 0.2] },
  run: async (bench) => {
    const { rounds, idle } = bench.numbers
    const tracker = String((await bench.tracker()).address.port)
    const measured = new Measurements()
    for (let round = 1; round <= rounds; round++) {
      bench.progress(`round ${round} of ${rounds}`)
      const begin = performance.now()
      spawnSync(process.execPath, ['-e', '0'])
      measured.add('node', performance.now() - begin)
      await startParley(bench.folder(), tracker, round === rounds ? idle : undefined, measured)
    }
    const memory = measured.median('memory')
    const row = (title: string, key: string) => [title, measured.spread(key), measured.ratio(key, 'node')]
    return {
      about: [
        `\`parley peer\` on a pseudo-terminal, history on disk in an empty directory, registered with a tracker; ${rounds} rounds, alternating with \`node -e 0\`. Memory is what the kernel counts as resident after ${idle} s.`,
      ],
      tables: [
        {
          title: 'In ms',
          columns: ['', 'median of the rounds', 'to Node alone'],
          rows: [
            row('Node alone, to its end', 'node'),
            row('Parley, to its prompt', 'prompt'),
            row('Parley, to the first lines', 'lines'),
          ],
        },
        {
          title: 'Memory',
          columns: ['', 'MiB'],
          rows: [['resident, idle', Number.isNaN(memory) ? null : memory]],
        },
      ],
      goals: { 'start-prompt': measured.median('prompt'), 'start-memory': memory },
      notes: Number.isNaN(memory) ? ['The resident memory is not known: this system has no /proc.'] : [],
    }
  },
})

/** `idle`: seconds after which the memory is read, if it is. */
async function startParley(
  data: string,
  trackerPort: string,
  idle: number | undefined,
  measured: Measurements,
): Promise<void> {
  const to = ['--tracker-ip', '127.0.0.1', '--tracker-port', trackerPort]
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--no-lan', '--data', data]
  const env = { PATH: process.env['PATH'] ?? '', HOME: data, TERM: 'xterm-256color', NO_COLOR: '1' }
  const begin = performance.now()
  const terminal = spawnTerminal(process.execPath, [MAIN, 'peer', '--name', 'alice', ...at, ...to], { env })
  const ended = new Promise<void>((resolve) => {
    terminal.onExit(() => {
      resolve()
    })
  })
  const shown = async (key: string, text: string): Promise<void> => {
    await untilShown(terminal, text)
    measured.add(key, performance.now() - begin)
  }
  await Promise.all([shown('prompt', PROMPT), shown('lines', 'you are alice')])
  if (idle !== undefined) {
    await sleep(idle * 1000)
    const mebibytes = residentMebibytes(terminal.pid)
    if (mebibytes !== undefined) measured.add('memory', mebibytes)
  }
  terminal.kill('SIGTERM')
  await ended
}

/** Rejects when the program ends before. */
function untilShown(terminal: IPty, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = ''
    terminal.onData((data) => {
      all += data
      if (all.includes(text)) resolve()
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
