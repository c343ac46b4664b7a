/** Changes of names as lines between messages. Pure. */

export interface Rename {
  readonly before: string
  readonly after: string
  /** Unix time in milliseconds. */
  readonly at: number
}

export interface Renamed {
  readonly name: string
  /** The last one first, each with the time until when it was the name. */
  readonly formerNames: readonly { readonly name: string; readonly until: number }[]
}

/** The oldest first. */
export function renamesOf(person: Renamed): Rename[] {
  const { name, formerNames } = person
  return formerNames
    .map(({ name: before, until }, index) => ({
      before,
      after: formerNames[index - 1]?.name ?? name,
      at: until,
    }))
    .reverse()
}

/**
 * For each of the times, which rise, the changes to show before it: those since the time before. The last list is of those
 * after all of them; changes before the first time are left out.
 */
export function renamesBetween(people: readonly Renamed[], times: readonly number[]): Rename[][] {
  const all = people.flatMap(renamesOf).sort((one, other) => one.at - other.at)
  const lists = Array.from({ length: times.length + 1 }, (): Rename[] => [])
  for (const rename of all) {
    const place = times.findIndex((time) => time > rename.at)
    if (place !== 0) lists[place === -1 ? times.length : place]?.push(rename)
  }
  return lists
}
