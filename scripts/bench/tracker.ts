/**
 * The tracker with 1000, 10 000 and 100 000 peers: what a call costs, at its registry and over HTTP, and what a peer
 * costs in memory. Its limits are raised for that. The sizes alternate in every round, each with a process of its own.
 *
 *   npm run bench:tracker -- [--rounds 3] [--calls 1000] [--most 100000]
 */
import { Measurements } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'
import {
  channelOf,
  measureRegistry,
  peerNumber,
  serve,
  someNumber,
  type Population,
} from './tracker-process.ts'
import { distributionOf, median } from '../../src/cli/bench/distribution.ts'
import { TCP } from '../../src/http/network.ts'
import type { Chart } from './harness/chart.ts'
import type { Table } from './harness/table.ts'

const MEMBERS = 1_000
/** Requests under way, each on a connection of its own. */
const AT_ONCE = 4
/** Clients other than Parley get lists cut to 8 KiB. */
const PARLEY = { 'User-Agent': 'parley/bench' }
const JSON_FIELDS = { ...PARLEY, 'Content-Type': 'application/json' }
const UNCHANGED = 'get-list, unchanged channel of 1000'
const CHANGED = 'get-list, channel of 1000 that changed'
const PROCESS = new URL('tracker-process.ts', import.meta.url).href

interface Call {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** `call` is measured, the others are not. */
interface Group {
  readonly before?: Call
  readonly call: Call
  readonly after?: Call
}

/** p50, p99 and rate of each round in µs, by level, call, size and kind; and the names of the calls of each level. */
class Costs {
  readonly rounds = new Measurements()
  readonly names = { registry: new Set<string>(), http: new Set<string>() }

  add(level: 'registry' | 'http', call: string, peers: number, micros: readonly number[]): void {
    const { p50, p99 } = distributionOf(micros)
    this.names[level].add(call)
    this.rounds.add(`${level} ${call} ${peers} p50`, p50)
    this.rounds.add(`${level} ${call} ${peers} p99`, p99)
  }

