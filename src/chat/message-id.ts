/**
 * Ids of messages: 16 lower-case hexadecimal digits, as LSNP has them.
 *
 * The first 8 are the time in milliseconds, from 0 again every 49.7 days: ids that follow each other stand side by side
 * in the index of a history, where random ones would each change another page (as in UUID version 7, RFC 9562 section
 * 5.7). The last 8 are random, so that nobody can guess an id and use it before its sender does.
 */
import { randomHex, type Random } from './random.ts'

const DIGITS_OF_TIME = 8

/** `now` is Unix time in milliseconds. */
export function newMessageId(now: number, random: Random): string {
  const time = Math.floor(now) % 2 ** (4 * DIGITS_OF_TIME)
  return time.toString(16).padStart(DIGITS_OF_TIME, '0') + randomHex(random, 8)
}
