/** Why goals are missed, from measurements; the report shows a reason as long as its goal is missed. */
import type { GoalKey } from './goals.ts'

export const REASONS: Readonly<Partial<Record<GoalKey, string>>> = {
  'delivery-floor':
    'The 15 % are about what it takes bare TCP to append each message to a file, and less than what it takes to keep it in SQLite: see both in the table. Parley shows nothing before it is kept, so that nothing comes twice after a crash, and parses HTTP, checks and recognises repeats besides: see the notes.',
  'delivery-p99':
    'Compiling, collecting garbage and checkpointing the write-ahead log share one core with the receiver; the sender, which waits without sleeping, has the other. Bare TCP has a p99 of 2 to 4 ms here.',
  'delivery-saturated':
    'Both sides write every message to a database: insert and commit are a third of the work. It is reached when the machine is calm.',
  'http-floor':
    'Bare TCP counts chunks and writes canned bytes. What reading and writing JSON alone costs, without a parser or a check, is in the row "bare TCP with JSON".',
  'http-node':
    'It is reached in some runs and not in others: both vary by a tenth, and bare TCP with JSON and no check is as fast as this goal.',
  'fanout-100':
    'All recipients, each with a database of its own, share two cores with the sender, which does nothing for 40 % of the time. Bare TCP alone needs more than four fifths of the goal.',
  'fanout-1000': 'As for 100: linear, but each recipient costs more than the goal allows.',
  'hostile-p99': 'The attackers take the same two cores that the attacked peer needs.',
}
