/**
 * What lies between the machines: it loses, doubles and delays, and parts of it are cut, in one direction or both.
 */
import type { Dice } from './dice.ts'
import type { Machine } from './machine.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Each between 0 and 1, times in milliseconds. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  readonly leastDelay: number
  readonly mostDelay: number
  /** How often a connection breaks under what is written to it. */
  readonly breaks: number
  /** The most bytes of a segment of a connection. */
  readonly maxSegment: number
}

export const CALM: Weather = {
  loss: 0,
  duplication: 0,
  leastDelay: 0.2,
  mostDelay: 5,
  breaks: 0,
  maxSegment: Infinity,
}

/** On one machine nothing is lost. */
const LOOPBACK_DELAY = 0.05

/** TCP sends again what was not acknowledged, after this, then after twice as long each time (RFC 6298). */
const FIRST_RESEND = 200
const LONGEST_RESEND = 5_000

interface Cut {
  readonly from: ReadonlySet<Machine>
  readonly to: ReadonlySet<Machine>
}

export class Wire {
  weather: Weather = CALM
  readonly #time: VirtualTime
  readonly #dice: Dice
  readonly #cuts = new Set<Cut>()

  constructor(time: VirtualTime, dice: Dice) {
    this.#time = time
    this.#dice = dice
  }

  /** Nothing gets from the ones to the others any more. The answer mends it. */
  cut(from: readonly Machine[], to: readonly Machine[]): () => void {
    const cut = { from: new Set(from), to: new Set(to) }
    this.#cuts.add(cut)
    return () => {
      this.#cuts.delete(cut)
    }
  }

  /** No cuts, no losses. */
  heal(): void {
    this.#cuts.clear()
    this.weather = CALM
  }

  /** A datagram arrives once, twice or never. */
  datagram(from: Machine, to: Machine, arrive: () => void): void {
    if (from === to) {
      this.#time.after(LOOPBACK_DELAY, arrive)
      return
    }
    const copies = this.#dice.chance(this.weather.duplication) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) this.#packet(from, to, arrive)
  }

  /** Bytes of a connection arrive once, in the end: what is lost is sent again, as long as `isWanted` says so. */
  bytes(from: Machine, to: Machine, arrive: () => void, isWanted: () => boolean): void {
    if (from === to) {
      this.#time.after(LOOPBACK_DELAY, arrive)
      return
    }
    const send = (pause: number): void => {
      if (this.#packet(from, to, arrive)) return
      this.#time.after(pause, () => {
        if (isWanted()) send(Math.min(2 * pause, LONGEST_RESEND))
      })
    }
    send(FIRST_RESEND)
  }

  /** Whether a connection breaks under what is just being sent. */
  breaks(): boolean {
    return this.#dice.chance(this.weather.breaks)
  }

  /** A whole number from 0 up to `count`, which is not included. */
  pick(count: number): number {
    return this.#dice.integer(0, count - 1)
  }

  /** The sizes of the segments that so many bytes are cut into. */
  segments(bytes: number): number[] {
    const { maxSegment } = this.weather
    const sizes: number[] = []
    for (let rest = bytes; rest > 0; rest -= sizes.at(-1) ?? rest)
      sizes.push(
        rest <= maxSegment && maxSegment === Infinity
          ? rest
          : Math.min(rest, this.#dice.integer(1, maxSegment)),
      )
    return sizes
  }

  /** False when it was lost on the way. */
  #packet(from: Machine, to: Machine, arrive: () => void): boolean {
    const { loss, leastDelay, mostDelay } = this.weather
    const delay = this.#dice.scale(leastDelay, mostDelay)
    const isLost = this.#dice.chance(loss)
    if (isLost || !from.isOnline || !to.isOnline || this.#isCut(from, to)) return false
    this.#time.after(delay, arrive)
    return true
  }

  #isCut(from: Machine, to: Machine): boolean {
    for (const cut of this.#cuts) if (cut.from.has(from) && cut.to.has(to)) return true
    return false
  }
}
