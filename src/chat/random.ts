/** Randomness as an argument, so that a simulation can repeat itself. */

/** Returns a number from 0 up to 1, as Math.random() does. */
export type Random = () => number

/** This many lower-case hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let text = ''
  while (text.length < digits)
    text += Math.floor(random() * 0x1_00_00)
      .toString(16)
      .padStart(4, '0')
  return text.slice(0, digits)
}
