/** Why a goal is missed, where it is: written by hand, from measuring. Shown in the report as long as it is missed. */
import type { GoalKey } from './goals.ts'

export const REASONS: Readonly<Partial<Record<GoalKey, string>>> = {
  'delivery-floor':
    'Bare TCP neither parses HTTP nor answers; Parley parses, checks, recognises repeats, keeps the message in a database on both sides and answers it.',
  'http-floor':
    'Bare TCP counts chunks and writes canned bytes. What reading and writing JSON alone costs, without a parser or a check, is in the row "bare TCP with JSON".',
}
