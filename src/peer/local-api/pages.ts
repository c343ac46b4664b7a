/** The pages for users who open an address of the web port that is not the chat page. */
import { sentencePage } from '../../http/sentence-page.ts'
import type { Response } from '../../http/message.ts'
import type { ChatError } from '../../chat/errors.ts'

const CHAT = { path: '/chat', words: 'Go to the chat' }

export function nothingHere(): Response {
  const sentences = ['There is nothing at this address. The chat of this Parley is at /chat.']
  return sentencePage(404, { title: 'Nothing is here', sentences, link: CHAT })
}

/** The refusal that a program gets as JSON, as a sentence. */
export function refusedPage({ status, code, message, headers }: ChatError): Response {
  const sentences = [SENTENCES[code] ?? `Parley does not answer this: ${message}.`]
  return sentencePage(status, { title: 'Not at this address', sentences, link: CHAT }, headers)
}

/** By the code of a refusal. */
const SENTENCES: Readonly<Record<string, string>> = {
  unauthorized: 'This address is for programs that have the key of this Parley. The chat is at /chat.',
  too_many_requests: 'Too many wrong keys were sent. Wait a minute.',
  misdirected: 'Open this page by the address that Parley showed when it started, not by another name.',
  forbidden_origin:
    'Another page has sent you here. Open the chat by the address that Parley showed when it started.',
  forbidden_site:
    'Another page has sent you here. Open the chat by the address that Parley showed when it started.',
}
