/**
 * A running LAN node: connects a LanMachine (src/udp/node/node.ts) to sockets, a clock and the interfaces of this machine.
 *
 * Datagrams and commands go to the machine with the time, and its effects are carried out in order, one call at a time.
 */
import { networkInterfaces } from 'node:os'
import { ChatError } from '../chat/errors.ts'
import { addressesOf, isWithin, networksOf, sameNetworks, unknownInterfaces } from './networks.ts'
import { LanSockets, type Datagrams, type LanPorts, type LanSocketsOptions } from './socket.ts'
import type { Clock } from '../chat/clock.ts'
import type { Address } from '../http/message.ts'
import type { LanCommand, LanEffect, LanEvent, LanMachine, Network } from './node/model.ts'
import type { Interfaces } from './networks.ts'

export interface LanDiscoveryOptions extends LanPorts {
  readonly machine: LanMachine
  readonly clock: Clock
  /** The names of the interfaces to use, `lo` for all internal ones; all if undefined. */
  readonly interfaces?: readonly string[]
  /** LanSockets.open() unless given; a simulation passes another. */
  readonly openSockets?: (options: LanSocketsOptions) => Promise<Datagrams>
  /** os.networkInterfaces() unless given. */
  readonly readInterfaces?: () => Interfaces
  readonly onEvent: (event: LanEvent) => void
  /** Called with a sentence for our user. */
  readonly onProblem: (sentence: string) => void
}

/** In milliseconds. */
const TICK = 100
const INTERFACES_READ_EVERY = 5_000
/** Smaller differences do not matter, because messages have whole seconds. */
const CLOCK_TOLERANCE = 1_000

/** How many different internal errors are reported; each once. */
const MAX_MISTAKES = 64

export class LanDiscovery implements AsyncDisposable {
  readonly #options: LanDiscoveryOptions
  readonly #sockets: Datagrams
  /** Undefined until they are read. */
  #networks: readonly Network[] | undefined
  #readInterfacesAt = -Infinity
  /** The offset that the machine was given last. */
  #clockOffset = 0
  #unknownInterfaces: readonly string[] = []
  /** Effects to carry out; not empty while one is being carried out. */
  readonly #effects: LanEffect[] = []
  readonly #mistakes = new Set<string>()
  #cancelTick = (): void => undefined
  #closed: Promise<void> | undefined

  private constructor(options: LanDiscoveryOptions, sockets: Datagrams) {
    this.#options = options
    this.#sockets = sockets
  }

  /** Rejects only if no UDP port is free for this program alone. */
  static async start(options: LanDiscoveryOptions): Promise<LanDiscovery> {
    const open = options.openSockets ?? ((opening) => LanSockets.open(opening))
    const sockets = await open({
      ...options,
      onDatagram: (bytes, from) => {
        discovery.#receive(bytes, from)
      },
      onError: ({ message }) => {
        options.onProblem(message)
      },
    })
    const discovery = new LanDiscovery(options, sockets)
    for (const problem of sockets.problems) options.onProblem(problem)
    discovery.#syncClock()
    discovery.#command({ kind: 'start', port: sockets.ownPort })
    discovery.#readInterfaces()
    discovery.#scheduleTick()
    return discovery
  }

  /** Where unicast datagrams arrive. */
  get port(): number {
    return this.#sockets.ownPort
  }

