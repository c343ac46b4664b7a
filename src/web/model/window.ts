/**
 * Which part of a long log is in the document, and where it stands.
 *
 * The document holds at most SHOWN messages. At the end of the log these are the newest. Further up the window is
 * anchored at its last message, so that new and loaded messages do not move it.
 */

/** Messages in the document, and in one step of the window. */
export const SHOWN = 200
export const STEP = 30

/** Pixels from the end that still count as being there. */
export const AT_END = 30

/** Closer to an edge than this, in pixels, the next messages are fetched. */
export const NEAR_EDGE = 600

/** The messages in the document: [from, to). `held`: the index of the last one; undefined: the newest. */
export function windowOf(count: number, held: number | undefined): readonly [from: number, to: number] {
  const to = held === undefined || held < 0 ? count : Math.min(held + 1, count)
  const shown = Math.min(to, SHOWN)
  return [to - shown, to]
}

/** The anchor after a step up; undefined when nothing is above. */
export function movedUp(count: number, held: number | undefined): number | undefined {
  const [from, to] = windowOf(count, held)
  if (from === 0) return undefined
  return to - 1 - Math.min(STEP, from)
}

/** The anchor after a step down; 'end' when the window reaches the newest message. */
export function movedDown(count: number, held: number | undefined): number | 'end' {
  const [, to] = windowOf(count, held)
  return to + STEP >= count ? 'end' : to - 1 + STEP
}

/** The scroll state of an element, in pixels. */
export interface Extent {
  readonly top: number
  readonly height: number
  readonly contentHeight: number
}

export function isAtEnd({ top, height, contentHeight }: Extent): boolean {
  return contentHeight - top - height <= AT_END
}

/** On which side more messages are needed soon. */
export function wanted(extent: Extent): { readonly above: boolean; readonly below: boolean } {
  const below = extent.contentHeight - extent.top - extent.height
  return { above: extent.top < NEAR_EDGE, below: below < NEAR_EDGE }
}

/** The scroll position that keeps a row in place which moved from `before` to `after`, in pixels. */
export function keptTop(top: number, before: number, after: number): number {
  return top + after - before
}
