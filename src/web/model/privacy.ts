/** Where what is written in a direct conversation goes, and when: only what is true. Pure. */
import { TIMES } from '../../chat/limits.ts'

const HOUR = 3_600_000

/** `title`: the name of the other, made harmless. */
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
