/** The requests of this peer. Invariant: none of them goes to a blocked person, as far as its target tells who is there. */
import { ClientError } from '../../http/client-connection.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Target } from '../../http/message.ts'
import type { Hush } from './hush.ts'

export class UnblockedClient implements HttpClient {
  readonly #client: HttpClient
  readonly #hush: Pick<Hush, 'isBlockedAt'>

  constructor(client: HttpClient, hush: Pick<Hush, 'isBlockedAt'>) {
    this.#client = client
    this.#hush = hush
  }

  request(...[target, request]: Parameters<HttpClient['request']>): ReturnType<HttpClient['request']> {
    return this.#hush.isBlockedAt(target) ? Promise.reject(blocked()) : this.#client.request(target, request)
  }

  stream(...[target, request]: Parameters<HttpClient['stream']>): ReturnType<HttpClient['stream']> {
    return this.#hush.isBlockedAt(target) ? Promise.reject(blocked()) : this.#client.stream(target, request)
  }

  line(target: Target): ReturnType<HttpClient['line']> {
    const line = this.#client.line(target)
    const isBlocked = (): boolean => this.#hush.isBlockedAt(target)
    return {
      get isOver() {
        return line.isOver
      },
      get isIdle() {
        return line.isIdle
      },
      request: (request) => (isBlocked() ? Promise.reject(blocked()) : line.request(request)),
    }
  }

  hasAnswered(target: Target): boolean {
    return this.#client.hasAnswered(target)
  }

  close(): void {
    this.#client.close()
  }
}

function blocked(): ClientError {
  return new ClientError('refused', 'you block this person')
}
