/**
 * LAN discovery that runs: the pure machine (lan.ts) joined to sockets, to a clock and to the interfaces of this
 * machine. What comes in is given to the machine, with the time; what the machine wants done is done, in order.
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
  /** The names of those to use, `lo` for all that are internal. Without it: all. */
  readonly interfaces?: readonly string[]
  /** LanSockets.open(); a simulation passes another. */
  readonly openSockets?: (options: LanSocketsOptions) => Promise<Datagrams>
  /** os.networkInterfaces() */
  readonly readInterfaces?: () => Interfaces
  readonly onEvent: (event: LanEvent) => void
  /** A sentence for people. */
  readonly onProblem: (sentence: string) => void
}

/** In milliseconds. */
const TICK = 100
const INTERFACES_READ_EVERY = 5_000
/** Messages have whole seconds. */
const CLOCK_ALIKE = 1_000

/** Mistakes of ours that are told, at most; each once. */
const MOST_MISTAKES = 64

export class LanDiscovery implements AsyncDisposable {
  readonly #options: LanDiscoveryOptions
  readonly #sockets: Datagrams
  /** Undefined until they were read. */
  #networks: readonly Network[] | undefined
  #readInterfacesAt = -Infinity
  /** What the machine was told last. */
  #clockOffset = 0
  #unknownInterfaces: readonly string[] = []
  /** What is to be done; not empty while something is being done. */
  readonly #effects: LanEffect[] = []
  readonly #mistakes = new Set<string>()
  #cancelTick = (): void => undefined
  #closed: Promise<void> | undefined

  private constructor(options: LanDiscoveryOptions, sockets: Datagrams) {
    this.#options = options
    this.#sockets = sockets
  }

  /** Rejects only when there is no UDP port for us alone. */
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
    discovery.#tellClock()
    discovery.#tell({ kind: 'start', port: sockets.ownPort })
    discovery.#readInterfaces()
    discovery.#scheduleTick()
    return discovery
  }

  /** Where datagrams for us alone come to. */
  get port(): number {
    return this.#sockets.ownPort
  }

  /** Throws Refused with a sentence for whoever gave the command. After close() it does nothing. */
  command(command: LanCommand): void {
    if (this.#closed !== undefined) return
    const { machine, clock } = this.#options
    this.#perform(command.kind, () => machine.command(command, clock.now()), { throwsRefused: true })
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
    // When we are closed by onEvent, what is just being done is done first.
    await Promise.resolve()
    this.#tell({ kind: 'quit' })
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
    this.#tellClock()
    if (clock.now() >= this.#readInterfacesAt + INTERFACES_READ_EVERY) this.#readInterfaces()
    this.#perform('tick', () => machine.tick(clock.now()))
    this.#scheduleTick()
  }

  /** Messages carry Unix time, also after the clock has been set. */
  #tellClock(): void {
    const { clock } = this.#options
    const offset = clock.wall() - clock.now()
    if (Math.abs(offset - this.#clockOffset) < CLOCK_ALIKE) return
    this.#clockOffset = offset
    this.#tell({ kind: 'clock', offset })
  }

  #readInterfaces(): void {
    const { interfaces: only, readInterfaces = networkInterfaces, clock } = this.#options
    this.#readInterfacesAt = clock.now()
    let interfaces: Interfaces
    try {
      interfaces = readInterfaces()
    } catch (error) {
      this.#tellMistake('The interfaces of this machine cannot be read', error)
      return
    }
    this.#sockets.setOwnAddresses(addressesOf(interfaces))
    this.#tellUnknown(unknownInterfaces(interfaces, only ?? []))
    const networks = networksOf(interfaces, only)
    if (this.#networks !== undefined && sameNetworks(networks, this.#networks)) return
    this.#networks = networks
    this.#tell({ kind: 'networks', networks })
  }

  /** Of each interface that is missing, once; again when it has been there in the meantime. */
  #tellUnknown(names: readonly string[]): void {
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

  /** The sockets hear every interface. Whoever is answered is told that we are here, so others are not heard. */
  #isWanted({ host }: Address): boolean {
    return this.#options.interfaces === undefined || isWithin(this.#networks ?? [], host)
  }

  #tell(command: LanCommand): void {
    const { machine, clock } = this.#options
    this.#perform(command.kind, () => machine.command(command, clock.now()))
  }

  /** Asks the machine and does what it wants. Throws nothing, or only Refused. */
  #perform(what: string, ask: () => readonly LanEffect[], { throwsRefused = false } = {}): void {
    const isBusy = this.#effects.length > 0
    try {
      this.#effects.push(...ask())
    } catch (error) {
      if (throwsRefused && error instanceof ChatError) throw error
      this.#tellMistake(`A mistake of ours (${what})`, error)
    }
    if (isBusy) return
    // The array grows meanwhile when a listener of an event gives a command: that is done afterwards.
    try {
      for (const effect of this.#effects) this.#do(effect)
    } finally {
      this.#effects.length = 0
    }
  }

  #do(effect: LanEffect): void {
    if (effect.kind === 'send') {
      this.#sockets.send(effect.to, effect.bytes)
      return
    }
    try {
      this.#options.onEvent(effect.event)
    } catch (error) {
      this.#tellMistake(`A mistake of ours (event ${effect.event.kind})`, error)
    }
  }

  #tellMistake(what: string, error: unknown): void {
    const sentence = `${what}: ${error instanceof Error ? error.message : String(error)}`
    if (this.#mistakes.has(sentence) || this.#mistakes.size >= MOST_MISTAKES) return
    this.#mistakes.add(sentence)
    this.#options.onProblem(sentence)
  }
}

function dropped(address: Address, at: number): LanEffect {
  const text = 'it comes from none of the chosen interfaces'
  return { kind: 'event', event: { kind: 'trace', way: 'DROP', at, address, type: '', text } }
}
