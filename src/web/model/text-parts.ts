/** The text of a message -> its parts: plain text, links, our own name. Pure; each becomes a node of its own. */
import { harmless } from '../../chat/harmless.ts'
import { mentionRanges } from './mention.ts'

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string }
  /** `address` is http or https, as a browser reads it. */
  | { readonly kind: 'link'; readonly text: string; readonly address: string }

/** Links and mentions of one message; what is beyond stays text. */
const MOST_PARTS = 200

const ADDRESS = /https?:\/\/[^\s<>"'`\u2400-\u2421\uFFFD]+/giu

/** `text` as it came; what comes back is harmless. Joined, the parts are the whole text. */
export function textParts(text: string, ownName: string): TextPart[] {
  const safe = harmless(text)
  const parts: TextPart[] = []
  let done = 0
  for (const found of safe.matchAll(ADDRESS)) {
    if (parts.length > MOST_PARTS) break
    const words = withoutTrailing(found[0])
    const address = webAddress(words)
    if (address === undefined) continue
    parts.push(...withMentions(safe.slice(done, found.index), ownName))
    parts.push({ kind: 'link', text: words, address })
    done = found.index + words.length
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

/** Without what belongs to the sentence around it: `(see http://a.example/b).` */
function withoutTrailing(address: string): string {
  let words = address.replace(/[.,;:!?*_~…]+$/u, '')
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
    ['{', '}'],
  ] as const) {
    while (words.endsWith(close) && count(words, close) > count(words, open))
      words = words.slice(0, -1).replace(/[.,;:!?]+$/, '')
  }
  return words
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

/** The address when it is one that may be followed. */
function webAddress(words: string): string | undefined {
  if (!URL.canParse(words)) return undefined
  const { protocol, hostname, href } = new URL(words)
  const isWeb = protocol === 'http:' || protocol === 'https:'
  return isWeb && hostname !== '' ? href : undefined
}
