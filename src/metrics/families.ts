/** Groups numbers by the first part of their name: `refused.bad_request` is the kind `bad_request` of the family `refused`. */

/** The kind of a number whose name has one part only. */
export const WHOLE = 'total'

export type Numbers = Readonly<Record<string, number>>

/** The numbers of each family by kind, in the given order. */
export function families(numbers: Numbers): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const groups = new Map<string, Map<string, number>>()
  for (const [name, value] of Object.entries(numbers)) {
    const dot = name.indexOf('.')
    const family = dot === -1 ? name : name.slice(0, dot)
    const kind = dot === -1 ? WHOLE : name.slice(dot + 1)
    const group = groups.get(family) ?? new Map<string, number>()
    groups.set(family, group.set(kind, value))
  }
  return groups
}

/** `{refused: {bad_request: 3}, errors: 1}`: a family without kinds is a number. */
export function nested(numbers: Numbers): Readonly<Record<string, number | Numbers>> {
  const groups = [...families(numbers)].map(([family, kinds]): [string, number | Numbers] => {
    const whole = kinds.size === 1 ? kinds.get(WHOLE) : undefined
    return [family, whole ?? Object.fromEntries(kinds)]
  })
  return Object.fromEntries(groups)
}
