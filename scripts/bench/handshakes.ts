/**
 * How late messages of two healthy peers are while one host begins 1000 secure connections a second with the receiver:
 * beside the same pair left in peace, with handshakes that are completed, and with ones that stay half open. Exit 1 when p99
 * under attack is not below 100 ms, or a message is missing.
 *
 *   npm run bench:handshakes -- [--seconds 10] [--rate 1000]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { attack, cease, type Kind } from './handshakes-attack.ts'
import { Pair } from './delivery/pair.ts'
import { percentileCells } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'

const PER_SECOND = 200
const BYTES = 300
const KINDS: readonly Kind[] = ['half open', 'completed']

export default scenario({
  title: 'Delivery while a host begins handshakes',
  numbers: { seconds: [10, 1], rate: [1_000, 100] },
  required: ['handshakes-p99'],
  run: async (bench) => {
    const { seconds, rate } = bench.numbers
    const count = seconds * PER_SECOND
    /** For the peer to be warm, and for the limits to hold. */
    const warmUpMs = bench.quick ? 200 : 2_000
    const pair = await Pair.start(bench, 'parley')
    const attacker = bench.process(new URL('handshakes-attack.ts', import.meta.url).href)
    const phase = async (name: string, messages = count) => {
      bench.progress(name)
      const { samples, missing } = await pair.pace(messages, PER_SECOND, BYTES, true)
      const [p50 = NaN, p90 = NaN, p99 = NaN, max = NaN] = percentileCells(samples, 1000)
      return { p99, missing, row: [name, p50, p90, p99, max, missing] }
    }

    await phase('warm-up', (warmUpMs * PER_SECOND) / 1000)
    const inPeace = await phase('in peace')
    const attacked = []
    for (const kind of KINDS) {
      await attacker.call(attack, pair.port, kind, rate)
      await sleep(warmUpMs)
      const measured = await phase(`handshakes ${kind}`)
      attacked.push({ ...measured, kind, answers: await attacker.call(cease) })
    }
    await attacker.end()
    const all = [inPeace, ...attacked]
    const missing = all.reduce((sum, each) => sum + each.missing, 0)
    return {
      about: [
        `Two peers over a secure connection, ${PER_SECOND} messages a second for ${seconds} s, in peace and while a host with another address begins ${rate} handshakes a second with the receiver.`,
      ],
      tables: [
        {
          title: 'One way, in ms',
          columns: ['', 'p50', 'p90', 'p99', 'max', 'missing'],
          rows: all.map(({ row }) => row),
        },
        {
          title: 'What became of the handshakes',
          columns: ['handshakes', 'by status'],
          rows: attacked.map(({ kind, answers }) => [kind, listed(answers)]),
        },
      ],
      goals: { 'handshakes-p99': Math.max(...attacked.map(({ p99 }) => p99)) },
      failures: missing > 0 ? [`${missing} messages did not arrive.`] : [],
    }
  },
})

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, times]) => `${name}: ${times}`)
    .join(', ')
}
