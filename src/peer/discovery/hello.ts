/** Who we are, for whoever greets us or is greeted, and whom we meet by it: peers that no list names. Pure. */
import { addressProblem, namedAddressProblem } from '../../chat/address.ts'
import { TIMES } from '../../chat/limits.ts'
import { DIRECT, addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { VERSION } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence } from '../../chat/presence.ts'
import type { OwnAddress } from '../self/own-address.ts'

export interface GreetingsOptions {
  readonly roster: Presence
  readonly clock: Clock
  readonly self: () => Peer
  readonly identity: string
  /** Random, new at every start. */
  readonly node: string
  readonly channels: () => readonly string[]
  readonly own: () => OwnAddress
  /** Whether a peer that says that it is in this channel is listed there. */
  readonly mayHear: (id: AddressKey, channel: string) => boolean
  /** A peer greeted us from its own address. */
  readonly arrived: (peer: Peer, channels: readonly string[], node: unknown) => void
}

export class HelloService {
  readonly #options: GreetingsOptions

  constructor(options: GreetingsOptions) {
    this.#options = options
  }

  /** The answer to a greeting. */
  hello(): Record<string, unknown> {
    const { self, identity, node, channels } = this.#options
    return { app: 'parley', version: VERSION, ...self(), identity, node, channels: channels() }
  }

  /** The same to somebody else. Of several addresses of ours, it sees which one it is. */
  greeting(): Record<string, unknown> {
    return this.#options.own().isEverywhere ? { ...this.hello(), ip: '' } : this.hello()
  }

  /** Somebody at `remote` greets us; returns the answer. Throws Refused. */
  greeted(fields: Fields, remote: string): Record<string, unknown> {
    const greeting = greetingOf(fields, remote)
    // Nobody is met because somebody else says so.
    const { node, identity } = this.#options
    const isOther = fields['node'] !== node && greeting.peer.identity !== identity
    if (isOther && greeting.peer.ip === remote) this.#arrived(greeting, fields['node'])
    return this.hello()
  }

  /** Who greets us need not say where it is: it is listed when it was reached there. */
  #arrived({ peer, channels }: Registration, node: unknown): void {
    const { own, arrived } = this.#options
    const isRefused = namedAddressProblem(peer.ip, peer.port) !== undefined
    if (!isRefused && !own().isOurs(peer)) arrived(peer, [...channels, DIRECT], node)
  }

  /** A peer answered our greeting. `source`: how we came to greet it. */
  met(source: 'static' | 'told', { peer, channels }: Registration): void {
    const { roster, clock, own, mayHear } = this.#options
    const problem = source === 'static' ? addressProblem : namedAddressProblem
    if (problem(peer.ip, peer.port) !== undefined || own().isOurs(peer)) return
    const id = addressKey(peer)
    const until = clock.now() + TIMES.lease
    for (const channel of [...channels, DIRECT])
      if (mayHear(id, channel)) roster.add(source, peer, channel, until)
    const left = roster.channelsOf(id).filter((each) => each !== DIRECT && !channels.includes(each))
    for (const channel of left) roster.remove(source, id, channel, 'left')
  }
}
