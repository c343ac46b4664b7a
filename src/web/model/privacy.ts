/** Who gets a direct message, and when: promises only what Parley does. */
import { TIMES } from '../../chat/limits.ts'

const HOUR = 3_600_000

/** `title`: the sanitized name of the other person. */
export function directWords(title: string): string {
  return `Goes to ${title} only. Not encrypted: your network could read it.`
}

export function awayWords(title: string): string {
  const hours = TIMES.giveUp / HOUR
  return (
    `${title} is away. What you write waits in your Parley for ${hours} hours, ` +
    `and goes out when ${title} is back at the same address while your Parley runs.`
  )
}
