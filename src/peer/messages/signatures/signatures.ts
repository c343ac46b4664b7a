/**
 * Signatures of others: those that follow a message, and those that come with what a third peer tells.
 *
 * Invariant: a signature is noted as its author sent it, over a connection that proves the author, and is not checked then:
 * an author that signs wrongly harms its own messages only. A peer that is told a message checks its signature, because
 * nothing else proves the author there.
 */
import { ChatError } from '../../../chat/errors.ts'
import { LIMITS } from '../../../chat/limits.ts'
import { isObject, type Fields } from '../../../chat/wire/fields.ts'
import { BoundedMap } from '../../../chat/bounded.ts'
import { signatureIn } from '../../../chat/wire/messages.ts'
import { SignatureCheck } from './signed-form.ts'
import type { ChatMessage } from '../../../chat/model.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import type { Store } from '../../../store/store.ts'
import type { Self } from '../../self/self.ts'
import type { Relay } from '../relay.ts'

export interface SignaturesOptions {
  readonly store: Pick<Store, 'message' | 'setSignature'>
  readonly relay: Pick<Relay, 'holds' | 'signed'>
  readonly self: Pick<Self, 'networkTag'>
}

/** Signatures that came before their messages; the oldest are forgotten. */
const MAX_EARLY = 1_024
/** Characters of a message id; a longer one has no place in what is signed. */
const MAX_ID = 255

export class Signatures {
  readonly #options: SignaturesOptions
  readonly #check: SignatureCheck
  /** By keyOf(); an author pushes out its own. A message and its signature come on two connections: either may be first. */
  readonly #early = new BoundedMap<string, string>(MAX_EARLY, authorIn)

  constructor(options: SignaturesOptions) {
    this.#options = options
    this.#check = new SignatureCheck(options.self.networkTag)
  }

  /** Whether the author signed what the message says. */
  isBy(author: KeyId, message: ChatMessage, signature: string): boolean {
    return this.#check.isBy(author, message, signature)
  }

  /** Signatures of messages, from their author. Throws ChatError 400, 413. */
  take(fields: Fields, author: KeyId): void {
    for (const { id, signature } of signaturesOf(fields))
      if (!this.#note(author, id, signature)) this.#early.set(keyOf(author, id), signature)
  }

  /** A message came from its author: its signature may have come before it. */
  arrived(author: KeyId, id: string): void {
    if (this.#early.size === 0) return
    const key = keyOf(author, id)
    const signature = this.#early.get(key)
    if (signature !== undefined && this.#note(author, id, signature)) this.#early.delete(key)
  }

  /** Returns whether the message is there. */
  #note(author: KeyId, id: string, signature: string): boolean {
    const { store, relay } = this.#options
    const isNew = store.setSignature(author, id, signature)
    if (isNew && !relay.holds(author, id)) return true
    const entry = store.message(author, id)
    // It may have got its signature with the history of a member, and is still held.
    if (entry?.message.signature !== undefined) relay.signed(entry.message)
    return entry !== undefined
  }
}

function keyOf(author: KeyId, id: string): string {
  return `${author} ${id}`
}

function authorIn(key: string): string {
  return key.slice(0, key.indexOf(' '))
}

/** The list of `POST /p2p/signatures`; what cannot be read is left out. */
function signaturesOf({
  signatures,
}: Fields): readonly { readonly id: string; readonly signature: string }[] {
  if (!Array.isArray(signatures))
    throw new ChatError(400, 'invalid_field', 'signatures must be a list', { field: 'signatures' })
  if (signatures.length > LIMITS.signatures) {
    const detail = `signatures must be at most ${LIMITS.signatures}; send the others in another request`
    throw new ChatError(413, 'too_many_signatures', detail, { field: 'signatures' })
  }
  return signatures.filter(isObject).flatMap(({ id, signature: value }) => {
    const signature = signatureIn(value)
    const isId = typeof id === 'string' && id.length <= MAX_ID
    return isId && signature !== undefined ? [{ id, signature }] : []
  })
}
