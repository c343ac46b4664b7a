/**
 * The tracker with 1000, 10 000 and 100 000 peers: what a call costs, at its registry and over HTTP, and what a peer
 * costs in memory. Its limits are raised for that. The sizes alternate in every round, each with a process of its own.
 *
 *   npm run bench:tracker -- [--rounds 3] [--calls 1000] [--most 100000]
 */
import { TCP } from '../src/http/network.ts'
import { child, end, report } from './bench/children.ts'
import { progress, publish } from './bench/output.ts'
import { channelOf, peerNumber, someNumber, type Population } from './bench/population.ts'
import { settings } from './bench/settings.ts'
import { Rounds, median, spread, summarize } from './bench/statistics.ts'
import type { Chart } from './bench/chart.ts'
import type { Cell, Table } from './bench/table.ts'
import type { Order, Report } from './bench/tracker-child.ts'

const { numbers, quick, json, command } = settings({
  numbers: { rounds: [3, 1], calls: [1_000, 20], most: [100_000, 2_000] },
})
const SIZES = [1_000, 10_000, 100_000].filter((peers) => peers <= Math.max(1_000, numbers.most))
const MEMBERS = 1_000
/** Requests on the way, each on a connection of its own. */
const AT_ONCE = 4
/** A Parley asks; the others are cut to 8 KiB. */
const PARLEY = { 'User-Agent': 'parley/bench' }
const JSON_FIELDS = { ...PARLEY, 'Content-Type': 'application/json' }

const UNCHANGED = 'get-list, unchanged channel of 1000'
const CHANGED = 'get-list, channel of 1000 that changed'

