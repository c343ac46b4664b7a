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
import { child, end, report } from './bench/children.ts'
import { Pair } from './bench/delivery/pair.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { summarize } from './bench/statistics.ts'
import type { AttackReport } from './bench/hostile-attack.ts'
import type { Cell } from './bench/table.ts'

interface Phase {
  readonly p99: number
  readonly missing: number
  readonly row: readonly Cell[]
}

const { numbers, quick, json, command } = settings({ numbers: { seconds: [10, 1] } })
const PER_SECOND = 200
const BYTES = 300
const LIMIT_MS = 100
/** Time for the attackers to be there, and for the peer to be warm. */
const WARM_UP_MS = quick ? 500 : 2_000
const count = numbers.seconds * PER_SECOND

const begin = performance.now()
const pair = await Pair.start('parley')
const attackers = child('hostile-attack')

await phase('warm-up', (WARM_UP_MS * PER_SECOND) / 1000)
const inPeace = await phase('in peace', count)
attackers.send({ port: pair.port })
await sleep(WARM_UP_MS)
const attacked = await phase('under attack', count)

const told = report<AttackReport, 'attack'>(attackers, 'attack')
attackers.send({})
const { tallies } = await told
await end(attackers)
const refused = await refusals()
await pair.end()

publish(
  {
    name: 'hostile',
    title: 'Delivery while others attack',
    about: [
      `Two peers, ${PER_SECOND} messages a second for ${numbers.seconds} s, in peace and while 200 connections attack the receiver: 50 each send garbage, send one byte a second, flood with valid messages, and send bodies of 10 MB.`,
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
  const { samples, missing } = await pair.pace(messages, PER_SECOND, BYTES, true)
  const { p50, p90, p99, max } = summarize(samples.map((micros) => micros / 1000))
  return { p99, missing, row: [name, p50, p90, p99, max, missing] }
}

/** `bad_request 12, rate_limited 3`, as GET /stats of the peer tells it. */
async function refusals(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${pair.port}/stats`)
  if (!answer.ok) return `not told (GET /stats answered ${answer.status})`
  const { counters } = (await answer.json()) as { counters: { refused?: Record<string, number> } }
  return listed(counters.refused ?? {})
}

function listed(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, times]) => `${name}: ${times}`)
  return all.length === 0 ? 'none' : all.join(', ')
}
