/** Who gets a direct message, and when: promises only what Parley does. */
import { TIMES } from '../../chat/limits.ts'
import type { LocalPerson } from '../../chat/wire/local-api.ts'

const HOUR = 3_600_000

/** `title`: the sanitized name of the other person. */
/** `hasKey`: messages go over connections that prove the key of the other person only. */
export function directWords(title: string, hasKey: boolean): string {
  if (hasKey) return `Goes to ${title} only, encrypted.`
  return `Goes to ${title} only. Not encrypted: your network could read it.`
}

export function awayWords(title: string, hasKey: boolean): string {
  const hours = TIMES.giveUp / HOUR
  const back = hasKey ? 'is back, at any address,' : 'is back at the same address'
  return (
    `${title} is away. What you write waits in your Parley for ${hours} hours, ` +
    `and goes out when ${title} ${back} while your Parley runs.`
  )
}

/** Who in a channel gets what is said there in clear; empty when everybody has a key. */
export function clearWords(people: readonly LocalPerson[]): string {
  const count = people.filter(({ key }) => key === undefined).length
  return count === 0 ? '' : `${count} here ${count === 1 ? 'reads' : 'read'} in clear`
}
