/** Suggestions for misspelt words. */

/** The candidate that differs least: by one letter, or by two if the first letter is the same. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
  const [best] = ranked.sort((a, b) => a.distance - b.distance)
  if (best === undefined) return undefined
  const most = Math.min(best.candidate.startsWith(word.charAt(0)) ? 2 : 1, word.length - 1)
  return best.distance <= most ? best.candidate : undefined
}

/** The number of insertions, deletions, replacements and swaps of neighbours ("optimal string alignment" distance). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
