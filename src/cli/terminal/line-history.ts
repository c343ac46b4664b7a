/**
 * Lines entered earlier, and the search through them.
 *
 * Invariant: no line is there twice; the oldest lines are dropped first. While the user looks at other lines, the draft
 * counts as the newest one.
 */
import { draftOf, empty, type Draft, type Text } from './draft.ts'

const MAX_LINES = 500
/** UTF-16 units of all lines together; the newest line is kept whatever its length. */
const MAX_UNITS = 1024 * 1024

export class LineHistory {
  #lines: readonly Text[] = []
  #shown = 0
  #draft = empty

  add(line: Text): void {
    if (line.text.trim() !== '') {
      const others = this.#lines.filter(({ text }) => text !== line.text)
      this.#lines = newest([...others, line])
    }
    this.rewind()
  }

  /** Back to the draft. */
  rewind(): void {
    this.#shown = this.#lines.length
  }

  /** The line `by` places newer than the one shown. `current` is kept if it is the draft. */
  step(by: 1 | -1, current: Draft): Draft | undefined {
    const next = this.#shown + by
    if (next < 0 || next > this.#lines.length) return undefined
    if (this.#shown === this.#lines.length) this.#draft = current
    this.#shown = next
    const line = this.#lines[next]
    return line === undefined ? { ...this.#draft, cursor: this.#draft.text.length } : draftOf(line)
  }

  /** The newest line with `query` in it that is older than line number `before`. */
  find(query: string, before = Infinity): { readonly line: Text; readonly number: number } | undefined {
    const number = this.#lines.findLastIndex(({ text }, index) => index < before && text.includes(query))
    const line = this.#lines[number]
    return line === undefined ? undefined : { line, number }
  }
}

function newest(lines: readonly Text[]): readonly Text[] {
  let units = 0
  const first = lines.findLastIndex(({ text }, index) => {
    units += text.length
    return lines.length - index > MAX_LINES || (units > MAX_UNITS && index < lines.length - 1)
  })
  return lines.slice(first + 1)
}

/** Pasted text longer than this is searched for as a whole, not character by character. */
const MAX_STEPS = 64

/** An incremental search (Ctrl-R) in progress. Each method returns the draft to show; undefined: nothing was found. */
export class HistorySearch {
  /** The draft to come back to. */
  readonly origin: Draft
  query = ''
  failed = false
  readonly #history: LineHistory
  /** The number of the line shown. */
  #shown = Infinity

  constructor(history: LineHistory, origin: Draft) {
    this.#history = history
    this.origin = origin
  }

  /** Longer by one character at a time: where the whole is not found, the line found for its beginning stays. */
  type(text: string): Draft | undefined {
    let found: Draft | undefined
    for (const part of text.length > MAX_STEPS ? [text] : text)
      found = this.#find(this.query + part, this.#shown + 1) ?? found
    return found
  }

  older(): Draft | undefined {
    return this.#find(this.query, this.#shown)
  }

  deleteLast(): Draft | undefined {
    return this.#find(this.query.replace(/.$/su, ''))
  }

  #find(query: string, before?: number): Draft | undefined {
    const found = query === '' ? undefined : this.#history.find(query, before)
    this.query = query
    this.failed = query !== '' && found === undefined
    this.#shown = found?.number ?? this.#shown
    return found === undefined ? undefined : draftOf(found.line, found.line.text.indexOf(query))
  }
}
