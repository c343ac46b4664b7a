/**
 * The LAN as a peer sees it: who announces itself there is in the roster, who takes datagrams only can be talked
 * to all the same. The protocol is src/udp; here it is put into the language of the chat.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS } from '../../chat/limits.ts'
import { hostKey } from '../../http/ip.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { DIRECT, GENERAL, addressKey, type ChatEvent, type Peer } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { messageText } from '../../chat/wire/fields.ts'
import { LanDiscovery, type LanDiscoveryOptions } from '../../udp/discovery.ts'
import { LanNode } from '../../udp/node/node.ts'
import { oneLine } from '../../udp/lsnp/fields.ts'
import { interfacesWith, remapPorts } from './lan-interfaces.ts'
import {
  toPeer,
  channelFor,
  toSighting,
  lsnpId,
  lsnpText,
  outcomeOf,
  type PeerSighting,
} from './lan-adapter.ts'
import { USER_AGENT } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Address } from '../../http/message.ts'
import type { Group, LanCommand, LanEvent, LanPeer } from '../../udp/node/model.ts'
import type { LanPorts } from '../../udp/socket.ts'
import type { DeliveryResult, QueuedMessage } from '../messages/delivery-result.ts'
import type { DatagramMessage } from '../messages/mailbox.ts'

export interface LanOptions {
  /** Names of the interfaces to use; all when there are none. `lo` keeps everything on this machine. */
  readonly interfaces?: readonly string[]
  /** Other ports than the well-known ones, for tests. */
  readonly ports?: Omit<LanPorts, 'ownPort'>
  /** Other sockets and interfaces than those of this machine, for simulations. */
  readonly network?: Pick<LanDiscoveryOptions, 'openSockets' | 'readInterfaces'>
}

/** What a peer makes of what happens on the LAN. */
interface LanLinkEvents {
  readonly heard: (found: PeerSighting) => void
  readonly left: (peer: Peer, reason: string) => void
  /** Something was said by datagram. `channel`: undefined for a message to us alone. */
  readonly said: (from: Peer, said: DatagramMessage) => void
  readonly event: (event: ChatEvent) => void
  /** We are in a group now, or no more: it is shown as a channel, with these members. */
  readonly group: (channel: string, members: readonly PeerSighting[] | undefined) => void
}

export interface LanLinkOptions extends LanOptions {
  readonly clock: Clock
  readonly username: string
  /** 16 lower-case hexadecimal digits. */
  readonly node: string
  readonly random: () => number
  /** Whether this node can be reached over HTTP; without a node, whether a connection is accepted. Never rejects. */
  readonly isThere: (address: Address, node: string | undefined) => Promise<boolean>
  /** Whether we are in a channel, or know a peer in it. */
  readonly isTaken: (channel: string) => boolean
  readonly events: LanLinkEvents
}

type Sent = (outcome: DeliveryResult) => void

/** Questions over HTTP whether a peer is where its datagrams say: to one host, and to all. */
const TRIES = { perHost: { perSecond: 0.5, burst: 8 }, total: { perSecond: 8, burst: 64 } }

export class LanLink {
  readonly #options: LanLinkOptions
  readonly #machine: LanNode
  #discovery: LanDiscovery | undefined
  /** Groups by the channel that they are shown as. */
  readonly #groups = new Map<string, Group>()
  readonly #tries = new RateLimit(TRIES.perHost)
  readonly #allTries = new RateLimit(TRIES.total)
  /** What waits for the fate of a datagram, by its id and whom it is to. */
  readonly #waiting = new Map<string, Sent>()
  /** What became of what was said in groups, by its id and whom it is to; the oldest are forgotten. */
  readonly #saidInGroups = new BoundedMap<string, Map<string, DeliveryResult>>(LIMITS.outbox)

  constructor(options: LanLinkOptions) {
    const { node, username, random } = options
    this.#options = options
    this.#machine = new LanNode({ node, username, app: USER_AGENT, random })
  }

