/** The text of a message -> plain text, links and mentions of the user. Each part becomes a node of its own. */
import { sanitize } from '../../chat/sanitize.ts'
import { linksIn } from './links.ts'
import { mentionRanges } from './mention.ts'

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string }
  /**
   * `address`: http, https or mailto, as a browser reads it. `host`: the host it leads to, when a different one is
   * written.
   */
  | {
      readonly kind: 'link'
      readonly text: string
      readonly address: string
      readonly host?: string | undefined
    }

/** Links and mentions in one message; the rest stays text. */
const MOST_PARTS = 200

/** Takes raw text and returns sanitized parts that join to the whole text. */
export function textParts(text: string, ownName: string): TextPart[] {
  const safe = sanitize(text)
  const parts: TextPart[] = []
  let done = 0
  for (const { from, to, address, host } of linksIn(safe)) {
    if (parts.length > MOST_PARTS) break
    parts.push(...withMentions(safe.slice(done, from), ownName))
    parts.push({ kind: 'link', text: safe.slice(from, to), address, host })
    done = to
  }
  return [...parts, ...withMentions(safe.slice(done), ownName)]
}

function withMentions(text: string, ownName: string): TextPart[] {
  const parts: TextPart[] = []
  let done = 0
  for (const [from, to] of mentionRanges(text, ownName).slice(0, MOST_PARTS)) {
    if (from > done) parts.push({ kind: 'text', text: text.slice(done, from) })
    parts.push({ kind: 'mention', text: text.slice(from, to) })
    done = to
  }
  if (done < text.length) parts.push({ kind: 'text', text: text.slice(done) })
  return parts
}
