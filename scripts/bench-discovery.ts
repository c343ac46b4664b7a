/**
 * How long it takes until peers know each other. On the LAN, without a tracker: from the moment when the later of two
 * was started to the moment when both have the other in their list. Through a tracker: from join() of one to the
 * moment when another sees it.
 *
 *   npm run bench:discovery -- [--peers 3] [--rounds 20] [--joins 30] [--interface lo]
 *
 * On one machine and its loopback; with `--within "ip netns exec h{}"` each peer of the LAN in a network namespace of
 * its own ({} is its number), as scripts/lab.sh makes them. Exit 1 when somebody was not found within 10 s.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { systemClock } from '../src/cli/system/clock.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { child, end, report } from './bench/children.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { summarize } from './bench/statistics.ts'
import type { Order, Report } from './bench/hybrid-child.ts'
import type { Cell } from './bench/table.ts'

const { numbers, texts, quick, json, command } = settings({
  numbers: { peers: [3, 2], rounds: [20, 1], joins: [30, 3] },
  texts: { interface: 'lo', within: '' },
})
const MOST_WAITING = 10_000
/** LSNP's port is shared by all programs of a machine: apart from them, nobody else is met. */
const PORTS = texts.within === '' ? ['41999', '41002'] : ['50999', '9002']
const WATCHERS = 3
/** A channel more than a peer may be in is refused. */
const MOST_JOINS = 30

interface Told {
  readonly name: string
  /** `start`, or who was met. */
  readonly what: string
  /** Nanoseconds. */
  readonly at: string
}

const begin = performance.now()
const names = Array.from({ length: numbers.peers }, (_, index) => `peer${index + 1}`)
const onLan: number[] = []
for (let round = 1; round <= numbers.rounds; round++) {
  progress(`discovery, LAN, round ${round} of ${numbers.rounds}`)
  onLan.push(...(await meet()))
}
const joins = await seenJoins()

publish(
  {
    name: 'discovery',
    title: 'Until peers know each other',
    about: [
      `LAN: ${numbers.peers} peers started together, ${numbers.rounds} rounds, ${texts.within === '' ? `one machine, ${texts.interface}` : texts.within}; from the start of the later of two until both know each other.`,
      `Tracker: join() of one peer until each of ${WATCHERS} others in that channel sees it.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'In ms',
        columns: ['', 'samples', 'p50', 'p90', 'p99', 'max'],
        rows: [row('LAN: two know each other', onLan), row('tracker: a join is seen', joins)],
      },
    ],
    charts: [],
    goals: [
      { goal: 'discovery-lan', value: summarize(onLan).p50 },
      { goal: 'discovery-hybrid', value: summarize(joins).p50 },
    ],
    notes: [],
  },
  json,
)

function row(what: string, milliseconds: readonly number[]): Cell[] {
  const { count, p50, p90, p99, max } = summarize(milliseconds)
  return [what, count, p50, p90, p99, max]
}

// --- through a tracker ------------------------------------------------------------------------------

/** Milliseconds from each join to each watcher that saw it. */
async function seenJoins(): Promise<number[]> {
  const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
  const joiner = await hybrid('joiner', tracker)
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, (_, index) => hybrid(`watcher${index}`, tracker)),
  )
  const times: number[] = []
  for (let number = 0; number < Math.min(numbers.joins, MOST_JOINS); number++) {
    progress(`discovery, tracker, join ${number + 1} of ${numbers.joins}`)
    const channel = `room-${number}`
    await Promise.all(watchers.map((watcher) => join(watcher, channel)))
    const seen = watchers.map((watcher) => sight(watcher, 'joiner', channel))
    const began = sight(joiner, 'joiner', channel)
    await join(joiner, channel)
    const since = await began
    for (const at of await Promise.all(seen)) times.push((at - since) / 1000)
  }
  await Promise.all([joiner, ...watchers].map(end))
  await tracker.close()
  return times
}

async function hybrid(name: string, tracker: Tracker): Promise<ChildProcess> {
  const process = child('hybrid-child')
  const registered = report<Report, 'registered'>(process, 'registered')
  process.send({ kind: 'be', name, tracker: tracker.address } satisfies Order)
  await registered
  return process
}

async function join(peer: ChildProcess, channel: string): Promise<void> {
  const joined = report<Report, 'joined'>(peer, 'joined')
  peer.send({ kind: 'join', channel } satisfies Order)
  await joined
}

/** When it sees this, in microseconds. Rejects after 10 s. */
function sight(peer: ChildProcess, who: string, channel: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`${who} was not seen in ${channel} within ${MOST_WAITING} ms`))
    }, MOST_WAITING)
    const onReport = (told: Report): void => {
      if (told.kind !== 'saw' || told.who !== who || told.channel !== channel) return
      clearTimeout(late)
      peer.off('message', onReport)
      resolve(told.at)
    }
    peer.on('message', onReport)
  })
}

// --- on the LAN -------------------------------------------------------------------------------------

/** Milliseconds until each pair knew each other. */
async function meet(): Promise<number[]> {
  const told = new Map<string, bigint>()
  const children: ChildProcess[] = []
  const complete = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`not found within ${MOST_WAITING} ms: ${missing(told).join(', ')}`))
    }, MOST_WAITING)
    names.forEach((name, index) => {
      const child = startOnLan(name, index + 1)
      children.push(child)
      child.on('message', (message: Told) => {
        const key = `${message.name} ${message.what}`
        if (!told.has(key)) told.set(key, BigInt(message.at))
        if (missing(told).length > 0) return
        clearTimeout(late)
        resolve()
      })
    })
  })
  try {
    await complete
  } finally {
    await Promise.all(children.map(end))
  }
  return pairs().map(([a, b]) => {
    const at = (key: string): number => Number(told.get(key) ?? 0n) / 1e6
    return Math.max(at(`${a} ${b}`), at(`${b} ${a}`)) - Math.max(at(`${a} start`), at(`${b} start`))
  })
}

function startOnLan(name: string, number: number): ChildProcess {
  const file = new URL('bench/discovery-child.js', import.meta.url).pathname
  const interfaces = texts.within === '' ? texts.interface.split(',') : []
  const peer = [process.execPath, file, name, ...PORTS, ...interfaces]
  const within = texts.within === '' ? [] : texts.within.replace('{}', String(number)).split(' ')
  const [command = '', ...args] = [...within, ...peer]
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function pairs(): (readonly [string, string])[] {
  return names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b] as const))
}

function missing(told: ReadonlyMap<string, bigint>): string[] {
  return names.flatMap((name) =>
    names
      .filter((other) => other !== name && !told.has(`${name} ${other}`))
      .map((other) => `${name} ${other}`),
  )
}
