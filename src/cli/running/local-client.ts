/** The local API of a peer as async functions (docs/protocol.md, "The local API"). */
import { ChatError } from '../../chat/errors.ts'
import * as v from 'valibot'
import { ClientError } from '../../http/client-connection.ts'
import { EventStreamParser, type ServerSentEvent } from '../../http/event-stream.ts'
import { USER_AGENT } from '../../peer/self/version.ts'
import type { ClientOptions } from '../../http/client.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Address, ReceivedResponse } from '../../http/message.ts'

/** For the client it is used with: the state of a full house, and 200 long messages, are larger than most answers. */
export const LOCAL_CLIENT: ClientOptions = {
  timeouts: { connect: 1_000, answer: 5_000 },
  limits: { body: 32 * 1024 * 1024 },
}
/** Characters of one event. */
const LARGEST_EVENT = 16 * 1024 * 1024

// What is read of the answers; src/chat/wire/local-api.ts has all that is in them.

const Person = v.object({
  id: v.string(),
  name: v.string(),
  status: v.string(),
  channels: v.array(v.string()),
  sources: v.optional(v.array(v.string()), []),
  isHere: v.boolean(),
})
export type LocalPerson = v.InferOutput<typeof Person>

const State = v.object({
  self: v.object({ id: v.string(), name: v.string() }),
  channels: v.array(v.object({ name: v.string() })),
  directs: v.array(v.string()),
  people: v.array(Person),
  eventId: v.string(),
})
export type LocalState = v.InferOutput<typeof State>

const Delivery = v.object({
  recipients: v.number(),
  delivered: v.number(),
  unconfirmed: v.number(),
  waiting: v.array(v.string()),
  failed: v.array(v.object({ name: v.string(), reason: v.string() })),
})
export type LocalDelivery = v.InferOutput<typeof Delivery>

const Message = v.object({
  key: v.string(),
  id: v.string(),
  conversation: v.string(),
  from: v.object({ id: v.string(), name: v.string() }),
  own: v.boolean(),
  text: v.string(),
  action: v.boolean(),
  at: v.number(),
  receivedAt: v.number(),
  clockShift: v.optional(v.number()),
  late: v.boolean(),
  relayed: v.optional(v.literal(true)),
  delivery: v.optional(Delivery),
})
export type LocalMessage = v.InferOutput<typeof Message>

const Fared = v.object({ key: v.string(), conversation: v.string(), delivery: Delivery })
const Page = v.object({ messages: v.array(Message), before: v.optional(v.string()) })
export type LocalPage = v.InferOutput<typeof Page>
const Sent = v.object({ id: v.string(), conversation: v.string() })
const Refusal = v.object({ error: v.string(), detail: v.string() })

/** What happens; everything else that is told is left out. */
export type LocalEvent =
  | { readonly kind: 'state'; readonly id: string | undefined; readonly state: LocalState }
  | { readonly kind: 'message'; readonly id: string | undefined; readonly message: LocalMessage }
  | {
      readonly kind: 'delivery'
      readonly id: string | undefined
      readonly fared: v.InferOutput<typeof Fared>
    }

/** Every method rejects with ClientError when there is no answer, Refused when it is a refusal. */
export class LocalClient {
  readonly #client: HttpClient
  readonly #address: Address
  readonly #headers: Readonly<Record<string, string>>

  constructor(client: HttpClient, address: Address, token: string) {
    this.#client = client
    this.#address = address
    this.#headers = { Authorization: `Bearer ${token}`, 'User-Agent': USER_AGENT }
  }

  async state(): Promise<LocalState> {
    return parsed(State, await this.#get('/api/state'))
  }

  /** The last `limit` messages of a conversation (at most 200), or those before a page, oldest first. */
  async messages(conversation: string, limit: number, before?: string): Promise<LocalPage> {
    const place = before === undefined ? '' : `&before=${encodeURIComponent(before)}`
    const query = `conversation=${encodeURIComponent(conversation)}&limit=${limit}${place}`
    return parsed(Page, await this.#get(`/api/messages?${query}`))
  }

  /** Nothing happens when the peer is in it already. */
  async join(channel: string): Promise<void> {
    await this.#post('/api/channels', { name: channel })
  }

  async say(conversation: string, text: string): Promise<LocalMessage> {
    return parsed(Message, await this.#post('/api/messages', { conversation, text }))
  }

  /** To a person by name or address, for whom the tracker is asked as well. */
  async sayTo(person: string, text: string): Promise<{ readonly id: string; readonly conversation: string }> {
    return parsed(Sent, await this.#post('/send-peer', { to: person, message: text }))
  }

  /**
   * Calls `onEvent` with what happens: all since the event `lastId`, or, when that is unknown, first with the state. What
   * comes next is read when `onEvent` resolves. Resolves when the stream ends or `signal` is aborted; rejects with what
   * `onEvent` rejects with.
   */
  async follow(
    lastId: string | undefined,
    onEvent: (event: LocalEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = lastId === undefined ? this.#headers : { ...this.#headers, 'Last-Event-ID': lastId }
    const request = { method: 'GET', target: '/api/events', headers }
    const { status, pieces, close } = await this.#client.stream(this.#address, request)
    if (status !== 200) {
      close()
      throw new ChatError(status, '', `answered ${status}`)
    }
    if (signal.aborted) close()
    signal.addEventListener('abort', close)
    try {
      const parser = new EventStreamParser(LARGEST_EVENT)
      const decoder = new TextDecoder()
      for await (const piece of pieces) {
        for (const event of parser.push(decoder.decode(piece, { stream: true }))) {
          const known = localEvent(event)
          if (known !== undefined && !signal.aborted) await onEvent(known)
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', close)
    }
  }

  async #get(target: string): Promise<unknown> {
    return read(await this.#client.request(this.#address, { method: 'GET', target, headers: this.#headers }))
  }

  async #post(target: string, value: object): Promise<unknown> {
    const headers = { ...this.#headers, 'Content-Type': 'application/json' }
    const body = JSON.stringify(value)
    return read(await this.#client.request(this.#address, { method: 'POST', target, headers, body }))
  }
}

function localEvent({ id, event, data }: ServerSentEvent): LocalEvent | undefined {
  switch (event) {
    case 'state':
      return { kind: 'state', id, state: parsed(State, jsonIn(data)) }
    case 'message':
      return { kind: 'message', id, message: parsed(Message, jsonIn(data)) }
    case 'delivery':
      return { kind: 'delivery', id, fared: parsed(Fared, jsonIn(data)) }
    default:
      return undefined
  }
}

function read({ status, body }: ReceivedResponse): unknown {
  const value = jsonIn(body.toString('utf8'))
  if (status >= 200 && status < 300) return value
  const refusal = v.safeParse(Refusal, value)
  if (refusal.success) throw new ChatError(status, refusal.output.error, refusal.output.detail)
  throw new ChatError(status, '', `answered ${status}`)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Throws ClientError: what answers there is no Parley, or another version of it. */
function parsed<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  throw new ClientError(
    'protocol',
    `not an answer of a peer: ${v.getDotPath(result.issues[0]) ?? 'no object'}`,
  )
}
