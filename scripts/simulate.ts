/**
 * Whole Parley on a network that loses, doubles, delays and breaks, with programs that are killed, in virtual time.
 *
 *   npm run simulate -- [--seeds 200] [--from 1]     so many runs; a seed that breaks a promise is told
 *   npm run simulate -- --seed 17                    that run again, with everything that happened in it
 *
 * Exit 1 when something was found.
 */
import { commandLine, refuse } from './support/command-line.ts'
import { simulate, type Outcome } from '../test/simulation/simulate.ts'

const { numbers } = commandLine({ numbers: { seeds: 200, from: 1, seed: 0 } })

/** Sentences printed of one seed. */
const MOST_PRINTED = 10

function tell({ seed, broken, hash }: Outcome): void {
  console.log(`seed ${seed} (${hash}):`)
  for (const sentence of broken.slice(0, MOST_PRINTED)) console.log(`  ${sentence}`)
  if (broken.length > MOST_PRINTED) console.log(`  and ${broken.length - MOST_PRINTED} more`)
  console.log(`  once more, with everything that happened: npm run simulate -- --seed ${seed}`)
}

async function replay(seed: number): Promise<boolean> {
  const outcome = await simulate(seed)
  for (const line of outcome.lines) console.log(line)
  if (outcome.broken.length > 0) tell(outcome)
  return outcome.broken.length === 0
}

async function run(from: number, count: number): Promise<boolean> {
  const startedAt = performance.now()
  let failed = 0
  let events = 0
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate(seed)
    events += outcome.events
    if (outcome.broken.length === 0) continue
    failed++
    tell(outcome)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${count} seeds, ${events} events, ${seconds} s: ${failed} broke a promise`)
  return failed === 0
}

if (numbers.seeds < 1) refuse(`--seeds ${numbers.seeds}: must be 1 or more, or nothing is tried`)
const isFine = numbers.seed === 0 ? await run(numbers.from, numbers.seeds) : await replay(numbers.seed)
process.exit(isFine ? 0 : 1)
