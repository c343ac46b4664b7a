/**
 * Events as lines of JSON, which `parley peer --json` prints and other programs read (docs/cli.md).
 *
 * The shape of a line does not follow the types of the chat: content and transit stand flat in the message, as `text`,
 * `action` and `hops`.
 */
import { contentFrom, isDeed, textOf } from '../content.ts'
import type { ChatEvent, ChatMessage } from '../model.ts'

type MessageEvent = Extract<ChatEvent, { kind: 'message' }>

/** The message of an event as it stands in a line. */
interface FlatMessage extends Omit<ChatMessage, 'content'> {
  readonly text: string
  readonly action: boolean
  readonly hops?: number | undefined
}

/** One line, without its end. */
export function eventJson(event: ChatEvent): string {
  return JSON.stringify(event.kind === 'message' ? flattened(event) : event)
}

function flattened({ kind, message, hops, ...rest }: MessageEvent): FlatEvent {
  const { id, from, channel, content, sentAt, ...more } = message
  const text = textOf(content)
  const action = isDeed(content)
  return { kind, message: { id, from, channel, text, sentAt, action, hops, ...more }, ...rest }
}

/** The event of a line that a Parley printed; undefined for any other line. */
export function eventFrom(line: string): ChatEvent | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? whole(value) : undefined
  } catch {
    return undefined
  }
}

type FlatEvent =
  Exclude<ChatEvent, MessageEvent> | (Omit<MessageEvent, 'message'> & { readonly message: FlatMessage })

/** Parley itself printed it, so its kind vouches for the rest. */
function isEvent(value: unknown): value is FlatEvent {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function whole(event: FlatEvent): ChatEvent {
  if (event.kind !== 'message') return event
  const { text, action, hops, ...said } = event.message
  return { ...event, hops, message: { ...said, content: contentFrom(text, action ? 'action' : 'text') } }
}
