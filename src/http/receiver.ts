/**
 * The receiving half of a connection: what the socket brings becomes requests, or is thrown away.
 *
 * What waits to be read is bounded: behind a full parser the socket is paused, and TCP makes the client wait. Once
 * discarding, no byte reaches the parser any more.
 */
import type { Socket } from 'node:net'
import type { Phase } from './phase.ts'
import type { RequestParser } from './request-parser.ts'

/** Input that may wait while an answer is being made or sent, in bytes. */
export const MAX_WAITING = 64 * 1024
/**
 * Input that is read and thrown away after the last answer, in bytes. Far above what a body may have: a
 * client that uploads too much, and reads only then, would be reset and miss its 413. `linger` bounds it too.
 */
const MAX_LINGER = 1024 * 1024

export class Receiver {
  readonly parser: RequestParser
  readonly #socket: Socket
  readonly #phase: Phase
  readonly #onInput: () => void
  #hasEnded = false
  #isDiscarding = false
  #discarded = 0

  /** `onInput` is told when there is more for the parser. */
  constructor(socket: Socket, parser: RequestParser, phase: Phase, onInput: () => void) {
    this.parser = parser
    this.#socket = socket
    this.#phase = phase
    this.#onInput = onInput
    socket.on('data', (chunk: Buffer) => {
      this.#received(chunk)
    })
    socket.on('end', () => {
      this.#hasEnded = true
    })
  }

  /** The other side has sent its FIN. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** What has arrived cannot be answered yet. */
  holdBack(): void {
    if (this.parser.buffered > MAX_WAITING) this.#socket.pause()
  }

  /** There is room again for what was held back. */
  goOn(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** From now on input is read and thrown away. */
  discard(): void {
    this.#isDiscarding = true
  }

  #received(chunk: Buffer): void {
    if (this.#isDiscarding) {
      this.#discarded += chunk.length
      if (this.#discarded > MAX_LINGER) this.#socket.destroy()
      return
    }
    this.parser.push(chunk)
    this.#phase.received(chunk.length)
    this.#onInput()
  }
}
