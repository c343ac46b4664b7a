/** The demonstration, act by act. */
import { FAILING } from './failures.ts'
import { LAN } from './lan.ts'
import { MANY } from './throughput.ts'
import { MEETING } from './presence.ts'
import { TALKING } from './messages.ts'
import type { Scenario } from '../act.ts'

export const ACTS: readonly Scenario[] = [...MEETING, ...TALKING, ...LAN, ...FAILING, ...MANY]
