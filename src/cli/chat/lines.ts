/**
 * The lines of a stream, read only as far as they are asked for, so that its writer waits when they are not; a line that
 * is longer than a message can be is not kept.
 */
import { LIMITS } from '../../chat/limits.ts'
import type { Input } from '../scripts/read-stdin.ts'

/** Undefined: the line was too long. */
export type Line = string | undefined

/** UTF-16 code units; no message has more. */
const LONGEST = LIMITS.textBytes

export class Lines {
  readonly #chunks: AsyncIterator<unknown>
  /** What has come and is not used up. */
  #text = ''
  /** The line that comes is too long: its beginning is gone. */
  #isTooLong = false
  /** A line ended with CR at the end of a chunk: LF belongs to it. */
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

  /** Lines that have come and were not asked for, and whether more may come. */
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
      if (this.#text.length > LONGEST) {
        this.#text = ''
        this.#isTooLong = true
      }
      return undefined
    }
    const line = this.#text.slice(0, end.index)
    this.#text = this.#text.slice(end.index + end[0].length)
    this.#skipsLineFeed = end[0] === '\r' && this.#text === ''
    return this.#judged(line)
  }

  /** The last line needs no end. */
  #rest(): { readonly line: Line } | undefined {
    if (this.#text === '' && !this.#isTooLong) return undefined
    const line = this.#text
    this.#text = ''
    return this.#judged(line)
  }

  #judged(line: string): { readonly line: Line } {
    const isTooLong = this.#isTooLong || line.length > LONGEST
    this.#isTooLong = false
    return { line: isTooLong ? undefined : line }
  }
}
