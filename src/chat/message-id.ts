/**
 * Ids of messages: 16 lower-case hexadecimal digits, as LSNP has them.
 *
 * The first 8 are the time in milliseconds, which wraps every 49.7 days: consecutive ids are neighbours in the index of
 * a history, where random ids would each write another page (as in UUID version 7, RFC 9562 section 5.7). The last 8 are
 * random, so no other peer can guess an id and use it first.
 */
import { randomHex, type Random } from './random.ts'

const DIGITS_OF_TIME = 8

/** `now` is Unix time in milliseconds. */
export function newMessageId(now: number, random: Random): string {
  const time = Math.floor(now) % 2 ** (4 * DIGITS_OF_TIME)
  return time.toString(16).padStart(DIGITS_OF_TIME, '0') + randomHex(random, 8)
}
