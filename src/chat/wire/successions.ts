/** Statements of succession as JSON: in greetings, and as a peer keeps its own. */
import * as v from 'valibot'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import type { Succession } from '../../identity/succession.ts'

/** Statements that a peer has; a longer chain breaks for those who missed its beginning. */
export const MOST_SUCCESSIONS = 4

const Key = v.custom<KeyId>((value) => typeof value === 'string' && isKeyId(value))
const Signature = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/))
const Statement = v.object({
  old: Key,
  new: Key,
  at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  oldSignature: Signature,
  newSignature: Signature,
})

/** Those that have the form; what else is there is ignored. */
export function successionsIn(value: unknown): Succession[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, MOST_SUCCESSIONS).flatMap((each) => {
    const read = v.safeParse(Statement, each)
    return read.success ? [read.output] : []
  })
}
