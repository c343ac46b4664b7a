/**
 * Checks that no message is lost, shown twice or shown in the wrong order when processes die: a tracker and peers of the
 * built program on 127.0.0.1 are killed, stopped and started again at random while they talk.
 *
 *   npm run chaos -- [--seconds 120] [--seed N] [--peers 3] [--rate 20] [--log FILE]
 *
 * `--rate`: lines a second, of all peers together. `--log`: a file for everything that the peers printed. Prints the
 * seed, the faults, and what happened to the messages (checker.ts defines the words). The seed decides what happens to
 * which process and when, but not how far the process is at that moment. Exit 1 when a message was lost, twice, out of
 * order, given up or not kept, or when a program printed something unexpected or ended wrongly.
 */
import { runChaos, type Outcome } from './run.ts'
import { commandLine, refuse } from '../support/command-line.ts'

/** Sentences printed of each kind of finding. */
const MAX_PRINTED = 10

const { numbers, texts } = commandLine({
  numbers: { seconds: 120, seed: Date.now() % 2 ** 31, peers: 3, rate: 20 },
  texts: { log: '' },
})
if (numbers.peers < 2) refuse(`--peers ${numbers.peers}: it takes two to talk`)
if (numbers.seconds === 0 || numbers.rate === 0) refuse('--seconds and --rate must be more than 0')
const options = { ...numbers, log: texts.log === '' ? undefined : texts.log }

console.log(
  `seed ${options.seed}: ${options.peers} peers, ${options.seconds} s, ${options.rate} lines a second`,
)
const outcome = await runChaos(options)
print(outcome)
process.exitCode = findings(outcome).every(([, sentences]) => sentences.length === 0) ? 0 : 1

function print(outcome: Outcome): void {
  const { faults, said, direct, due, acknowledged, shown, keptOnly, quietAfter } = outcome
  console.log(`faults: ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')}`)
  console.log(
    `said ${said}, of these ${direct} to one person; quiet ${(quietAfter / 1000).toFixed(1)} s later`,
  )
  console.log(
    `due ${due}, acknowledged ${acknowledged}, shown ${shown} (${keptOnly} of these in the history only)`,
  )
  console.log(
    findings(outcome)
      .map(([name, sentences]) => `${name} ${sentences.length}`)
      .join(', '),
  )
  for (const [name, sentences] of findings(outcome))
    for (const sentence of sentences.slice(0, MAX_PRINTED)) console.log(`${name}: ${sentence}`)
}

function findings({ lost, twice, outOfOrder, failed, unkept, complaints }: Outcome) {
  return [
    ['lost', lost],
    ['twice', twice],
    ['out of order', outOfOrder],
    ['given up', failed],
    ['not kept', unkept],
    ['complaints', complaints],
  ] as const
}
