/**
 * Signatures of others: those that follow a message, and those that come with what a third peer tells.
 *
 * Invariant: a signature is kept after it was checked, and a message is told on with a signature that was kept. Checks run
 * in slices of a few milliseconds.
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
  /** Resolves in a later turn of the event loop. */
  readonly pause: () => Promise<void>
}

/** Checks in one turn of the event loop: 0.13 ms each. */
const SLICE = 24

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
  async take(fields: Fields, author: KeyId): Promise<void> {
    const { store, relay, pause } = this.#options
    let checks = 0
    for (const { id, signature } of signaturesOf(fields)) {
      const message = store.message(author, id)?.message
      if (message === undefined || message.signature !== undefined) continue
      if (++checks % SLICE === 0) await pause()
      if (!this.isBy(author, message, signature)) continue
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
