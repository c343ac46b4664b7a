/**
 * A listener for those who try to reach us: it answers the questions that we gave out, and nothing else. Whoever comes
 * with messages, because a peer is here at other times, is told to come again.
 */
import { randomBytes } from 'node:crypto'
import { json } from '../../../http/router.ts'
import { nonceIn } from '../../../peer/self/reach-check.ts'
import type { Handler } from '../../../http/message.ts'
import type { HttpNetwork, HttpServer } from '../../../http/network.ts'

export class CallbackListener {
  readonly #server: HttpServer
  readonly #nonces: ReadonlySet<string>
  readonly nonce: () => string

  private constructor(server: HttpServer, nonces: Set<string>) {
    this.#server = server
    this.#nonces = nonces
    this.nonce = () => {
      const nonce = newNonce()
      nonces.add(nonce)
      return nonce
    }
  }

  /** Rejects with the error of listen(2). */
  static async open(network: HttpNetwork, at: { host: string; port: number }): Promise<CallbackListener> {
    const nonces = new Set<string>()
    const handle: Handler = ({ path }) => {
      const nonce = nonceIn(path)
      return nonce !== undefined && nonces.has(nonce) ? json(200, { status: 'ok', nonce }) : LATER
    }
    return new CallbackListener(await network.listen(handle, { ...at, onError: () => undefined }), nonces)
  }

  get port(): number {
    return this.#server.address.port
  }

  /** Questions that were given out. */
  get given(): number {
    return this.#nonces.size
  }

  close(): Promise<void> {
    return this.#server.close(0)
  }
}

/** A final refusal would make others give up the messages that wait for the peer that is usually here. */
const LATER = Object.freeze(
  json(503, { error: 'not_a_peer', detail: 'no peer runs here now' }, { 'Retry-After': '10' }),
)

export function newNonce(): string {
  return randomBytes(16).toString('hex')
}
