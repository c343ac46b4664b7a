/**
 * Greets other peers: POST /p2p/hello says who this peer is, and the answer says who is there. A peer that says that it has
 * a key is greeted again, over a connection that proves it.
 */
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { successionsIn } from '../../chat/wire/successions.ts'
import type { Succession } from '../../identity/succession.ts'
import { ClientError } from '../../http/client-connection.ts'
import { isOfClosedNetwork } from '../../secure/closed.ts'
import { jsonObject } from '../../http/body.ts'
import type { Target } from '../../http/message.ts'
import { getRequest, isBadAnswer, postRequest } from '../self/requests.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Self } from '../self/self.ts'
import { shownIn, type ShownHint } from '../profiles/profiles.ts'
import type { HelloService } from './hello.ts'

export interface HelloClientOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly hello: Pick<HelloService, 'greeting'>
  readonly self: Pick<Self, 'node' | 'keys'>
}

/** Who answered a greeting. */
export type Greeted =
  /** This peer, as it describes itself, at the address where it answered. It has a key when that was proved. */
  | ({
      readonly kind: 'met'
      readonly shown: ShownHint
      readonly successions: readonly Succession[]
    } & Registration)
  /** The peer that greets. */
  | { readonly kind: 'self' }
  /** A program that is not the one with this key, or none that greets. */
  | { readonly kind: 'other' }
  /** A program of another network: this one, or that one, has a network key. */
  | { readonly kind: 'stranger' }
  /** Nothing, or a program that is busy, or leaves. */
  | { readonly kind: 'silent' }

export class HelloClient {
  readonly #options: HelloClientOptions

  constructor(options: HelloClientOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async greet(target: Target): Promise<Greeted> {
    const { client, hello } = this.#options
    try {
      const body = JSON.stringify(hello.greeting())
      const answer = await client.request(target, { ...postRequest('/p2p/hello', body), repeatable: true })
      if (isOfClosedNetwork(answer)) return STRANGER
      if (isLater(answer.status)) return SILENT
      const greeted = answer.status === 200 ? this.#read(jsonObject(answer.body.toString()), target) : OTHER
      const key = greeted.kind === 'met' ? greeted.peer.key : undefined
      if (key === undefined || target.key !== undefined) return greeted
      return await this.greet({ ...target, key })
    } catch (error) {
      if (error instanceof ClientError) return FAILURES[error.code] ?? SILENT
      if (isBadAnswer(error)) return OTHER
      throw error
    }
  }

  #read(fields: Readonly<Record<string, unknown>>, target: Target): Greeted {
    const { self } = this.#options
    if (fields['app'] !== 'parley') return OTHER
    if (fields['node'] === self.node) return SELF
    const { peer, channels } = greetingOf(fields, target.host)
    if (target.key !== undefined && peer.key !== target.key) return OTHER
    // It is met where it answered, whatever address it believes to have.
    const met = { ...peer, ip: target.host, port: target.port }
    const successions = successionsIn(fields['successions'])
    return { kind: 'met', peer: met, channels, shown: shownIn(fields), successions }
  }

  /** Whether this node answers at this address. Nothing is said of this peer. Never rejects. */
  async isNode(address: Target, node: string): Promise<boolean> {
    try {
      const answer = await this.#options.client.request(address, getRequest('/p2p/hello'))
      return answer.status === 200 && jsonObject(answer.body.toString())['node'] === node
    } catch (error) {
      if (isBadAnswer(error)) return false
      throw error
    }
  }
}

const OTHER: Greeted = { kind: 'other' }
const STRANGER: Greeted = { kind: 'stranger' }
const SELF: Greeted = { kind: 'self' }
const SILENT: Greeted = { kind: 'silent' }

/** A refusal that says nothing of the program: it is busy, in trouble, or leaves. */
function isLater(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}

/** By the code of a ClientError. */
const FAILURES: Readonly<Record<string, Greeted>> = {
  another_key: OTHER,
  not_offered: OTHER,
  other_network: STRANGER,
  own_key: SELF,
}
