/**
 * The LAN for a few seconds: what we send to everybody, does it come back to us, and who else is heard?
 *
 * What is sent to everybody is an ACK of a message that nobody has ever sent, which every LSNP program ignores. Others
 * announce themselves only now and then, so they are asked, by a PING that names no channel and says goodbye in the end:
 * they know us for that moment, and show us nowhere.
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
  /** Where others can reach us; undefined: nobody is asked, for who has no such port is shown as somebody in #general. */
  readonly httpPort: number | undefined
  /** How long to listen, in milliseconds. */
  readonly listen: number
  readonly clock: Clock
  readonly random: Random
  /** What is sent to everybody can be heard at all: the port for it is to be had. */
  readonly canHear: boolean
  /** The node of our own peer, which is running: not somebody else. */
  readonly ownNode: string | undefined
  /** Told of everybody once, at once. */
  readonly onHeard: (peer: HeardPeer) => void
  /** LanSockets.open(); a test passes another. */
  readonly openSockets?: (options: LanSocketsOptions) => Promise<Datagrams>
}

/** By which others know us for a moment. */
const NAME = 'parley-doctor'

/** When what is sent to everybody is sent, in milliseconds from the start: datagrams get lost. */
const SENT_AT = [0, 300, 900]

/** Others that are noted: whoever makes up names does not fill our memory. */
const MOST_HEARD = 256

/** Addresses of our own kind that are noted: two for each peer. */
const MOST_PLACES = 2 * MOST_HEARD

/** Resolves when the time is up. Never rejects. */
export async function probeLan(options: LanProbeOptions): Promise<LanFinding> {
  const { openSockets = openLanSockets } = options
  const ear = new LanListener(options)
  try {
    const sockets = await openSockets({
      ...options,
      onDatagram: (bytes, from) => {
        ear.take(bytes, from)
      },
      onError: ({ message }) => {
        ear.problems.push(message)
      },
    })
    await listen(options, ear, sockets)
    return ear.finding()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { listened: 0, echoes: [], heard: [], problem }
  }
}

/** Asks, listens until the time is up, and says goodbye. */
async function listen(
  { clock, listen: ms }: LanProbeOptions,
  ear: LanListener,
  sockets: Datagrams,
): Promise<void> {
  const send = (datagrams: readonly Datagram[]): void => {
    for (const { to, bytes } of datagrams) sockets.send(to, bytes)
  }
  const cancels = SENT_AT.filter((at) => at < ms).map((at) =>
    clock.after(at, () => {
      send(ear.questions(sockets.ownPort))
    }),
  )
  try {
    await new Promise<void>((resolve) => clock.after(ms, resolve))
    send(ear.goodbyes(sockets.ownPort))
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

/** What was heard, and what is to be said. */
class LanListener {
  readonly #options: LanProbeOptions
  readonly #node: string
  /** Each network by the id of the ACK that is sent there. */
  readonly #sent: ReadonlyMap<string, Network>
  readonly #back = new Set<string>()
  readonly #heard = new Map<string, HeardPeer>()
  /** `host:port` where our own kind sends from and takes messages: it speaks the other dialects from there, too. */
  readonly #ofOurKind = new Set<string>()
  /** Sentences: what could not be sent. */
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
    const { node, httpPort, leaving } = message.type === 'PEER_DISCOVERY' ? NOT_OUR_KIND : message
    if (node !== undefined && this.#ofOurKind.size < MOST_PLACES)
      for (const port of [from.port, httpPort ?? from.port]) this.#ofOurKind.add(`${from.host}:${port}`)
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
    if (!isKnown && this.#heard.size >= MOST_HEARD) return
    this.#heard.set(key, peer)
    if (!isKnown) this.#options.onHeard(peer)
  }

  questions(port: number): readonly Datagram[] {
    const { httpPort } = this.#options
    const acks = [...this.#sent].map(([messageId, network]) =>
      this.#toEverybody(network, { type: 'ACK', messageId, status: 'RECEIVED' }),
    )
    if (httpPort === undefined) return acks
    return [...acks, ...this.#pings((network) => ({ ...this.#ping(network, port), httpPort }))]
  }

  goodbyes(port: number): readonly Datagram[] {
    if (this.#options.httpPort === undefined) return []
    return this.#pings((network) => ({ ...this.#ping(network, port), leaving: true, reply: false }))
  }

  #pings(pingFor: (network: Network) => LsnpMessage): readonly Datagram[] {
    return this.#options.networks.map((network) => this.#toEverybody(network, pingFor(network)))
  }

  #ping({ address }: Network, port: number) {
    return { type: 'PING', userId: `${NAME}@${address}`, port, app: USER_AGENT, node: this.#node } as const
  }

  #toEverybody({ broadcast }: Network, message: LsnpMessage): Datagram {
    const { discoveryPort = DISCOVERY_PORT } = this.#options
    return { to: { host: broadcast, port: discoveryPort }, bytes: encode(message, 'polyglot') }
  }

  /** One peer is heard once: what it says in another dialect, before or after, is of no other program. */
  #isOtherDialect({ address: { host, port }, httpPort, node }: HeardPeer): boolean {
    if (node !== undefined) return false
    return [port, httpPort ?? port].some((each) => this.#ofOurKind.has(`${host}:${each}`))
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

/** What the first programs of the LSNP family do not say of themselves. */
const NOT_OUR_KIND = { node: undefined, httpPort: undefined, leaving: undefined }

const OPENING_BRACE = 0x7b
const LONGEST_JSON = 1_024

/** `{"ip", "port", "name"}` of the other family; the address it came from counts, not the one it names. */
function jsonAnnouncement(bytes: Buffer): { readonly port: number; readonly name: string } | undefined {
  if (bytes[0] !== OPENING_BRACE || bytes.length > LONGEST_JSON) return undefined
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