  /** The cost with `most` peers to the cost with `fewest`. */
  growth(level: string, call: string, fewest: number, most: number): number {
    return median(this.rounds.ratios(`${level} ${call} ${most} p50`, `${level} ${call} ${fewest} p50`))
  }
}

export default scenario({
  title: 'The tracker',
  numbers: { rounds: [3, 1], calls: [1_000, 20], most: [100_000, 2_000] },
  run: async (bench) => {
    const { rounds, calls, most } = bench.numbers
    const sizes = [1_000, 10_000, 100_000].filter((peers) => peers <= Math.max(1_000, most))
    const [fewest, largest] = [Math.min(...sizes), Math.max(...sizes)]
    const costs = new Costs()
    for (let round = 1; round <= rounds; round++)
      for (const peers of sizes) {
        bench.progress(`round ${round} of ${rounds}: ${peers} peers`)
        const population = { peers, channels: Math.ceil(peers / MEMBERS) }
        const registry = bench.process(PROCESS)
        const { perPeer, samples } = await registry.call(measureRegistry, population, calls)
        await registry.end()
        costs.rounds.add(`memory ${peers}`, perPeer)
        for (const [call, micros] of samples) costs.add('registry', call, peers, micros)
        const server = bench.process(PROCESS)
        await measureHttp(await server.call(serve, population), population, calls, costs)
        await server.end()
      }
    const cached = costs.rounds.ratios(`http ${CHANGED} ${largest} p50`, `http ${UNCHANGED} ${largest} p50`)
    return {
      about: [
        `${sizes.join(', ')} peers, each in one of the channels of ${MEMBERS}; ${calls} calls of each kind, ${rounds} rounds. Over HTTP ${AT_ONCE} requests are on the way, each on a kept connection.`,
      ],
      tables: [
        tableOf('registry', sizes, costs),
        tableOf('http', sizes, costs),
        {
          title: 'Memory',
          columns: ['peers', 'bytes for each'],
          rows: sizes.map((peers) => [peers, costs.rounds.spread(`memory ${peers}`)]),
        },
      ],
      charts: sizes.length > 1 ? [chartOf(sizes, costs)] : [],
      goals: {
        'tracker-flat': Math.max(
          ...[...costs.names.http].map((call) => costs.growth('http', call, fewest, largest)),
        ),
        'tracker-memory': costs.rounds.median(`memory ${largest}`),
        'tracker-cached': median(cached),
      },
    }
  },
})

async function measureHttp(port: number, population: Population, calls: number, costs: Costs): Promise<void> {
  const client = TCP.client({ kept: AT_ONCE })
  const ask = async ({ method, target, headers, body }: Call): Promise<void> => {
    const request = { method, target, headers, ...(body === undefined ? {} : { body }) }
    const { status, body: answer } = await client.request({ host: '127.0.0.1', port }, request)
    if (status !== 200) throw new Error(`${method} ${target} was answered ${status}: ${answer.toString()}`)
  }
  for (const [name, groupOf] of Object.entries(callsOf(population))) {
    const { samples, perSecond } = await timed(ask, groupOf, calls)
    costs.add('http', name, population.peers, samples)
    costs.rounds.add(`http ${name} ${population.peers} rate`, perSecond)
  }
  client.close()
}

/** The requests by their names in the tables. */
function callsOf(population: Population): Readonly<Record<string, (index: number) => Group>> {
  const newcomer = (index: number) => peerNumber(population.peers + index)
  const some = (index: number) => peerNumber(someNumber(index, population))
  const where = ({ ip, port }: { ip: string; port: number }) => ({ ip, port })
  const comes = (index: number, ...channels: string[]) =>
    post('/submit-info', { ...newcomer(index), channels })
  const goes = (index: number) => post('/leave', where(newcomer(index)))
  const first = channelOf(0, population)
  const list = get(`/get-list?channel=${first}`, PARLEY)
  return {
    'submit-info, new': (index) => ({ call: comes(index), after: goes(index) }),
    heartbeat: (index) => ({ call: post('/heartbeat', where(some(index))) }),
    'add-list': (index) => ({
      call: post('/add-list', { ...where(some(index)), channel: `new-${index % 100}` }),
    }),
    [UNCHANGED]: () => ({ call: list }),
    [CHANGED]: (index) => ({ before: comes(index, first), call: list, after: goes(index) }),
    'get-list, unchanged, cut to 8 KiB': () => ({ call: get(`/get-list?channel=${first}`, {}) }),
    'get-list of all, first page': () => ({ call: get('/get-list', PARLEY) }),
    'get-list of all, a page in the middle': () => ({
      call: get(`/get-list?cursor=${population.peers >> 1}`, PARLEY),
    }),
    'connect-peer by name': (index) => ({ call: post('/connect-peer', { to: some(index).name }) }),
    healthz: () => ({ call: get('/healthz', PARLEY) }),
  }
}

function post(target: string, value: object): Call {
  return { method: 'POST', target, headers: JSON_FIELDS, body: JSON.stringify(value) }
}

function get(target: string, headers: Readonly<Record<string, string>>): Call {
  return { method: 'GET', target, headers }
}

/** Microseconds of each call after a warm-up; and calls a second, with what is done beside them. */
async function timed(
  ask: (call: Call) => Promise<void>,
  groupOf: (index: number) => Group,
  calls: number,
): Promise<{ samples: number[]; perSecond: number }> {
  const samples: number[] = []
  const warmUp = Math.ceil(calls / 5)
  let next = 0
  let began = 0n
  const askOneByOne = async (): Promise<void> => {
    while (next < warmUp + calls) {
      const index = next++
      if (index === warmUp) began = process.hrtime.bigint()
      const { before, call, after } = groupOf(index)
      if (before !== undefined) await ask(before)
      const begin = process.hrtime.bigint()
      await ask(call)
      const took = Number(process.hrtime.bigint() - begin) / 1000
      if (after !== undefined) await ask(after)
      if (index >= warmUp) samples.push(took)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askOneByOne))
  return { samples, perSecond: (calls * 1e9) / Number(process.hrtime.bigint() - began) }
}

function tableOf(level: 'registry' | 'http', sizes: readonly number[], costs: Costs): Table {
  const kinds = level === 'http' ? ['p50', 'p99', 'rate'] : ['p50', 'p99']
  const titles = level === 'http' ? ['p99', 'calls/s'] : ['p99']
  return {
    title: `${level === 'http' ? 'Over HTTP' : 'At the registry'}, in µs by number of peers`,
    columns: ['call', ...sizes.flatMap((peers) => [`${peers}: p50`, ...titles]), 'most to fewest'],
    rows: [...costs.names[level]].map((call) => [
      call,
      ...sizes.flatMap((peers) =>
        kinds.map((kind) => costs.rounds.median(`${level} ${call} ${peers} ${kind}`)),
      ),
      costs.growth(level, call, Math.min(...sizes), Math.max(...sizes)),
    ]),
  }
}

function chartOf(sizes: readonly number[], costs: Costs): Chart {
  return {
    file: 'tracker-peers',
    title: 'What a call to the tracker costs, by number of peers',
    x: { label: 'peers', scale: 'logarithmic', ticks: sizes.map((at) => ({ at, label: String(at) })) },
    y: { label: 'µs over HTTP, p50', scale: 'logarithmic' },
    lines: [...costs.names.http].map((name) => ({
      name,
      points: sizes.map((peers) => [peers, costs.rounds.median(`http ${name} ${peers} p50`)] as const),
    })),
  }
}
