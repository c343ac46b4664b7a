/** Rules that routes for peers share. A handler calls the rules that apply to it, before it reads the body. */
import { ChatError } from '../../chat/errors.ts'
import { isLoopback } from '../../http/ip.ts'
import type { Context, Request } from '../../http/message.ts'

/** Peers are no browsers: a page of another site must not write into a chat (CSRF). Throws ChatError 403. */
export function refuseBrowsers({ headers }: Request): void {
  if (headers.has('origin'))
    throw new ChatError(403, 'forbidden_origin', 'this is for peers, not for web pages')
}

/** Throws ChatError 403 with this sentence for requests of other machines. */
export function onlyFromThisMachine({ remote, local }: Context, sentence: string): void {
  if (isLoopback(remote.host) || remote.host === local.host) return
  throw new ChatError(403, 'local_only', sentence)
}
