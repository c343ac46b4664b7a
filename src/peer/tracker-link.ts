/**
 * Keeps us registered at a tracker, and keeps us told who is in our channels.
 *
 * A session is: register, join, then heartbeats and the feed side by side. When the tracker is gone or has
 * forgotten us the session ends and another is tried, with a pause that grows. What was known stays known.
 */
import { backOff, type Clock } from '../chat/clock.ts'
import { TIMES } from '../chat/limits.ts'
import { peers, type Self, type TrackerClient } from './tracker-client.ts'
import type { Peer, TrackerState } from '../chat/model.ts'
import type { ServerSentEvent } from '../http/event-stream.ts'

export interface TrackerLinkEvents {
  readonly state: (state: TrackerState, detail: string) => void
  /** The address under which the tracker lists us. */
  readonly address: (ip: string) => void
  /** Everybody in a channel. `complete`: whoever is not named has left; otherwise the tracker may just not know yet. */
  readonly members: (channel: string, peers: readonly Peer[], complete: boolean) => void
  readonly joined: (channel: string, peer: Peer) => void
  readonly parted: (channel: string, peer: Peer, reason: string) => void
}

export interface TrackerLinkOptions {
  readonly tracker: TrackerClient
  readonly clock: Clock
  /** Between 0 and 1. */
  readonly random: () => number
  readonly self: () => Self
  readonly channels: () => readonly string[]
  readonly events: TrackerLinkEvents
}

const FIRST_PAUSE = 500
const LONGEST_PAUSE = 5_000
/** A tracker that just refused a feed (too many connections) is asked again after this. */
const FEED_PAUSE = 1_000

export class TrackerLink {
  readonly #options: TrackerLinkOptions
  readonly #stopped = new AbortController()
  #session = new AbortController()
  /** Ends the feed at hand so that another is opened, for other channels. */
  #feed = new AbortController()
  /** Which life of the tracker its last event came from: after a restart its lists fill up only slowly. */
  #epoch: string | undefined
  #state: TrackerState = 'none'
  #done: Promise<void> = Promise.resolve()

  constructor(options: TrackerLinkOptions) {
    this.#options = options
  }

  start(): void {
    this.#done = this.#run()
  }

  /** Says goodbye, for at most `ms` milliseconds. */
  async stop(ms = 1_000): Promise<void> {
    const { tracker, self } = this.#options
    const goodbye = this.#state === 'registered' ? tracker.leave(self()).catch(() => undefined) : undefined
    this.#stopped.abort()
    this.#session.abort()
    this.#feed.abort()
    await Promise.race([Promise.all([this.#done, goodbye]), this.#pause(ms, new AbortController().signal)])
  }

  /** Tells the tracker; when it is away it will be told at the next registration. */
  async join(channel: string): Promise<void> {
    if (this.#state !== 'registered') return
    const { tracker, self, events } = this.#options
    events.members(channel, await tracker.join(self(), channel), true)
    this.#feed.abort()
  }

  async part(channel: string): Promise<void> {
    if (this.#state !== 'registered') return
    this.#feed.abort()
    await this.#options.tracker.part(this.#options.self(), channel)
  }

  /** Our name has changed. */
  async update(): Promise<void> {
    if (this.#state === 'registered')
      await this.#options.tracker.register(this.#options.self(), this.#options.channels())
  }

  async #run(): Promise<void> {
    this.#enter('connecting', '')
    for (let attempt = 0; !this.#isStopped(); attempt++) {
      this.#session = new AbortController()
      try {
        await this.#hold()
      } catch (error) {
        if (this.#isStopped()) return
        if (this.#state === 'registered') attempt = 0
        this.#enter('lost', error instanceof Error ? error.message : String(error))
      }
      await this.#pause(
        backOff(attempt, FIRST_PAUSE, LONGEST_PAUSE, this.#options.random),
        this.#stopped.signal,
      )
    }
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  #enter(state: TrackerState, detail: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.events.state(state, detail)
  }

  /** One session. Rejects with the reason when it is over. */
  async #hold(): Promise<void> {
    const { tracker, self, channels, events } = this.#options
    const { ip, leases } = await tracker.register(self(), channels())
    if (ip !== undefined) events.address(ip)
    this.#enter('registered', leases ? '' : 'a tracker without leases: it is asked every few seconds')
    for (const channel of channels()) events.members(channel, await tracker.join(self(), channel), false)
    try {
      await Promise.race([this.#keepAlive(leases), leases ? this.#follow() : this.#poll()])
    } finally {
      this.#session.abort()
      this.#feed.abort()
    }
  }

  async #keepAlive(leases: boolean): Promise<void> {
    const { tracker, self, channels } = this.#options
    while (await this.#pause(TIMES.heartbeat * (0.9 + 0.2 * this.#options.random()), this.#session.signal)) {
      if (!leases) await tracker.register(self(), channels())
      else if (!(await tracker.heartbeat(self()))) throw new Error('the tracker has forgotten us')
    }
  }

  /** The push feed, opened again whenever it ends. After an end we ask whether the tracker still knows us. */
  async #follow(): Promise<void> {
    const { tracker, self, channels } = this.#options
    while (!this.#session.signal.aborted) {
      const feed = new AbortController()
      this.#feed = feed
      const offered = await tracker
        .follow(
          self(),
          channels(),
          (event) => {
            this.#told(event)
          },
          feed.signal,
        )
        .catch(() => true)
      if (feed.signal.aborted) continue
      if (!offered) await this.#lists()
      if (!(await tracker.heartbeat(self()))) throw new Error('the tracker has forgotten us')
      await this.#pause(offered ? FEED_PAUSE : TIMES.poll, this.#session.signal)
    }
  }

  async #poll(): Promise<void> {
    while (await this.#pause(TIMES.poll, this.#session.signal)) await this.#lists()
  }

  async #lists(): Promise<void> {
    const { tracker, channels, events } = this.#options
    for (const channel of channels()) events.members(channel, await tracker.members(channel), true)
  }

  #told({ id, event, data }: ServerSentEvent): void {
    const { events } = this.#options
    const epoch = id?.split('-', 1)[0]
    const sameLife = epoch === this.#epoch
    this.#epoch = epoch
    const value = JSON.parse(data) as Record<string, unknown>
    const channel = String(value['channel'])
    if (event === 'members') {
      events.members(channel, peers(value['members']), sameLife)
      return
    }
    const [peer] = peers([value['peer']])
    if (peer === undefined) return
    if (event === 'joined' || event === 'renamed') events.joined(channel, peer)
    else if (event === 'parted') events.parted(channel, peer, String(value['reason']))
  }

  /** Waits; false when `signal` ended it. */
  #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const stop = (): void => {
        cancel()
        resolve(false)
      }
      const cancel = this.#options.clock.after(ms, () => {
        signal.removeEventListener('abort', stop)
        resolve(true)
      })
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}
