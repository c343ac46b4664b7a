/**
 * A LAN for tests, without sockets or real time: machines with addresses, programs on them, and datagrams that are lost,
 * doubled or late as a seed decides.
 *
 * As on a real LAN, a broadcast reaches all programs that listen on its port, the sender among them; a unicast datagram
 * reaches the program that listens there, and on a shared port only the last one that opened it.
 */
import { seededRandom } from '../../scripts/fuzz/mutate.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../src/udp/lsnp/ports.ts'
import { isIn } from '../../src/udp/networks.ts'
import { LanNode } from '../../src/udp/node/node.ts'
import type { LanNodeOptions } from '../../src/udp/node/context.ts'
import { decode, type LsnpMessage } from '../../src/udp/lsnp/codec.ts'
import type { Address } from '../../src/http/message.ts'
import type { LanCommand, LanEffect, LanEvent, LanMachine, Network } from '../../src/udp/node/model.ts'

export const TICK = 100
/** Unix time in milliseconds at which simulations begin. */
export const START = 1_795_304_000_000

/** More datagrams in one moment are a storm. */
const STORM = 200_000

const SHARED_PORTS: readonly number[] = [DISCOVERY_PORT, ANNOUNCE_PORT]

/** An interface in 10.77.0.0/24. */
export function ethernet(address: string): Network {
  return { name: 'eth0', address, netmask: '255.255.255.0', broadcast: '10.77.0.255' }
}

export const LOOPBACK: Network = {
  name: 'lo',
  address: '127.0.0.1',
  netmask: '255.0.0.0',
  broadcast: '127.255.255.255',
}

/** A LanNode, or a stand-in for a foreign program. */
export type Program = Pick<LanMachine, 'receive' | 'tick'>

export interface Sent {
  readonly at: number
  readonly to: Address
  readonly bytes: Buffer
  readonly type: string
  readonly isBroadcast: boolean
}

export interface LinkConditions {
  /** The probability that a datagram is lost or doubled on its way to a recipient: 0 to 1. */
  readonly loss: number
  readonly duplication: number
  /** The longest delay of a datagram, in milliseconds, so that datagrams overtake one another. */
  readonly delay: number
}

interface InTransit {
  readonly at: number
  readonly to: Station
  readonly from: Address
  readonly bytes: Buffer
}

/** One program on one machine. */
export class Station<Kind extends Program = Program> {
  readonly program: Kind
  readonly port: number
  /** The interfaces of its machine. Stations with the same addresses are on one machine. */
  networks: readonly Network[]
  readonly events: LanEvent[] = []
  readonly sent: Sent[] = []
  /** The machine sleeps: the station receives and does nothing. */
  asleep = false
  /** The network cable is unplugged. */
  unplugged = false

  constructor(program: Kind, port: number, networks: readonly Network[]) {
    this.program = program
    this.port = port
    this.networks = networks
  }

  get address(): string {
    return this.networks.at(-1)?.address ?? ''
  }

  /** The events of one kind. */
  eventsOf<EventKind extends LanEvent['kind']>(kind: EventKind): Extract<LanEvent, { kind: EventKind }>[] {
    return this.events.filter((event): event is Extract<LanEvent, { kind: EventKind }> => event.kind === kind)
  }

  /** The messages of one type that it sent, as they are decoded on arrival. */
  messages<Type extends LsnpMessage['type']>(type: Type): Extract<LsnpMessage, { type: Type }>[] {
    return this.sent.flatMap(({ bytes }) => {
      const decoded = decode(bytes)
      return decoded.ok && isOfType(decoded.message, type) ? [decoded.message] : []
    })
  }
}

function isOfType<Type extends LsnpMessage['type']>(
  message: LsnpMessage,
  type: Type,
): message is Extract<LsnpMessage, { type: Type }> {
  return message.type === type
}

export class SimulatedLan {
  now = START
  readonly stations: Station[] = []
  conditions: LinkConditions
  readonly random: () => number
  #flights: InTransit[] = []

  constructor(fate: Partial<LinkConditions> & { readonly seed?: number } = {}) {
    const { seed = 1, loss = 0, duplication = 0, delay = 0 } = fate
    this.conditions = { loss, duplication, delay }
    this.random = seededRandom(seed)
  }

