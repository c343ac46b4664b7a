/** The fragment of the address: first the token, then the open conversation. */
import type { Conversation } from '../../chat/wire/local-api.ts'
import { directWith, isDirect, partnerId } from './conversations.ts'

/** The token of `#token=...`: base64url. */
export function tokenIn(fragment: string): string | undefined {
  return /^#?(?:.*&)?token=([A-Za-z0-9_-]+)/.exec(fragment)?.[1]
}

export function conversationIn(fragment: string): Conversation | undefined {
  const [, kind, encoded = ''] = /^#?(channel|direct)=(.+)$/.exec(fragment) ?? []
  const name = decoded(encoded)
  if (kind === undefined || name === undefined || name === '') return undefined
  return kind === 'channel' ? name : directWith(name)
}

export function fragmentOf(conversation: Conversation): string {
  return isDirect(conversation)
    ? `#direct=${encodeURIComponent(partnerId(conversation))}`
    : `#channel=${encodeURIComponent(conversation)}`
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
