/**
 * What a copy of a message means for those that are kept already. Pure.
 *
 * Invariant: what was proved by its author is changed only by its author, and never in what it says.
 */
import { textOf } from '../../chat/content.ts'
import { senderKey } from '../../chat/model.ts'
import { cameLate, placeOf } from '../../chat/moment.ts'
import { asStored, type Kept } from '../rows.ts'
import type { Entry, Verdict } from '../store.ts'

/** A message that is kept already, under the number that it has. */
export interface Repeat {
  readonly verdict: Exclude<Verdict, 'new'>
  /** As it was kept before this copy. */
  readonly before: Kept
  /** As it is kept from now on. */
  readonly kept: Kept
  /** `arrival`: `hops`, `proof` and the signature. `all`: the copy has taken the place of the kept message. */
  readonly changed: 'none' | 'arrival' | 'all'
}

/** The author of the message is known, and not only by its word. */
export function isProved({ proof, message }: Entry): boolean {
  return proof !== undefined && message.from.key !== undefined
}

/** `copies`: kept messages with the id of this one, of its sender or one that may be the same. Undefined: it is new. */
export function repeatOf(entry: Entry, copies: readonly Kept[]): Repeat | undefined {
  const sender = asStored(senderKey(entry.message))
  const ofSender = copies.find((kept) => asStored(senderKey(kept.entry.message)) === sender)
  const others = copies.filter((kept) => kept !== ofSender && !kept.entry.own)
  if (isProved(entry)) return repeatOfProved(entry, ofSender, others)
  return repeatOfClaimed(entry, ofSender, others)
}

function repeatOfProved(
  entry: Entry,
  ofSender: Kept | undefined,
  others: readonly Kept[],
): Repeat | undefined {
  if (ofSender !== undefined && (ofSender.entry.own || isProved(ofSender.entry))) {
    if (!isSame(entry, ofSender.entry)) return unchanged('conflict', ofSender)
    return confirmed(ofSender, entry)
  }
  const { from } = entry.message
  const claimed =
    ofSender ??
    others.find((kept) => senderKey(kept.entry.message) === from.identity) ??
    others.find((kept) => kept.entry.message.from.key === undefined && isSame(entry, kept.entry))
  if (claimed === undefined) return undefined
  const { receivedAt, own } = claimed.entry
  const isKnown = isSame(entry, claimed.entry) && !isDatedBack(claimed.entry, entry)
  return {
    verdict: isKnown ? 'known' : 'replaced',
    before: claimed,
    kept: { number: claimed.number, entry: { ...entry, ...laterOf(claimed.entry, entry), receivedAt, own } },
    changed: 'all',
  }
}

function repeatOfClaimed(
  entry: Entry,
  ofSender: Kept | undefined,
  others: readonly Kept[],
): Repeat | undefined {
  const { identity } = entry.message.from
  const proved = [ofSender, ...others].find((kept) => {
    if (kept === undefined || !isProved(kept.entry)) return false
    return kept === ofSender || (identity !== undefined && kept.entry.message.from.identity === identity)
  })
  if (proved !== undefined) return unchanged('known', proved)
  const kept = ofSender ?? others.find(({ entry: other }) => !isProved(other) && isSame(entry, other))
  if (kept === undefined) return undefined
  if (!isSame(entry, kept.entry)) return unchanged('conflict', kept)
  return confirmed(kept, entry)
}

/** The kept message with what the same content of the same sender adds to it. */
function confirmed(kept: Kept, copy: Entry): Repeat {
  const { entry } = kept
  const { hops = 0, proof, message } = copy
  const { signature } = message
  const isStraight = isHearsay(entry.hops) && !isHearsay(hops)
  const isMet = proof === 'direct' && entry.proof !== 'direct'
  // A message that waited may have been sent again in a later epoch, and its signature is of that epoch.
  const isSameEpoch = message.closed?.epoch === entry.message.closed?.epoch
  const isSigned =
    isSameEpoch && proof !== undefined && signature !== undefined && entry.message.signature === undefined
  if (!isStraight && !isMet && !isSigned) return unchanged('known', kept)
  const now: Entry = {
    ...entry,
    ...(isStraight ? { hops } : {}),
    ...(isMet ? { proof } : {}),
    ...(isSigned ? { message: { ...entry.message, signature } } : {}),
  }
  if (isMet && isDatedBack(entry, copy)) {
    const placed = { ...now, ...laterOf(entry, copy) }
    return { verdict: 'replaced', before: kept, kept: { number: kept.number, entry: placed }, changed: 'all' }
  }
  return { verdict: 'known', before: kept, kept: { number: kept.number, entry: now }, changed: 'arrival' }
}

/** Whether a copy that was kept is hidden among messages that were said long before the author says that it was. */
function isDatedBack(kept: Entry, proved: Entry): boolean {
  return cameLate(placeOf(kept), placeOf(proved))
}

/** The date that a message keeps: a copy that others told earlier does not date it back. */
function laterOf(kept: Entry, proved: Entry): Pick<Entry, 'at' | 'clockShift'> {
  const { at, clockShift } = isDatedBack(kept, proved) ? proved : kept
  return { at, clockShift }
}

/** Whether a message that its author proved says what it said before, and is where it was. */
export function isStill(kept: Entry, placed: Entry): boolean {
  return isSame(kept, placed) && !isDatedBack(kept, placed)
}

export function unchanged(verdict: Repeat['verdict'], kept: Kept): Repeat {
  return { verdict, before: kept, kept, changed: 'none' }
}

/** Compares what was said, and not the sender or the time, which may differ between copies. */
function isSame(one: Entry, other: Entry): boolean {
  return (
    asStored(textOf(one.message.content)) === asStored(textOf(other.message.content)) &&
    asStored(one.message.channel) === asStored(other.message.channel) &&
    one.message.content.kind === other.message.content.kind
  )
}

/** Whether the message was only relayed by third parties. */
function isHearsay(hops = 0): boolean {
  return hops > 0
}
