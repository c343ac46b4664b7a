/** The delivery status of an own message, as a sign and a sentence. */
import type { LocalDelivery, LocalFailure, LocalMessage } from '../../chat/wire/local-api.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { Outgoing } from './view.ts'

export interface DeliveryStatus {
  readonly kind: 'none' | 'sending' | 'delivered' | 'unsure' | 'waiting' | 'failed'
  readonly sign: string
  readonly words: string
}

const NOTHING: DeliveryStatus = { kind: 'none', sign: '', words: '' }

/** Names that are listed; the rest are counted. */
const NAMED = 3

export function deliveryStatus(delivery: LocalDelivery | undefined): DeliveryStatus {
  if (delivery === undefined) return NOTHING
  const { recipients, delivered, unconfirmed, waiting, failed } = delivery
  if (failed.length > 0) {
    const reasons = failed.slice(0, NAMED).map((one) => `${sanitizeLine(one.name)}: ${because(one)}`)
    const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : ''
    return { kind: 'failed', sign: '✗', words: `not delivered to ${reasons.join('; ')}${more}` }
  }
  if (waiting.length > 0) return { kind: 'waiting', sign: '…', words: `waiting for ${listed(waiting)}` }
  if (recipients === 0) return { kind: 'unsure', sign: '–', words: 'no one else was there' }
  if (delivered < recipients) return { kind: 'sending', sign: '…', words: `${delivered}/${recipients}` }
  if (unconfirmed === 0) return { kind: 'delivered', sign: '✓', words: `${delivered}/${recipients}` }
  const words = `${delivered}/${recipients}, ${unconfirmed} without an acknowledgement`
  return { kind: 'unsure', sign: '✓', words }
}

function because({ reason, code }: LocalFailure): string {
  if (code === 'unreachable') return 'could not be reached'
  if (code === 'other_peer') return 'another person is at this address now'
  if (code !== 'refused') return sanitizeLine(reason)
  // The words of the other program, without the HTTP status.
  const words = sanitizeLine(reason.replace(/^refused with [0-9]{3}(?:: )?/, ''))
  return words === '' ? 'did not take it' : `did not take it: “${words}”`
}

/** For a message that the local peer has not accepted yet. */
export function outgoingStatus({ state, reason, isKept }: Outgoing, isLinkOpen: boolean): DeliveryStatus {
  if (state === 'refused') return { kind: 'failed', sign: '✗', words: sanitizeLine(reason) }
  if (state === 'sending' || isLinkOpen) return { kind: 'sending', sign: '…', words: 'sending' }
  const words =
    isKept === false
      ? 'waits for the connection; it is lost if this tab is closed'
      : 'kept here until the connection is back'
  return { kind: 'waiting', sign: '…', words }
}

/** `Bob, Carol, Dave and 2 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map(sanitizeLine)
  if (names.length > NAMED) return `${shown.join(', ')} and ${names.length - NAMED} more`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** The number of failed messages. With several, the page offers to retry all. */
export function failures(messages: readonly LocalMessage[], outgoing: readonly Outgoing[]): number {
  const refused = outgoing.filter(({ state }) => state === 'refused').length
  return refused + messages.filter(({ delivery }) => (delivery?.failed.length ?? 0) > 0).length
}
