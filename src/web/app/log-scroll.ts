/**
 * Keeps the scroll position of the log: at the end, or with the same row in the same place when rows above it are added,
 * removed or drawn again.
 */
import { isAtEnd, keptTop, type Extent } from '../model/window.ts'

/** The first visible row, and the distance of its upper edge from that of the log, in pixels. */
interface Anchor {
  readonly key: string
  readonly place: number
}

export class LogScroll {
  readonly #log: HTMLElement
  #anchor: Anchor | undefined

  constructor(log: HTMLElement) {
    this.#log = log
  }

  get extent(): Extent {
    const { scrollTop, clientHeight, scrollHeight } = this.#log
    return { top: scrollTop, height: clientHeight, contentHeight: scrollHeight }
  }

  get isAtEnd(): boolean {
    return isAtEnd(this.extent)
  }

  toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight
  }

  /** To be called after every scroll by the user. */
  remember(): void {
    const row = this.#firstSeen()
    const key = row?.dataset['key']
    this.#anchor =
      row === undefined || key === undefined ? undefined : { key, place: row.offsetTop - this.#log.scrollTop }
  }

  /** To be called after every change of the rows. */
  restore(): void {
    if (this.#anchor === undefined) return
    const row = this.#row(this.#anchor.key)
    if (row === undefined) return
    const place = row.offsetTop - this.#log.scrollTop
    if (place !== this.#anchor.place)
      this.#log.scrollTop = keptTop(this.#log.scrollTop, this.#anchor.place, place)
  }

  /** Scrolls a row to that fraction of the height; false when the row is not in the document. */
  show(key: string, part: number): boolean {
    const row = this.#row(key)
    if (row === undefined) return false
    this.#log.scrollTop = row.offsetTop - this.#log.clientHeight * part
    this.remember()
    return true
  }

  focusRow(key: string): void {
    this.#row(key)?.focus({ preventScroll: true })
  }

  #rows(): HTMLElement[] {
    return [...this.#log.querySelectorAll<HTMLElement>('[data-key]')]
  }

  #row(key: string): HTMLElement | undefined {
    return this.#rows().find((row) => row.dataset['key'] === key)
  }

  /** Bisection: rows are ordered by their offset. */
  #firstSeen(): HTMLElement | undefined {
    const rows = this.#rows()
    const top = this.#log.scrollTop
    let from = 0
    let to = rows.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const row = rows[middle]
      if (row !== undefined && row.offsetTop + row.offsetHeight <= top) from = middle + 1
      else to = middle
    }
    return rows[from]
  }
}
