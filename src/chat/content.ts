/**
 * What a message says, by kind, and how each kind is searched, shown, and told to programs that know only text.
 *
 * Everything that shows, searches, keeps or relays messages asks the functions below and does not look at `kind`
 * itself, so a new kind is one more member of Content and one more case in each of them.
 */
export type Content = TextContent | ActionContent

interface TextContent {
  readonly kind: 'text'
  readonly text: string
}

/** `/me`: something that the author does. */
interface ActionContent {
  readonly kind: 'action'
  readonly text: string
}

export type ContentKind = Content['kind']

/** The words: what search looks through, and all that programs get which know only text. */
export function textOf(content: Content): string {
  switch (content.kind) {
    case 'text':
    case 'action':
      return content.text
  }
}

/** Shown as something that the author does (`* alice waves`), not as something that the author says (`<alice> hello`). */
export function isDeed(content: Content): boolean {
  switch (content.kind) {
    case 'text':
      return false
    case 'action':
      return true
  }
}

/** The whole message as text alone: without the author's name, unless it is a deed. */
export function plainLine(content: Content, author: string): string {
  return isDeed(content) ? `* ${author} ${textOf(content)}` : textOf(content)
}

const FROM_TEXT: Readonly<Record<ContentKind, (text: string) => Content>> = {
  text: (text) => ({ kind: 'text', text }),
  action: (text) => ({ kind: 'action', text }),
}

/** Content of this kind with these words, as it was written to the wire or the store. An unknown kind reads as text. */
export function contentFrom(text: string, kind: unknown): Content {
  return isKind(kind) ? FROM_TEXT[kind](text) : { kind: 'text', text }
}

function isKind(kind: unknown): kind is ContentKind {
  return typeof kind === 'string' && Object.hasOwn(FROM_TEXT, kind)
}

/** A string alone is content of the kind `text`. */
export function asContent(said: Content | string): Content {
  return typeof said === 'string' ? { kind: 'text', text: said } : said
}
