/**
 * The network between the machines: it loses, duplicates and delays packets, and parts of it are cut, in one direction or
 * both.
 */
import type { Rng } from './rng.ts'
import type { Machine } from './machine.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Each between 0 and 1, times in milliseconds. */
export interface NetworkConditions {
  readonly loss: number
  readonly duplication: number
  readonly leastDelay: number
  readonly mostDelay: number
  /** Probability that a connection breaks under a write. */
  readonly breaks: number
  /** Bytes of a TCP segment, at most. */
  readonly maxSegment: number
}

export const CALM: NetworkConditions = {
  loss: 0,
  duplication: 0,
  leastDelay: 0.2,
  mostDelay: 5,
  breaks: 0,
  maxSegment: Infinity,
}

/** On one machine nothing is lost. */
const LOOPBACK_DELAY = 0.05

/** Milliseconds until TCP first sends a lost segment again; each further pause is twice as long (RFC 6298). */
const MIN_RESEND = 200
const MAX_RESEND = 5_000

interface Cut {
  readonly from: ReadonlySet<Machine>
  readonly to: ReadonlySet<Machine>
}

export class Wire {
  conditions: NetworkConditions = CALM
  readonly #time: VirtualTime
  readonly #rng: Rng
  readonly #cuts = new Set<Cut>()

  constructor(time: VirtualTime, rng: Rng) {
    this.#time = time
    this.#rng = rng
  }

  /** Nothing gets from one group to the other any longer. The answer ends the cut. */
  cut(from: readonly Machine[], to: readonly Machine[]): () => void {
    const cut = { from: new Set(from), to: new Set(to) }
    this.#cuts.add(cut)
    return () => {
      this.#cuts.delete(cut)
    }
  }

  /** Ends all cuts and losses. */
  heal(): void {
    this.#cuts.clear()
    this.conditions = CALM
  }

  /** A datagram arrives once, twice or never. */
  datagram(from: Machine, to: Machine, arrive: () => void): void {
    if (from === to) {
      this.#time.after(LOOPBACK_DELAY, arrive)
      return
    }
    const copies = this.#rng.chance(this.conditions.duplication) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) this.#packet(from, to, arrive)
  }

  /** A TCP segment arrives once, in the end: a lost one is sent again as long as `isWanted()`. */
  bytes(from: Machine, to: Machine, arrive: () => void, isWanted: () => boolean): void {
    if (from === to) {
      this.#time.after(LOOPBACK_DELAY, arrive)
      return
    }
    const send = (pause: number): void => {
      if (this.#packet(from, to, arrive)) return
      this.#time.after(pause, () => {
        if (isWanted()) send(Math.min(2 * pause, MAX_RESEND))
      })
    }
    send(MIN_RESEND)
  }

  /** Whether the connection breaks under this write. */
  breaks(): boolean {
    return this.#rng.chance(this.conditions.breaks)
  }

  /** A whole number, at least 0 and less than `count`. */
  pick(count: number): number {
    return this.#rng.integer(0, count - 1)
  }

  /** The sizes of the segments of a write of so many bytes. */
  segments(bytes: number): number[] {
    const { maxSegment } = this.conditions
    const sizes: number[] = []
    for (let rest = bytes; rest > 0; rest -= sizes.at(-1) ?? rest)
      sizes.push(
        rest <= maxSegment && maxSegment === Infinity
          ? rest
          : Math.min(rest, this.#rng.integer(1, maxSegment)),
      )
    return sizes
  }

  /** False when the packet was lost. */
  #packet(from: Machine, to: Machine, arrive: () => void): boolean {
    const { loss, leastDelay, mostDelay } = this.conditions
    const delay = this.#rng.scale(leastDelay, mostDelay)
    const isLost = this.#rng.chance(loss)
    if (isLost || !from.isOnline || !to.isOnline || this.#isCut(from, to)) return false
    this.#time.after(delay, arrive)
    return true
  }

  #isCut(from: Machine, to: Machine): boolean {
    for (const cut of this.#cuts) if (cut.from.has(from) && cut.to.has(to)) return true
    return false
  }
}
