/** Copied messages as text: one line each, with time and author. */
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { clockTime } from './times.ts'

export interface Copied {
  /** Unix time in milliseconds. */
  readonly at: number
  readonly name: string
  readonly text: string
  readonly action: boolean
}

/** `[14:14] alice: Hello Bob!`, `[14:15] * alice waves`. */
export function copiedText(messages: readonly Copied[]): string {
  return messages.map(lineOf).join('\n')
}

function lineOf({ at, name, text, action }: Copied): string {
  const author = sanitizeLine(name)
  return `[${clockTime(at)}] ${action ? `* ${author}` : `${author}:`} ${sanitize(text)}`
}
