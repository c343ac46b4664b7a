/**
 * How late messages of two healthy peers are while the receiver is attacked by 200 connections, beside the same pair left
 * in peace. Prints what the attackers were answered, and what the attacked peer counted. Exit 1 when p99 under attack is
 * not below 100 ms, or a message is missing.
 *
 * All processes are on 127.0.0.1, where the caps for programs of one machine hold: 128 connections and 20 000 messages a
 * second, not the 16 and 200 of a host of the network.
 *
 *   npm run bench:hostile -- [--seconds 10]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { attack, tally } from './hostile-attack.ts'
import { Pair } from './delivery/pair.ts'
import { percentileCells } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'

const PER_SECOND = 200
const BYTES = 300

export default scenario({
  title: 'Delivery while others attack',
  numbers: { seconds: [10, 1] },
  required: ['hostile-p99'],
  run: async (bench) => {
    const count = bench.numbers.seconds * PER_SECOND
    /** For the attackers to be there, and for the peer to be warm. */
    const warmUpMs = bench.quick ? 500 : 2_000
    const pair = await Pair.start(bench, 'parley')
    const attackers = bench.process(new URL('hostile-attack.ts', import.meta.url).href)
    const phase = async (name: string, messages: number) => {
      bench.progress(name)
      const { samples, missing } = await pair.pace(messages, PER_SECOND, BYTES, true)
      const [p50 = NaN, p90 = NaN, p99 = NaN, max = NaN] = percentileCells(samples, 1000)
      return { p99, missing, row: [name, p50, p90, p99, max, missing] }
    }

    await phase('warm-up', (warmUpMs * PER_SECOND) / 1000)
    const inPeace = await phase('in peace', count)
    await attackers.call(attack, pair.port)
    await sleep(warmUpMs)
    const attacked = await phase('under attack', count)
    const tallies = Object.entries(await attackers.call(tally))
    await attackers.end()
    const missing = inPeace.missing + attacked.missing
    return {
      about: [
        `Two peers, ${PER_SECOND} messages a second for ${bench.numbers.seconds} s, in peace and while 200 connections attack the receiver: 50 each send garbage, send one byte a second, flood with valid messages, and send bodies of 10 MB.`,
      ],
      tables: [
        {
          title: 'One way, in ms',
          columns: ['', 'p50', 'p90', 'p99', 'max', 'missing'],
          rows: [inPeace.row, attacked.row],
        },
        {
          title: 'What the attackers were told',
          columns: ['attack', 'connections', 'answers by status'],
          rows: tallies.map(([kind, { connections, answers }]) => [kind, connections, listed(answers)]),
        },
      ],
      goals: { 'hostile-p99': attacked.p99 },
      notes: [`Refused by the attacked peer: ${await refusals(pair.port)}.`],
      failures: missing > 0 ? [`${missing} messages did not arrive.`] : [],
    }
  },
})

/** `bad_request: 12, rate_limited: 3`, as GET /stats of the peer counts them. */
async function refusals(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/stats`)
  if (!answer.ok) return `unknown (GET /stats answered ${answer.status})`
  const { counters } = (await answer.json()) as { counters: { refused?: Record<string, number> } }
  return listed(counters.refused ?? {})
}

function listed(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, times]) => `${name}: ${times}`)
  return all.length === 0 ? 'none' : all.join(', ')
}
