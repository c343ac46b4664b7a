/** What incoming and outgoing messages have in common when they are kept. */
import type { Dated } from '../../chat/moment.ts'
import type { Entry } from '../../store/store.ts'

/**
 * Text without halves of surrogate pairs, which are no text in UTF-8: they would not come back from the store. Each half
 * becomes U+FFFD.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

export function datesOf({ at, receivedAt, clockShift }: Entry): Dated {
  return clockShift === undefined ? { at, receivedAt } : { at, receivedAt, clockShift }
}
