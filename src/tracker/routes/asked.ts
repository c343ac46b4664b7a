/** A request to the tracker as its endpoints get it, and what their answers have in common. */
import { DIRECT } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelField, type Fields } from '../../chat/wire/fields.ts'
import { json } from '../../http/router.ts'
import { fitSmallAnswer, type Answer, type TruncatableList } from '../legacy/truncate.ts'
import type { Caller } from '../access.ts'
import type { Context, Request, Response } from '../../http/message.ts'

export interface Asked extends Caller {
  readonly fields: Fields
  readonly query: Fields
  readonly request: Request
  readonly context: Context
}

export type Endpoint = (asked: Asked) => Response | Promise<Response>

/** Endpoints by route, such as `POST /leave`. */
export type Endpoints = Readonly<Record<string, Endpoint>>

/** Fields by which a client asks for a part of a list. */
const PARTS = ['limit', 'since', 'cursor']

/** Whether a client asks for a part of a list, or for a list in another form. */
export function asksForPart(wanted: Fields): boolean {
  return [...PARTS, 'format'].some((field) => field in wanted)
}

/** The answer with its lists whole, or cut for a client that may read no more than 8 KiB. */
export function fitting(asked: Asked, answer: Answer, cuts: readonly TruncatableList[]): Response {
  return json(200, readsEverything(asked) ? answer : fitSmallAnswer(answer, cuts))
}

/** Signs that the client reads an answer to its end, however long. */
export function readsEverything({ request, query, fields }: Asked): boolean {
  return isParley(request) || PARTS.some((field) => field in query || Object.hasOwn(fields, field))
}

export function isParley({ headers }: Request): boolean {
  return headers.get('user-agent')?.startsWith('parley/') === true
}

/** Throws ChatError 400, 422. */
export function wantedChannel(fields: Fields): string {
  const channel = channelField(fields)
  if (channel === undefined)
    throw new ChatError(400, 'missing_field', 'channel is missing', { field: 'channel' })
  mayBeJoined(channel, 'channel')
  return channel
}

/** Throws ChatError 422. `field`: the field of the request that names the channel. */
export function mayBeJoined(channel: string, field: string): void {
  if (channel !== DIRECT) return
  throw new ChatError(422, 'reserved', `${DIRECT} is for messages to one peer`, { field })
}
