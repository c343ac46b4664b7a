/**
 * Keeps this peer registered at a tracker, and reports the members of its channels.
 *
 * A session is: find the way, register, join, then heartbeats and the feed side by side. When the tracker is gone or has forgotten this
 * peer, the session ends and another is tried, with a pause that grows. Invariant: members that were reported stay
 * reported until a tracker says otherwise.
 */
import { backOff, type Clock } from '../../chat/clock.ts'
import { TIMES } from '../../chat/limits.ts'
import { ClientError } from '../../http/client-connection.ts'
import { MAX_REASON, peers, type Registrant, type TrackerClient } from './tracker-client.ts'
import type { Peer, TrackerState } from '../../chat/model.ts'
import type { Random } from '../../chat/random.ts'
import type { ServerSentEvent } from '../../http/event-stream.ts'
import type { Channels } from '../channels.ts'
import type { Self } from '../self/self.ts'
import type { TrackerRoute } from './tracker-route.ts'

/** What a session reports. */
export interface TrackerListener {
  onState(state: TrackerState, detail: string): void
  /** The address under which the tracker lists this peer. */
  onAddress(ip: string): void
  /** The members of a channel. `isComplete`: a peer that is not named has left; otherwise the tracker may not know it yet. */
  onMembers(channel: string, members: readonly Peer[], isComplete: boolean): void
  onJoined(channel: string, peer: Peer): void
  onParted(channel: string, peer: Peer, reason: string): void
}

export interface TrackerSessionOptions {
  readonly tracker: Pick<TrackerClient, keyof TrackerClient>
  readonly route: Pick<TrackerRoute, 'find'>
  readonly clock: Clock
  readonly random: Random
  readonly self: Self
  readonly channels: Channels
  readonly listener: TrackerListener
}

const MIN_BACKOFF = 500
const MAX_BACKOFF = 5_000
/** A tracker that refused a feed (too many connections) is asked again after this time: milliseconds. */
const FEED_PAUSE = 1_000

export class TrackerSession {
  readonly #options: TrackerSessionOptions
  readonly #stopped = new AbortController()
  #session = new AbortController()
  /** Ends the current feed so that another is opened, for other channels. */
  #feed = new AbortController()
  /** The run of the tracker that its last event came from. */
  #epoch: string | undefined
  /** From then on its lists are complete: after a restart of the tracker they fill up slowly. */
  #completeFrom = -Infinity
  /** Channels in which the tracker may list this peer. */
  readonly #listedIn = new Set<string>()
  #state: TrackerState = 'none'
  /** A registration was sent: the tracker may list this peer before its answer is here. */
  #mayBeListed = false
  /** Reported with the state `registered`. */
  #detail = ''
  /** Attempts since the last session that registered. */
  #attempts = 0
  #done: Promise<void> = Promise.resolve()
  /** The tracker has answered a registration after the goodbye. */
  #isListedAgain = false

  constructor(options: TrackerSessionOptions) {
    this.#options = options
  }

  start(): void {
    this.#done = this.#run()
  }

