/**
 * How late messages of two healthy peers are while the receiver is attacked by 200 connections (see
 * bench/hostile-attack.ts), beside the same pair left in peace. Prints what the attackers were told, and what the
 * attacked peer counted. Exit 1 when p99 under attack is not below 100 ms, or a message is missing.
 *
 * Everybody is on 127.0.0.1, where the caps for programs of one machine hold: 128 connections and 20 000 messages a
 * second, not the 16 and 200 of a host of the network.
 *
 *   npm run bench:hostile -- [--seconds 10]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/cli/system-clock.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { child, end, report as reportOf } from './bench/children.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { summarize } from './bench/statistics.ts'
import { freePort } from './free-port.ts'
import type { ChildProcess } from 'node:child_process'
import type { AttackReport } from './bench/hostile-attack.ts'
import type { Order, Report, Task } from './bench/hostile-child.ts'
import type { Cell } from './bench/table.ts'

type Message = Report | AttackReport

interface Phase {
  readonly p99: number
  readonly missing: number
  readonly row: readonly Cell[]
}

const { numbers, quick, json, command } = settings({ numbers: { seconds: [10, 1] } })
const INTERVAL_MS = 5
const LIMIT_MS = 100
/** Time for the attackers to be there, and for the peer to be warm. */
const WARM_UP_MS = quick ? 500 : 2_000
const count = Math.round((numbers.seconds * 1000) / INTERVAL_MS)

const begin = performance.now()
const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
const [port, senderPort] = [await freePort(), await freePort()]
const receiver = child('hostile-child')
const sender = child('hostile-child')
const attackers = child('hostile-attack')
let phases = 0

await ready(receiver, { kind: 'task', role: 'receiver', port, tracker: tracker.address })
await ready(sender, { kind: 'task', role: 'sender', port: senderPort, tracker: tracker.address })
await phase('warm-up', WARM_UP_MS / INTERVAL_MS)
const inPeace = await phase('in peace', count)
attackers.send({ port })
await sleep(WARM_UP_MS)
const attacked = await phase('under attack', count)

const told = report(attackers, 'attack')
attackers.send({})
const { tallies } = await told
await end(attackers)
const refused = await refusals()
await Promise.all([end(receiver), end(sender)])
await tracker.close()

publish(
  {
    name: 'hostile',
    title: 'Delivery while others attack',
    about: [
      `Two peers, ${1000 / INTERVAL_MS} messages a second for ${numbers.seconds} s, in peace and while 200 connections attack the receiver: 50 each send garbage, send one byte a second, flood with valid messages, and send bodies of 10 MB.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'One way, in ms',
        columns: ['', 'p50', 'p90', 'p99', 'max', 'missing'],
        rows: [inPeace.row, attacked.row],
      },
      {
        title: 'What the attackers were told',
        columns: ['attack', 'connections', 'answers by status'],
        rows: Object.entries(tallies).map(([kind, { connections, answers }]) => [
          kind,
          connections,
          listed(answers),
        ]),
      },
    ],
    charts: [],
    goals: [{ goal: 'hostile-p99', value: attacked.p99 }],
    notes: [`Refused by the attacked peer: ${refused}.`],
  },
  json,
)
const isSafe = quick || attacked.p99 < LIMIT_MS
process.exitCode = isSafe && inPeace.missing + attacked.missing === 0 ? 0 : 1

async function phase(name: string, messages: number): Promise<Phase> {
  progress(`hostile: ${name}`)
  const order: Order = { kind: 'order', phase: ++phases, count: messages, intervalMs: INTERVAL_MS }
  const sent = report(sender, 'sent')
  sender.send(order)
  await sent
  const came = report(receiver, 'samples')
  receiver.send(order)
  const { samples } = await came
  const { p50, p90, p99, max } = summarize(samples.map((micros) => micros / 1000))
  const missing = messages - samples.length
  return { p99, missing, row: [name, p50, p90, p99, max, missing] }
}

/** `bad_request 12, rate_limited 3`, as GET /stats of the peer tells it. */
async function refusals(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/stats`)
  if (!answer.ok) return `not told (GET /stats answered ${answer.status})`
  const { counters } = (await answer.json()) as { counters: { refused?: Record<string, number> } }
  return listed(counters.refused ?? {})
}

function listed(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, times]) => `${name}: ${times}`)
  return all.length === 0 ? 'none' : all.join(', ')
}

async function ready(peer: ChildProcess, task: Task): Promise<void> {
  const isReady = report(peer, 'ready')
  peer.send(task)
  await isReady
}

function report<Kind extends Message['kind']>(
  from: ChildProcess,
  kind: Kind,
): Promise<Extract<Message, { kind: Kind }>> {
  return reportOf<Message, Kind>(from, kind)
}
