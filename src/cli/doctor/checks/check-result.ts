/** The result of a check: rows of the table, and the problems found. */

/** `note`: worth knowing, but nothing is broken. `skipped`: not checked, or without effect. */
export type Verdict = 'ok' | 'note' | 'fault' | 'skipped'

export interface Check {
  readonly area: string
  readonly verdict: Verdict
  readonly text: string
}

export interface Problem {
  /** Stable, for programs. */
  readonly code: ProblemCode
  readonly severity: 'fault' | 'note'
  /** One sentence. */
  readonly cause: string
  /** Commands, or an instruction where no command does it. */
  readonly fix: readonly string[]
}

export interface CheckResult {
  readonly checks: readonly Check[]
  readonly problems: readonly Problem[]
}

/** The likeliest cause of an empty chat first: an earlier problem explains later ones. */
export const PROBLEM_CODES = [
  'no_interface',
  'unknown_interface',
  'no_broadcast',
  'discovery_port_taken',
  'cannot_send',
  'own_broadcast_unheard',
  'listens_locally',
  'port_taken',
  'no_port',
  'not_reached',
  'peer_unreachable',
  'not_peer',
  'not_listed',
  'other_network',
  'tracker_unreachable',
  'not_tracker',
  'same_identity',
  'clock',
  'disk',
  'store',
  'moved',
  'key',
  'tracker_key',
  'nobody_asked',
  'only_virtual',
  'link_local',
  'broadcast_lost',
  'nobody',
  'same_name',
  'no_address',
  'no_home',
  'announce_port_taken',
  'peer_gone',
] as const

export type ProblemCode = (typeof PROBLEM_CODES)[number]
