/**
 * The lines of a stream. It is read only as far as lines are asked for, so that its writer waits.
 *
 * Invariant: memory is bounded, because a line longer than any message is dropped while it is read.
 */
import { LIMITS } from '../../../chat/limits.ts'
import type { Input } from '../../scripts/read-stdin.ts'

/** Undefined: the line was too long. */
export type Line = string | undefined

/** UTF-16 code units; no message has more. */
const MAX_LENGTH = LIMITS.textBytes

export class Lines {
  readonly #chunks: AsyncIterator<unknown>
  /** Input that is not part of a line yet. */
  #text = ''
  /** The next line is too long: its beginning was dropped. */
  #isTooLong = false
  /** A line ended with CR at the end of a chunk: an LF after it belongs to it. */
  #skipsLineFeed = false
  #isEnded = false

  constructor(input: Input) {
    input.setEncoding('utf8')
    this.#chunks = input[Symbol.asyncIterator]()
  }

  /** The next line without its end; undefined after the last one. Rejects with the error of the stream. */
  async next(): Promise<{ readonly line: Line } | undefined> {
    for (;;) {
      const found = this.#take()
      if (found !== undefined) return found
      if (this.#isEnded) return this.#rest()
      this.#add(await this.#chunks.next())
    }
  }

  /** Lines that arrived but were not asked for, and whether there are no more. */
  get left(): { readonly lines: number; readonly isEnded: boolean } {
    const ends = this.#text.match(/\r\n|\n|\r/g)?.length ?? 0
    const isOpen = /[^\r\n]$/.test(this.#text)
    return { lines: ends + (isOpen ? 1 : 0), isEnded: this.#isEnded }
  }

  #add({ done, value }: IteratorResult<unknown, unknown>): void {
    if (done === true) {
      this.#isEnded = true
      return
    }
    const text = String(value)
    this.#text += this.#skipsLineFeed && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') this.#skipsLineFeed = false
  }

  #take(): { readonly line: Line } | undefined {
    const end = /\r\n|\n|\r/.exec(this.#text)
    if (end === null) {
      if (this.#text.length > MAX_LENGTH) {
        this.#text = ''
        this.#isTooLong = true
      }
      return undefined
    }
    const line = this.#text.slice(0, end.index)
    this.#text = this.#text.slice(end.index + end[0].length)
    this.#skipsLineFeed = end[0] === '\r' && this.#text === ''
    return this.#checked(line)
  }

  /** The last line needs no end. */
  #rest(): { readonly line: Line } | undefined {
    if (this.#text === '' && !this.#isTooLong) return undefined
    const line = this.#text
    this.#text = ''
    return this.#checked(line)
  }

  #checked(line: string): { readonly line: Line } {
    const isTooLong = this.#isTooLong || line.length > MAX_LENGTH
    this.#isTooLong = false
    return { line: isTooLong ? undefined : line }
  }
}
