/**
 * Which part of a long log is in the document, and where it stands. Pure.
 *
 * The document holds at most SHOWN messages. While the reader is at the end, these are the newest. While it reads
 * above, the window is held by its last message, so that whatever comes or is loaded does not move it.
 */

/** Messages in the document, and how many it moves on by. */
export const SHOWN = 200
export const STEP = 30

/** Pixels from the end that still count as being there. */
export const AT_END = 30

/** Pixels from an edge from which the next messages are fetched. */
export const NEAR_EDGE = 600

/** [from, to) of the messages that are shown. `held`: the index of the last one; undefined: the newest. */
export function windowOf(count: number, held: number | undefined): readonly [from: number, to: number] {
  const to = held === undefined || held < 0 ? count : Math.min(held + 1, count)
  const shown = Math.min(to, SHOWN)
  return [to - shown, to]
}

/** The index to hold the window by when it moves up; undefined when nothing is above. */
export function movedUp(count: number, held: number | undefined): number | undefined {
  const [from, to] = windowOf(count, held)
  if (from === 0) return undefined
  return to - 1 - Math.min(STEP, from)
}

/** The index to hold the window by when it moves down: 'end' when nothing is below any more. */
export function movedDown(count: number, held: number | undefined): number | 'end' {
  const [, to] = windowOf(count, held)
  return to + STEP >= count ? 'end' : to - 1 + STEP
}

/** Of a scrolled element, all in pixels. */
export interface Extent {
  readonly top: number
  readonly height: number
  readonly contentHeight: number
}

export function isAtEnd({ top, height, contentHeight }: Extent): boolean {
  return contentHeight - top - height <= AT_END
}

/** Which messages will be wanted soon. */
export function wanted(extent: Extent): { readonly above: boolean; readonly below: boolean } {
  const below = extent.contentHeight - extent.top - extent.height
  return { above: extent.top < NEAR_EDGE, below: below < NEAR_EDGE }
}

/** Where to scroll to, so that a row that stood at `before` pixels in view and stands at `after` now stays. */
export function keptTop(top: number, before: number, after: number): number {
  return top + after - before
}
