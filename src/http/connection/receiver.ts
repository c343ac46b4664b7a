/**
 * The receiving half of a connection: what the transport brings becomes requests, or is thrown away.
 *
 * Input that waits to be read is bounded: behind a full parser the transport is paused, and the client has to wait. Once
 * discarding, no byte reaches the parser any more.
 */
import type { Discards } from './discards.ts'
import type { Phase } from './phase.ts'
import type { RequestParser } from '../codec/request-parser.ts'
import type { Transport } from '../transport/transport.ts'

/** Input that may wait while an answer is being made or sent, in bytes. */
export const MAX_WAITING = 64 * 1024
/**
 * Input that is read and thrown away after the last answer, in bytes. Far above what a body may have: a client that
 * uploads too much, and reads only then, would be reset and miss its 413. Timeouts.linger bounds it too,
 * and the Discards of the server.
 */
const MAX_LINGER = 1024 * 1024

export class Receiver {
  readonly parser: RequestParser
  readonly #transport: Transport
  readonly #phase: Phase
  readonly #discards: Discards
  #hasEnded = false
  #isDiscarding = false
  #discarded = 0

  constructor(transport: Transport, parser: RequestParser, phase: Phase, discards: Discards) {
    this.parser = parser
    this.#transport = transport
    this.#phase = phase
    this.#discards = discards
  }

  /** The other side has sent its FIN. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Whether there is more for the parser now. */
  received(chunk: Buffer): boolean {
    if (this.#isDiscarding) {
      this.#discarded += chunk.length
      if (!this.#discards.add(chunk.length) || this.#discarded > MAX_LINGER) this.#transport.destroy()
      return false
    }
    this.parser.push(chunk)
    this.#phase.received(chunk.length)
    return true
  }

  ended(): void {
    this.#hasEnded = true
  }

  /** Input that has arrived cannot be answered yet. */
  holdBack(): void {
    if (this.parser.buffered > MAX_WAITING) this.#transport.pause()
  }

  /** There is room again for what was held back. */
  goOn(): void {
    if (this.#transport.isPaused) this.#transport.resume()
  }

  /** From now on input is read and thrown away. */
  discard(): void {
    this.#isDiscarding = true
  }
}
