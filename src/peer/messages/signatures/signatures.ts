/**
 * Signatures of others: those that follow a message, and those that come with what a third peer tells.
 *
 * Invariant: a signature is noted as its author sent it, over a connection that proves the author, and is not checked then:
 * an author that signs wrongly harms its own messages only. A peer that is told a message checks its signature, because
 * nothing else proves the author there.
 */
import { ChatError } from '../../../chat/errors.ts'
import { isObject, type Fields } from '../../../chat/wire/fields.ts'
import { signatureIn } from '../../../chat/wire/messages.ts'
import { SignatureCheck } from './signed-form.ts'
import { MAX_SIGNATURES } from './signer.ts'
import type { ChatMessage } from '../../../chat/model.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import type { Store } from '../../../store/store.ts'
import type { Relay } from '../relay.ts'

export interface SignaturesOptions {
  readonly store: Pick<Store, 'message' | 'setSignature'>
  readonly relay: Pick<Relay, 'signed'>
}

export class Signatures {
  readonly #options: SignaturesOptions
  readonly #check = new SignatureCheck()

  constructor(options: SignaturesOptions) {
    this.#options = options
  }

  /** Whether the author signed what the message says. */
  isBy(author: KeyId, message: ChatMessage, signature: string): boolean {
    return this.#check.isBy(author, message, signature)
  }

  /** Signatures of messages that came before, from their author. Throws ChatError 400, 413. */
  take(fields: Fields, author: KeyId): void {
    const { store, relay } = this.#options
    for (const { id, signature } of signaturesOf(fields)) {
      const message = store.message(author, id)?.message
      if (message === undefined || message.signature !== undefined) continue
      store.setSignature(author, id, signature)
      relay.signed({ ...message, signature })
    }
  }
}

/** The list of `POST /p2p/signatures`; what cannot be read is left out. */
function signaturesOf({
  signatures,
}: Fields): readonly { readonly id: string; readonly signature: string }[] {
  if (!Array.isArray(signatures))
    throw new ChatError(400, 'invalid_field', 'signatures must be a list', { field: 'signatures' })
  if (signatures.length > MAX_SIGNATURES) {
    const detail = `signatures must be at most ${MAX_SIGNATURES}; send the others in another request`
    throw new ChatError(413, 'too_many_signatures', detail, { field: 'signatures' })
  }
  return signatures.filter(isObject).flatMap(({ id, signature: value }) => {
    const signature = signatureIn(value)
    return typeof id === 'string' && signature !== undefined ? [{ id, signature }] : []
  })
}
