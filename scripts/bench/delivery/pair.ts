/** A receiver and a sender of one system, in two processes. */
import { freePort } from '../../../src/cli/system/free-port.ts'
import { connect, expectPhase, pace, receive, received, saturate, type Saturation } from './ends.ts'
import { SYSTEMS, type System, type SystemName } from './systems.ts'
import type { Bench } from '../harness/scenario.ts'
import type { RemoteProcess } from '../harness/remote.ts'

const ENDS = new URL('ends.ts', import.meta.url).href

export interface Paced {
  /** How late each message was, in microseconds. */
  readonly samples: readonly number[]
  readonly missing: number
}

export class Pair {
  /** The port of the receiver, or of the server between both. */
  readonly port: number
  readonly #receiver: RemoteProcess
  readonly #sender: RemoteProcess
  #phase = 0

  private constructor(port: number, receiver: RemoteProcess, sender: RemoteProcess) {
    this.port = port
    this.#receiver = receiver
    this.#sender = sender
  }

  /**
   * `server` is the port of the server between both, where the system has one. Each pair has a tracker of its own: a shared
   * one would still list peers of pairs that have ended.
   */
  static async start(
    bench: Bench<string, string, string>,
    system: SystemName,
    server?: number,
  ): Promise<Pair> {
    const { onDisk = false }: System = SYSTEMS[system]
    const port = server ?? (await freePort())
    const tracker = (await bench.tracker()).address
    const place = { port, tracker, data: onDisk ? bench.folder() : undefined }
    const [receiver, sender] = [bench.process(ENDS), bench.process(ENDS)]
    await receiver.call(receive, system, place)
    await sender.call(connect, system, place)
    return new Pair(port, receiver, sender)
  }

  /** Sends `count` messages at an even pace. A sender that does not sleep between them has a core to itself. */
  async pace(count: number, perSecond: number, bytes: number, sleeping = false): Promise<Paced> {
    const phase = ++this.#phase
    await this.#receiver.call(expectPhase, phase, false)
    await this.#sender.call(pace, { phase, count, perSecond, bytes, sleeping })
    const arrived = await this.#receiver.call(received, count)
    if (arrived.misplaced > 0 && arrived.count === count) throw new Error('messages arrived out of order')
    return { samples: arrived.samples, missing: count - arrived.count }
  }

  /** Acknowledged messages a second. Rejects when one is missing or out of order. */
  async saturate(saturation: Omit<Saturation, 'phase'>): Promise<number> {
    const phase = ++this.#phase
    await this.#receiver.call(expectPhase, phase, true)
    const { perSecond, count } = await this.#sender.call(saturate, { phase, ...saturation })
    const arrived = await this.#receiver.call(received, count)
    if (arrived.misplaced > 0 || arrived.count < count)
      throw new Error(`${count - arrived.count} messages missing, ${arrived.misplaced} out of order`)
    return perSecond
  }
}
