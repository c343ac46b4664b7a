/** What a user sees who opens another address of the web port in a browser than that of the page. Pure. */
import { sentencePage } from '../../http/sentence-page.ts'
import type { Response } from '../../http/message.ts'
import type { ChatError } from '../../chat/errors.ts'

const CHAT = { path: '/chat', words: 'Go to the chat' }

export function nothingHere(): Response {
  const sentences = ['There is nothing at this address. The chat of this Parley is at /chat.']
  return sentencePage(404, { title: 'Nothing is here', sentences, link: CHAT })
}

/** The same status and fields that a program gets, in a sentence. */
export function refusedPage({ status, code, message, headers }: ChatError): Response {
  const sentences = [SENTENCES[code] ?? `Parley does not answer this: ${message}.`]
  return sentencePage(status, { title: 'Not at this address', sentences, link: CHAT }, headers)
}

/** By the code of the refusal. */
const SENTENCES: Readonly<Record<string, string>> = {
  unauthorized: 'This address is for programs that have the key of this Parley. The chat is at /chat.',
  too_many_requests: 'Too many wrong keys were sent. Wait a minute.',
  misdirected: 'Open this page by the address that Parley showed when it started, not by another name.',
  forbidden_origin:
    'Another page has sent you here. Open the chat by the address that Parley showed when it started.',
  forbidden_site:
    'Another page has sent you here. Open the chat by the address that Parley showed when it started.',
}
