/**
 * How late messages of two healthy peers are while the receiver is attacked by 200 connections (see
 * bench/hostile-attack.ts), beside the same pair left in peace. Prints p50, p90, p99 and max in milliseconds, what
 * the attackers were told, and what the attacked peer counted. Exit 1 when p99 under attack is not below 100 ms, or
 * a message is missing.
 *
 * Everybody is on 127.0.0.1, where the caps for programs of one machine hold: 128 connections and 20 000 messages a
 * second, not the 16 and 200 of a host of the network.
 *
 *   npm run bench:hostile -- [--seconds 10]
 */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { child, end, report as reportOf } from './bench/children.ts'
import { summarize } from './bench/statistics.ts'
import { freePort } from './free-port.ts'
import type { ChildProcess } from 'node:child_process'
import type { AttackReport } from './bench/hostile-attack.ts'
import type { Order, Report, Task } from './bench/hostile-child.ts'

type Tracking = typeof import('../src/tracker/tracker.ts')
type Timing = typeof import('../src/cli/system-clock.ts')
type Message = Report | AttackReport

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })
const INTERVAL_MS = 5
const LIMIT_MS = 100
/** Time for the attackers to be there, and for the peer to be warm. */
const WARM_UP_SECONDS = 2
const count = Math.round((Number(values.seconds) * 1000) / INTERVAL_MS)

function built<Module>(path: string): Promise<Module> {
  return import(new URL(`../dist/${path}.js`, import.meta.url).href) as Promise<Module>
}

const { Tracker } = await built<Tracking>('tracker/tracker')
const { systemClock } = await built<Timing>('cli/system-clock')

const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
const [port, senderPort] = [await freePort(), await freePort()]
const receiver = child('hostile-child')
const sender = child('hostile-child')
const attackers = child('hostile-attack')
let phases = 0

console.log(`one-way delivery, ${1000 / INTERVAL_MS} messages a second for ${values.seconds} s`)
console.log(`${cpus()[0]?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, loopback\n`)
await ready(receiver, { kind: 'task', role: 'receiver', port, tracker: tracker.address })
await ready(sender, { kind: 'task', role: 'sender', port: senderPort, tracker: tracker.address })

console.log('                 p50 ms   p90 ms   p99 ms   max ms  missing')
await phase((WARM_UP_SECONDS * 1000) / INTERVAL_MS)
const inPeace = row('in peace', await phase(count))
attackers.send({ port })
await sleep(WARM_UP_SECONDS * 1000)
const attacked = row('under attack', await phase(count))

const told = report(attackers, 'attack')
attackers.send({})
const { tallies } = await told
await end(attackers)
console.log('\nattackers      connections  answers by status')
for (const [kind, { connections, answers }] of Object.entries(tallies))
  console.log(`  ${kind.padEnd(12)} ${String(connections).padStart(11)}  ${JSON.stringify(answers)}`)
console.log(`\nrefused by the attacked peer: ${await refusals()}`)
await Promise.all([end(receiver), end(sender)])
await tracker.close()

const isFast = attacked.p99 < LIMIT_MS
console.log(
  `\np99 under attack ${attacked.p99.toFixed(2)} ms: ${isFast ? 'below' : 'NOT below'} ${LIMIT_MS} ms`,
)
process.exitCode = isFast && inPeace.missing + attacked.missing === 0 ? 0 : 1

/** How late each of so many messages was, in microseconds. */
async function phase(messages: number): Promise<{ messages: number; samples: readonly number[] }> {
  const order: Order = { kind: 'order', phase: ++phases, count: messages, intervalMs: INTERVAL_MS }
  const sent = report(sender, 'sent')
  sender.send(order)
  await sent
  const came = report(receiver, 'samples')
  receiver.send(order)
  return { messages, samples: (await came).samples }
}

function row(
  name: string,
  { messages, samples }: { messages: number; samples: readonly number[] },
): { p99: number; missing: number } {
  const { p50, p90, p99, max } = summarize(samples.map((micros) => micros / 1000))
  const missing = messages - samples.length
  const cells = [p50, p90, p99, max].map((value) => value.toFixed(2).padStart(8)).join(' ')
  console.log(`${name.padEnd(14)} ${cells} ${String(missing).padStart(8)}`)
  return { p99, missing }
}

/** `{"bad_request": 12}`, as GET /stats of the peer tells it. */
async function refusals(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/stats`)
  if (!answer.ok) return `not told (GET /stats answered ${answer.status})`
  const { counters } = (await answer.json()) as { counters: { refused?: Record<string, number> } }
  return JSON.stringify(counters.refused ?? {})
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
