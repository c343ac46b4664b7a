/**
 * Truncates lists so that an answer fits into one recv(8192).
 *
 * Legacy clients read an answer with a single recv(8192) and get a JSON error and an empty list for a longer one. Their
 * lists are cut to what fits: the most important list first, its items in the short form if necessary, and the newest
 * of the messages. A client that asks for a part of the list, or is Parley, gets all of it.
 */
import { LIMITS } from '../../chat/limits.ts'

/** Room for the status line and the fields of the head. */
const HEAD_BYTES = 512

/** An answer; fields that are lists may be cut. */
export type Answer = Readonly<Record<string, unknown>>

/** A list that may be cut: its field, and how. */
export interface TruncatableList {
  readonly field: string
  /** The same items in the short form. */
  readonly brief?: readonly object[]
  /** Keep the last items rather than the first. */
  readonly newest?: boolean
}

/** The answer with these lists cut, in this order of importance. A field that is not there is left out. */
export function fitSmallAnswer<Whole extends Answer>(answer: Whole, cuts: readonly TruncatableList[]): Whole {
  const lists = cuts.filter(({ field }) => Array.isArray(answer[field]))
  const small: Record<string, unknown> = { ...answer }
  for (const { field } of lists) small[field] = []
  let room = LIMITS.smallAnswer - HEAD_BYTES - size(small)
  for (const cut of lists) {
    const taken = cutList(answer[cut.field] as readonly object[], cut, room)
    small[cut.field] = taken
    room -= size(taken)
  }
  return small as Whole
}

function cutList(
  items: readonly object[],
  { brief, newest = false }: TruncatableList,
  room: number,
): object[] {
  const chosen = brief !== undefined && size(items) > room ? brief : items
  return newest ? takeWhile([...chosen].reverse(), room).reverse() : takeWhile(chosen, room)
}

/** As many of the first items as fit into `room` bytes of JSON. */
function takeWhile(items: readonly object[], room: number): object[] {
  const taken: object[] = []
  let used = 0
  for (const item of items) {
    used += size(item) + 1
    if (used > room) break
    taken.push(item)
  }
  return taken
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
