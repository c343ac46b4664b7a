/**
 * The client's end of the handshake: asks for a secure connection, checks who answers, and hands the transport over.
 *
 * Nothing but the request is sent before the other end has proved its key, and message 3, which proves ours, is not
 * sent to another than the one that was meant. In a closed network no other end can answer.
 */
import { DEFAULT_LIMITS, ProtocolError, type Address, type ReceivedResponse } from '../http/message.ts'
import { authority } from '../http/client-connection.ts'
import { ResponseParser } from '../http/codec/response-parser.ts'
import { SECURE_LIMITS } from './limits.ts'
import { SecureTransport, type Wear } from './secure-transport.ts'
import { MESSAGE_BYTES, isSwitch, noiseMessage, upgradeRequest } from './upgrade.ts'
import { OwnKeyError, type ProvingHandshake, type SecureSelf } from './self.ts'
import { isOfClosedNetwork } from './closed.ts'
import type { ClientOptions, ProvingConnect } from '../http/client.ts'
import type { Platform } from '../http/transport/platform.ts'
import type { ProofFailure, Transport, TransportError, TransportHolder } from '../http/transport/transport.ts'

/** There is no secure connection. */
export class SecureError extends Error {
  override readonly name = 'SecureError'
  readonly code: ProofFailure

  constructor(code: ProofFailure, message: string) {
    super(message)
    this.code = code
  }
}

export interface SecureTarget {
  readonly address: Address
  /** The key that is meant. Undefined: any end that proves one. */
  readonly expected?: string | undefined
  readonly wear?: Wear
}

/** How a client of this end connects to targets with a key. */
export function connectorOf(self: SecureSelf): ProvingConnect {
  return (platform, { host, port, key }) =>
    connectSecurely(platform, self, { address: { host, port }, expected: key })
}

/** How a client connects as this end. In a closed network it says nothing in clear, to whatever address. */
export function securedBy(self: SecureSelf): Pick<ClientOptions, 'secure' | 'isClosed'> {
  return { secure: connectorOf(self), isClosed: self.network !== undefined }
}

/** Begins to connect; connected() is called when the other end has proved who it is. */
export function connectSecurely(
  { network, clock }: Platform,
  self: SecureSelf,
  target: SecureTarget,
): SecureTransport {
  const inner = network.connect(target.address)
  const secure = new SecureTransport(inner, clock, target.wear ?? SECURE_LIMITS.clientWear)
  inner.attach(new Initiator(inner, secure, self, target))
  return secure
}

class Initiator implements TransportHolder {
  readonly #inner: Transport
  readonly #secure: SecureTransport
  readonly #handshake: ProvingHandshake
  readonly #isClosed: boolean
  readonly #target: SecureTarget
  readonly #parser = new ResponseParser({ ...DEFAULT_LIMITS, head: 2_048, body: 4_096 })

  constructor(inner: Transport, secure: SecureTransport, self: SecureSelf, target: SecureTarget) {
    this.#inner = inner
    this.#secure = secure
    this.#isClosed = self.network !== undefined
    this.#handshake = self.begin('initiator')
    this.#target = target
  }

  connected(): void {
    this.#secure.begin()
    this.#parser.expectSwitch()
    this.#inner.write(upgradeRequest(authority(this.#target.address), this.#handshake.writeFirst()))
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
      if (response === undefined)
        throw new SecureError('broken_handshake', 'the connection ended within the handshake')
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
    if (status === 429 || status === 503)
      throw new SecureError('busy', `too many secure connections there (${status})`)
    if (status !== 101 && this.#isClosed)
      throw new SecureError('other_network', 'the program there is not in your network')
    if (isOfClosedNetwork(response))
      throw new SecureError('other_network', 'the program there is in a network with a key')
    if (status !== 101) throw new SecureError('not_offered', `no secure connections there (${status})`)
    const message = noiseMessage(response.headers, MESSAGE_BYTES.second)
    if (!isSwitch(response) || message === undefined)
      throw new SecureError('broken_handshake', 'a 101 of another protocol')
    if (this.#parser.buffered > 0) throw new SecureError('broken_handshake', 'bytes before message 3')
    const other = this.#handshake.readProof(message)
    const { expected } = this.#target
    if (expected !== undefined && other.id !== expected)
      throw new SecureError('another_key', 'another key than the one that was meant')
    const third = this.#handshake.writeProof()
    const length = Buffer.alloc(2)
    length.writeUInt16BE(third.length)
    this.#inner.write(Buffer.concat([length, third]))
    this.#secure.establish(this.#handshake.split(), other)
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
  if (error instanceof OwnKeyError) return new SecureError('own_key', error.message)
  const message = error instanceof Error ? error.message : String(error)
  const isHttp = error instanceof ProtocolError
  return new SecureError('broken_handshake', isHttp ? `no HTTP: ${message}` : message)
}
