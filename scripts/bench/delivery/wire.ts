/**
 * How a text gets from one process to another: the seam between the benchmark and the systems that it compares. All of
 * them send the same JSON.
 */
import type { Socket } from 'node:net'
import type { Address } from '../../../src/http/message.ts'

export interface Place {
  /** The port of the receiver, or of the server between both. */
  readonly port: number
  readonly tracker: Address
  /** The folder for what the receiver keeps; undefined: nothing is kept on disk. */
  readonly data: string | undefined
}

/** Tells the sender that a message arrived, in the order of the messages. */
type Acknowledge = () => void

export interface Wire {
  /** Resolves when the sender may send. `acknowledge` is called at most once for each text. */
  receive(place: Place, onText: (text: string, acknowledge: Acknowledge) => void): Promise<void>
  /** Resolves to what sends a text. `onAcknowledged` is called once for each text that arrived. */
  connect(place: Place, onAcknowledged: () => void): Promise<(text: string) => void>
}

const SENDER = { ip: '127.0.0.1', port: 1, name: 'alice' }

/** The JSON of a message, as small as a chat can make it. */
export function messageOf(text: string): string {
  return JSON.stringify({ from: SENDER, channel: 'general', message: text, ts: Date.now() / 1000 })
}

export function textOf(json: string): string {
  return (JSON.parse(json) as { readonly message: string }).message
}

export const ACKNOWLEDGED = JSON.stringify({ status: 'ok' })

/** The plainest protocol, for the yardstick: a line is a message. Calls `onLine` for each line, without its end. */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => undefined)
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
