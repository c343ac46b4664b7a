/**
 * Messages that come late come many at a time: they are gathered for a moment and printed together, of many only the
 * newest.
 */
import type { Clock } from '../chat/clock.ts'
import type { Style } from './style.ts'

/** In milliseconds. */
const GATHERED_FOR = 200
/** Of one place; the others are in /history. */
const MOST_SHOWN = 20

export class LateLines {
  readonly #clock: Clock
  readonly #style: Style
  readonly #print: (text: string) => void
  /** By the words for where they were said. */
  readonly #lines = new Map<string, string[]>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock, style: Style, print: (text: string) => void) {
    this.#clock = clock
    this.#style = style
    this.#print = print
  }

  /** `where`: `in #general`, or `to you`. */
  add(where: string, line: string): void {
    const lines = this.#lines.get(where)
    if (lines === undefined) this.#lines.set(where, [line])
    else lines.push(line)
    this.#cancel ??= this.#clock.after(GATHERED_FOR, () => {
      this.flush()
    })
  }

  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (const [where, lines] of this.#lines) {
      const hidden = lines.length - MOST_SHOWN
      const rest = hidden > 0 ? ` (${hidden} more before these: /history ${lines.length})` : ''
      if (lines.length > 1)
        this.#print(this.#style.dim(`-- said ${where} before: ${lines.length} messages${rest}`))
      for (const line of lines.slice(-MOST_SHOWN)) this.#print(line)
    }
    this.#lines.clear()
  }
}
