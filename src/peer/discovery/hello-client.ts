/**
 * Peers that no list names: those given by hand, and those that another peer told us of. Each is greeted by
 * POST /p2p/hello, which tells it who we are and us who it is; who does not answer is not there. Where another peer named
 * the address, GET /p2p/hello has to be answered first.
 */
import { TIMES } from '../../chat/limits.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import { ClientError } from '../../http/client-connection.ts'
import { ProtocolError, type Address } from '../../http/message.ts'
import { whoIsAt } from './identify.ts'
import { USER_AGENT } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { HttpClient } from '../../http/network.ts'

export interface IntroductionsOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly clock: Clock
  /** What we say of ourselves: the body of the greeting. */
  readonly self: () => Fields
  /** Random, new at every start: so that we do not meet ourselves. */
  readonly node: string
  /** Somebody has answered. */
  readonly onMet: (source: 'static' | 'told', met: Registration) => void
}

const FIELDS = Object.freeze({ 'Content-Type': 'application/json', 'User-Agent': USER_AGENT })

const ASKING = Object.freeze({ 'User-Agent': USER_AGENT })

/** Of those that we are told of: whoever makes up addresses must not have us knock at many doors. */
const GREETINGS = { perSecond: 2, burst: 20 }

export class HelloClient {
  readonly #options: IntroductionsOptions
  readonly #rate = new RateLimit(GREETINGS)
  /** When those that we were told of were greeted, as long as they are not greeted again; the oldest first. */
  readonly #greeted = new Map<AddressKey, number>()
  #cancel: () => void = () => undefined
  #isStopped = false

  constructor(options: IntroductionsOptions) {
    this.#options = options
  }

  /** Peers given by hand: greeted now and again and again, for they may come and go. */
  keepGreeting(addresses: readonly Address[]): void {
    if (addresses.length === 0 || this.#isStopped) return
    for (const address of addresses) void this.#greet('static', address)
    this.#cancel = this.#options.clock.after(TIMES.greeting, () => {
      this.keepGreeting(addresses)
    })
  }

  /** A message that was passed on told us of somebody; no name or address in it is believed without an answer. */
  toldOf({ ip, port, lsnp }: Peer): void {
    if (lsnp !== undefined || this.#isStopped) return
    const now = this.#options.clock.now()
    for (const [oldest, at] of this.#greeted) {
      if (now - at < TIMES.introduction) break
      this.#greeted.delete(oldest)
    }
    const id = addressKey({ ip, port })
    if (this.#greeted.has(id) || this.#rate.take('all', now) > 0) return
    this.#greeted.set(id, now)
    void this.#introduce({ host: ip, port })
  }

  /** Whether this node answers at this address. Nothing is told of us. Never rejects. */
  async isNode(address: Address, node: string): Promise<boolean> {
    try {
      const request = { method: 'GET', target: '/p2p/hello', headers: ASKING, repeatable: true }
      const answer = await this.#options.client.request(address, request)
      return answer.status === 200 && jsonObject(answer.body.toString())['node'] === node
    } catch (error) {
      if (error instanceof ClientError || error instanceof ProtocolError) return false
      throw error
    }
  }

  /** Nobody is greeted any more, and nobody is met. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** Nothing is sent to an address that a third party named before a peer has answered there. Never rejects. */
  async #introduce(address: Address): Promise<void> {
    try {
      const found = await whoIsAt(this.#options.client, address)
      if (found.kind !== 'parley' || found.node === this.#options.node || this.#isStopped) return
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      return
    }
    await this.#greet('told', address)
  }

  /** Never rejects: who does not answer, or not as a peer does, is not met. */
  async #greet(source: 'static' | 'told', address: Address): Promise<void> {
    const { client, self, node, onMet } = this.#options
    try {
      const body = JSON.stringify(self())
      const request = { method: 'POST', target: '/p2p/hello', headers: FIELDS, body, repeatable: true }
      const answer = await client.request(address, request)
      if (answer.status !== 200 || this.#isStopped) return
      const fields = jsonObject(answer.body.toString())
      if (fields['app'] !== 'parley' || fields['node'] === node) return
      const { peer, channels } = greetingOf(fields, address.host)
      // It is met where it answered, wherever it believes to be.
      onMet(source, { peer: { ...peer, ip: address.host, port: address.port }, channels })
    } catch (error) {
      const isTheirs =
        error instanceof ClientError || error instanceof ChatError || error instanceof ProtocolError
      if (!isTheirs) throw error
    }
  }
}
