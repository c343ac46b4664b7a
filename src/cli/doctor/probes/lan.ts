/**
 * Listens on the LAN for a few seconds: do own broadcasts come back, and which other peers are heard?
 *
 * The broadcast is an ACK of a message that was never sent, which every LSNP program ignores. Peers announce themselves
 * rarely, so a PING asks them to answer. It names no channel and says goodbye in the end, so that peers show it nowhere.
 */
import { portProblem } from '../../../chat/address.ts'
import { randomHex, type Random } from '../../../chat/random.ts'
import { USER_AGENT } from '../../../peer/self/version.ts'
import { DISCOVERY_PORT } from '../../../udp/lsnp/ports.ts'
import { decode, encode, userIdParts, type LsnpMessage } from '../../../udp/lsnp/codec.ts'
import { isWithin } from '../../../udp/networks.ts'
import { LanSockets, type Datagrams, type LanPorts, type LanSocketsOptions } from '../../../udp/socket.ts'
import { nameIn } from './peer.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Address } from '../../../http/message.ts'
import type { Network } from '../../../udp/node/model.ts'
import type { Echo, HeardPeer, LanFinding } from '../findings.ts'

export interface LanProbeOptions extends LanPorts {
  readonly networks: readonly Network[]
  /** The own HTTP port; undefined: peers are not asked, because they would show a program without one in #general. */
  readonly httpPort: number | undefined
  /** How long to listen, in milliseconds. */
  readonly listen: number
  readonly clock: Clock
  readonly random: Random
  /** The port for broadcasts is available. */
  readonly canHear: boolean
  /** The node of the own running peer, which is not another peer. */
  readonly ownNode: string | undefined
  /** Called once for each peer, as soon as it is heard. */
  readonly onHeard: (peer: HeardPeer) => void
  /** Default: LanSockets.open(). */
  readonly openSockets?: (options: LanSocketsOptions) => Promise<Datagrams>
}

/** The name that other peers see for a moment. */
const NAME = 'parley-doctor'

/** The times of the broadcasts, in milliseconds from the start: datagrams get lost. */
const SENT_AT = [0, 300, 900]

/** Peers that are noted, so that invented names do not fill the memory. */
const MAX_HEARD = 256

/** Addresses of Parley peers that are noted: two for each. */
const MAX_PLACES = 2 * MAX_HEARD

/** Resolves after `listen` milliseconds. Never rejects. */
export async function probeLan(options: LanProbeOptions): Promise<LanFinding> {
  const { openSockets = openLanSockets } = options
  const listener = new LanListener(options)
  try {
    const sockets = await openSockets({
      ...options,
      onDatagram: (bytes, from) => {
        listener.take(bytes, from)
      },
      onError: ({ message }) => {
        listener.problems.push(message)
      },
    })
    await listen(options, listener, sockets)
    return listener.finding()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { listened: 0, echoes: [], heard: [], problem }
  }
}

/** Asks, listens until the time is up, and says goodbye. */
async function listen(
  { clock, listen: ms }: LanProbeOptions,
  listener: LanListener,
  sockets: Datagrams,
): Promise<void> {
  const send = (datagrams: readonly Datagram[]): void => {
    for (const { to, bytes } of datagrams) sockets.send(to, bytes)
  }
  const cancels = SENT_AT.filter((at) => at < ms).map((at) =>
    clock.after(at, () => {
      send(listener.questions(sockets.ownPort))
    }),
  )
  try {
    await new Promise<void>((resolve) => clock.after(ms, resolve))
    send(listener.goodbyes(sockets.ownPort))
  } finally {
    for (const cancel of cancels) cancel()
    await sockets.close()
  }
}

function openLanSockets(options: LanSocketsOptions): Promise<Datagrams> {
  return LanSockets.open(options)
}

interface Datagram {
  readonly to: Address
  readonly bytes: Buffer
}

/** The datagrams heard, and those to send. */
class LanListener {
  readonly #options: LanProbeOptions
  readonly #node: string
  /** Each network by the id of the ACK that is sent there. */
  readonly #sent: ReadonlyMap<string, Network>
  readonly #back = new Set<string>()
  readonly #heard = new Map<string, HeardPeer>()
  /** `host:port` of Parley peers, for datagrams and for HTTP. They also speak other dialects from there. */
  readonly #parleyPeers = new Set<string>()
  /** Errors of sending, a sentence each. */
  readonly problems: string[] = []

  constructor(options: LanProbeOptions) {
    const { networks, random, canHear } = options
    this.#options = options
    this.#node = randomHex(random, 16)
    this.#sent = new Map((canHear ? networks : []).map((network) => [randomHex(random, 16), network]))
  }

