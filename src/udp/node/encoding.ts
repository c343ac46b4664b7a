/** Messages to bytes, with what the codec refuses as a ChatError; and bytes to text for verbose mode. */
import { ChatError } from '../../chat/errors.ts'
import { encode, encodeHalves, type Dialect, type LsnpMessage } from '../lsnp/codec.ts'

/** Throws ChatError 422, with the sentence of the codec, for a message that must not be sent. */
export function encoded(message: LsnpMessage, form: Dialect): Buffer {
  return refusing(() => encode(message, form))
}

/** As encoded(), with one message for programs of the RFC and another for legacy clients. */
export function encodedHalves(rfc: LsnpMessage, seed: LsnpMessage): Buffer {
  return refusing(() => encodeHalves(rfc, seed))
}

/** The form in which a program that speaks this dialect is written to. */
export function formFor(dialect: Dialect): Dialect {
  return dialect === 'seed' ? 'seed' : 'rfc'
}

function refusing(encoding: () => Buffer): Buffer {
  try {
    return encoding()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ChatError(422, 'not_sendable', error.message)
  }
}

/** The text, cut to this many bytes of UTF-8 and with an ellipsis at its end if it is longer. */
export function shortened(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const end = '…'
  const beginning = Buffer.from(text).subarray(0, maxBytes - Buffer.byteLength(end))
  return beginning.toString().replace(/\ufffd+$/, '') + end
}

/** The lines of a datagram, with pictures and chunks of files cut short. */
export function readable(bytes: Buffer): string {
  return bytes
    .toString()
    .trimEnd()
    .replace(/^(AVATAR_DATA: ?.{10}).*$/gm, '$1…')
    .replace(/^(DATA: ?.{10}).*$/gm, '$1…')
}
