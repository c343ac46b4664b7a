/**
 * Changes of names: their words, and their places between messages. Pure.
 *
 * Invariant: a person is called in them as it was shown here at that time, never by a name that it claimed only.
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
    .map(({ name, shown = name, until }, index) => {
      const next = formerNames[index - 1]
      const after = next === undefined ? now : (next.shown ?? next.name)
      return { before: shown, after, claimed: next?.name ?? callsItself, at: until }
    })
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
