/**
 * A computer of the simulation: its address, its power, its clock (wrong, and of a wrong speed) and its sleep.
 * Each program on it runs as a Life (life.ts).
 */
import type { DatagramSocket } from './datagrams.ts'
import type { PortListener } from './tcp.ts'
import type { Planned, VirtualTime } from './virtual-time.ts'

/** Unix time in milliseconds at which every run starts. */
const START = 1_763_771_234_000

const FIRST_FREE_PORT = 40_000

export interface MachineOptions {
  readonly name: string
  readonly ip: string
  readonly time: VirtualTime
  /** The error of its clock at the start, in milliseconds. */
  readonly offset?: number
  /** Seconds of its clock in one second. */
  readonly rate?: number
}

interface Sleep {
  /** Virtual milliseconds. */
  readonly since: number
  readonly clockStops: boolean
  readonly isDeaf: boolean
  /** Tasks that became due during the sleep. */
  readonly postponed: (() => void)[]
}

export class Machine {
  readonly name: string
  readonly ip: string
  readonly time: VirtualTime
  /** By port. */
  readonly listeners = new Map<number, PortListener>()
  readonly sockets = new Set<DatagramSocket>()
  readonly #rate: number
  #offset: number
  #ticksMissed = 0
  #boots = 1
  #hasPower = true
  #sleep: Sleep | undefined
  #lastPort = FIRST_FREE_PORT - 1

  constructor({ name, ip, time, offset = 0, rate = 1 }: MachineOptions) {
    this.name = name
    this.ip = ip
    this.time = time
    this.#offset = offset
    this.#rate = rate
  }

  get hasPower(): boolean {
    return this.#hasPower
  }

  /** A port that no program has asked for. */
  freePort(): number {
    return ++this.#lastPort
  }

  get isAsleep(): boolean {
    return this.#sleep !== undefined
  }

  /** Whether it receives packets. Otherwise nothing answers, not even with a refusal. */
  get isOnline(): boolean {
    return this.#hasPower && this.#sleep?.isDeaf !== true
  }

  /** How often it was switched on. After a boot the kernel knows nothing of earlier connections. */
  get boots(): number {
    return this.#boots
  }

  /** The caller ends the programs that run on it. */
  switchOff(): void {
    this.#hasPower = false
    this.#sleep = undefined
  }

  switchOn(): void {
    if (this.#hasPower) return
    this.#hasPower = true
    this.#boots++
  }

  /** Milliseconds that its oscillator has counted. */
  get ticks(): number {
    return this.#rate * this.time.now - this.#ticksMissed
  }

  /** The time that its clock shows: Unix time in milliseconds. */
  get wall(): number {
    return START + this.#offset + this.ticks
  }

  /** The error of its clock, apart from that of its speed, in milliseconds. */
  get clockOffset(): number {
    return this.#offset
  }

  /** Sets the clock to this error. */
  setClock(offset: number): void {
    this.#offset = offset
  }

  /** Calls `task` after so many milliseconds of its oscillator. */
  after(ms: number, task: () => void): Planned {
    return this.time.after(ms / this.#rate, task)
  }

  /** Runs a task now, or when the machine wakes. */
  run(task: () => void): void {
    if (this.#sleep === undefined) task()
    else this.#sleep.postponed.push(task)
  }

  /**
   * Its programs stand still for `ms` milliseconds. `clockStops`: that time is missing from its clock afterwards.
   * `isDeaf`: its network is off; otherwise packets wait for it.
   */
  sleep(ms: number, { clockStops = false, isDeaf = false } = {}): void {
    if (this.#sleep !== undefined) return
    const sleep = { since: this.time.now, clockStops, isDeaf, postponed: [] }
    this.#sleep = sleep
    this.time.after(ms, () => {
      if (this.#sleep === sleep) this.wake()
    })
  }

  /** Runs the postponed tasks one after the other; what promises lead to after one is done before the next. */
  wake(): void {
    const sleep = this.#sleep
    if (sleep === undefined) return
    this.#sleep = undefined
    if (sleep.clockStops) this.#ticksMissed += this.#rate * (this.time.now - sleep.since)
    for (const task of sleep.postponed) {
      this.time.after(0, () => {
        this.run(task)
      })
    }
  }
}