  /** Never throws. */
  take(bytes: Buffer, from: Address): void {
    if (!isWithin(this.#options.networks, from.host)) return
    const announced = jsonAnnouncement(bytes)
    if (announced !== undefined) {
      this.#note(`${from.host}:${announced.port}`, {
        name: announced.name,
        address: from,
        httpPort: announced.port,
        node: undefined,
      })
      return
    }
    const decoded = decode(bytes)
    if (!decoded.ok) return
    const { message } = decoded
    if (message.type === 'ACK') this.#back.add(message.messageId)
    if (message.type === 'PROFILE' || message.type === 'PING' || message.type === 'PEER_DISCOVERY')
      this.#announced(message, from)
  }

  #announced(
    message: Extract<LsnpMessage, { type: 'PROFILE' | 'PING' | 'PEER_DISCOVERY' }>,
    from: Address,
  ): void {
    const { userId } = message
    const { node, httpPort, leaving } = message.type === 'PEER_DISCOVERY' ? NOT_PARLEY : message
    if (node !== undefined && this.#parleyPeers.size < MAX_PLACES)
      for (const port of [from.port, httpPort ?? from.port]) this.#parleyPeers.add(`${from.host}:${port}`)
    if (leaving === true || node === this.#node || (node !== undefined && node === this.#options.ownNode))
      return
    const name = message.type === 'PROFILE' ? message.displayName : userIdParts(userId).name
    const isReachable = node !== undefined && httpPort !== undefined && portProblem(httpPort) === undefined
    this.#note(node ?? `${userId} ${from.host}`, {
      name,
      address: from,
      httpPort: isReachable ? httpPort : undefined,
      node,
    })
  }

  #note(key: string, peer: HeardPeer): void {
    const isKnown = this.#heard.has(key)
    if (!isKnown && this.#heard.size >= MAX_HEARD) return
    this.#heard.set(key, peer)
    if (!isKnown) this.#options.onHeard(peer)
  }

  questions(port: number): readonly Datagram[] {
    const { httpPort } = this.#options
    const acks = [...this.#sent].map(([messageId, network]) =>
      this.#broadcast(network, { type: 'ACK', messageId, status: 'RECEIVED' }),
    )
    if (httpPort === undefined) return acks
    return [...acks, ...this.#pings((network) => ({ ...this.#ping(network, port), httpPort }))]
  }

  goodbyes(port: number): readonly Datagram[] {
    if (this.#options.httpPort === undefined) return []
    return this.#pings((network) => ({ ...this.#ping(network, port), leaving: true, reply: false }))
  }

  #pings(pingFor: (network: Network) => LsnpMessage): readonly Datagram[] {
    return this.#options.networks.map((network) => this.#broadcast(network, pingFor(network)))
  }

  #ping({ address }: Network, port: number) {
    return { type: 'PING', userId: `${NAME}@${address}`, port, app: USER_AGENT, node: this.#node } as const
  }

  #broadcast({ broadcast }: Network, message: LsnpMessage): Datagram {
    const { discoveryPort = DISCOVERY_PORT } = this.#options
    return { to: { host: broadcast, port: discoveryPort }, bytes: encode(message, 'polyglot') }
  }

  /** A Parley peer that speaks a second dialect is not another program. */
  #isOtherDialect({ address: { host, port }, httpPort, node }: HeardPeer): boolean {
    if (node !== undefined) return false
    return [port, httpPort ?? port].some((each) => this.#parleyPeers.has(`${host}:${each}`))
  }

  finding(): LanFinding {
    const echoes = [...this.#sent].map(([id, network]): Echo => ({
      ...network,
      isHeard: this.#back.has(id),
      problem: this.problems.find((sentence) => sentence.includes(`to ${network.broadcast}:`)),
    }))
    const heard = [...this.#heard.values()].filter((peer) => !this.#isOtherDialect(peer))
    return { listened: this.#options.listen, echoes, heard, problem: undefined }
  }
}

/** Fields that legacy LSNP programs do not send. */
const NOT_PARLEY = { node: undefined, httpPort: undefined, leaving: undefined }

const OPENING_BRACE = 0x7b
const MAX_JSON = 1_024

/** The announcement `{"ip", "port", "name"}` of legacy clients. The address of the datagram counts, not the one in it. */
function jsonAnnouncement(bytes: Buffer): { readonly port: number; readonly name: string } | undefined {
  if (bytes[0] !== OPENING_BRACE || bytes.length > MAX_JSON) return undefined
  try {
    const fields = JSON.parse(bytes.toString()) as { readonly port?: unknown; readonly name?: unknown }
    const { port } = fields
    const name = nameIn({ name: fields.name })
    if (typeof port !== 'number' || !Number.isInteger(port) || port > 65_535 || name === undefined)
      return undefined
    return portProblem(port) === undefined ? { port, name } : undefined
  } catch {
    return undefined
  }
}
