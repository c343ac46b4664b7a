/**
 * A few sentences as a page, for people who open in a browser what is meant for programs. Pure.
 *
 * There is text on it and nothing else: no script, no style, nothing that is fetched. Programs never see it: they do not
 * ask for text/html.
 */
import type { RequestHead } from './codec/request-parser.ts'
import type { Response } from './message.ts'

export interface SentencePage {
  readonly title: string
  readonly sentences: readonly string[]
  /** A place to go on from there. */
  readonly link?: { readonly path: string; readonly words: string }
}

/** https://www.w3.org/TR/CSP3/ */
const HEADERS = Object.freeze({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Vary: 'Accept',
})

export function sentencePage(
  status: number,
  { title, sentences, link }: SentencePage,
  headers: Readonly<Record<string, string>> = {},
): Response & { readonly body: string } {
  const paragraphs = sentences.map((sentence) => `<p>${escaped(sentence)}</p>\n`).join('')
  const way = link === undefined ? '' : `<p><a href="${escaped(link.path)}">${escaped(link.words)}</a></p>\n`
  return {
    status,
    headers: { ...HEADERS, ...headers },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<h1>${escaped(title)}</h1>
${paragraphs}${way}</html>
`,
  }
}

/** For the paths of a port that has no page otherwise: the root says what it is, all others that nothing is there. */
export function portPage(
  title: string,
  sentences: readonly string[],
): (request: RequestHead) => Response | undefined {
  return (request) => {
    if (!wantsPage(request)) return undefined
    if (request.path === '/') return sentencePage(200, { title, sentences })
    return sentencePage(404, { title: 'Nothing is here', sentences })
  }
}

/**
 * Whether a user looks at a page: a GET or HEAD that names text/html in its Accept field, and does not rather have
 * JSON (RFC 9110 section 12.5.1). `*` alone is what programs send.
 */
export function wantsPage({ method, headers }: Pick<RequestHead, 'method' | 'headers'>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const weights = new Map<string, number>()
  for (const range of headers.getAll('accept').join(',').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    weights.set(type, weight === undefined ? 1 : Number(weight) || 0)
  }
  const html = weights.get('text/html') ?? 0
  return html > 0 && html >= (weights.get('application/json') ?? 0)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}
