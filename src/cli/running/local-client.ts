/** The local API of a peer as async functions (docs/protocol.md, "The local API"). */
import { ChatError } from '../../chat/errors.ts'
import * as v from 'valibot'
import { ClientError } from '../../http/client-connection.ts'
import { EventStreamParser, type ServerSentEvent } from '../../http/event-stream.ts'
import { USER_AGENT } from '../../peer/self/version.ts'
import { anyJson } from '../../chat/wire/json.ts'
import {
  LocalEvent,
  LocalMessage,
  LocalPage,
  LocalRefusal,
  LocalState,
  SentMessage,
  type LocalEvents,
  type SayRequest,
} from '../../chat/wire/local-api.ts'
import type { ClientOptions } from '../../http/client.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Address, ReceivedResponse } from '../../http/message.ts'

/** For the client it is used with: a state with many hundred people, and 200 long messages, are larger than most answers. */
export const LOCAL_CLIENT: ClientOptions = {
  timeouts: { connect: 1_000, answer: 5_000 },
  limits: { body: 32 * 1024 * 1024 },
}
/** Characters of one event. */
const MAX_EVENT = 16 * 1024 * 1024

/** The events that a client follows, each with its id. */
export type FollowedEvent = { readonly id: string | undefined } & (
  | { readonly kind: 'state'; readonly state: LocalState }
  | { readonly kind: 'message'; readonly message: LocalMessage }
  | { readonly kind: 'delivery'; readonly update: LocalEvents['delivery'] }
)

/** Every method rejects with ClientError when there is no answer, with ChatError for a refusal. */
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
    return parsed(LocalState, await this.#get('/api/state'))
  }

  /** The last `limit` messages of a conversation (at most 200), or those before a page, oldest first. */
  async messages(conversation: string, limit: number, before?: string): Promise<LocalPage> {
    const place = before === undefined ? '' : `&before=${encodeURIComponent(before)}`
    const query = `conversation=${encodeURIComponent(conversation)}&limit=${limit}${place}`
    return parsed(LocalPage, await this.#get(`/api/messages?${query}`))
  }

  /** Without effect when the peer is in it already. */
  async join(channel: string): Promise<void> {
    await this.#post('/api/channels', { name: channel })
  }

  async say(conversation: string, text: string): Promise<LocalMessage> {
    const body: SayRequest = { conversation, text }
    return parsed(LocalMessage, await this.#post('/api/messages', body))
  }

  /** To a person by name or address; the tracker is asked for it, too. */
  async sayTo(person: string, text: string): Promise<SentMessage> {
    return parsed(SentMessage, await this.#post('/send-peer', { to: person, message: text }))
  }

  /**
   * Calls `onEvent` with what happens: all since the event `lastId`, or, when that is unknown, first with the state. What
   * comes next is read when `onEvent` resolves. Resolves when the stream ends or `signal` is aborted; rejects with what
   * `onEvent` rejects with.
   */
  async follow(
    lastId: string | undefined,
    onEvent: (event: FollowedEvent) => void | Promise<void>,
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
      const parser = new EventStreamParser(MAX_EVENT)
      const decoder = new TextDecoder()
      for await (const piece of pieces) {
        for (const event of parser.push(decoder.decode(piece, { stream: true }))) {
          const known = followedEvent(event)
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

function followedEvent({ id, event, data }: ServerSentEvent): FollowedEvent | undefined {
  switch (event) {
    case 'state':
      return { kind: 'state', id, state: parsed(LocalEvent.state, anyJson(data)) }
    case 'message':
      return { kind: 'message', id, message: parsed(LocalEvent.message, anyJson(data)) }
    case 'delivery':
      return { kind: 'delivery', id, update: parsed(LocalEvent.delivery, anyJson(data)) }
    default:
      return undefined
  }
}

function read({ status, body }: ReceivedResponse): unknown {
  const value = anyJson(body.toString('utf8'))
  if (status >= 200 && status < 300) return value
  const refusal = v.safeParse(LocalRefusal, value)
  if (refusal.success) throw new ChatError(status, refusal.output.error, refusal.output.detail)
  throw new ChatError(status, '', `answered ${status}`)
}

/** Throws ClientError: the program that answered is no Parley, or another version of it. */
function parsed<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  throw new ClientError(
    'protocol',
    `not an answer of a peer: ${v.getDotPath(result.issues[0]) ?? 'no object'}`,
  )
}
