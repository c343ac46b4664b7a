/** Why a goal is missed, where it is: written by hand, from measuring. Shown in the report as long as it is missed. */
import type { GoalKey } from './goals.ts'

export const REASONS: Readonly<Partial<Record<GoalKey, string>>> = {
  'delivery-floor':
    'Bare TCP neither parses HTTP nor answers. Parley parses, checks and recognises repeats, and shows a message only when it is committed to a database, so that nothing comes twice after a crash: see the notes.',
  'delivery-p99': 'Now and then the database waits for the disk; with the history in memory it is below.',
  'delivery-saturated':
    'Both sides write every message to a database: insert and commit are most of the work, shared among the messages of a batch.',
  'http-floor':
    'Bare TCP counts chunks and writes canned bytes. What reading and writing JSON alone costs, without a parser or a check, is in the row "bare TCP with JSON".',
  'http-node': 'It is reached in some runs and not in others: both vary by a tenth.',
  'fanout-100':
    'A request and an answer for each recipient are made and read one by one in one process, on one core.',
  'fanout-1000': 'As for 100: linear, but each recipient costs more than the goal allows.',
  'hostile-p99': 'The attackers take the same two cores that the attacked peer needs.',
}
