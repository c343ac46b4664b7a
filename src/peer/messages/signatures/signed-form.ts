/**
 * What the signature of a message in a channel covers, and how it is made and checked. Pure.
 *
 * Direct messages have no signature: no peer tells them on, and it would be evidence against their author.
 */
import { DIRECT, type ChatMessage } from '../../../chat/model.ts'
import { textOf } from '../../../chat/content.ts'
import { BoundedMap } from '../../../chat/bounded.ts'
import { PublicKey } from '../../../identity/key-pair.ts'
import {
  CONTENT_TYPES,
  isAuthentic,
  signMessage,
  type SignedMessage,
} from '../../../identity/message-signature.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import type { Self } from '../../self/self.ts'

/** Keys that are kept imported. */
const MAX_KEYS = 1_024

/** Base64url. Undefined for a message that cannot be signed: a direct one, one without `seq`, one with too long an id. */
export function signatureOf(
  message: ChatMessage,
  { keys, networkTag }: Pick<Self, 'keys' | 'networkTag'>,
): string | undefined {
  const form = formOf(message, keys.id)
  if (form === undefined) return undefined
  return signMessage(keys, networkTag, form).toString('base64url')
}

/** Checks signatures. Importing a key costs as much as checking a signature, so keys are kept. */
export class SignatureCheck {
  readonly #network: Buffer
  readonly #keys = new BoundedMap<KeyId, PublicKey>(MAX_KEYS)

  /** `network`: the tag of the network whose signatures count. */
  constructor(network: Buffer) {
    this.#network = network
  }

  /** Whether the author, whose key this is, signed what the message says. 0.13 ms. */
  isBy(author: KeyId, message: ChatMessage, signature: string): boolean {
    const form = formOf(message, author)
    if (form === undefined) return false
    const key = this.#keys.get(author) ?? new PublicKey(author)
    this.#keys.set(author, key)
    return isAuthentic(key, this.#network, form, Buffer.from(signature, 'base64url'))
  }
}

function formOf(message: ChatMessage, author: KeyId): SignedMessage | undefined {
  const { id, channel, closed, content, seq, sentAt } = message
  if (channel === DIRECT || seq === undefined || Buffer.byteLength(id) > 255) return undefined
  return {
    author,
    scope:
      closed === undefined
        ? { kind: 'channel', channel }
        : { kind: 'closed', channelId: Buffer.from(closed.id, 'base64url'), epoch: closed.epoch },
    id,
    seq,
    sentAt: Math.round(sentAt),
    type: CONTENT_TYPES[content.kind],
    content: textOf(content),
  }
}
