/**
 * The client's end of the handshake: asks for a secure connection, checks who answers, and hands the transport over.
 *
 * Nothing but the request is sent before the other end has proved its key, and message 3, which proves ours, is not
 * sent to another than the one that was meant.
 */
import { DEFAULT_LIMITS, ProtocolError, type Address, type ReceivedResponse } from '../http/message.ts'
import { ResponseParser } from '../http/codec/response-parser.ts'
import { SecureTransport } from './secure-transport.ts'
import { MESSAGE_BYTES, isSwitch, noiseMessage, upgradeRequest } from './upgrade.ts'
import type { ProvingHandshake, SecureSelf } from './self.ts'
import type { KeyId } from '../identity/public-key.ts'
import type {
  Transport,
  TransportError,
  TransportHolder,
  TransportNetwork,
} from '../http/transport/transport.ts'

/** Why there is no secure connection. */
export type SecureFailure =
  /** An HTTP server that knows nothing of it answered; `status` is what it said. */
  | 'not-offered'
  /** Another key than the one that was meant. */
  | 'another-key'
  /** What came was no handshake of an honest end. */
  | 'broken'

export class SecureError extends Error {
  override readonly name = 'SecureError'
  readonly failure: SecureFailure
  readonly status: number | undefined

  constructor(failure: SecureFailure, message: string, status?: number) {
    super(message)
    this.failure = failure
    this.status = status
  }
}

export interface SecureTarget {
  readonly address: Address
  /** Who is meant. Undefined: any end that proves a key. */
  readonly expected?: KeyId | undefined
}

/** Begins to connect; connected() is called when the other end has proved who it is. */
export function connectSecurely(
  network: TransportNetwork,
  self: SecureSelf,
  { address, expected }: SecureTarget,
): SecureTransport {
  const inner = network.connect(address)
  const secure = new SecureTransport(inner)
  inner.attach(new Initiator(inner, secure, self.begin('initiator'), { address, expected }))
  return secure
}

class Initiator implements TransportHolder {
  readonly #inner: Transport
  readonly #secure: SecureTransport
  readonly #handshake: ProvingHandshake
  readonly #target: SecureTarget
  readonly #parser = new ResponseParser({ ...DEFAULT_LIMITS, head: 2_048, body: 4_096 })

  constructor(inner: Transport, secure: SecureTransport, handshake: ProvingHandshake, target: SecureTarget) {
    this.#inner = inner
    this.#secure = secure
    this.#handshake = handshake
    this.#target = target
  }

  connected(): void {
    const { host, port } = this.#target.address
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    this.#parser.expectSwitch()
    this.#inner.write(upgradeRequest(authority, this.#handshake.writeFirst()))
  }

  received(chunk: Buffer): void {
    if (this.#inner.isDestroyed) return
    this.#attempt(() => {
      this.#parser.push(chunk)
      const response = this.#parser.next()
      if (response !== undefined) this.#answered(response)
    })
  }

  /** HTTP may say with its end that an answer is whole. */
  ended(): void {
    this.#attempt(() => {
      const response = this.#parser.end()
      if (response === undefined) throw new SecureError('broken', 'the connection ended within the handshake')
      this.#answered(response)
    })
  }

  drained(): void {
    // The request fits: nothing waits for room.
  }

  closed(error?: TransportError): void {
    this.#secure.closed(error)
  }

  #answered(response: ReceivedResponse): void {
    const { status } = response
    if (status !== 101) throw new SecureError('not-offered', `${status} for a secure connection`, status)
    const message = noiseMessage(response.headers, MESSAGE_BYTES.second)
    if (!isSwitch(response) || message === undefined)
      throw new SecureError('broken', 'a 101 that is not ours')
    if (this.#parser.buffered > 0) throw new SecureError('broken', 'bytes before message 3')
    const other = this.#handshake.readProof(message)
    const { expected } = this.#target
    if (expected !== undefined && other.id !== expected)
      throw new SecureError('another-key', 'another key than the one that was meant')
    const third = this.#handshake.writeProof()
    const length = Buffer.alloc(2)
    length.writeUInt16BE(third.length)
    this.#inner.write(Buffer.concat([length, third]))
    this.#secure.establish(this.#handshake.split(), other)
    this.#secure.connected()
  }

  #attempt(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#secure.fail(asSecureError(error))
    }
  }
}

function asSecureError(error: unknown): Error {
  if (error instanceof SecureError) return error
  const message = error instanceof Error ? error.message : String(error)
  const isHttp = error instanceof ProtocolError
  return new SecureError('broken', isHttp ? `no HTTP: ${message}` : message)
}
