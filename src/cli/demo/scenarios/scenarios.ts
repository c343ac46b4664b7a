/** The demonstration, act by act. */
import { FAILING } from './failures.ts'
import { LAN } from './lan.ts'
import { MANY } from './throughput.ts'
import { MEETING } from './presence.ts'
import { TALKING } from './messages.ts'
import type { Act } from '../act.ts'

export const ACTS: readonly Act[] = [...MEETING, ...TALKING, ...LAN, ...FAILING, ...MANY]
