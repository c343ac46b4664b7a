/**
 * Changes of names: their words, and their places between messages. Pure.
 *
 * Invariant: a person is called in them as it was shown here at that time, never by a name that it claimed only, and later
 * changes alter no words of earlier ones.
 */
import { sanitizeLine } from './sanitize.ts'

export interface NameChange {
  /** What the person was called here. */
  readonly before: string
  /** What it is called here since then. */
  readonly after: string
  /** What it calls itself since then. */
  readonly claimed: string
}

export interface Rename extends NameChange {
  /** Unix time in milliseconds. */
  readonly at: number
}

export interface Renamed {
  /** What the person is called here. */
  readonly name: string
  /** What it calls itself, where that is another name. */
  readonly callsItself?: string | undefined
  /** The last one first, each with the time until when it was the name, and what the person was called here instead. */
  readonly formerNames: readonly {
    readonly name: string
    readonly until: number
    readonly shown?: string | undefined
    /** What it was called here from then on, and what it called itself, where that was noted. */
    readonly became?: string | undefined
    readonly claimed?: string | undefined
  }[]
}

/** `bob is now rob`; or that it goes on to be called bob here. */
export function renameWords({ before, after, claimed }: NameChange): string {
  const [was, is, name] = [before, after, claimed].map(sanitizeLine)
  if (was !== is) return `${was} is now ${is}`
  if (name === is || is?.startsWith(`${name}·`)) return `${is} calls itself ${name} again`
  return `${is} calls itself ${name} now, which is the name of another person: it stays ${is} here`
}

/** The oldest first. */
export function renamesOf(person: Renamed): Rename[] {
  const { name: now, callsItself = now, formerNames } = person
  return formerNames
    .map(({ name, shown = name, until, became, claimed }, index) => {
      const next = formerNames[index - 1]
      const after = became ?? (next === undefined ? now : (next.shown ?? next.name))
      return { before: shown, after, claimed: claimed ?? next?.name ?? callsItself, at: until }
    })
    .reverse()
}

/** What a person was called here before, the last first: names that it claimed only are none of them. */
export function namesBefore({ name, formerNames }: Pick<Renamed, 'name' | 'formerNames'>) {
  let next = name
  return formerNames.flatMap(({ name: own, shown = own, until }) => {
    if (shown === next) return []
    next = shown
    return [{ name: shown, until }]
  })
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
