/**
 * How many datagrams are read, before any is: so many a second of one host, and so many of all. Pure.
 *
 * A host that sends too much takes nothing from the others; and the data of files, which comes in bursts, is counted
 * apart: it takes nothing from what its sender says.
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

/** Characters at the beginning of a datagram in which its class is looked for. */
const CLASS_WITHIN = 64

export class LanIntake {
  readonly #classes = {
    message: new ClassIntake(RATES.message),
    'file-data': new ClassIntake(RATES['file-data']),
  }

  /** Why a datagram is not read now; undefined when it is, and then it is counted. */
  problem(traffic: TrafficClass, host: string, now: number): string | undefined {
    return this.#classes[traffic].problem(host, now)
  }

  /** Forgets hosts that have been quiet. */
  sweep(now: number): void {
    for (const each of Object.values(this.#classes)) each.sweep(now)
  }
}

class ClassIntake {
  readonly #perHost: RateLimit
  readonly #total: RateLimit
  /** Until then nothing is read. */
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

/** By its TYPE, if that stands near the beginning; whether the message is of that class is known later (isOfClass). */
export function trafficOf(bytes: Buffer): TrafficClass {
  const beginning = bytes.toString('latin1', 0, CLASS_WITHIN)
  return /^\s*TYPE\s*:\s*FILE_CHUNK\s*$/im.test(beginning) ? 'file-data' : 'message'
}

/** Whether a message is of the class that its datagram was counted in. */
export function isOfClass(type: string, traffic: TrafficClass): boolean {
  return traffic !== 'file-data' || type === 'FILE_CHUNK'
}
