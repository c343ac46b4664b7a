/** What this peer says of itself in a greeting. */
import type { Succession } from '../../identity/succession.ts'
import { VERSION } from '../self/version.ts'
import type { Channels } from '../channels.ts'
import type { Profiles } from '../profiles/profiles.ts'
import type { Self } from '../self/self.ts'

export class HelloService {
  readonly #self: Self
  readonly #channels: Channels
  readonly #profiles: Pick<Profiles, 'of'>
  readonly #successions: readonly Succession[]

  constructor(
    self: Self,
    channels: Channels,
    profiles: Pick<Profiles, 'of'>,
    successions: readonly Succession[],
  ) {
    this.#self = self
    this.#channels = channels
    this.#profiles = profiles
    this.#successions = successions
  }

  /** The answer to a greeting. */
  hello(): Record<string, unknown> {
    const { peer, identity, node } = this.#self
    const { status, avatar } = this.#profiles.of(undefined)
    const channels = this.#channels.open
    const shown = { status: status === '' ? undefined : status, picture: avatar?.hash }
    const successions = this.#successions.length === 0 ? undefined : this.#successions
    return { app: 'parley', version: VERSION, ...peer, identity, node, channels, ...shown, successions }
  }

  /** A greeting to another peer, which sees itself from which of several addresses it comes. */
  greeting(): Record<string, unknown> {
    return this.#self.address.isEverywhere ? { ...this.hello(), ip: '' } : this.hello()
  }
}
