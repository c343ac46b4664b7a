/** The demonstration: all scenarios in order. */
import { FAILURES } from './failures.ts'
import { LAN } from './lan.ts'
import { MESSAGES } from './messages.ts'
import { PRESENCE } from './presence.ts'
import { THROUGHPUT } from './throughput.ts'
import type { Scenario } from '../runner.ts'

export const SCENARIOS: readonly Scenario[] = [...PRESENCE, ...MESSAGES, ...LAN, ...FAILURES, ...THROUGHPUT]
