/**
 * The requests of this peer to others. Invariant: none of them goes to a blocked person, as far as its target tells who is
 * there; and the routes learn from the end of each one where its recipient is.
 */
import { ClientError } from '../../http/client-connection.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Address, Target } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Hush } from '../hush/hush.ts'
import { isOther, type Routes } from './routes.ts'

export class PeerClient implements HttpClient {
  readonly #client: HttpClient
  readonly #hush: Pick<Hush, 'isBlockedAt'>
  readonly #routes: Routes

  constructor(client: HttpClient, hush: Pick<Hush, 'isBlockedAt'>, routes: Routes) {
    this.#client = client
    this.#hush = hush
    this.#routes = routes
  }

  request(...[target, request]: Parameters<HttpClient['request']>): ReturnType<HttpClient['request']> {
    return this.#learning(target, () => this.#client.request(target, request))
  }

  stream(...[target, request]: Parameters<HttpClient['stream']>): ReturnType<HttpClient['stream']> {
    return this.#learning(target, () => this.#client.stream(target, request))
  }

  line(target: Target): ReturnType<HttpClient['line']> {
    const line = this.#client.line(target)
    return {
      get isOver() {
        return line.isOver
      },
      get isIdle() {
        return line.isIdle
      },
      request: (request) => this.#learning(target, () => line.request(request)),
    }
  }

  hasAnswered(target: Target): boolean {
    return this.#client.hasAnswered(target)
  }

  close(): void {
    this.#client.close()
  }

  #learning<Answer>(target: Target, ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#hush.isBlockedAt(target))
      return Promise.reject(new ClientError('refused', 'you block this person'))
    return hasKey(target) ? this.#learned(target, ask()) : ask()
  }

  async #learned<Answer>({ key, host, port }: KeyedTarget, answer: Promise<Answer>): Promise<Answer> {
    const address = { host, port }
    try {
      const answered = await answer
      if (!this.#routes.isProvedAt(key, address)) this.#routes.proved(key, address)
      return answered
    } catch (error) {
      if (error instanceof ClientError) this.#unanswered(key, address, error)
      throw error
    }
  }

  #unanswered(key: KeyId, address: Address, error: ClientError): void {
    // A connection that was in use before, and closed, tells nothing of the address; nor does a member that lets nothing in.
    if (error.stale || error.code === 'not_admitted') return
    if (isOther(error)) this.#routes.refuted(key, address)
    else this.#routes.failed(key, address)
  }
}

type KeyedTarget = Target & { readonly key: KeyId }

function hasKey(target: Target): target is KeyedTarget {
  return target.key !== undefined
}