  /** Starts a LanNode; `address` in 10.77.0.0/24. `claims`: the node and the key that it announces. */
  node(
    username: string,
    address: string | readonly Network[],
    port = 8000,
    claims: Pick<Partial<LanNodeOptions>, 'node' | 'key'> = {},
  ): Station<LanNode> {
    const networks = typeof address === 'string' ? [ethernet(address)] : address
    const { node = hex16(this.random), key } = claims
    const program = new LanNode({ node, key, username, app: 'parley/0.1', random: this.random })
    const station = this.add(program, networks, port)
    this.command(station, { kind: 'profile', channels: ['general'], httpPort: port })
    this.command(station, { kind: 'start', port })
    this.command(station, { kind: 'networks', networks })
    return station
  }

  /** Adds a program. Without a port it has none of its own, and sends from the discovery port. */
  add<Kind extends Program>(
    program: Kind,
    address: string | readonly Network[],
    port = DISCOVERY_PORT,
  ): Station<Kind> {
    const networks = typeof address === 'string' ? [ethernet(address)] : address
    const station = new Station(program, port, networks)
    this.stations.push(station)
    return station
  }

  command(station: Station<LanNode>, command: LanCommand): void {
    this.#perform(station, station.program.command(command, this.now))
    this.#deliver()
  }

  /** Delivers a datagram that no station sent. */
  inject(bytes: Buffer | string, from: Address, to: Station): void {
    this.#flights.push({ at: this.now, to, from, bytes: Buffer.from(bytes) })
    this.#deliver()
  }

  /** Removes a station without a goodbye. */
  remove(station: Station): void {
    this.stations.splice(this.stations.indexOf(station), 1)
  }

  /** Lets time pass; every program ticks every 100 ms, the first time at once. */
  step(ms: number): void {
    for (const end = this.now + ms; ;) {
      this.#tick()
      if (this.now + TICK > end) break
      this.now += TICK
    }
  }

  #tick(): void {
    this.#deliver()
    for (const station of this.stations) {
      if (!station.asleep) this.#perform(station, station.program.tick(this.now))
      this.#deliver()
    }
  }

  #perform(station: Station, effects: readonly LanEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'event') station.events.push(effect.event)
      else this.#send(station, effect.to, effect.bytes)
    }
  }

  #send(sender: Station, to: Address, bytes: Buffer): void {
    const receivers = this.#receivers(sender, to)
    const decoded = decode(bytes)
    const isBroadcast = sender.networks.some(({ broadcast }) => broadcast === to.host)
    const type = decoded.ok ? decoded.message.type : bytes[0] === 0x7b ? 'JSON' : '?'
    sender.sent.push({ at: this.now, to, bytes, type, isBroadcast })
    const network = sender.networks.find((each) => isIn(to.host, each))
    if (network === undefined) return
    const from = { host: network.address, port: sender.port }
    for (const receiver of receivers) {
      const copies = receiver === sender ? 1 : this.#copies()
      for (let copy = 0; copy < copies; copy++) {
        const at = this.now + this.random() * this.conditions.delay
        this.#flights.push({ at, to: receiver, from, bytes })
      }
    }
  }

  #copies(): number {
    if (this.random() < this.conditions.loss) return 0
    return this.random() < this.conditions.duplication ? 2 : 1
  }

  #receivers(sender: Station, to: Address): readonly Station[] {
    const reachable = this.stations.filter(
      (station) => isSameMachine(station, sender) || !(station.unplugged || sender.unplugged),
    )
    const listening = reachable.filter(({ port }) => port === to.port || SHARED_PORTS.includes(to.port))
    const isLocal = LOOPBACK.address === to.host || LOOPBACK.broadcast === to.host
    const near = listening.filter((station) => !isLocal || isSameMachine(station, sender))
    const everybody = near.filter(({ networks }) => networks.some(({ broadcast }) => broadcast === to.host))
    if (everybody.length > 0) return everybody
    return near.filter(({ networks }) => networks.some(({ address }) => address === to.host)).slice(-1)
  }

  /** Delivers what is due, and the immediate answers to it. */
  #deliver(): void {
    for (let count = 0; ; count++) {
      if (count > STORM) throw new Error('the datagrams do not come to an end')
      const next = this.#flights.findIndex(({ at }) => at <= this.now)
      const [flight] = next === -1 ? [] : this.#flights.splice(next, 1)
      if (flight === undefined) return
      const { to, bytes, from } = flight
      if (!to.asleep) this.#perform(to, to.program.receive(bytes, from, this.now))
    }
  }
}

function isSameMachine(one: Station, other: Station): boolean {
  if (one === other) return true
  return one.networks.some(({ address, name }) =>
    other.networks.some((network) => name !== 'lo' && network.address === address),
  )
}

export function hex16(random: () => number): string {
  return Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')
}