  /**
   * `host`: the only address at which we take messages over HTTP; undefined: all of this machine. Nobody is told of
   * us where we cannot be talked to. Rejects when there is no UDP port for us.
   */
  async start(host: string | undefined): Promise<void> {
    const { clock, interfaces = [], ports, network, events } = this.#options
    this.#discovery = await LanDiscovery.start({
      machine: ports === undefined ? this.#machine : remapPorts(this.#machine, ports),
      clock,
      ...ports,
      ...(interfaces.length === 0 ? {} : { interfaces }),
      ...(host === undefined ? {} : { readInterfaces: () => interfacesWith(host) }),
      ...network,
      onEvent: (event) => {
        this.#happened(event)
      },
      onProblem: (text) => {
        events.event({ kind: 'notice', text })
      },
    })
  }

  async stop(): Promise<void> {
    await this.#discovery?.close()
    for (const settle of this.#waiting.values()) settle({ ok: false, final: false, reason: 'leaving' })
  }

  /** Throws Refused. Before the start only what describes us is taken. */
  command(command: LanCommand): void {
    if (this.#discovery !== undefined) this.#discovery.command(command)
    else this.#machine.command(command, this.#options.clock.now())
  }

  /** All peers that are there, as LSNP sees them; without those that nothing shows to be at their address. */
  get people(): readonly LanPeer[] {
    return this.#machine.peers.filter(isListed)
  }

  /** Everybody who is there, as the roster wants it. */
  get found(): readonly PeerSighting[] {
    return this.people.map((peer) => toSighting(peer, this.#groups, false))
  }

  /** The channels that are groups of LSNP. */
  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  /** Where we take datagrams. */
  get port(): number | undefined {
    return this.#discovery?.port
  }

  /** To somebody who takes datagrams only, by its user id: a POST, a DM, or what is said in a group. */
  transmit(to: string, { message, hops }: Pick<QueuedMessage, 'message' | 'hops'>): Promise<DeliveryResult> {
    const { channel } = message
    const group = this.#groups.get(channel)
    if (group !== undefined) return this.#sayInGroup(group, to, lsnpId(message), lsnpText(message, hops))
    if (channel !== GENERAL && channel !== DIRECT) return Promise.resolve(NO_MEMBER)
    const id = lsnpId(message)
    return Promise.resolve(this.#tell(channel === DIRECT ? 'dm' : 'post', id, to, lsnpText(message, hops)))
  }

  /** What comes of most datagrams shows at once; whether a DM is acknowledged shows later. */
  #tell(kind: 'dm' | 'post', id: string, to: string, text: string): DeliveryResult {
    let outcome: DeliveryResult | undefined
    const later = new Promise<DeliveryResult>((resolve) => {
      this.#waiting.set(`${id} ${to}`, (settled) => {
        outcome = settled
        resolve(settled)
      })
    })
    try {
      this.command({ kind, id, to, text })
    } catch (error) {
      this.#settle(id, to, refusedAs(error))
    }
    return outcome ?? { ok: true, unconfirmed: true, later }
  }

  /** All members of a group are told at once, when the first of them is to be; for the others it is done then. */
  async #sayInGroup(group: Group, to: string, id: string, text: string): Promise<DeliveryResult> {
    const outcomes = this.#saidInGroups.get(id) ?? this.#tellGroup(group, id, text)
    // What becomes of datagrams in a group is told in the turn in which they are sent.
    await Promise.resolve()
    return outcomes.get(to) ?? NO_MEMBER
  }

  #tellGroup(group: Group, id: string, text: string): Map<string, DeliveryResult> {
    const outcomes = new Map<string, DeliveryResult>()
    this.#saidInGroups.set(id, outcomes)
    try {
      this.command({ kind: 'group-message', id, group: group.id, text })
    } catch (error) {
      for (const member of group.members) outcomes.set(member, refusedAs(error))
    }
    return outcomes
  }

  /** What a datagram has come to. */
  #sent(event: Extract<LanEvent, { kind: 'sent' }>): void {
    const { id, to } = event
    const outcome = outcomeOf(event)
    // It is not said again for the sake of one.
    const final = outcome.ok ? outcome : { ok: false, final: true, reason: outcome.reason }
    this.#saidInGroups.get(id)?.set(to, final)
    this.#settle(id, to, outcome)
  }

  #settle(id: string, to: string, outcome: DeliveryResult): void {
    const key = `${id} ${to}`
    this.#waiting.get(key)?.(outcome)
    this.#waiting.delete(key)
  }

  // --- what happens on the LAN ----------------------------------------------------------------------

  #happened(event: LanEvent): void {
    const { events } = this.#options
    switch (event.kind) {
      case 'seen':
        if (isListed(event.peer)) events.heard(toSighting(event.peer, this.#groups, event.change !== 'none'))
        return
      case 'unproved':
        void this.#try(event.peer)
        return
      case 'left':
        if (isListed(event.peer) && !this.#isStillThere(event.peer))
          events.left(toPeer(event.peer), event.reason)
        return
      case 'post':
        this.#said(event, GENERAL)
        return
      case 'dm':
        this.#said(event, undefined)
        return
      case 'group-message':
        this.#said(event, this.#channelOf(event.group))
        return
      case 'group':
        this.#grouped(event.group, event.change)
        return
      case 'followed':
        events.event({ kind: 'followed', peer: toPeer(event.from), following: event.following })
        return
      case 'liked':
        events.event({ kind: 'liked', peer: toPeer(event.from), liking: event.liking, text: event.text })
        return
      case 'sent':
        this.#sent(event)
        return
      case 'notice':
        events.event(event)
        return
      case 'trace': {
        const { way, at, type, text, address } = event
        events.event({
          kind: 'datagram',
          way,
          at,
          type,
          text,
          address: addressKey({ ip: address.host, port: address.port }),
        })
      }
    }
  }

  /** Never rejects. */
  async #try({ ip, httpPort, node }: LanPeer): Promise<void> {
    const { isThere, clock } = this.#options
    if (httpPort === undefined) return
    // The host first: one that asks too often takes nothing from the others.
    const now = clock.now()
    this.#tries.sweep(now)
    if (this.#tries.take(hostKey(ip), now) > 0 || this.#allTries.take('all', now) > 0) return
    const address = { host: ip, port: httpPort }
    if (await isThere(address, node)) this.command({ kind: 'reached', address, node })
  }

  /** Whether a peer is of another kind: it is not asked for what only our own kind understands. */
  isForeign({ ip, port }: Peer): boolean {
    return this.people.some(
      ({ node, httpPort, addresses }) => node === undefined && httpPort === port && addresses.includes(ip),
    )
  }

  /** Who was started again on its port is there already under another node when the first one is given up. */
  #isStillThere({ userId, ip, httpPort }: LanPeer): boolean {
    return this.people.some((other) => {
      if (other.httpPort !== httpPort) return false
      return httpPort === undefined ? other.userId === userId : other.addresses.includes(ip)
    })
  }

  #said(
    event: Extract<LanEvent, { kind: 'post' | 'dm' | 'group-message' }>,
    channel: string | undefined,
  ): void {
    const { from, id, text, sentAt } = event
    try {
      this.#options.events.said(toPeer(from), { id, channel, text: messageText(text), sentAt })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
    }
  }

  #grouped(group: Group, news: 'created' | 'updated' | 'removed'): void {
    const channel = this.#channelOf(group)
    const { events } = this.#options
    if (news === 'removed') this.#groups.delete(channel)
    else this.#groups.set(channel, group)
    const members = this.people.filter(({ userId }) => group.members.includes(userId))
    const found = members.map((member) => toSighting(member, this.#groups, false))
    events.group(channel, news === 'removed' ? undefined : found)
    events.event({ kind: 'group', name: group.name, channel, news })
  }

  /** Whether a peer announces this channel, also one whose address is not proved yet. */
  hears(channel: string): boolean {
    return this.#machine.peers.some(({ channels }) => channels.includes(channel))
  }

  /** Whether a channel is another group, one of ours, or one that a peer announces. */
  #isTaken(channel: string): boolean {
    return this.hears(channel) || this.#groups.has(channel) || this.#options.isTaken(channel)
  }

  /**
   * What a user has to know before writing to a channel: that it is a group that another user made, and its members.
   * Undefined for an open channel, and for a group that this peer made.
   */
  warningOf(channel: string): string | undefined {
    const group = this.#groups.get(channel)
    if (group === undefined || this.#machine.isUs(group.owner)) return undefined
    const members = group.members.filter((member) => !this.#machine.isUs(member))
    const shown = members.slice(0, SHOWN_MEMBERS).join(', ')
    const more = members.length > SHOWN_MEMBERS ? ` and ${members.length - SHOWN_MEMBERS} more` : ''
    return `#${channel} is the group ${oneLine(group.name)} of ${group.owner}, with ${shown}${more}: messages there go to them alone`
  }

  /** It keeps the channel that it was shown as first. */
  #channelOf(group: Group): string {
    for (const [channel, { id }] of this.#groups) if (id === group.id) return channel
    return channelFor(group, (channel) => this.#isTaken(channel))
  }
}

/**
 * Who talks HTTP is listed when its address is proved: by the number that our own kind repeats, or by a connection.
 * Other programs cannot prove it before they are talked to.
 */
function isListed({ httpPort, node, isProved }: LanPeer): boolean {
  return isProved || (httpPort === undefined && node === undefined)
}

/** Members of a group that a warning names. */
const SHOWN_MEMBERS = 5

const NO_MEMBER: DeliveryResult = { ok: false, final: true, reason: 'it is in this channel no more' }

/** Somebody who is not there may come back; whatever else is refused will be refused again. */
function refusedAs(error: unknown): DeliveryResult {
  if (!(error instanceof ChatError)) throw error
  return { ok: false, final: error.code !== 'unknown_peer', reason: error.message }
}
