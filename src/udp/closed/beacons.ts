/**
 * Beacons of a running peer in a closed network: connects a BeaconNode to sockets, a clock and the interfaces of this machine.
 */
import { networkInterfaces } from 'node:os'
import { addressesOf, isWithin, networksOf, sameNetworks, type Interfaces } from '../networks.ts'
import { LanSockets, type Datagrams, type LanPorts, type LanSocketsOptions } from '../socket.ts'
import { BeaconNode, type Datagram, type Heard } from './beacon-node.ts'
import { BEACON_PORT, BEACON_TIMES } from './limits.ts'
import type { Beacon, Seal } from './beacon.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Address } from '../../http/message.ts'
import type { Network } from '../node/model.ts'

export interface BeaconsOptions {
  readonly seal: Seal
  /** Random id of this run: 16 lower-case hexadecimal digits. */
  readonly node: string
  /** Where this peer takes connections. */
  readonly tcpPort: number
  readonly clock: Clock
  /** The names of the interfaces to use, `lo` for all internal ones; all if undefined. */
  readonly interfaces?: readonly string[] | undefined
  /** `discoveryPort`: where beacons are broadcast, BEACON_PORT unless given. */
  readonly ports?: Omit<LanPorts, 'announcePort'> | undefined
  /** LanSockets.open() unless given; a simulation passes another. */
  readonly openSockets?: ((options: LanSocketsOptions) => Promise<Datagrams>) | undefined
  /** os.networkInterfaces() unless given. */
  readonly readInterfaces?: (() => Interfaces) | undefined
  readonly onPeer: (peer: NonNullable<Heard['peer']>) => void
  /** Called with a sentence for our user. */
  readonly onProblem: (sentence: string) => void
}

export class Beacons implements AsyncDisposable {
  readonly #options: BeaconsOptions
  readonly #sockets: Datagrams
  readonly #node: BeaconNode
  #networks: readonly Network[] = []
  readonly #timers = new Set<() => void>()
  /** The user knows that the interfaces cannot be read. */
  #isProblemKnown = false
  #closed: Promise<void> | undefined

  private constructor(options: BeaconsOptions, sockets: Datagrams, beaconPort: number) {
    const { seal, node, tcpPort } = options
    this.#options = options
    this.#sockets = sockets
    this.#node = new BeaconNode({ seal, node, tcpPort, udpPort: sockets.ownPort, beaconPort })
  }

  /** Rejects only if no UDP port is free for this program alone. */
  static async start(options: BeaconsOptions): Promise<Beacons> {
    const open = options.openSockets ?? ((opening) => LanSockets.open(opening))
    const beaconPort = options.ports?.discoveryPort ?? BEACON_PORT
    const sockets = await open({
      ...options.ports,
      shared: [{ port: beaconPort, loss: 'peers are not found automatically' }],
      onDatagram: (bytes, from) => {
        beacons.#receive(bytes, from)
      },
      onError: ({ message }) => {
        options.onProblem(message)
      },
    })
    const beacons = new Beacons(options, sockets, beaconPort)
    for (const problem of sockets.problems) options.onProblem(problem)
    beacons.#watchInterfaces()
    beacons.#goOn()
    return beacons
  }

  /** This peer shows something else of itself: members may ask it now. */
  announce(): void {
    this.#say('here')
  }

  /** Says goodbye and closes the sockets. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.#send(this.#node.broadcast('bye'))
    await this.#sockets.close()
  }

  /** A beacon at each interval. */
  #goOn(): void {
    this.#later(BEACON_TIMES.interval, () => {
      this.#node.sweep(this.#options.clock.now())
      this.#send(this.#node.broadcast('here'))
      this.#goOn()
    })
  }

  /** Now, and again a moment later. */
  #say(kind: Beacon['kind']): void {
    if (this.#closed !== undefined) return
    this.#send(this.#node.broadcast(kind))
    for (const after of BEACON_TIMES.repeats)
      this.#later(after, () => {
        this.#send(this.#node.broadcast(kind))
      })
  }

  #watchInterfaces(): void {
    const interfaces = this.#interfaces()
    const networks = networksOf(interfaces, this.#options.interfaces)
    this.#sockets.setOwnAddresses(addressesOf(interfaces))
    if (!sameNetworks(networks, this.#networks)) {
      this.#networks = networks
      this.#node.networks = networks
      this.#say('ask')
    }
    this.#later(BEACON_TIMES.interfaces, () => {
      this.#watchInterfaces()
    })
  }

  /** None while the system does not list them, which some do not. */
  #interfaces(): Interfaces {
    const { readInterfaces = networkInterfaces, onProblem } = this.#options
    try {
      return readInterfaces()
    } catch (error) {
      if (!this.#isProblemKnown) onProblem(`The interfaces of this machine cannot be read: ${String(error)}`)
      this.#isProblemKnown = true
      return {}
    }
  }

  #receive(bytes: Buffer, from: Address): void {
    const { clock, onPeer } = this.#options
    if (this.#closed !== undefined || !isWithin(this.#networks, from.host)) return
    const { peer, answer } = this.#node.receive(bytes, clock.now())
    if (answer !== undefined) this.#send([answer])
    if (peer !== undefined) onPeer(peer)
  }

  #send(datagrams: readonly Datagram[]): void {
    for (const { to, bytes } of datagrams) this.#sockets.send(to, bytes)
  }

  #later(ms: number, task: () => void): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel)
      task()
    })
    this.#timers.add(cancel)
  }
}
