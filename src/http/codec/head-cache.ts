/**
 * Heads that were parsed before: the fast path of the parser.
 *
 * The meaning of a head depends on its bytes and the limits alone, and a client sends the same few heads again and again.
 * So a head that passed every check is kept with its bytes, and the same bytes are looked up instead of parsed. Bytes that
 * differ in anything are another head, and are checked.
 */
import type { Framing } from './framing.ts'

export interface ParsedHead<Head> {
  /** Shared by all messages that begin with these bytes, so it is never changed. */
  readonly head: Head
  readonly framing: Framing
  /** No other message begins with these bytes: they are not kept. */
  readonly isUnique?: boolean
}

export interface KnownHead<Head> extends ParsedHead<Head> {
  /** From the start line to the empty line, as Latin-1. */
  readonly text: string
}

const BLANK_LINE = '\r\n\r\n'
/** In bytes; what is longer is parsed each time. */
const LONGEST = 1024
/** Heads. A full cache starts anew: a client that sends a new head each time costs others a parse, and no memory. */
const CAPACITY = 512

export class HeadCache<Head> {
  readonly #heads = new Map<string, KnownHead<Head>>()
  #last: KnownHead<Head> | undefined

  /** The head that `bytes[start, end)` begins with, if it is here whole and was read before. */
  find(bytes: Buffer, start: number, end: number): KnownHead<Head> | undefined {
    if (this.#last !== undefined && this.#isAt(this.#last.text, bytes, start, end)) return this.#last
    const blank = bytes.indexOf(BLANK_LINE, start, 'latin1')
    const after = blank + BLANK_LINE.length
    if (blank === -1 || after > end || after - start > LONGEST) return undefined
    const known = this.#heads.get(bytes.toString('latin1', start, after))
    if (known !== undefined) this.#last = known
    return known
  }

  remember(text: string, { head, framing, isUnique = false }: ParsedHead<Head>): void {
    if (text.length > LONGEST || isUnique) return
    if (this.#heads.size >= CAPACITY) this.#heads.clear()
    this.#heads.set(text, { text, head, framing })
  }

  #isAt(text: string, bytes: Buffer, start: number, end: number): boolean {
    return start + text.length <= end && bytes.toString('latin1', start, start + text.length) === text
  }
}
