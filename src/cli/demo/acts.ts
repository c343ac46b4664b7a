/** The demonstration, act by act. */
import { FAILING } from './acts-failing.ts'
import { LAN } from './acts-lan.ts'
import { MANY } from './acts-many.ts'
import { MEETING } from './acts-meeting.ts'
import { TALKING } from './acts-talking.ts'
import type { Act } from './model.ts'

export const ACTS: readonly Act[] = [...MEETING, ...TALKING, ...LAN, ...FAILING, ...MANY]
