/** Mentions of a name in a text: `@name`, or the name as a whole word. */

/** Case is ignored. Names of one or two letters are common words, so they need the `@`. */
export function mentions(text: string, name: string): boolean {
  if (name === '') return false
  return mentionRanges(text, name).length > 0
}

/** [from, to) of each mention in UTF-16 units, with the `@`. */
export function mentionRanges(text: string, name: string): (readonly [from: number, to: number])[] {
  const ranges: (readonly [number, number])[] = []
  const lower = text.toLowerCase()
  const wanted = name.toLowerCase()
  if (wanted === '' || lower.length !== text.length) return ranges
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, found + wanted.length)) {
    const end = found + wanted.length
    const isMarked = lower[found - 1] === '@'
    const start = isMarked ? found - 1 : found
    const standsAlone = !isWordCharacter(lower[start - 1]) && !isWordCharacter(lower[end])
    if (standsAlone && (isMarked || wanted.length > 2)) ranges.push([start, end])
  }
  return ranges
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character)
}
