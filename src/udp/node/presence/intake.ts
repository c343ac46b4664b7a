/**
 * Limits how many datagrams are read in a second, from one host and from all, before any of them is decoded.
 *
 * A host that sends too much does not reduce what others may send. File data, which comes in bursts, is counted apart, so
 * it does not reduce what its sender may say.
 */
import { hostKey } from '../../../http/ip.ts'
import { RateLimit, type Rate } from '../../../chat/rate-limit.ts'
import { LAN_LIMITS } from '../limits.ts'

/** Datagrams of one class are counted together. */
export type TrafficClass = 'message' | 'file-data'

interface Rates {
  readonly perHost: Rate
  readonly total: Rate
}

const RATES: Readonly<Record<TrafficClass, Rates>> = {
  message: { perHost: LAN_LIMITS.perHost, total: LAN_LIMITS.total },
  'file-data': { perHost: LAN_LIMITS.fileDataPerHost, total: LAN_LIMITS.fileDataTotal },
}

/** How many characters of a datagram are searched for its class. */
const CLASS_WITHIN = 64

export class LanIntake {
  readonly #classes = {
    message: new ClassIntake(RATES.message),
    'file-data': new ClassIntake(RATES['file-data']),
  }

  /** Counts a datagram. Returns why it is not read; undefined if it is. */
  problem(traffic: TrafficClass, host: string, now: number): string | undefined {
    return this.#classes[traffic].problem(host, now)
  }

  /** Forgets hosts that have been silent. */
  sweep(now: number): void {
    for (const each of Object.values(this.#classes)) each.sweep(now)
  }
}

class ClassIntake {
  readonly #perHost: RateLimit
  readonly #total: RateLimit
  /** Nothing is read before this time. */
  #fullUntil = -Infinity

  constructor({ perHost, total }: Rates) {
    this.#perHost = new RateLimit(perHost)
    this.#total = new RateLimit(total)
  }

  problem(host: string, now: number): string | undefined {
    if (now < this.#fullUntil) return 'too many datagrams'
    if (this.#perHost.take(hostKey(host), now) > 0) return 'too many datagrams of this host'
    const wait = this.#total.take('all', now)
    this.#fullUntil = now + wait
    return wait > 0 ? 'too many datagrams' : undefined
  }

  sweep(now: number): void {
    this.#perHost.sweep(now)
  }
}

/** The class by the TYPE near the beginning. Only the decoded message shows whether it is right (isOfClass). */
export function trafficOf(bytes: Buffer): TrafficClass {
  const beginning = bytes.toString('latin1', 0, CLASS_WITHIN)
  return /^\s*TYPE\s*:\s*FILE_CHUNK\s*$/im.test(beginning) ? 'file-data' : 'message'
}

/** Whether a message belongs to the class in which its datagram was counted. */
export function isOfClass(type: string, traffic: TrafficClass): boolean {
  return traffic !== 'file-data' || type === 'FILE_CHUNK'
}
