/**
 * How late messages are while the machine has other work: as many processes as it has cores compute without a pause.
 * Parley beside a bare node:net connection, each in peace and under load. Exit 1 when
 * p99 of Parley under load is not below 100 ms, or a message is missing.
 *
 *   npm run bench:loaded -- [--seconds 5] [--per-second 200] [--rounds 2]
 */
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pair } from './delivery/pair.ts'
import { SYSTEMS } from './delivery/systems.ts'
import { Measurements, percentileCells } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'

const COMPARED = ['floor', 'parley'] as const
const BYTES = 300

export default scenario({
  title: 'Delivery while the machine is busy',
  numbers: { seconds: [5, 1], 'per-second': [200, 50], rounds: [2, 1] },
  required: ['loaded-p99'],
  run: async (bench) => {
    const { seconds, 'per-second': perSecond, rounds } = bench.numbers
    const cores = cpus().length
    const measured = new Measurements()
    let missing = 0
    const pairs = await Promise.all(
      COMPARED.map(async (system) => ({ system, pair: await Pair.start(bench, system) })),
    )
    for (const { pair } of pairs) await pair.pace(bench.quick ? 20 : 2_000, 1_000, BYTES, true)
    const measure = async (when: string): Promise<void> => {
      for (const { system, pair } of pairs) {
        bench.progress(`${when}: ${SYSTEMS[system].title}`)
        const arrived = await pair.pace(seconds * perSecond, perSecond, BYTES, true)
        missing += arrived.missing
        measured.add(`${system} ${when}`, arrived.samples)
      }
    }
    for (let round = 1; round <= rounds; round++) {
      await measure('in peace')
      const busy = Array.from({ length: cores }, () =>
        spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
      )
      const release = (): void => {
        for (const process of busy) process.kill()
      }
      bench.onEnd(release)
      await sleep(200)
      await measure('under load')
      release()
    }
    return {
      about: [
        `${perSecond} messages a second of ${BYTES} B for ${seconds} s, ${rounds} rounds, one way, in peace and while ${cores} processes compute without a pause on ${cores} cores.`,
        'The sender sleeps between two messages, so up to a millisecond is that of its timer.',
      ],
      tables: [
        {
          title: 'One way, in ms',
          columns: ['system', '', 'p50', 'p90', 'p99', 'max'],
          rows: COMPARED.flatMap((system) =>
            ['in peace', 'under load'].map((when) => [
              SYSTEMS[system].title,
              when,
              ...percentileCells(measured.samples(`${system} ${when}`), 1000),
            ]),
          ),
        },
      ],
      goals: { 'loaded-p99': measured.distribution('parley under load').p99 / 1000 },
      failures: missing > 0 ? [`${missing} messages did not arrive.`] : [],
    }
  },
})
