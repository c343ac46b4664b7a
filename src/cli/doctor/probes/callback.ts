/**
 * A listener for peers that try to reach this machine. It answers requests with a nonce that it gave out. Other requests
 * get 503, so that senders of messages try again when a peer runs here.
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

  /** The number of nonces given out. */
  get given(): number {
    return this.#nonces.size
  }

  close(): Promise<void> {
    return this.#server.close(0)
  }
}

/** A final refusal would make senders give up messages for the peer that usually runs here. */
const LATER = Object.freeze(
  json(503, { error: 'not_a_peer', detail: 'no peer runs here now' }, { 'Retry-After': '10' }),
)

export function newNonce(): string {
  return randomBytes(16).toString('hex')
}
