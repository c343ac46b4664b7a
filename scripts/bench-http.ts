/**
 * Requests per second at the receive endpoint: src/http beside node:http doing the same work, bare TCP, and bare TCP
 * with JSON but no checks, alternating within every round. The servers are pinned to one core, the load (wrk) to another.
 * All servers are there from the beginning, and warmed up before it counts.
 *
 *   npm run bench:http -- [--seconds 1] [--warm-up 3] [--rounds 7] [--loads 1x1,32x1,256x1,32x16]
 *
 * A load is connections x requests that each sends at once. Needs wrk and taskset (Debian: apt-get install wrk
 * util-linux); exit 2 without them.
 */
import { execFile, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { child, end, report } from './bench/children.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { Rounds, median, spread } from './bench/statistics.ts'
import { refuse } from './command-line.ts'
import type { Chart } from './bench/chart.ts'
import type { Reached } from './bench/result.ts'
import type { Table } from './bench/table.ts'

const { numbers, texts, quick, json, command } = settings({
  numbers: { seconds: [1, 1], 'warm-up': [3, 1], rounds: [7, 1] },
  texts: { loads: '1x1,32x1,256x1,32x16' },
})
const SYSTEMS = {
  floor: 'bare TCP (node:net)',
  bare: 'bare TCP with JSON, no checks',
  parley: 'Parley',
  node: 'node:http',
} as const
type System = keyof typeof SYSTEMS
const NAMES: readonly System[] = ['floor', 'bare', 'parley', 'node']
interface RunningServer {
  readonly system: System
  /** Requests that come at once on a connection. */
  readonly pipelined: number
  readonly process: ChildProcess
  readonly port: number
}

/** Connections, and requests that each sends at once. */
type Load = readonly [connections: number, pipelined: number]

for (const program of ['wrk', 'taskset']) {
  if (spawnSync(program, ['--version']).error === undefined) continue
  console.error(`${program} is not installed (Debian: apt-get install wrk util-linux)`)
  process.exit(2)
}
const loads = (quick ? '32x1' : texts.loads).split(',').map(loadOf)
const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
process.once('exit', () => {
  rmSync(folder, { recursive: true })
})
const begin = performance.now()
const perSecond = new Rounds()
/** For each number of requests at once, one of each system. */
const servers = await Promise.all(
  [...new Set(loads.map(([, pipelined]) => pipelined))].flatMap((pipelined) =>
    NAMES.map((system) => startServer(system, pipelined)),
  ),
)
for (const server of servers) {
  progress(`http, warming up: ${SYSTEMS[server.system]}`)
  await ask(server, 32, numbers['warm-up'])
}
for (let round = 1; round <= numbers.rounds; round++) for (const load of loads) await measure(load, round)
await Promise.all(servers.map(({ process }) => end(process)))

publish(
  {
    name: 'http',
    title: 'Requests a second at the receive endpoint',
    about: [
      `POST /p2p/receive, a chat message of 300 B in, JSON out; ${numbers.seconds} s for each load, ${numbers.rounds} rounds, after ${numbers['warm-up']} s for each server that do not count.`,
      'The server has core 0, wrk core 1. Bare TCP counts chunks and writes a canned answer; with JSON it parses and builds JSON, too, and checks nothing.',
      'Figures are medians of the rounds, with the lowest and the highest; a ratio is taken in each round.',
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: loads.map(table),
    charts: charts(),
    goals: goals(),
    notes: [],
  },
  json,
)

async function startServer(system: System, pipelined: number): Promise<RunningServer> {
  const process = child('http-child', { args: [system, String(pipelined)] })
  const { port } = await report<{ kind: 'listening'; port: number }, 'listening'>(process, 'listening')
  pin(process)
  return { system, pipelined, process, port }
}

/** All systems, right after each other. */
async function measure(load: Load, round: number): Promise<void> {
  const [connections, pipelined] = load
  progress(`http, round ${round} of ${numbers.rounds}: ${connections} connections`)
  for (const server of servers)
    if (server.pipelined === pipelined)
      perSecond.add(key(server.system, load), await ask(server, connections, numbers.seconds))
}

/** Requests a second. Rejects when some were refused. */
async function ask(
  { system, pipelined, port }: RunningServer,
  connections: number,
  seconds: number,
): Promise<number> {
  const script = join(folder, `${pipelined}.lua`)
  writeFileSync(script, luaScript(pipelined))
  const wrk = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script]
  const target = `http://127.0.0.1:${port}/p2p/receive`
  const { stdout } = await promisify(execFile)('taskset', ['-c', '1', ...wrk, target])
  if (stdout.includes('Non-2xx')) throw new Error(`${system} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([0-9.]+)/.exec(stdout)?.[1] ?? NaN)
}

/** On a machine with one core only there is nothing to pin to. */
function pin({ pid }: ChildProcess): void {
  spawnSync('taskset', ['-apc', '0', String(pid)])
}

function loadOf(text: string): Load {
  const [connections = NaN, pipelined = NaN] = text.split('x').map(Number)
  if (!(connections > 0 && pipelined > 0))
    refuse(`--loads ${text}: must be loads as 32x1, which is 32 connections with one request each`)
  return [connections, pipelined]
}

function key(system: System, [connections, pipelined]: Load): string {
  return `${system} ${connections}x${pipelined}`
}

function table(load: Load): Table {
  const [connections, pipelined] = load
  const atOnce = pipelined === 1 ? '' : `, ${pipelined} requests at once on each`
  const ratio = (of: System, to: System): string => spread(perSecond.ratios(key(of, load), key(to, load)))
  return {
    title: `${connections} connection${connections === 1 ? '' : 's'}${atOnce}`,
    columns: ['system', 'requests/s', 'to bare TCP', 'to TCP with JSON', 'to node:http'],
    rows: NAMES.map((system) => [
      SYSTEMS[system],
      spread(perSecond.of(key(system, load))),
      ...(['floor', 'bare', 'node'] as const).map((to) => ratio(system, to)),
    ]),
  }
}

function charts(): Chart[] {
  const single = loads.filter(([, pipelined]) => pipelined === 1)
  if (single.length < 2) return []
  const ticks = single.map(([at]) => ({ at, label: String(at) }))
  return [
    {
      file: 'http-connections',
      title: 'Requests a second by number of connections',
      x: { label: 'connections', scale: 'logarithmic', ticks },
      y: { label: 'requests a second', scale: 'linear' },
      lines: NAMES.map((system) => ({
        name: SYSTEMS[system],
        points: single.map((load) => [load[0], median(perSecond.of(key(system, load)))]),
      })),
    },
  ]
}

function goals(): Reached[] {
  const load: Load = [32, 1]
  const to = (system: System): number => median(perSecond.ratios(key('parley', load), key(system, load)))
  const reached: Reached[] = [
    { goal: 'http-floor', value: to('floor') },
    { goal: 'http-node', value: to('node') },
  ]
  return reached.filter(({ value }) => Number.isFinite(value))
}

function luaScript(pipelined: number): string {
  const message = {
    id: 'c0ffee-1',
    from: { ip: '127.0.0.1', port: 8000, name: 'alice' },
    channel: 'general',
    message: 'x'.repeat(180),
    ts: 1795310377.4,
  }
  return `
wrk.method = 'POST'
wrk.headers['Content-Type'] = 'application/json'
-- Who sends none is answered once and closed.
wrk.headers['User-Agent'] = 'wrk'
wrk.body = '${JSON.stringify(message)}'
local burst
function init() burst = string.rep(wrk.format(), ${pipelined}) end
function request() return burst end
`
}