interface Call {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

interface Group {
  readonly before?: readonly Call[]
  /** This one is measured. */
  readonly call: Call
  readonly after?: readonly Call[]
}

const begin = performance.now()
/** p50 and p99 of each round in µs, by level, call and size; and calls a second. */
const rounds = new Rounds()
const names = { registry: new Set<string>(), http: new Set<string>() }
for (let round = 1; round <= numbers.rounds; round++)
  for (const peers of SIZES) {
    progress(`tracker, round ${round} of ${numbers.rounds}: ${peers} peers`)
    const population = { peers, channels: Math.ceil(peers / MEMBERS) }
    await measureRegistry(population)
    await measureHttp(population)
  }

const last = SIZES.at(-1) ?? NaN
const growths = [...names.http].map((call) => growth('http', call))
publish(
  {
    name: 'tracker',
    title: 'The tracker',
    about: [
      `${SIZES.join(', ')} peers, each in one of the channels of ${MEMBERS}; ${numbers.calls} calls of each kind, ${numbers.rounds} rounds. Over HTTP ${AT_ONCE} requests are on the way, each on a kept connection.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [table('registry'), table('http'), memoryTable()],
    charts: SIZES.length > 1 ? [chart()] : [],
    goals: [
      { goal: 'tracker-flat', value: Math.max(...growths) },
      { goal: 'tracker-memory', value: median(rounds.of(`memory ${last}`)) },
      {
        goal: 'tracker-cached',
        value: median(rounds.ratios(`http ${CHANGED} ${last} p50`, `http ${UNCHANGED} ${last} p50`)),
      },
    ],
    notes: [],
  },
  json,
)

// --- measuring --------------------------------------------------------------------------------------

async function measureRegistry(population: Population): Promise<void> {
  const process = child('tracker-child')
  const measured = report<Report, 'measured'>(process, 'measured')
  process.send({ kind: 'registry', population, calls: numbers.calls } satisfies Order)
  const { perPeer, samples } = await measured
  await end(process)
  rounds.add(`memory ${population.peers}`, perPeer)
  for (const [call, nanos] of Object.entries(samples))
    note(
      'registry',
      call,
      population,
      nanos.map((each) => each / 1000),
    )
}

async function measureHttp(population: Population): Promise<void> {
  const process = child('tracker-child')
  const serving = report<Report, 'serving'>(process, 'serving')
  process.send({ kind: 'serve', population } satisfies Order)
  const { port } = await serving
  const client = TCP.client({ kept: AT_ONCE })
  const ask = async ({ method, target, headers, body }: Call): Promise<void> => {
    const request = { method, target, headers, ...(body === undefined ? {} : { body }) }
    const { status, body: answer } = await client.request({ host: '127.0.0.1', port }, request)
    if (status !== 200) throw new Error(`${method} ${target} was answered ${status}: ${answer.toString()}`)
  }
  for (const [name, call] of Object.entries(callsOf(population))) {
    const { samples, perSecond } = await timed(ask, call)
    note('http', name, population, samples)
    rounds.add(`http ${name} ${population.peers} rate`, perSecond)
  }
  client.close()
  await end(process)
}

/** What is asked, by its name in the tables; others come and go meanwhile, without being measured. */
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
    'submit-info, new': (index) => ({ call: comes(index), after: [goes(index)] }),
    heartbeat: (index) => ({ call: post('/heartbeat', where(some(index))) }),
    'add-list': (index) => ({
      call: post('/add-list', { ...where(some(index)), channel: `new-${index % 100}` }),
    }),
    [UNCHANGED]: () => ({ call: list }),
    [CHANGED]: (index) => ({ before: [comes(index, first)], call: list, after: [goes(index)] }),
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

/** Microseconds of each, after some that are not counted; and how many a second, with what is done beside them. */
async function timed(
  ask: (call: Call) => Promise<void>,
  groups: (index: number) => Group,
): Promise<{ samples: number[]; perSecond: number }> {
  const samples: number[] = []
  const warmUp = Math.ceil(numbers.calls / 5)
  let next = 0
  let began = 0n
  const askOneByOne = async (): Promise<void> => {
    while (next < warmUp + numbers.calls) {
      const index = next++
      if (index === warmUp) began = process.hrtime.bigint()
      const { before = [], call, after = [] } = groups(index)
      for (const other of before) await ask(other)
      const begin = process.hrtime.bigint()
      await ask(call)
      const took = Number(process.hrtime.bigint() - begin) / 1000
      for (const other of after) await ask(other)
      if (index >= warmUp) samples.push(took)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askOneByOne))
  return { samples, perSecond: (numbers.calls * 1e9) / Number(process.hrtime.bigint() - began) }
}

function note(
  level: 'registry' | 'http',
  call: string,
  { peers }: Population,
  micros: readonly number[],
): void {
  const { p50, p99 } = summarize(micros)
  names[level].add(call)
  rounds.add(`${level} ${call} ${peers} p50`, p50)
  rounds.add(`${level} ${call} ${peers} p99`, p99)
}

// --- what was found ---------------------------------------------------------------------------------

/** The cost with the most peers to the cost with the fewest. */
function growth(level: string, call: string): number {
  const key = (peers: number | undefined): string => `${level} ${call} ${peers} p50`
  return median(rounds.ratios(key(SIZES.at(-1)), key(SIZES[0])))
}

function table(level: 'registry' | 'http'): Table {
  const sized = SIZES.flatMap((peers) => [`${peers}: p50`, 'p99', ...(level === 'http' ? ['calls/s'] : [])])
  const cells = (call: string, peers: number): Cell[] => {
    const at = (what: string): number => median(rounds.of(`${level} ${call} ${peers} ${what}`))
    return [at('p50'), at('p99'), ...(level === 'http' ? [at('rate')] : [])]
  }
  const rows = [...names[level]].map((call) => [
    call,
    ...SIZES.flatMap((peers) => cells(call, peers)),
    growth(level, call),
  ])
  const where = level === 'http' ? 'Over HTTP' : 'At the registry'
  return { title: `${where}, in µs by number of peers`, columns: ['call', ...sized, 'most to fewest'], rows }
}

function memoryTable(): Table {
  const rows = SIZES.map((peers) => [peers, spread(rounds.of(`memory ${peers}`))])
  return { title: 'Memory', columns: ['peers', 'bytes for each'], rows }
}

function chart(): Chart {
  return {
    file: 'tracker-peers',
    title: 'What a call to the tracker costs, by number of peers',
    x: { label: 'peers', scale: 'logarithmic', ticks: SIZES.map((at) => ({ at, label: String(at) })) },
    y: { label: 'µs over HTTP, p50', scale: 'logarithmic' },
    lines: [...names.http].map((name) => ({
      name,
      points: SIZES.map((peers) => [peers, median(rounds.of(`http ${name} ${peers} p50`))] as const),
    })),
  }
}
