/** For the tests of faults: peers with a profile directory that die and restart, and the messages that they showed. */
import { textOf } from '../../src/chat/content.ts'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { Restartable, type RestartableOptions } from '../../scripts/chaos/restartable.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { DIRECT, type ChatEvent } from '../../src/chat/model.ts'

/** Milliseconds to wait for what takes a second or two on an idle machine. */
export const LONG = 60_000

/** The limit of a whole test. */
export const TEST = { timeout: 120_000 }

export interface ActorOptions extends RestartableOptions {
  /** The port of a tracker on 127.0.0.1; without one there is none. */
  readonly tracker?: number
  /** The profile directory; a new one when none is given. */
  readonly data?: string
  readonly flags?: readonly string[]
}

/** A peer between pipes that prints events; it keeps its port and profile over restarts. Killed after the test. */
export class Actor extends Restartable {
  readonly port: number
  readonly data: string

  private constructor(
    name: string,
    port: number,
    data: string,
    { tracker, flags = [], under }: ActorOptions,
  ) {
    const at = ['--ip', '127.0.0.1', '--port', String(port), '--no-lan', '--timeout', '60', '--data', data]
    const where =
      tracker === undefined
        ? ['--no-tracker']
        : ['--tracker-ip', '127.0.0.1', '--tracker-port', String(tracker)]
    super(
      name,
      ['peer', '--json', '--name', name, ...at, ...where, ...flags],
      under === undefined ? {} : { under },
    )
    this.port = port
    this.data = data
    onTestFinished(async () => {
      if (this.isUp) await this.kill()
    })
  }

  /** On a free port of 127.0.0.1, not started yet. */
  static async cast(name: string, options: ActorOptions = {}): Promise<Actor> {
    return new Actor(name, await freePort(), options.data ?? join(temporaryDirectory(), name), options)
  }

  /** Texts of other peers that it has printed, over all restarts. */
  get shown(): string[] {
    return textsOf(this.events, false)
  }

  /** The same in two parts, each with its own order: texts in #general, and direct messages. */
  get shownApart(): { readonly general: readonly string[]; readonly direct: readonly string[] } {
    const isDirect = (event: ChatEvent): boolean =>
      event.kind === 'message' && event.message.channel === DIRECT
    const { events } = this
    return {
      general: textsOf(
        events.filter((event) => !isDirect(event)),
        false,
      ),
      direct: textsOf(events.filter(isDirect), false),
    }
  }

  /** Texts of its own that it has printed. */
  get said(): string[] {
    return textsOf(this.events, true)
  }

  sayAll(lines: readonly string[]): void {
    for (const line of lines) this.type(line)
  }

  /** Waits until it listens. */
  async listens(): Promise<void> {
    const isUp = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok
    await expect.poll(() => isUp().catch(() => false), { timeout: LONG, interval: 20 }).toBe(true)
  }

  /** Waits until it has met a peer of this name since its last start. */
  async meets(name: string): Promise<void> {
    await this.sees((event) => {
      if (event.kind === 'present') return event.peers.some((peer) => peer.name === name)
      return event.kind === 'joined' && event.peer.name === name
    }, `${this.name} meets ${name}`)
  }

  /** Waits for an event since its last start. */
  async sees(isIt: (event: ChatEvent) => boolean, what: string): Promise<void> {
    await expect
      .poll(() => this.life.events.some(isIt), { timeout: LONG, interval: 20, message: what })
      .toBe(true)
  }

  /** Waits until it has printed `count` texts of other peers, over all restarts. */
  async shows(count: number): Promise<void> {
    await reaches(() => this.shown.length, count, `texts that ${this.name} has shown`)
  }

  /** Waits until it has printed `count` texts of its own, over all restarts. */
  async hasSaid(count: number): Promise<void> {
    await reaches(() => this.said.length, count, `texts that ${this.name} has said`)
  }

  /** Waits until `of` messages have a receipt that counts at least `recipients` deliveries. */
  async isRid(of: number, recipients = 1): Promise<void> {
    await reaches(
      () => {
        const delivered = new Map<string, number>()
        for (const event of this.events)
          if (event.kind === 'receipt') delivered.set(event.receipt.messageId, event.receipt.delivered)
        return [...delivered.values()].filter((count) => count >= recipients).length
      },
      of,
      `messages of ${this.name} that are delivered`,
    )
  }

  /** Waits until it gives other peers exactly these texts in #general: what others said, when it has their signatures. */
  async tells(texts: readonly string[]): Promise<void> {
    await expect.poll(() => this.history(), { timeout: LONG, interval: 100 }).toEqual(texts)
  }

  /** Texts in #general as this peer gives them to other peers, oldest first. */
  async history(): Promise<string[]> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/p2p/history?channel=general&within=86400`)
    const { messages } = (await answer.json()) as { messages: { message: string }[] }
    return messages.map(({ message }) => message)
  }
}

/** Two peers at one tracker that know each other; these flags are Alice's. */
export async function pair(
  tracker: number,
  ...flags: readonly string[]
): Promise<{ readonly alice: Actor; readonly bob: Actor }> {
  const alice = await Actor.cast('alice', { tracker, flags })
  const bob = await Actor.cast('bob', { tracker })
  alice.start()
  bob.start()
  await Promise.all([alice.meets('bob'), bob.meets('alice')])
  return { alice, bob }
}

/** `text 1` to `text N`. */
export function numbered(text: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${text} ${index + 1}`)
}

async function reaches(count: () => number, wanted: number, message: string): Promise<void> {
  await expect.poll(count, { timeout: LONG, interval: 20, message }).toBeGreaterThanOrEqual(wanted)
}

function textsOf(events: readonly ChatEvent[], own: boolean): string[] {
  return events.flatMap((event) =>
    event.kind === 'message' && event.own === own ? [textOf(event.message.content)] : [],
  )
}
