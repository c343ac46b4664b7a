/**
 * The server's end of the handshake. Nothing is sent behind the 101, and nothing is served, before the client has proved
 * its key by message 3.
 */
import { SecureTransport } from './secure-transport.ts'
import { MESSAGE_BYTES, noiseMessage, switchFields } from './upgrade.ts'
import type { ProvingHandshake, SecureSelf } from './self.ts'
import type { Headers } from '../http/headers.ts'
import type { Transport, TransportError, TransportHolder } from '../http/transport/transport.ts'

/** A request for a secure connection that was read: the fields of its 101, and what becomes of the transport. */
export interface Response101 {
  readonly fields: string
  /** Takes the transport, on which the 101 was written. Resolves when the client has proved its key, or not at all. */
  readonly take: (transport: Transport, proved: (secure: SecureTransport) => void) => SecureTransport
}

/** Undefined when the request has no message 1 that a handshake begins with. */
export function answerUpgrade(self: SecureSelf, headers: Headers): Response101 | undefined {
  const message = noiseMessage(headers, MESSAGE_BYTES.first)
  if (message === undefined) return undefined
  const handshake = self.begin('responder')
  try {
    handshake.readFirst(message)
    const fields = switchFields(handshake.writeProof())
    return {
      fields,
      take: (inner, proved) => {
        const secure = new SecureTransport(inner)
        inner.attach(new Responder(inner, secure, handshake, proved))
        return secure
      },
    }
  } catch {
    // A point of small order: no key comes of it.
    return undefined
  }
}

const LENGTH_BYTES = 2

class Responder implements TransportHolder {
  readonly #inner: Transport
  readonly #secure: SecureTransport
  readonly #handshake: ProvingHandshake
  readonly #proved: (secure: SecureTransport) => void
  #received: Buffer = Buffer.alloc(0)

  constructor(
    inner: Transport,
    secure: SecureTransport,
    handshake: ProvingHandshake,
    proved: (secure: SecureTransport) => void,
  ) {
    this.#inner = inner
    this.#secure = secure
    this.#handshake = handshake
    this.#proved = proved
  }

  connected(): void {
    // It was accepted.
  }

  received(chunk: Buffer): void {
    if (this.#inner.isDestroyed) return
    this.#received = Buffer.concat([this.#received, chunk])
    if (this.#received.length < LENGTH_BYTES) return
    const end = LENGTH_BYTES + MESSAGE_BYTES.third
    if (this.#received.readUInt16BE() !== MESSAGE_BYTES.third) {
      this.#secure.fail(new Error('message 3 has another length'))
      return
    }
    if (this.#received.length < end) return
    this.#prove(this.#received.subarray(LENGTH_BYTES, end), this.#received.subarray(end))
  }

  ended(): void {
    this.#secure.fail(new Error('the connection ended within the handshake'))
  }

  drained(): void {
    // Nothing waits for room.
  }

  closed(error?: TransportError): void {
    this.#secure.closed(error)
  }

  #prove(message: Buffer, rest: Buffer): void {
    try {
      const other = this.#handshake.readProof(message)
      this.#secure.establish(this.#handshake.split(), other)
    } catch (error) {
      this.#secure.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#proved(this.#secure)
    // The first records may come with message 3.
    if (rest.length > 0) this.#secure.received(rest)
  }
}
