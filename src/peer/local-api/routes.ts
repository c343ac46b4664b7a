/**
 * The local API of a peer as a route table: what its web page, and programs of its own machine, read and write. Shapes:
 * src/chat/wire/local-api.ts. Who may use it: src/peer/local-api/guard.ts. Pure.
 */
import { contentFrom, type Content } from '../../chat/content.ts'
import { DIRECT, GENERAL, addressKey, type Peer, type AddressKey, type Receipt } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import * as schema from '../../chat/wire/schema.ts'
import { formFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import {
  fieldsOf,
  below,
  isGiven,
  conversationField,
  limitOf,
  timeOf,
  textField,
  fromBase64,
  recipientOf,
  missing,
  wrong,
} from './fields.ts'
import type { Conversation, LocalMessage, LocalRead } from '../../chat/wire/local-api.ts'
import type { Handler } from '../../http/message.ts'
import type { LocalEventFeed } from './events.ts'
import type { Presenter, ViewedPeer } from './presenter.ts'
import type { SayOptions } from '../peer.ts'

/** The peer, as far as it is used. */
export interface LocalChat extends ViewedPeer {
  say(channel: string, said: Content | string, options?: SayOptions): Receipt
  directTo(to: AddressKey, said: Content | string, options?: SayOptions): Receipt
  saved(): Promise<void>
  locate(name: string): Promise<Peer>
  join(channel: string): Promise<void>
  part(channel: string): Promise<void>
  rename(name: string): Promise<void>
  show(shown: Shown): void
  markRead(conversation: Conversation, upTo: number): number
  retry(): number
}

/** What others see beside our name: what is not named stays, `none` takes the picture away. */
interface Shown {
  readonly status?: string
  readonly avatar?: Buffer | 'none'
}

export interface LocalApiOptions {
  readonly peer: LocalChat
  readonly view: Presenter
  readonly events: Pick<LocalEventFeed, 'answer' | 'changed' | 'state' | 'tell'>
}

const PICTURES = '/api/pictures/'
const CHANNELS = '/api/channels/'

/** Each handler throws, or rejects with, Refused. */
export function localRoutes({ peer, view, events }: LocalApiOptions): Routes {
  /** Answered when it is kept: whoever gets no answer says it again with the same id. */
  const said = async (receipt: Receipt): Promise<LocalMessage> => {
    await peer.saved()
    return view.said(receipt)
  }

  const send = (
    conversation: Conversation,
    content: Content | string,
    options: SayOptions,
  ): Promise<LocalMessage> =>
    said(
      conversation.startsWith('@')
        ? peer.directTo(conversation.slice(1), content, options)
        : peer.say(conversation, content, options),
    )

  const messages: Handler = (request) => {
    const query = formFields(request.query)
    const conversation = conversationField(query['conversation'])
    const { before, after } = query
    const around = isGiven(query['around']) ? timeOf(query['around'], 'around') : undefined
    if ([before, after, around].filter((place) => place !== undefined).length > 1)
      throw wrong('around', 'the only one of before, after and around')
    return json(200, view.page(conversation, { limit: limitOf(query), before, after, around }))
  }

  const searches = new Searches()
  const search: Handler = (request, { signal }) => {
    const query = formFields(request.query)
    const { words, conversation } = query
    if (words === undefined) throw missing('words')
    const where = isGiven(conversation) ? conversationField(conversation) : undefined
    const client = isGiven(query['client']) ? schema.messageId(query['client'], 'client') : undefined
    return searches.run(client, signal, async (ended) =>
      json(200, await view.search(words, limitOf(query), where, ended)),
    )
  }

  const say: Handler = async (request) => {
    const fields = fieldsOf(request)
    const { conversation, text, action = false } = fields
    if (typeof action !== 'boolean') throw wrong('action', 'true or false')
    const id = isGiven(fields['id']) ? schema.messageId(fields['id']) : undefined
    const where = conversationField(conversation)
    const content = contentFrom(schema.messageText(text, 'text'), action ? 'action' : 'text')
    return json(200, await send(where, content, { id }))
  }

  /** It only moves forward, and every page is told. */
  const markRead: Handler = (request) => {
    const { conversation, upTo } = fieldsOf(request)
    const where = conversationField(conversation)
    const until = timeOf(upTo, 'upTo')
    if (!view.isKnown(where))
      throw new ChatError(404, 'unknown_conversation', 'this is no conversation of ours')
    const before = peer.readUpTo(where)
    const mark: LocalRead = { conversation: where, upTo: peer.markRead(where, until) }
    if (mark.upTo !== before) events.tell({ event: 'read', data: mark })
    return json(200, mark)
  }

  /** To everybody, from wherever we are. */
  const post: Handler = async (request) => {
    const text = schema.messageText(fieldsOf(request)['text'], 'text')
    await peer.join(GENERAL)
    return json(200, await said(peer.say(GENERAL, text)))
  }

  const join: Handler = async (request) => {
    const channel = schema.channelName(fieldsOf(request)['name'], 'name')
    await peer.join(channel)
    return json(200, view.channel(channel))
  }

  const part: Handler = async (request) => {
    await peer.part(schema.channelName(below(CHANNELS, request), 'name'))
    return { status: 204 }
  }

  /** What is named changes, all of it or nothing. */
  const profile: Handler = async (request) => {
    const fields = fieldsOf(request)
    const name = isGiven(fields['name']) ? schema.personName(fields['name']) : undefined
    const status = textField(fields, 'status')
    const picture = textField(fields, 'picture')
    show(peer, {
      ...(status === undefined ? {} : { status }),
      ...(picture === undefined ? {} : { avatar: picture === '' ? 'none' : fromBase64(picture) }),
    })
    if (name !== undefined) await peer.rename(name)
    return json(200, view.self())
  }

  const picture: Handler = (request) => {
    const found = view.picture(below(PICTURES, request))
    if (found === undefined) throw new ChatError(404, 'no_picture', 'nobody here shows this picture')
    const headers = { 'Content-Type': found.type, 'Content-Security-Policy': "default-src 'none'; sandbox" }
    return { status: 200, headers, body: Buffer.from(found.data, 'base64') }
  }

  /** As the web application of the first programs has it: to one peer, or to a channel. */
  const sendPeer: Handler = async (request) => {
    const fields = fieldsOf(request)
    const text = schema.messageText(fields['message'] ?? fields['data'] ?? fields['text'])
    const channel = schema.channelField(fields)
    const to = channel === undefined || channel === DIRECT ? recipientOf(fields) : undefined
    if (channel === DIRECT && to === undefined) throw missing('to')
    const where = to === undefined ? (channel ?? GENERAL) : `@${addressKey(await peer.locate(to))}`
    const { id, conversation, delivery } = await send(where, text, {})
    return json(200, { status: 'ok', id, conversation, recipients: delivery?.recipients })
  }

  return {
    'GET /api/state': () => json(200, events.state()),
    'GET /api/messages': messages,
    'GET /api/search': search,
    'PUT /api/read': markRead,
    'GET /api/events': (request, context) => events.answer(request, context),
    'GET /api/pictures/*': picture,
    ...changing(events, {
      'POST /api/messages': say,
      'POST /api/posts': post,
      'POST /api/retry': () => json(200, { retried: peer.retry() }),
      'POST /api/channels': join,
      'DELETE /api/channels/*': part,
      'POST /api/profile': profile,
      'POST /send-peer': sendPeer,
    }),
    'GET /healthz': () => json(200, { status: 'ok' }),
  }
}

/** The searches that are under way: a client that asks anew does not wait for what it asked before. */
class Searches {
  readonly #endings = new Map<string, AbortController>()

  /** Rejects with Refused when the client has asked anew; `gone` ends the search, too. */
  async run<T>(
    client: string | undefined,
    gone: AbortSignal,
    task: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (client === undefined) return task(gone)
    const ending = new AbortController()
    const end = (): void => {
      ending.abort()
    }
    this.#endings.get(client)?.abort()
    this.#endings.set(client, ending)
    gone.addEventListener('abort', end)
    try {
      const answer = await task(ending.signal)
      if (ending.signal.aborted)
        throw new ChatError(
          409,
          'superseded',
          'a newer search of this client has taken the place of this one',
        )
      return answer
    } finally {
      gone.removeEventListener('abort', end)
      if (this.#endings.get(client) === ending) this.#endings.delete(client)
    }
  }
}

/** Not all that these change is told by the peer. */
function changing(events: LocalApiOptions['events'], routes: Routes): Routes {
  const noticed = Object.entries(routes).map(([route, handler]): [string, Handler] => [
    route,
    async (request, context) => {
      try {
        return await handler(request, context)
      } finally {
        events.changed()
      }
    },
  ])
  return Object.fromEntries(noticed)
}

/** Throws Refused, which names the field as it is called here. */
function show(peer: LocalChat, shown: Shown): void {
  try {
    peer.show(shown)
  } catch (error) {
    if (!(error instanceof ChatError) || error.field !== 'avatar') throw error
    throw new ChatError(error.status, error.code, error.message, { field: 'picture' })
  }
}
