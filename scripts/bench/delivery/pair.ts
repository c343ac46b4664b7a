/** A sender and a receiver of one system, two processes, and what can be asked of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asking, child, end } from '../children.ts'
import { freePort } from '../../free-port.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { Tracker } from '../../../src/tracker/tracker.ts'
import type { Order, Report } from '../delivery-child.ts'
import type { ChildProcess } from 'node:child_process'
import { SYSTEMS, type System, type SystemName } from './systems.ts'

const ask = asking<{ order: Order; report: Report }>()

export interface Paced {
  /** How late each was, in microseconds. */
  readonly samples: readonly number[]
  readonly missing: number
}

export class Pair {
  /** Of the receiver, or of the server between both. */
  readonly port: number
  readonly #sender: ChildProcess
  readonly #receiver: ChildProcess
  /** Their own: at that of others, peers that ended a moment ago would still be members. */
  readonly #tracker: Tracker
  readonly #data: string | undefined
  #phase = 0

  private constructor(port: number, tracker: Tracker, data: string | undefined) {
    this.port = port
    this.#sender = child('delivery-child')
    this.#receiver = child('delivery-child')
    this.#tracker = tracker
    this.#data = data
  }

  /** `server` is the port of the one between them, where the system has one. */
  static async start(system: SystemName, server?: number): Promise<Pair> {
    const { onDisk = false }: System = SYSTEMS[system]
    const port = server ?? (await freePort())
    const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
    const data = onDisk ? mkdtempSync(join(tmpdir(), 'parley-bench-')) : undefined
    const pair = new Pair(port, tracker, data)
    const place = { port, tracker: tracker.address, data }
    await ask(pair.#receiver, { kind: 'be', system, role: 'receiver', place }, 'ready')
    await ask(pair.#sender, { kind: 'be', system, role: 'sender', place }, 'ready')
    return pair
  }

  /** So many messages a second, each at its time. A sender that is not sleeping between them has a core of its own. */
  async pace(count: number, perSecond: number, bytes: number, sleeping = false): Promise<Paced> {
    const phase = ++this.#phase
    await ask(this.#receiver, { kind: 'expect', phase, acknowledge: false }, 'ready')
    await ask(this.#sender, { kind: 'pace', phase, count, perSecond, bytes, sleeping }, 'sent')
    const heard = await ask(this.#receiver, { kind: 'tell', count }, 'heard')
    if (heard.misplaced > 0 && heard.count === count) throw new Error('messages came in another order')
    return { samples: heard.samples, missing: count - heard.count }
  }

  /** Acknowledged messages a second, with so many on the way. Rejects when one is missing or out of order. */
  async saturate(times: { warmUpMs: number; ms: number }, inFlight: number, bytes: number): Promise<number> {
    const phase = ++this.#phase
    await ask(this.#receiver, { kind: 'expect', phase, acknowledge: true }, 'ready')
    const { perSecond, count } = await ask(
      this.#sender,
      { kind: 'saturate', phase, bytes, inFlight, ...times },
      'saturated',
    )
    const heard = await ask(this.#receiver, { kind: 'tell', count }, 'heard')
    if (heard.misplaced > 0 || heard.count < count)
      throw new Error(`${count - heard.count} messages missing, ${heard.misplaced} out of order`)
    return perSecond
  }

  async end(): Promise<void> {
    await Promise.all([end(this.#receiver), end(this.#sender)])
    await this.#tracker.close()
    if (this.#data !== undefined) rmSync(this.#data, { recursive: true })
  }
}
