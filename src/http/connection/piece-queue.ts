/**
 * The body of an answer piece by piece, for a reader who may be slower than the connection: pieces that arrived and were
 * not read yet. When there are many, the transport is paused. Leaving the loop over them closes the connection.
 */
import type { Transport } from '../transport/transport.ts'

export class PieceQueue implements AsyncIterable<Buffer> {
  readonly #transport: Transport
  readonly #waiting: Buffer[] = []
  #ended = false
  #error: Error | undefined
  #wake: (() => void) | undefined

  constructor(transport: Transport) {
    this.#transport = transport
  }

  push(piece: Buffer): void {
    this.#waiting.push(piece)
    if (this.#waiting.length > 64) this.#transport.pause()
    this.#wake?.()
  }

  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = this.#waiting.shift()
        if (piece !== undefined) {
          yield piece
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error
          return
        } else {
          this.#transport.resume()
          await new Promise<void>((resolve) => (this.#wake = resolve))
        }
      }
    } finally {
      this.#transport.destroy()
    }
  }
}
