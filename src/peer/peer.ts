/**
 * A running peer: joins the server that others deliver to, the tracker that says who is there, the roster, the
 * timeline and the delivery. say(), direct(), join(); whatever happens is told as a ChatEvent.
 */
import { randomBytes } from 'node:crypto'
import { addressProblem, isLoopback } from '../chat/address.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import {
  DIRECT,
  GENERAL,
  peerId,
  type ChatEvent,
  type ChatMessage,
  type Peer,
  type Receipt,
} from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import { Roster } from '../chat/roster.ts'
import { Timeline, type Shown, type Verdict } from '../chat/timeline.ts'
import { Client, type ClientOptions } from '../http/client.ts'
import { Router } from '../http/router.ts'
import { Server, type ServerOptions } from '../http/server.ts'
import { peerRoutes, type Received } from './api.ts'
import { Delivery } from './delivery.ts'
import { listenAnywhere, ownAddress } from './listen.ts'
import { transmitter } from './transmit.ts'
import { TrackerClient, type Self } from './tracker-client.ts'
import { TrackerLink } from './tracker-link.ts'
import { VERSION } from './version.ts'
import type { Clock } from '../chat/clock.ts'
import type { Address } from '../http/message.ts'
import type { IncomingMessage } from '../chat/schema.ts'

export interface PeerOptions {
  readonly name: string
  /** Where to listen; when this machine has no such address, 0.0.0.0, and a notice says so. */
  readonly host: string
  /** Undefined: the first free port of 8000 to 9999. */
  readonly port: number | undefined
  readonly tracker?: Address
  readonly clock: Clock
  readonly onEvent: (event: ChatEvent) => void
  readonly onError?: (error: unknown) => void
  /** How long a message is tried, in milliseconds. */
  readonly giveUp?: number
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits' | 'maxRequests'>
  readonly client?: ClientOptions
}

interface InboxEntry {
  readonly from: Peer
  readonly channel: string
  readonly message: string
  readonly ts: number
}

export class LocalPeer implements AsyncDisposable {
  readonly #options: PeerOptions
  readonly #clock: Clock
  readonly #client: Client
  readonly #delivery: Delivery
  readonly #roster: Roster
  readonly #timeline = new Timeline()
  readonly #link: TrackerLink | undefined
  readonly #joined = new Set<string>([GENERAL])
  /** Channels of which we know who is there. */
  readonly #known = new Set<string>()
  /** We are being told who was there before us: they did not just join. */
  #arriving = false
  readonly #inbox: InboxEntry[] = []
  /** Ids are this start of ours and a number: unique for us, also after a restart. */
  readonly #idPrefix = randomBytes(6).toString('hex')
  #said = 0
  #name: string
  #server: Server | undefined
  #address: Address | undefined
  /** The address under which the tracker lists us. */
  #ip: string | undefined
  #cancelSweep: () => void = () => undefined

