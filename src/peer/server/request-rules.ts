/** Rules that routes for peers share. A handler calls the rules that apply to it, before it reads the body. */
import { ChatError } from '../../chat/errors.ts'
import { isLoopback } from '../../http/ip.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import type { Context, Request } from '../../http/message.ts'

/** Peers are no browsers: a page of another site must not write into a chat (CSRF). Throws ChatError 403. */
export function refuseBrowsers({ headers }: Request): void {
  if (headers.has('origin'))
    throw new ChatError(403, 'forbidden_origin', 'this is for peers, not for web pages')
}

/** The key of the peer at the other end, as the connection proved it; undefined in clear. */
export function provedKey({ peer }: Pick<Context, 'peer'>): KeyId | undefined {
  return peer?.kind === 'peer' && isKeyId(peer.id) ? peer.id : undefined
}

/** Throws ChatError 403 with this sentence for requests of other machines. */
export function onlyFromThisMachine({ remote, local }: Context, sentence: string): void {
  if (isLoopback(remote.host) || remote.host === local.host) return
  throw new ChatError(403, 'local_only', sentence)
}
