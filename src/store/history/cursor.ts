/** Places in the order of a conversation, and their text form, which goes to clients and comes back. Pure. */
import { placeOf as placeIn } from '../../chat/moment.ts'
import { NO_SEQUENCE, sequenceOf, type Kept } from '../rows.ts'
import type { Cursor } from '../store.ts'

export interface Place {
  readonly at: number
  readonly seq: number
  readonly number: number
}

/** The place before all messages that are at `at`: their `seq` is greater. */
export function placeBefore(at: number): Place {
  return { at, seq: NO_SEQUENCE - 1, number: 0 }
}

export function isBefore(kept: Kept, { at, seq, number }: Place): boolean {
  const own = placeOf(kept)
  return (own.at - at || own.seq - seq || own.number - number) < 0
}

export function isAt(kept: Kept, { at, seq, number }: Place): boolean {
  const own = placeOf(kept)
  return own.at === at && own.seq === seq && own.number === number
}

export function cursorOf(kept: Kept): Cursor {
  return cursorAt(placeOf(kept))
}

export function cursorAt({ at, seq, number }: Place): Cursor {
  return `${at}_${seq}_${number}`
}

/** Cursors come back from clients: undefined for one that this store never made. */
export function readCursor(cursor: Cursor): Place | undefined {
  const [at, seq, number, ...rest] = cursor.split('_').map((part) => (part === '' ? NaN : Number(part)))
  if (at === undefined || seq === undefined || number === undefined || rest.length > 0) return undefined
  return [at, seq, number].every(Number.isFinite) ? { at, seq, number } : undefined
}

function placeOf({ number, entry }: Kept): Place {
  return { at: placeIn(entry), seq: sequenceOf(entry.message), number }
}