  private constructor(options: PeerOptions) {
    const { clock, tracker, onEvent } = options
    this.#options = options
    this.#clock = clock
    this.#name = options.name
    this.#client = new Client(options.client)
    this.#roster = new Roster((change) => {
      if (change.kind === 'joined') this.#delivery.wake(change.peer)
      // Whom we talk to directly is in the roster under a name that is no channel to people.
      if (change.kind === 'renamed' || (change.channel !== DIRECT && !this.#arriving)) onEvent(change)
    })
    this.#delivery = new Delivery({
      transmit: transmitter(this.#client),
      clock,
      random: Math.random,
      onReceipt: (receipt) => {
        onEvent({ kind: 'receipt', receipt })
      },
      ...(options.giveUp === undefined ? {} : { giveUp: options.giveUp }),
    })
    if (tracker !== undefined) this.#link = this.#linkTo(tracker)
  }

  /** Rejects with the error of listen(2), EADDRNOTAVAIL excepted. */
  static async start(options: PeerOptions): Promise<LocalPeer> {
    const peer = new LocalPeer(options)
    await peer.#listen()
    peer.#sweep()
    peer.#link?.start()
    return peer
  }

  /** Who we are to others. */
  get self(): Peer {
    return { ip: this.#ownIp, port: this.address.port, name: this.#name }
  }

  /** Where we listen. */
  get address(): Address {
    if (this.#address === undefined) throw new Error('not started')
    return this.#address
  }

  /** The channels we are in. */
  get channels(): readonly string[] {
    return [...this.#joined]
  }

  /** Everybody we know of, in whatever channel. */
  get peers(): readonly Peer[] {
    return this.#roster.peers
  }

  /** Who else is in a channel. */
  members(channel: string): readonly Peer[] {
    return this.#roster.members(channel)
  }

  /** The last `count` messages of a channel, oldest first. */
  history(channel: string, count: number): readonly Shown[] {
    return this.#timeline.last(channel, count)
  }

  /** Sends to everybody in a channel. Throws Refused when we are not in it. */
  say(channel: string, text: string, { action = false } = {}): Receipt {
    if (!this.#joined.has(channel)) {
      throw new Refused(404, 'not_joined', `you are not in #${channel}; /join #${channel} first`)
    }
    return this.#send(channel, channel, text, action, this.#roster.members(channel))
  }

  /** Sends to one peer, given by name or as ip:port. Throws Refused when there is none, or more than one. */
  direct(name: string, text: string): Receipt {
    const peer = this.find(name)
    return this.#send(`@${peerId(peer)}`, DIRECT, text, false, [peer])
  }

  /** The one peer of this name or address. Throws Refused. */
  find(name: string): Peer {
    const [peer, ...others] = this.#roster.find(name)
    if (peer === undefined) throw new Refused(404, 'unknown_peer', `nobody here is called ${name}`)
    if (others.length === 0) return peer
    const choices = [peer, ...others].map(peerId).join(' or ')
    throw new Refused(409, 'ambiguous_name', `there is more than one ${name}; use the address: ${choices}`)
  }

  /** The one peer of this name or address; the tracker is asked for one who is in no channel of ours. Rejects with Refused. */
  async locate(name: string): Promise<Peer> {
    if (this.#roster.find(name).length === 0) {
      for (const peer of this.#others(
        [await this.#link?.locate(name)].filter((found) => found !== undefined),
      )) {
        this.#roster.hear('direct', peer, DIRECT, this.#clock.now() + TIMES.lease)
      }
    }
    return this.find(name)
  }

  /** Resolves when the tracker knows, or cannot be told now. Rejects when we may not join. */
  async join(channel: string): Promise<void> {
    if (channel === DIRECT)
      throw new Refused(422, 'reserved', `#${DIRECT} is for messages to one peer: use /msg`)
    if (this.#joined.has(channel)) return
    if (this.#joined.size >= LIMITS.channelsPerPeer)
      throw new Refused(429, 'too_many_channels', 'part from a channel first')
    this.#joined.add(channel)
    try {
      await this.#link?.join(channel)
    } catch (error) {
      this.#joined.delete(channel)
      throw error
    }
  }

  async part(channel: string): Promise<void> {
    if (!this.#joined.delete(channel)) throw new Refused(404, 'not_joined', `you are not in #${channel}`)
    this.#known.delete(channel)
    this.#roster.forgetChannel(channel)
    await this.#link?.part(channel)
  }

  async rename(name: string): Promise<void> {
    this.#name = name
    await this.#link?.update()
  }

  /** Messages times recipients that have no answer yet. */
  get waiting(): number {
    return this.#delivery.waiting
  }

  /** Resolves when every message has been delivered or has failed, at the latest in `ms`; true if so. */
  settled(ms: number): Promise<boolean> {
    return this.#delivery.settled(ms)
  }

  /** Says goodbye to the tracker, finishes what is being received, and stops. */
  async close(): Promise<void> {
    this.#cancelSweep()
    await this.#link?.stop()
    this.#delivery.close()
    this.#client.close()
    await this.#server?.close(1_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // --- sending --------------------------------------------------------------------------------------

  #send(key: string, channel: string, text: string, action: boolean, recipients: readonly Peer[]): Receipt {
    const sentAt = this.#clock.now()
    const id = `${this.#idPrefix}-${++this.#said}`
    const message: ChatMessage = { id, from: this.self, channel, text, sentAt, action }
    this.#timeline.add(key, { message, receivedAt: sentAt, own: true })
    const [to] = channel === DIRECT ? recipients : []
    this.#options.onEvent({
      kind: 'message',
      message,
      receivedAt: sentAt,
      own: true,
      ...(to === undefined ? {} : { to }),
    })
    return this.#delivery.send(message, recipients)
  }

  // --- receiving ------------------------------------------------------------------------------------

  #receive(incoming: IncomingMessage, remote: string): Received {
    const { channel, text, action } = incoming
    if (channel !== DIRECT && !this.#joined.has(channel)) {
      throw new Refused(404, 'not_joined', `${this.#name} is not in #${channel}`, { field: 'channel' })
    }
    const receivedAt = this.#clock.now()
    const from = this.#sender(incoming, remote)
    const id = incoming.id ?? randomBytes(8).toString('hex')
    const message: ChatMessage = { id, from, channel, text, sentAt: incoming.sentAt ?? receivedAt, action }
    const verdict = this.#timeline.add(channel === DIRECT ? `@${peerId(from)}` : channel, {
      message,
      receivedAt,
      own: false,
    })
    if (verdict === 'new') this.#show(message, receivedAt, remote)
    return { id, verdict }
  }

  #show(message: ChatMessage, receivedAt: number, remote: string): void {
    const { from, channel, text } = message
    if (this.#mayAnswer(from, remote)) {
      this.#roster.hear('direct', from, channel, receivedAt + TIMES.lease)
      this.#delivery.wake(from)
    }
    this.#inbox.push({ from, channel, message: text, ts: receivedAt / 1000 })
    if (this.#inbox.length > LIMITS.timeline) this.#inbox.shift()
    this.#options.onEvent({ kind: 'message', message, receivedAt, own: false })
  }

  /** Who it is from. A name without an address is the peer of that name at the address it came from. */
  #sender({ from }: IncomingMessage, remote: string): Peer {
    if ('port' in from) {
      const { ip, port, name } = from
      const id = peerId(from)
      // Whoever gave no name is read as having its address for one.
      return { ip, port, name: name === undefined || name === id ? (this.#roster.get(id)?.name ?? id) : name }
    }
    return (
      this.#roster.find(from.name).find(({ ip }) => ip === remote) ?? { ip: remote, port: 0, name: from.name }
    )
  }

  /** Whoever wrote to us from its own address is there, whatever the tracker says; except ourselves. */
  #mayAnswer(from: Peer, remote: string): boolean {
    return (
      from.ip === remote &&
      peerId(from) !== peerId(this.self) &&
      addressProblem(from.ip, from.port) === undefined
    )
  }

  #takeInbox(): readonly InboxEntry[] {
    return this.#inbox.splice(0)
  }

  // --- the tracker ----------------------------------------------------------------------------------

  #linkTo(address: Address): TrackerLink {
    return new TrackerLink({
      tracker: new TrackerClient(this.#client, address),
      clock: this.#clock,
      random: Math.random,
      self: () => this.#asSelf(),
      channels: () => this.channels,
      events: {
        state: (state, detail) => {
          this.#options.onEvent({ kind: 'tracker', state, detail })
        },
        address: (ip) => {
          this.#ip = ip
        },
        members: (channel, peers, complete) => {
          this.#learn(channel, this.#others(peers), complete)
        },
        joined: (channel, peer) => {
          if (!this.#mayHave(channel)) return
          for (const other of this.#others([peer])) this.#roster.hear('tracker', other, channel, Infinity)
        },
        parted: (channel, peer, reason) => {
          this.#roster.part(peerId(peer), channel, reason)
        },
      },
    })
  }

  /** A tracker may be late, or lie: only our own channels count, and none of them is larger than it can be. */
  #mayHave(channel: string): boolean {
    return this.#joined.has(channel) && this.#roster.members(channel).length < LIMITS.membersPerChannel
  }

  #learn(channel: string, peers: readonly Peer[], complete: boolean): void {
    if (!this.#joined.has(channel)) return
    const now = this.#clock.now()
    this.#arriving = !this.#known.has(channel)
    this.#roster.replace('tracker', channel, peers, Infinity, now + (complete ? 0 : TIMES.lease))
    this.#roster.sweep(now)
    if (this.#arriving)
      this.#options.onEvent({ kind: 'present', channel, peers: this.#roster.members(channel) })
    this.#arriving = false
    this.#known.add(channel)
  }

  #asSelf(): Self {
    return { ...this.self, guessed: this.#listensEverywhere }
  }

  /** What we listen on; or what the tracker sees, as far as it has told us. */
  get #ownIp(): string {
    const { host } = this.address
    return this.#listensEverywhere ? (this.#ip ?? ownAddress(host, this.#options.tracker)) : host
  }

  get #listensEverywhere(): boolean {
    return ['0.0.0.0', '::'].includes(this.address.host)
  }

  /** Without ourselves, and without addresses that nobody should be sent to. */
  #others(peers: readonly Peer[]): Peer[] {
    const here = isLoopback(this.#options.tracker?.host ?? '')
    return peers.filter(({ ip, port }) => {
      const isSelf = port === this.address.port && ip === this.self.ip
      return !isSelf && addressProblem(ip, port) === undefined && (here || !isLoopback(ip))
    })
  }

  // --- running --------------------------------------------------------------------------------------

  async #listen(): Promise<void> {
    const { host, port, onEvent, onError } = this.#options
    const router = new Router(
      peerRoutes({
        receive: (message, remote): { id: string; verdict: Verdict } => this.#receive(message, remote),
        takeInbox: () => this.#takeInbox(),
        hello: () => ({ app: 'parley', version: VERSION, ...this.self }),
      }),
    )
    const options = { ...this.#options.server, ...(onError === undefined ? {} : { onError }) }
    const listening = await listenAnywhere(host, port, (at) =>
      Server.listen(router.handle, { ...options, ...at }),
    )
    this.#server = listening.server
    this.#address = listening.server.address
    if (listening.host !== host) {
      const text = `WARNING: this machine has no address ${host}; listening on ${listening.host} instead: every network can reach this peer`
      onEvent({ kind: 'notice', text })
    }
  }

  #sweep(): void {
    this.#roster.sweep(this.#clock.now())
    this.#cancelSweep = this.#clock.after(TIMES.sweep, () => {
      this.#sweep()
    })
  }
}
