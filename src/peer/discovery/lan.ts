/**
 * The way out to the LAN: commands, messages by datagram, and the groups that are shown as channels. The protocol is
 * src/udp; what happens on the LAN goes to a listener (lan-source.ts).
 */
import { DIRECT, GENERAL, type Peer, type Profile } from '../../chat/model.ts'
import { LanDiscovery, type LanDiscoveryOptions } from '../../udp/discovery.ts'
import { LanNode } from '../../udp/node/node.ts'
import { oneLine } from '../../udp/lsnp/fields.ts'
import { interfacesWith, remapPorts } from './lan-interfaces.ts'
import { channelFor, isListed, lsnpId, lsnpText, toAvatar } from './lan-adapter.ts'
import { LanDatagrams } from './lan-datagrams.ts'
import { USER_AGENT } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Random } from '../../chat/random.ts'
import type { Group, LanCommand, LanEvent, LanPeer } from '../../udp/node/model.ts'
import type { LanPorts } from '../../udp/socket.ts'
import type { Channels } from '../channels.ts'
import type { DeliveryResult, QueuedMessage } from '../messages/delivery/delivery-result.ts'
import type { Self } from '../self/self.ts'

export interface LanOptions {
  /** Names of the interfaces to use; all when there are none. `lo` keeps everything on this machine. */
  readonly interfaces?: readonly string[]
  /** Other ports than the well-known ones, for tests. */
  readonly ports?: Omit<LanPorts, 'ownPort'>
  /** Other sockets and interfaces than those of this machine, for simulations. */
  readonly network?: Pick<LanDiscoveryOptions, 'openSockets' | 'readInterfaces'>
}

export interface LanLinkOptions extends LanOptions {
  readonly clock: Clock
  readonly random: Random
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
}

/** Everything that happens on the LAN, but what becomes of datagrams. */
export interface LanListener {
  onLanEvent(event: Exclude<LanEvent, { kind: 'sent' }>): void
  /** A sentence for the user. */
  onLanProblem(text: string): void
}

/** Members of a group that a warning names. */
const SHOWN_MEMBERS = 5

export class LanLink {
  readonly #options: LanLinkOptions
  readonly #node: LanNode
  #discovery: LanDiscovery | undefined
  /** Groups by the channel that they are shown as. */
  readonly #groups = new Map<string, Group>()
  readonly #datagrams = new LanDatagrams(this)

  constructor(options: LanLinkOptions) {
    const { self, random } = options
    this.#options = options
    const { node, keys, name } = self
    this.#node = new LanNode({ node, key: keys.id, username: name, app: USER_AGENT, random })
  }

  /**
   * Announces this peer on the interfaces where it takes messages over HTTP. Rejects with the error of bind(2) if no
   * UDP port is free.
   */
  async start(listener: LanListener): Promise<void> {
    const { clock, self, interfaces = [], ports, network } = this.#options
    const { isEverywhere, listening } = self.address
    this.#discovery = await LanDiscovery.start({
      machine: ports === undefined ? this.#node : remapPorts(this.#node, ports),
      clock,
      ...ports,
      ...(interfaces.length === 0 ? {} : { interfaces }),
      ...(isEverywhere ? {} : { readInterfaces: () => interfacesWith(listening.host) }),
      ...network,
      onEvent: (event) => {
        if (event.kind === 'sent') this.#datagrams.sent(event)
        else listener.onLanEvent(event)
      },
      onProblem: (text) => {
        listener.onLanProblem(text)
      },
    })
  }

  async stop(): Promise<void> {
    await this.#discovery?.close()
    this.#datagrams.stop()
  }

  /** Throws ChatError. Before the start only commands that describe this peer are accepted. */
  command(command: LanCommand): void {
    if (this.#discovery !== undefined) this.#discovery.command(command)
    else this.#node.command(command, this.#options.clock.now())
  }

  /** Announces what this peer shows beside its name. Throws ChatError if that is too large for a datagram. */
  show({ status, avatar }: Profile): void {
    this.command({ kind: 'profile', status, avatar: toAvatar(avatar) })
  }

  /** All peers on the LAN as LSNP knows them, without those that nothing shows to be at their address. */
  get people(): readonly LanPeer[] {
    return this.#node.peers.filter(isListed)
  }

  /** Where datagrams are received; undefined before the start. */
  get port(): number | undefined {
    return this.#discovery?.port
  }

  /** Whether a peer is a foreign LSNP program that takes HTTP: it does not understand what only Parley peers do. */
  isForeign({ ip, port }: Peer): boolean {
    return this.people.some(
      ({ node, httpPort, addresses }) => node === undefined && httpPort === port && addresses.includes(ip),
    )
  }

  /** Whether a peer announces this channel, also one whose address is not proved yet. */
  hears(channel: string): boolean {
    return this.#node.peers.some(({ channels }) => channels.includes(channel))
  }

  /** Sends to a program that takes datagrams only, by its user id: a POST, a DM, or a message in a group. */
  transmit(to: string, { message, hops }: Pick<QueuedMessage, 'message' | 'hops'>): Promise<DeliveryResult> {
    const { channel } = message
    const [id, text] = [lsnpId(message), lsnpText(message, hops)]
    const group = this.#groups.get(channel)
    if (group !== undefined) return this.#datagrams.sendInGroup(group, to, id, text)
    if (channel === GENERAL || channel === DIRECT)
      return Promise.resolve(this.#datagrams.send(channel === DIRECT ? 'dm' : 'post', id, to, text))
    return Promise.resolve({ ok: false, final: true, reason: 'it is no longer in this channel' })
  }

  // --- groups ---------------------------------------------------------------------------------------

  /** Groups by the channels that they are shown as. */
  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  /** A group was created, changed or removed; returns the channel that it is shown as. */
  update(group: Group, isRemoved: boolean): string {
    const channel = this.channelOf(group)
    if (isRemoved) this.#groups.delete(channel)
    else this.#groups.set(channel, group)
    return channel
  }

  /** The channel of a group: the one that it was shown as first. */
  channelOf(group: Group): string {
    for (const [channel, { id }] of this.#groups) if (id === group.id) return channel
    return channelFor(group, (channel) => this.#isTaken(channel))
  }

  /** Whether a channel is another group, a channel of this peer, or one that a peer is in or announces. */
  #isTaken(channel: string): boolean {
    const { channels, presence } = this.#options
    const isUsed = channels.has(channel) || presence.members(channel).length > 0
    return isUsed || this.#groups.has(channel) || this.hears(channel)
  }

  /**
   * A sentence for a user who comes into a channel that is a group made by another user: its name and its members.
   * Undefined for an open channel, and for a group that this peer made.
   */
  warningOf(channel: string): string | undefined {
    const group = this.#groups.get(channel)
    if (group === undefined || this.#node.isUs(group.owner)) return undefined
    const members = group.members.filter((member) => !this.#node.isUs(member))
    const shown = members.slice(0, SHOWN_MEMBERS).join(', ')
    const more = members.length > SHOWN_MEMBERS ? ` and ${members.length - SHOWN_MEMBERS} more` : ''
    return `#${channel} is the group ${oneLine(group.name)} of ${group.owner}, with ${shown}${more}: messages there go to them alone`
  }
}
