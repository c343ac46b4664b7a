/**
 * The server's end of the handshake. Nothing is sent behind the 101, and nothing is served, before the client has proved
 * its key by message 3. A connection that fails to do so in time, or in any way, ends without a word.
 */
import { SECURE_LIMITS } from './limits.ts'
import { SecureTransport, type Wear } from './secure-transport.ts'
import { MESSAGE_BYTES } from './upgrade.ts'
import type { ProvingHandshake } from './self.ts'
import type { Clock } from '../http/transport/clock.ts'
import type { Transport, TransportHolder } from '../http/transport/transport.ts'

const LENGTH_BYTES = 2

export interface Completion {
  readonly handshake: ProvingHandshake
  readonly clock: Clock
  /** Milliseconds that are left for it. */
  readonly within: number
  readonly wear?: Wear
}

/** Resolves with the proved connection, or with undefined when the transport is closed before. */
export function completeHandshake(
  inner: Transport,
  { handshake, clock, within, wear = SECURE_LIMITS.wear }: Completion,
): Promise<SecureTransport | undefined> {
  if (inner.isClosed) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const secure = new SecureTransport(inner, clock, wear)
    const responder = new Responder(inner, secure, handshake, (isProved) => {
      cancel()
      resolve(isProved ? secure : undefined)
    })
    const cancel = clock.after(within, () => {
      inner.destroy()
    })
    inner.attach(responder)
  })
}

class Responder implements TransportHolder {
  readonly #inner: Transport
  readonly #secure: SecureTransport
  readonly #handshake: ProvingHandshake
  readonly #done: (isProved: boolean) => void
  #received: Buffer = Buffer.alloc(0)

  constructor(
    inner: Transport,
    secure: SecureTransport,
    handshake: ProvingHandshake,
    done: (isProved: boolean) => void,
  ) {
    this.#inner = inner
    this.#secure = secure
    this.#handshake = handshake
    this.#done = done
  }

  connected(): void {
    // It was accepted.
  }

  received(chunk: Buffer): void {
    if (this.#inner.isDestroyed) return
    this.#received = Buffer.concat([this.#received, chunk])
    if (this.#received.length < LENGTH_BYTES) return
    const end = LENGTH_BYTES + MESSAGE_BYTES.third
    if (this.#received.readUInt16BE() !== MESSAGE_BYTES.third) this.#inner.destroy()
    else if (this.#received.length >= end)
      this.#prove(this.#received.subarray(LENGTH_BYTES, end), this.#received.subarray(end))
  }

  ended(): void {
    this.#inner.destroy()
  }

  drained(): void {
    // Nothing waits for room.
  }

  closed(): void {
    this.#done(false)
  }

  #prove(message: Buffer, rest: Buffer): void {
    try {
      const other = this.#handshake.readProof(message)
      this.#secure.establish(this.#handshake.split(), other)
    } catch {
      this.#inner.destroy()
      return
    }
    // The first records may have come with message 3.
    if (rest.length > 0) this.#secure.received(rest)
    this.#done(true)
  }
}
