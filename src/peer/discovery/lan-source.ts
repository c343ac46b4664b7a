/** The LAN as a source of presence: what happens there, put into the language of the chat. */
import { GENERAL, addressKey } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { messageText } from '../../chat/wire/fields.ts'
import { hostKey } from '../../http/ip.ts'
import { isListed, toPeer, toSender, toSighting, type PeerSighting } from './lan-adapter.ts'
import { LAN, type PresenceSource } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { HttpNetwork } from '../../http/network.ts'
import type { Group, LanEvent, LanPeer } from '../../udp/node/model.ts'
import type { Channels } from '../channels.ts'
import type { Events } from '../events.ts'
import type { Inbox } from '../messages/inbox.ts'
import type { Profiles } from '../profiles/profiles.ts'
import type { Self } from '../self/self.ts'
import type { Discovery } from './discovery.ts'
import type { HelloClient } from './hello-client.ts'
import type { LanLink, LanListener } from './lan.ts'

export interface LanSourceOptions {
  readonly link: LanLink
  readonly clock: Clock
  readonly network: Pick<HttpNetwork, 'accepts'>
  readonly self: Self
  readonly channels: Channels
  readonly discovery: Discovery
  readonly hello: HelloClient
  readonly inbox: Pick<Inbox, 'receiveDatagram'>
  readonly profiles: Profiles
  readonly events: Pick<Events, 'emit'>
}

/** Questions over HTTP whether a peer is where its datagrams say: to one host, and to all. */
const PROBES = { perHost: { perSecond: 0.5, burst: 8 }, total: { perSecond: 8, burst: 64 } }

/** A program that announces itself accepts a connection within this time, in milliseconds. */
const ACCEPT_TIMEOUT = 1_500

export class LanSource implements PresenceSource, LanListener {
  readonly id = LAN
  readonly #options: LanSourceOptions
  readonly #probes = new RateLimit(PROBES.perHost)
  readonly #allProbes = new RateLimit(PROBES.total)

  constructor(options: LanSourceOptions) {
    this.#options = options
  }

  /** Rejects with the error of bind(2) if no UDP port is free. */
  async start(): Promise<void> {
    this.announce()
    await this.#options.link.start(this)
  }

  stop(): Promise<void> {
    return this.#options.link.stop()
  }

  announce(): void {
    const { link, self, channels } = this.#options
    const { name, address } = self
    link.command({ kind: 'profile', name, channels: channels.open, httpPort: address.port })
  }

  get sightings(): readonly PeerSighting[] {
    return this.#options.link.people.map((peer) => this.#sighting(peer))
  }

  #sighting(peer: LanPeer, isNews = false): PeerSighting {
    return toSighting(peer, this.#options.link.groups, isNews)
  }

  // --- what happens on the LAN ----------------------------------------------------------------------

  onLanProblem(text: string): void {
    this.#options.events.emit({ kind: 'notice', text })
  }

  onLanEvent(event: Exclude<LanEvent, { kind: 'sent' }>): void {
    const { events, link } = this.#options
    switch (event.kind) {
      case 'seen':
        if (isListed(event.peer)) this.#seen(this.#sighting(event.peer, event.change !== 'none'))
        return
      case 'unproved':
        void this.#prove(event.peer)
        return
      case 'left':
        this.#left(event.peer, event.reason)
        return
      case 'post':
        this.#said(event, GENERAL)
        return
      case 'dm':
        this.#said(event, undefined)
        return
      case 'group-message':
        this.#said(event, link.channelOf(event.group))
        return
      case 'group':
        this.#grouped(event.group, event.change)
        return
      case 'followed':
        events.emit({ kind: 'followed', peer: toSender(event.from), following: event.following })
        return
      case 'liked':
        events.emit({ kind: 'liked', peer: toSender(event.from), liking: event.liking, text: event.text })
        return
      case 'notice':
        events.emit(event)
        return
      case 'trace':
        this.#traced(event)
    }
  }

  #seen(sighting: PeerSighting): void {
    const { discovery, profiles } = this.#options
    const peer = discovery.sight(this, sighting)
    if (peer !== undefined) profiles.shown(peer, sighting)
  }

  #left(peer: LanPeer, reason: string): void {
    if (isListed(peer) && !this.#isStillThere(peer))
      this.#options.discovery.lost(this.id, toPeer(peer), reason)
  }

  /**
   * A peer with a key may be there at another of its addresses. A program that was started again on its port is there
   * under another node when the first one is given up.
   */
  #isStillThere({ userId, key, ip, httpPort }: LanPeer): boolean {
    return this.#options.link.people.some((other) => {
      if (key !== undefined && other.key === key) return true
      if (other.httpPort !== httpPort) return false
      return httpPort === undefined ? other.userId === userId : other.addresses.includes(ip)
    })
  }

  /** Asks over HTTP whether a program is where its datagrams say. Never rejects. */
  async #prove({ ip, httpPort, node }: LanPeer): Promise<void> {
    const { clock, link, network, hello } = this.#options
    if (httpPort === undefined) return
    // The host first: one that announces too much takes nothing from the others.
    const now = clock.now()
    this.#probes.sweep(now)
    if (this.#probes.take(hostKey(ip), now) > 0 || this.#allProbes.take('all', now) > 0) return
    const address = { host: ip, port: httpPort }
    const isThere =
      node === undefined ? await network.accepts(address, ACCEPT_TIMEOUT) : await hello.isNode(address, node)
    if (isThere) link.command({ kind: 'reached', address, node })
  }

  #said(
    { from, id, text, sentAt }: Extract<LanEvent, { kind: 'post' | 'dm' | 'group-message' }>,
    channel: string | undefined,
  ): void {
    try {
      this.#options.inbox.receiveDatagram(toSender(from), { id, channel, text: messageText(text), sentAt })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
    }
  }

  /** A group is a channel that neither a tracker nor an announcement knows of. */
  #grouped(group: Group, change: 'created' | 'updated' | 'removed'): void {
    const { link, channels, discovery, events } = this.#options
    const channel = link.update(group, change === 'removed')
    if (change === 'removed') {
      channels.removeGroup(channel)
      discovery.forget(channel)
    } else {
      channels.addGroup(channel)
      const members = link.people.filter(({ userId }) => group.members.includes(userId))
      discovery.group(
        this,
        channel,
        members.map((member) => this.#sighting(member)),
      )
    }
    events.emit({ kind: 'group', name: group.name, channel, news: change })
  }

  #traced({ way, at, type, text, address: { host, port } }: Extract<LanEvent, { kind: 'trace' }>): void {
    const address = addressKey({ ip: host, port })
    this.#options.events.emit({ kind: 'datagram', way, at, type, text, address })
  }
}
