/** What incoming and outgoing messages have in common when they are kept. */
import { contentFrom, textOf, type Content } from '../../chat/content.ts'
import type { Dated } from '../../chat/moment.ts'
import type { Entry } from '../../store/store.ts'

/**
 * Content without halves of surrogate pairs, which are no text in UTF-8: they would not come back from the store. Each
 * half becomes U+FFFD.
 */
export function wellFormed(content: Content): Content {
  const text = textOf(content)
  const clean = text.replace(/\p{Surrogate}/gu, '\ufffd')
  return clean === text ? content : contentFrom(clean, content.kind)
}

export function isSameContent(one: Content, other: Content): boolean {
  return one.kind === other.kind && textOf(one) === textOf(other)
}

export function datesOf({ at, receivedAt, clockShift }: Entry): Dated {
  return clockShift === undefined ? { at, receivedAt } : { at, receivedAt, clockShift }
}
