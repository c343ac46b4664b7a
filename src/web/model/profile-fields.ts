/**
 * Checks a name or a status before it is sent. The peer checks both again (src/chat/wire); this answers sooner, in the
 * words of the page.
 */
import { LIMITS } from '../../chat/limits.ts'
import { bytesOf, charactersOf, tooLong } from './text-length.ts'

const INVISIBLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u

/** Undefined for a name that can be sent. */
export function nameProblem(written: string): string | undefined {
  const name = written.trim()
  if (/^\p{Default_Ignorable_Code_Point}*$/u.test(name)) return 'Write the name that others see.'
  const most = { bytes: LIMITS.nameBytes, graphemes: LIMITS.nameGraphemes }
  if (bytesOf(name) > most.bytes || charactersOf(name) > most.graphemes) return tooLong('name', name, most)
  return INVISIBLE.test(name) ? 'This name has an invisible character in it. Write it anew.' : undefined
}

export function statusProblem(status: string): string | undefined {
  return bytesOf(status) > LIMITS.statusBytes
    ? tooLong('status', status, { bytes: LIMITS.statusBytes })
    : undefined
}
