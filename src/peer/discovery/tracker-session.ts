/**
 * Keeps us registered at a tracker, and keeps us told who is in our channels.
 *
 * A session is: register, join, then heartbeats and the feed side by side. When the tracker is gone or has
 * forgotten us the session ends and another is tried, with a pause that grows. What was known stays known.
 */
import { backOff, type Clock } from '../../chat/clock.ts'
import { TIMES } from '../../chat/limits.ts'
import { ClientError } from '../../http/client-connection.ts'
import { LONGEST_REASON, peers, type Self, type TrackerClient } from './tracker-client.ts'
import type { Peer, TrackerState } from '../../chat/model.ts'
import type { ServerSentEvent } from '../../http/event-stream.ts'

interface TrackerLinkEvents {
  readonly state: (state: TrackerState, detail: string) => void
  /** The address under which the tracker lists us. */
  readonly address: (ip: string) => void
  /** Everybody in a channel. `complete`: whoever is not named has left; otherwise the tracker may just not know yet. */
  readonly members: (channel: string, peers: readonly Peer[], complete: boolean) => void
  readonly joined: (channel: string, peer: Peer) => void
  readonly parted: (channel: string, peer: Peer, reason: string) => void
}

export interface TrackerLinkOptions {
  readonly tracker: Omit<TrackerClient, 'address'>
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

export class TrackerSession {
  readonly #options: TrackerLinkOptions
  readonly #stopped = new AbortController()
  #session = new AbortController()
  /** Ends the feed at hand so that another is opened, for other channels. */
  #feed = new AbortController()
  /** Which life of the tracker its last event came from. */
  #epoch: string | undefined
  /** From when on its lists are complete: after a restart of the tracker they fill up only slowly. */
  #completeFrom = -Infinity
  /** Channels that the tracker may believe us to be in. */
  readonly #listedIn = new Set<string>()
  #state: TrackerState = 'none'
  /** A registration was sent: the tracker may list us before its answer is here. */
  #mayBeListed = false
  /** What is told with the state `registered`. */
  #detail = ''
  /** Sessions since the last that was worth the name. */
  #attempts = 0
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
    const isListed = this.#mayBeListed && this.#state !== 'lost'
    const goodbye = isListed ? tracker.leave(self()).catch(() => undefined) : undefined
    this.#stopped.abort()
    this.#session.abort()
    this.#feed.abort()
    const said = new AbortController()
    await Promise.race([Promise.all([this.#done, goodbye]), this.#pause(ms, said.signal)])
    said.abort()
  }

  /** Tells the tracker; when it is away it will be told at the next registration. Rejects when it refuses. */
  async join(channel: string): Promise<void> {
    await this.#tell(() => this.#join(channel, true))
    this.#feed.abort()
  }

  /** Somebody of this name who may be in none of our channels; undefined when the tracker knows nobody, or is away. */
  async locate(name: string): Promise<Peer | undefined> {
    if (this.#state !== 'registered') return undefined
    return this.#options.tracker.locate(name).catch(() => undefined)
  }

  async part(channel: string): Promise<void> {
    this.#feed.abort()
    await this.#tell(() => this.#part(channel))
  }

  /** Our name has changed. */
  async update(): Promise<void> {
    const { tracker, self, channels } = this.#options
    await this.#tell(() => tracker.register(self(), channels()))
  }

  async #tell(request: () => Promise<unknown>): Promise<void> {
    if (this.#state !== 'registered') return
    try {
      await request()
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.#session.abort()
    }
  }

  async #run(): Promise<void> {
    this.#enter('connecting', '')
    while (!this.#isStopped()) {
      this.#session = new AbortController()
      try {
        await this.#hold()
      } catch (error) {
        if (this.#isStopped()) return
        this.#enter('lost', error instanceof Error ? error.message : String(error))
      }
      const pause = backOff(this.#attempts++, FIRST_PAUSE, LONGEST_PAUSE, this.#options.random)
      await this.#pause(pause, this.#stopped.signal)
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

  /** One session. Rejects with the reason when it is over; resolves when the tracker is to be told everything again. */
  async #hold(): Promise<void> {
    const { tracker, self, channels, events } = this.#options
    for (const channel of channels()) this.#listedIn.add(channel)
    this.#mayBeListed = true
    const { ip, leases } = await tracker.register(self(), channels())
    if (ip !== undefined) events.address(ip)
    this.#detail = leases ? '' : 'a tracker without leases: it is asked every few seconds'
    await this.#joinAll()
    this.#enter('registered', this.#detail)
    for (const channel of [...this.#listedIn]) if (!this.#isIn(channel)) await this.#part(channel)
    this.#attempts = 0
    try {
      await Promise.race([this.#keepAlive(leases), leases ? this.#follow() : this.#poll()])
    } finally {
      this.#session.abort()
      this.#feed.abort()
    }
  }

  /** Channels that are joined meanwhile, too: before the state is `registered` no other code tells of them. */
  async #joinAll(): Promise<void> {
    const told = new Set<string>()
    const next = (): string | undefined => this.#options.channels().find((channel) => !told.has(channel))
    for (let channel = next(); channel !== undefined; channel = next()) {
      told.add(channel)
      await this.#join(channel, false)
    }
  }

  async #join(channel: string, complete: boolean): Promise<void> {
    const { tracker, self, events } = this.#options
    this.#listedIn.add(channel)
    const members = await tracker.join(self(), channel)
    // Only a tracker that also tells who is there is of use: until then the state stays as it was.
    this.#enter('registered', this.#detail)
    // We may have left it in the meantime.
    if (this.#isIn(channel)) events.members(channel, members, complete)
    else await this.#part(channel)
  }

  async #part(channel: string): Promise<void> {
    await this.#options.tracker.part(this.#options.self(), channel)
    this.#listedIn.delete(channel)
  }

  #isIn(channel: string): boolean {
    return this.#options.channels().includes(channel)
  }

  async #keepAlive(leases: boolean): Promise<void> {
    const { tracker, self, channels } = this.#options
    while (await this.#pause(TIMES.heartbeat * (0.9 + 0.2 * this.#options.random()), this.#session.signal)) {
      if (leases) await this.#renew()
      // Some trackers make a second entry of each registration.
      else if ((await tracker.isListed(self())) !== true) await tracker.register(self(), channels())
    }
  }

  /**
   * Renews our lease. A tracker that was started again may have heard only half of where we are, and one that knew an
   * earlier life of ours lists us where we are no more: what it says is put right. Rejects when it has forgotten us.
   */
  async #renew(): Promise<void> {
    const { tracker, self, channels } = this.#options
    const renewed = await tracker.heartbeat(self())
    if (renewed === undefined) throw new Error('the tracker has forgotten us')
    const listed = renewed.channels
    if (listed === undefined) return
    for (const channel of listed) if (!this.#isIn(channel)) await this.#part(channel)
    for (const channel of channels()) if (!listed.includes(channel)) await this.#join(channel, false)
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
      if (!offered) await this.#lists(true)
      await this.#renew()
      await this.#pause(offered ? FEED_PAUSE : TIMES.poll, this.#session.signal)
    }
  }

  /** A tracker without leases forgets nobody: whom it does not name was there before it was started again. */
  async #poll(): Promise<void> {
    while (await this.#pause(TIMES.poll, this.#session.signal)) await this.#lists(false)
  }

  async #lists(complete: boolean): Promise<void> {
    const { tracker, channels, events } = this.#options
    for (const channel of channels()) events.members(channel, await tracker.members(channel), complete)
  }

  #told({ id, event, data }: ServerSentEvent): void {
    const { clock, events } = this.#options
    this.#live(id?.split('-', 1)[0])
    const value = JSON.parse(data) as Record<string, unknown>
    const channel = String(value['channel'])
    if (event === 'members') {
      events.members(channel, peers(value['members']), clock.now() >= this.#completeFrom)
      return
    }
    const [peer] = peers([value['peer']])
    if (peer === undefined) return
    if (event === 'joined' || event === 'renamed') events.joined(channel, peer)
    else if (event === 'parted')
      events.parted(channel, peer, String(value['reason']).slice(0, LONGEST_REASON))
  }

  /** By a whole lease after its restart, a tracker has heard again from everybody who is there. */
  #live(epoch: string | undefined): void {
    if (this.#epoch !== undefined && this.#epoch !== epoch)
      this.#completeFrom = this.#options.clock.now() + TIMES.lease
    this.#epoch = epoch
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
