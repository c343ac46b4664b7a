/**
 * A way in which a text gets from one process to another: the seam between the benchmark and the systems that it
 * compares. All of them send the same JSON, and none is told more than it needs.
 */
import type { Address } from '../../../src/http/message.ts'

export interface Place {
  /** Of the receiver, or of the server between both. */
  readonly port: number
  readonly tracker: Address
  /** A directory for the history; undefined: it is kept in memory. */
  readonly data: string | undefined
}

/** Tells the sender that its message is here, in the order of the messages. */
type Acknowledge = () => void

export interface Wire {
  /** Resolves when somebody may send. Who calls `acknowledge` does so once for each text. */
  receive(place: Place, onText: (text: string, acknowledge: Acknowledge) => void): Promise<void>
  /** Resolves to what sends a text. `onAcknowledged` is called once for each text that the receiver has. */
  connect(place: Place, onAcknowledged: () => void): Promise<(text: string) => void>
}

/** The JSON of a message, as small as a chat can make it. */
export function messageOf(text: string): string {
  return JSON.stringify({ from: SENDER, channel: 'general', message: text, ts: Date.now() / 1000 })
}

export function textOf(json: string): string {
  return (JSON.parse(json) as { readonly message: string }).message
}

export const ACKNOWLEDGED = JSON.stringify({ status: 'ok' })

const SENDER = { ip: '127.0.0.1', port: 1, name: 'alice' }