  /** Throws ChatError with a sentence for the caller. Does nothing after close(). */
  command(command: LanCommand): void {
    if (this.#closed !== undefined) return
    const { machine, clock } = this.#options
    this.#perform(command.kind, () => machine.command(command, clock.now()), { throwsChatErrors: true })
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
    this.#cancelTick()
    // If onEvent calls close(), the effects in progress come first.
    await Promise.resolve()
    this.#command({ kind: 'quit' })
    await this.#sockets.close()
  }

  #scheduleTick(): void {
    if (this.#closed !== undefined) return
    this.#cancelTick = this.#options.clock.after(TICK, () => {
      this.#tick()
    })
  }

  #tick(): void {
    if (this.#closed !== undefined) return
    const { machine, clock } = this.#options
    this.#syncClock()
    if (clock.now() >= this.#readInterfacesAt + INTERFACES_READ_EVERY) this.#readInterfaces()
    this.#perform('tick', () => machine.tick(clock.now()))
    this.#scheduleTick()
  }

  /** Messages carry Unix time, so the machine has to know when the wall clock was set. */
  #syncClock(): void {
    const { clock } = this.#options
    const offset = clock.wall() - clock.now()
    if (Math.abs(offset - this.#clockOffset) < CLOCK_TOLERANCE) return
    this.#clockOffset = offset
    this.#command({ kind: 'clock', offset })
  }

  #readInterfaces(): void {
    const { interfaces: only, readInterfaces = networkInterfaces, clock } = this.#options
    this.#readInterfacesAt = clock.now()
    let interfaces: Interfaces
    try {
      interfaces = readInterfaces()
    } catch (error) {
      this.#reportMistake('The interfaces of this machine cannot be read', error)
      return
    }
    this.#sockets.setOwnAddresses(addressesOf(interfaces))
    this.#reportUnknown(unknownInterfaces(interfaces, only ?? []))
    const networks = networksOf(interfaces, only)
    if (this.#networks !== undefined && sameNetworks(networks, this.#networks)) return
    this.#networks = networks
    this.#command({ kind: 'networks', networks })
  }

  /** Reports each missing interface once, and again after it was there in the meantime. */
  #reportUnknown(names: readonly string[]): void {
    for (const name of names) {
      if (this.#unknownInterfaces.includes(name)) continue
      this.#options.onProblem(`There is no interface ${name} with an address: it is used as soon as there is`)
    }
    this.#unknownInterfaces = names
  }

  #receive(bytes: Buffer, from: Address): void {
    if (this.#closed !== undefined) return
    const { machine, clock } = this.#options
    const now = clock.now()
    this.#perform('receive', () =>
      this.#isWanted(from) ? machine.receive(bytes, from, now) : [dropped(from, clock.wall())],
    )
  }

  /** The sockets receive on every interface. An answer would reveal this peer on an interface that is not used. */
  #isWanted({ host }: Address): boolean {
    return this.#options.interfaces === undefined || isWithin(this.#networks ?? [], host)
  }

  #command(command: LanCommand): void {
    const { machine, clock } = this.#options
    this.#perform(command.kind, () => machine.command(command, clock.now()))
  }

  /** Calls the machine and carries out its effects. Throws nothing, or ChatErrors only. */
  #perform(what: string, ask: () => readonly LanEffect[], { throwsChatErrors = false } = {}): void {
    const isBusy = this.#effects.length > 0
    try {
      this.#effects.push(...ask())
    } catch (error) {
      if (throwsChatErrors && error instanceof ChatError) throw error
      this.#reportMistake(`Internal error (${what})`, error)
    }
    if (isBusy) return
    // The array grows during the loop if a listener gives a command: its effects come afterwards.
    try {
      for (const effect of this.#effects) this.#carryOut(effect)
    } finally {
      this.#effects.length = 0
    }
  }

  #carryOut(effect: LanEffect): void {
    if (effect.kind === 'send') {
      this.#sockets.send(effect.to, effect.bytes)
      return
    }
    try {
      this.#options.onEvent(effect.event)
    } catch (error) {
      this.#reportMistake(`Internal error (event ${effect.event.kind})`, error)
    }
  }

  #reportMistake(what: string, error: unknown): void {
    const sentence = `${what}: ${error instanceof Error ? error.message : String(error)}`
    if (this.#mistakes.has(sentence) || this.#mistakes.size >= MAX_MISTAKES) return
    this.#mistakes.add(sentence)
    this.#options.onProblem(sentence)
  }
}

function dropped(address: Address, at: number): LanEffect {
  const text = 'it comes from none of the chosen interfaces'
  return { kind: 'event', event: { kind: 'trace', way: 'DROP', at, address, type: '', text } }
}
