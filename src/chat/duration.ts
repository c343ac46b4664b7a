/** Durations as users write them, such as `10m`, `2h` and `7d`. Pure. */
import { ChatError } from './errors.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST = 365 * 86_400_000

const DURATION = /^([0-9]{1,9})([smhd])$/i

export function isDuration(text: string): boolean {
  return DURATION.test(text)
}

/** Whether the text may be meant as a duration: it begins with a digit. */
export function isLikeDuration(text: string): boolean {
  return /^[0-9]+[a-z]*$/i.test(text)
}

/** In milliseconds. Throws ChatError 422. */
export function durationIn(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit.toLowerCase()] ?? NaN)
  if (ms > 0 && ms <= LONGEST) return ms
  throw new ChatError(
    422,
    'invalid_time',
    'a time is a number with s, m, h or d, such as 10m, 2h or 7d: 1s to 365d',
    {
      field: 'for',
    },
  )
}
