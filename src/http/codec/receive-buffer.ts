/**
 * Bytes that have arrived and are not consumed yet: append, look at [start, end), consume from the front, all in
 * O(bytes) over the life of a connection.
 *
 * An empty buffer adopts the chunk it is given, so the usual message (one chunk) is never copied. A second chunk makes it
 * move to an own buffer, whose size at least doubles. Consumed bytes are never overwritten, because a body that was handed
 * out may still point there.
 */
const EMPTY = Buffer.alloc(0)

export class ReceiveBuffer {
  bytes: Buffer = EMPTY
  start = 0
  end = 0
  #owned = false

  get length(): number {
    return this.end - this.start
  }

  append(chunk: Buffer): void {
    if (this.start === this.end) {
      this.bytes = chunk
      this.start = 0
      this.end = chunk.length
      this.#owned = false
      return
    }
    if (!this.#owned || this.end + chunk.length > this.bytes.length) this.#moveToOwn(chunk.length)
    chunk.copy(this.bytes, this.end)
    this.end += chunk.length
  }

  /** The next `count` bytes, which must be there. They stay valid. */
  take(count: number): Buffer {
    const whole = count === this.bytes.length
    const taken = whole ? this.bytes : this.bytes.subarray(this.start, this.start + count)
    this.consume(count)
    return taken
  }

  consume(count: number): void {
    this.start += count
    if (this.start === this.end) this.clear()
  }

  /** Also lets go of the memory: an idle connection holds none. */
  clear(): void {
    this.bytes = EMPTY
    this.start = 0
    this.end = 0
    this.#owned = false
  }

  #moveToOwn(more: number): void {
    const own = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (this.length + more)))
    this.bytes.copy(own, 0, this.start, this.end)
    this.end = this.length
    this.start = 0
    this.bytes = own
    this.#owned = true
  }
}
