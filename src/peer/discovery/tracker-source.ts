/**
 * One tracker as a source of presence: keeps this peer registered there, and reports the members of its channels. A
 * peer may have several; each speaks for itself only.
 */
import { TrackerClient } from './tracker-client.ts'
import { TrackerRoute } from './tracker-route.ts'
import { TrackerSession, type TrackerListener } from './tracker-session.ts'
import { trackerSource, type Announcement, type PresenceSource } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Peer, TrackerState } from '../../chat/model.ts'
import type { Source } from '../../chat/presence.ts'
import type { Random } from '../../chat/random.ts'
import type { Address } from '../../http/message.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Channels } from '../channels.ts'
import type { Events } from '../events.ts'
import type { Store } from '../../store/store.ts'
import type { Self } from '../self/self.ts'
import type { Discovery } from './discovery.ts'

export interface TrackerSourceOptions {
  readonly address: Address
  readonly client: HttpClient
  readonly clock: Clock
  readonly random: Random
  readonly self: Self
  readonly channels: Channels
  readonly discovery: Discovery
  readonly events: Pick<Events, 'emit'>
  /** Keeps the key of the tracker. */
  readonly store: Pick<Store, 'setting' | 'set'>
}

export class TrackerSource implements PresenceSource, TrackerListener {
  readonly id: Source
  readonly #options: TrackerSourceOptions
  readonly #session: TrackerSession

  constructor(options: TrackerSourceOptions) {
    const { address, client, clock, random, self, channels, store, events } = options
    this.id = trackerSource(address)
    this.#options = options
    const route = new TrackerRoute({ client, address, store, events })
    const tracker = new TrackerClient(client, route)
    this.#session = new TrackerSession({ tracker, route, clock, random, self, channels, listener: this })
  }

  start(): void {
    this.#session.start()
  }

  stop(): Promise<void> {
    return this.#session.stop()
  }

  /** Rejects when the tracker refuses it. A tracker knows of no groups. */
  async announce(change: Announcement): Promise<void> {
    if (change.kind === 'renamed') await this.#session.update()
    else if (this.#options.channels.isGroup(change.channel)) return
    else if (change.kind === 'joined') await this.#session.join(change.channel)
    else await this.#session.part(change.channel)
  }

  async locate(name: string): Promise<Peer | undefined> {
    const found = await this.#session.locate(name)
    return found === undefined ? undefined : this.#others([found])[0]
  }

  // --- what the session reports ---------------------------------------------------------------------

  onState(state: TrackerState, detail: string): void {
    this.#options.events.emit({ kind: 'tracker', state, detail })
  }

  onAddress(ip: string): void {
    this.#options.self.address.seenAs(ip, this.id)
  }

  onMembers(channel: string, members: readonly Peer[], isComplete: boolean): void {
    this.#options.discovery.list(this.id, channel, this.#others(members), isComplete)
  }

  onJoined(channel: string, peer: Peer): void {
    for (const other of this.#others([peer]))
      this.#options.discovery.report(this.id, other, [channel], Infinity)
  }

  onParted(channel: string, peer: Peer, reason: string): void {
    this.#options.discovery.parted(this.id, peer, channel, reason)
  }

  /** Without this peer, at whatever address it is listed. */
  #others(peers: readonly Peer[]): Peer[] {
    const { self, address } = this.#options
    return self.address.others(peers, address.host).filter(({ key }) => key !== self.keys.id)
  }
}
