/** Findings -> the likely cause, how to fix it, and what works until then. */
import { checkClocks, checkNames } from './checks/clocks-and-names.ts'
import { checkIsolation } from './checks/isolation.ts'
import { checkDisk } from './checks/disk.ts'
import { checkLan } from './checks/lan.ts'
import { checkNetwork } from './checks/network.ts'
import { checkPeers } from './checks/peers.ts'
import { checkPorts } from './checks/ports.ts'
import { checkTracker } from './checks/tracker.ts'
import { PROBLEM_CODES, type Check, type Problem, type ProblemCode } from './checks/check-result.ts'
import { label } from './format.ts'
import type { Findings } from './findings.ts'

export interface Diagnosis {
  readonly isWrong: boolean
  /** The likely cause in a sentence, or that nothing is wrong. */
  readonly cause: string
  /** Commands that fix the cause. */
  readonly fix: readonly string[]
  /** Commands that work without a fix; may be empty. */
  readonly manual: readonly string[]
  /** The likeliest cause first. */
  readonly problems: readonly Problem[]
  readonly checks: readonly Check[]
}

const CHECKS = [
  checkNetwork,
  checkPorts,
  checkLan,
  checkTracker,
  checkPeers,
  checkClocks,
  checkNames,
  checkDisk,
  checkIsolation,
]

/** Problems that addresses given by hand work around: peers can be reached, but are not found. */
const BY_HAND: ReadonlySet<ProblemCode> = new Set([
  'unknown_interface',
  'no_broadcast',
  'discovery_port_taken',
  'cannot_send',
  'own_broadcast_unheard',
  'tracker_unreachable',
  'not_tracker',
  'peer_unreachable',
  'only_virtual',
  'broadcast_lost',
  'nobody',
] as const)

export function diagnose(findings: Findings): Diagnosis {
  const results = CHECKS.map((check) => check(findings))
  const problems = results
    .flatMap((result) => result.problems)
    .sort((one, other) => PROBLEM_CODES.indexOf(one.code) - PROBLEM_CODES.indexOf(other.code))
  const faults = problems.filter(({ severity }) => severity === 'fault')
  const notes = problems.filter(({ severity }) => severity === 'note')
  const [first] = faults
  const isWrong = first !== undefined
  return {
    isWrong,
    cause: first?.cause ?? fine(findings, notes),
    fix: first?.fix ?? [],
    manual: [first ?? notes[0]].some((one) => one !== undefined && BY_HAND.has(one.code))
      ? manual(findings)
      : [],
    problems: [...faults, ...notes],
    checks: results.flatMap((result) => result.checks),
  }
}

/** Notes that explain why some peers are not seen. */
const LIMITS: ReadonlySet<ProblemCode> = new Set([
  'only_virtual',
  'link_local',
  'broadcast_lost',
  'no_address',
] as const)

function fine({ peers, lan }: Findings, notes: readonly Problem[]): string {
  const limit = notes.find(({ code }) => LIMITS.has(code))
  const alone = notes.find(({ code }) => code === 'nobody')
  if (limit !== undefined) return [limit, alone].flatMap((note) => note?.cause ?? []).join(' ')
  if (alone !== undefined) return `Nothing is wrong on this machine. ${alone.cause}`
  const others = peers.filter(({ outcome }) => outcome === 'answers').length
  const heard = lan?.heard.length ?? 0
  if (others === 0 && heard === 0) return 'Nobody answers, though nothing is wrong on this machine.'
  const found =
    others > 0 ? `${others} ${others === 1 ? 'peer answers' : 'peers answer'}` : `${heard} heard on the LAN`
  return `Nothing is wrong: ${found}.`
}

/** Addresses given by hand, or a tracker: both work without announcements. */
function manual({ interfaces, ports, tracker }: Findings): readonly string[] {
  const own = interfaces.flatMap((each) => (each.isChosen && each.kind === 'lan' ? each.networks : []))[0]
    ?.address
  const port = ports.tcp.port
  const others =
    own === undefined || port === undefined
      ? []
      : [`parley peer --peer ${label({ host: own, port })}   # for the others, on their machines`]
  const hasTracker = tracker?.outcome === 'answers'
  return [
    'parley peer --peer ADDRESS:PORT   # of another peer, as its start prints it',
    ...others,
    ...(hasTracker
      ? []
      : ['parley peer --tracker-ip ADDRESS   # of a machine that runs: parley tracker --ip ADDRESS']),
  ]
}