  /** Says goodbye, for at most `ms` milliseconds. */
  async stop(ms = 1_000): Promise<void> {
    const { tracker } = this.#options
    const leave = (): Promise<unknown> => tracker.leave(this.#registrant).catch(() => undefined)
    const goodbye = this.#mayBeListed && this.#state !== 'lost' ? leave() : undefined
    this.#stopped.abort()
    this.#session.abort()
    this.#feed.abort()
    const last = this.#done.then(() => (this.#isListedAgain ? leave() : undefined))
    const said = new AbortController()
    await Promise.race([Promise.all([last, goodbye]), this.#pause(ms, said.signal)])
    said.abort()
  }

  /** Joins at the tracker; one that is away learns of it by the next registration. Rejects when it refuses. */
  async join(channel: string): Promise<void> {
    await this.#request(() => this.#join(channel, true))
    this.#feed.abort()
  }

  /** A peer of this name, in whatever channel; undefined if the tracker knows none, or is away. */
  async locate(name: string): Promise<Peer | undefined> {
    if (this.#state !== 'registered') return undefined
    return this.#options.tracker.locate(name).catch(() => undefined)
  }

  async part(channel: string): Promise<void> {
    this.#feed.abort()
    await this.#request(() => this.#part(channel))
  }

  /** The name of this peer has changed. */
  async update(): Promise<void> {
    const { tracker, channels } = this.#options
    await this.#request(() => tracker.register(this.#registrant, channels.open))
  }

  async #request(send: () => Promise<unknown>): Promise<void> {
    if (this.#state !== 'registered') return
    try {
      await send()
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
      const pause = backOff(this.#attempts++, MIN_BACKOFF, MAX_BACKOFF, this.#options.random)
      await this.#pause(pause, this.#stopped.signal)
    }
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  /** After an answer that lists this peer: one that comes behind the goodbye undoes it. */
  #isOver(): boolean {
    if (this.#isStopped()) this.#isListedAgain = true
    return this.#isStopped()
  }

  #enter(state: TrackerState, detail: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.listener.onState(state, detail)
  }

  /** One session. Rejects with the reason when it is over; resolves when everything is to be registered again. */
  async #hold(): Promise<void> {
    const { tracker, route, channels, listener } = this.#options
    await route.find()
    if (this.#isStopped()) return
    for (const channel of channels.open) this.#listedIn.add(channel)
    this.#mayBeListed = true
    const { ip, leases } = await tracker.register(this.#registrant, channels.open)
    if (this.#isOver()) return
    if (ip !== undefined) listener.onAddress(ip)
    this.#detail = leases ? '' : 'a tracker without leases: it is asked every few seconds'
    await this.#joinAll()
    if (this.#isStopped()) return
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

  /** Also channels that are joined meanwhile: before the state is `registered` no other code reports them. */
  async #joinAll(): Promise<void> {
    const done = new Set<string>()
    const next = (): string | undefined => this.#options.channels.open.find((channel) => !done.has(channel))
    for (let channel = next(); channel !== undefined && !this.#isStopped(); channel = next()) {
      done.add(channel)
      await this.#join(channel, false)
    }
  }

  async #join(channel: string, complete: boolean): Promise<void> {
    const { tracker, listener } = this.#options
    this.#listedIn.add(channel)
    const members = await tracker.join(this.#registrant, channel)
    if (this.#isOver()) return
    // Only a tracker that also lists members is of use: until then the state stays as it was.
    this.#enter('registered', this.#detail)
    // This peer may have left it meanwhile.
    if (this.#isIn(channel)) listener.onMembers(channel, members, complete)
    else await this.#part(channel)
  }

  async #part(channel: string): Promise<void> {
    await this.#options.tracker.part(this.#registrant, channel)
    this.#listedIn.delete(channel)
  }

  get #registrant(): Registrant {
    const { self } = this.#options
    return { ...self.peer, guessed: self.address.isEverywhere }
  }

  #isIn(channel: string): boolean {
    return this.#options.channels.open.includes(channel)
  }

  async #keepAlive(leases: boolean): Promise<void> {
    const { tracker, channels } = this.#options
    while (await this.#pause(TIMES.heartbeat * (0.9 + 0.2 * this.#options.random()), this.#session.signal)) {
      if (leases) await this.#renew()
      // Some trackers make a second entry for each registration.
      else if ((await tracker.isListed(this.#registrant)) !== true)
        await tracker.register(this.#registrant, channels.open)
    }
  }

  /**
   * Renews the lease. A tracker that started again may know only some of the channels of this peer, and one that knew an
   * earlier run of it lists it in channels that it has left: both are put right. Rejects when it has forgotten this peer.
   */
  async #renew(): Promise<void> {
    const { tracker, channels } = this.#options
    const renewed = await tracker.heartbeat(this.#registrant)
    if (renewed === undefined) throw new Error('the tracker has forgotten us')
    const listed = renewed.channels
    if (listed === undefined) return
    for (const channel of listed) if (!this.#isIn(channel)) await this.#part(channel)
    for (const channel of channels.open) if (!listed.includes(channel)) await this.#join(channel, false)
  }

  /** The push feed, opened again whenever it ends. After an end the lease is renewed. */
  async #follow(): Promise<void> {
    const { tracker, channels } = this.#options
    while (!this.#session.signal.aborted) {
      const feed = new AbortController()
      this.#feed = feed
      const offered = await tracker
        .follow(
          this.#registrant,
          channels.open,
          (event) => {
            this.#onFeed(event)
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

  /** A tracker without leases forgets no peer: one that it does not name was there before it started again. */
  async #poll(): Promise<void> {
    while (await this.#pause(TIMES.poll, this.#session.signal)) await this.#lists(false)
  }

  async #lists(complete: boolean): Promise<void> {
    const { tracker, channels, listener } = this.#options
    for (const channel of channels.open) listener.onMembers(channel, await tracker.members(channel), complete)
  }

  #onFeed({ id, event, data }: ServerSentEvent): void {
    const { clock, listener } = this.#options
    this.#noteEpoch(id?.split('-', 1)[0])
    const value = JSON.parse(data) as Record<string, unknown>
    const channel = String(value['channel'])
    if (event === 'members') {
      listener.onMembers(channel, peers(value['members']), clock.now() >= this.#completeFrom)
      return
    }
    const [peer] = peers([value['peer']])
    if (peer === undefined) return
    if (event === 'joined' || event === 'renamed') listener.onJoined(channel, peer)
    else if (event === 'parted')
      listener.onParted(channel, peer, String(value['reason']).slice(0, MAX_REASON))
  }

  /** One lease after its restart a tracker has heard again from each peer that is there. */
  #noteEpoch(epoch: string | undefined): void {
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
