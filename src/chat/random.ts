/** Randomness as an argument, so that a simulation can repeat itself. */

/** Between 0 and 1, as Math.random(). */
export type Random = () => number

/** So many lower-case hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let text = ''
  while (text.length < digits)
    text += Math.floor(random() * 0x1_00_00)
      .toString(16)
      .padStart(4, '0')
  return text.slice(0, digits)
}
