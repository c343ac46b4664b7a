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
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serve, type System } from './http-servers.ts'
import { Measurements } from './harness/measurements.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { median } from '../../src/cli/bench/distribution.ts'
import { refuse } from '../support/command-line.ts'
import type { Chart } from './harness/chart.ts'
import type { Table } from './harness/table.ts'

const SYSTEMS: Readonly<Record<System, string>> = {
  floor: 'bare TCP (node:net)',
  bare: 'bare TCP with JSON, no checks',
  parley: 'Parley',
  node: 'node:http',
}
const NAMES: readonly System[] = ['floor', 'bare', 'parley', 'node']

/** Connections, and requests that each sends at once. */
type Load = readonly [connections: number, pipelined: number]

interface RunningServer {
  readonly system: System
  readonly pipelined: number
  readonly port: number
}

export default scenario({
  title: 'Requests a second at the receive endpoint',
  numbers: { seconds: [1, 1], 'warm-up': [3, 1], rounds: [7, 1] },
  texts: { loads: '1x1,32x1,256x1,32x16' },
  needs: [['wrk', 'taskset'], 'Debian: apt-get install wrk util-linux'],
  run: async (bench) => {
    const { seconds, 'warm-up': warmUp, rounds } = bench.numbers
    const loads = (bench.quick ? '32x1' : bench.texts.loads).split(',').map(loadOf)
    const folder = bench.folder()
    const servers = await startServers(bench, [...new Set(loads.map(([, pipelined]) => pipelined))])
    for (const server of servers) {
      bench.progress(`warming up: ${SYSTEMS[server.system]}`)
      await requestsPerSecond(server, 32, warmUp, folder)
    }
    const measured = new Measurements()
    for (let round = 1; round <= rounds; round++)
      for (const load of loads) {
        bench.progress(`round ${round} of ${rounds}: ${load[0]} connections`)
        for (const server of servers.filter(({ pipelined }) => pipelined === load[1]))
          measured.add(keyOf(server.system, load), await requestsPerSecond(server, load[0], seconds, folder))
      }
    const to = (system: System): number =>
      median(measured.ratios(keyOf('parley', [32, 1]), keyOf(system, [32, 1])))
    return {
      about: [
        `POST /p2p/receive, a chat message of 300 B in, JSON out; ${seconds} s for each load, ${rounds} rounds, after ${warmUp} s for each server that do not count.`,
        'The server has core 0, wrk core 1. Bare TCP counts chunks and writes a canned answer; with JSON it parses and builds JSON, too, and checks nothing.',
        'Figures are medians of the rounds, with the lowest and the highest; a ratio is taken in each round.',
      ],
      tables: loads.map((load) => tableOf(load, measured)),
      charts: chartsOf(loads, measured),
      goals: { 'http-floor': to('floor'), 'http-node': to('node') },
    }
  },
})

/** One server of each system for each number of requests at once; pinned where there is more than one core. */
function startServers(
  bench: Bench<string, string, string>,
  pipelines: readonly number[],
): Promise<RunningServer[]> {
  return Promise.all(
    pipelines.flatMap((pipelined) =>
      NAMES.map(async (system) => {
        const process = bench.process(new URL('http-servers.ts', import.meta.url).href)
        const port = await process.call(serve, system, pipelined)
        spawnSync('taskset', ['-apc', '0', String(process.pid)])
        return { system, pipelined, port }
      }),
    ),
  )
}

/** Rejects when some requests were refused. */
async function requestsPerSecond(
  { system, pipelined, port }: RunningServer,
  connections: number,
  seconds: number,
  folder: string,
): Promise<number> {
  const script = join(folder, `${pipelined}.lua`)
  writeFileSync(script, luaScript(pipelined))
  const wrk = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script]
  const target = `http://127.0.0.1:${port}/p2p/receive`
  const { stdout } = await promisify(execFile)('taskset', ['-c', '1', ...wrk, target])
  if (stdout.includes('Non-2xx')) throw new Error(`${system} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([0-9.]+)/.exec(stdout)?.[1] ?? NaN)
}

function loadOf(text: string): Load {
  const [connections = NaN, pipelined = NaN] = text.split('x').map(Number)
  if (!(connections > 0 && pipelined > 0))
    refuse(`--loads ${text}: must be loads as 32x1, which is 32 connections with one request each`)
  return [connections, pipelined]
}

function keyOf(system: System, [connections, pipelined]: Load): string {
  return `${system} ${connections}x${pipelined}`
}

function tableOf(load: Load, measured: Measurements): Table {
  const [connections, pipelined] = load
  const atOnce = pipelined === 1 ? '' : `, ${pipelined} requests at once on each`
  return {
    title: `${connections} connection${connections === 1 ? '' : 's'}${atOnce}`,
    columns: ['system', 'requests/s', 'to bare TCP', 'to TCP with JSON', 'to node:http'],
    rows: NAMES.map((system) => [
      SYSTEMS[system],
      measured.spread(keyOf(system, load)),
      ...(['floor', 'bare', 'node'] as const).map((to) =>
        measured.ratio(keyOf(system, load), keyOf(to, load)),
      ),
    ]),
  }
}

function chartsOf(loads: readonly Load[], measured: Measurements): Chart[] {
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
        points: single.map((load) => [load[0], measured.median(keyOf(system, load))]),
      })),
    },
  ]
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
-- A client without one is answered once and closed.
wrk.headers['User-Agent'] = 'wrk'
wrk.body = '${JSON.stringify(message)}'
local burst
function init() burst = string.rep(wrk.format(), ${pipelined}) end
function request() return burst end
`
}
