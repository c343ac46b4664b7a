/**
 * The local API of a peer as a route table: what its web page, and programs of its own machine, read and write. Shapes:
 * src/chat/local.ts. Who may use it: local-guard.ts. Pure.
 */
import { DIRECT, GENERAL, peerId, type Peer, type PeerId, type Receipt } from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import * as schema from '../chat/schema.ts'
import { bodyText, formFields, jsonObject } from '../http/body.ts'
import { decodePath, json, type Routes } from '../http/router.ts'
import type { Conversation } from '../chat/local.ts'
import type { Handler, Request } from '../http/message.ts'
import type { LocalEventFeed } from './local-events.ts'
import type { LocalView, ViewedPeer } from './local-view.ts'

/** The peer, as far as it is used. */
export interface LocalChat extends ViewedPeer {
  say(channel: string, text: string, options?: { readonly action?: boolean }): Receipt
  directTo(id: PeerId, text: string, options?: { readonly action?: boolean }): Receipt
  locate(name: string): Promise<Peer>
  join(channel: string): Promise<void>
  part(channel: string): Promise<void>
  rename(name: string): Promise<void>
  show(shown: { readonly status?: string; readonly avatar?: Buffer }): void
  retry(): number
}

export interface LocalApiOptions {
  readonly peer: LocalChat
  readonly view: LocalView
  readonly events: Pick<LocalEventFeed, 'answer' | 'changed' | 'state'>
}

/** Messages of one answer. */
const PAGE = { usual: 50, most: 200 }
/** Characters of `@` and a PeerId. */
const LONGEST_CONVERSATION = 256
const PICTURES = '/api/pictures/'
const CHANNELS = '/api/channels/'

/** Each handler throws, or rejects with, Refused. */
export function localRoutes({ peer, view, events }: LocalApiOptions): Routes {
  const send = (conversation: Conversation, text: string, action: boolean): Receipt =>
    conversation.startsWith('@')
      ? peer.directTo(conversation.slice(1), text, { action })
      : peer.say(conversation, text, { action })

  const messages: Handler = (request) => {
    const query = formFields(request.query)
    const conversation = conversationField(query['conversation'])
    return json(200, view.page(conversation, limitOf(query), query['before']))
  }

  const search: Handler = (request) => {
    const query = formFields(request.query)
    const { words, conversation } = query
    if (words === undefined) throw missing('words')
    const where = isGiven(conversation) ? conversationField(conversation) : undefined
    return json(200, view.search(words, limitOf(query), where))
  }

  const say: Handler = (request) => {
    const { conversation, text, action = false } = fieldsOf(request)
    if (typeof action !== 'boolean') throw wrong('action', 'true or false')
    const where = conversationField(conversation)
    return json(200, view.said(send(where, schema.messageText(text, 'text'), action)))
  }

  /** To everybody, from wherever we are. */
  const post: Handler = async (request) => {
    const text = schema.messageText(fieldsOf(request)['text'], 'text')
    await peer.join(GENERAL)
    return json(200, view.said(peer.say(GENERAL, text)))
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
      ...(picture === undefined ? {} : { avatar: fromBase64(picture) }),
    })
    if (name !== undefined) await peer.rename(name)
    return json(200, view.self())
  }

  const picture: Handler = (request) => {
    const found = view.picture(below(PICTURES, request))
    if (found === undefined) throw new Refused(404, 'no_picture', 'nobody here shows this picture')
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
    const where = to === undefined ? (channel ?? GENERAL) : `@${peerId(await peer.locate(to))}`
    const { id, conversation, delivery } = view.said(send(where, text, false))
    return json(200, { status: 'ok', id, conversation, recipients: delivery?.recipients })
  }

  return {
    'GET /api/state': () => json(200, events.state()),
    'GET /api/messages': messages,
    'GET /api/search': search,
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

// --- what requests say ------------------------------------------------------------------------------

function fieldsOf(request: Request): schema.Fields {
  return jsonObject(bodyText(request))
}

/** The last step of a path. */
function below(prefix: string, request: Request): string {
  return decodePath(request.path).slice(prefix.length)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function conversationField(value: unknown): Conversation {
  if (!isGiven(value)) throw missing('conversation')
  if (typeof value !== 'string' || !value.startsWith('@')) return schema.channelName(value, 'conversation')
  if (value.length <= LONGEST_CONVERSATION) return value
  throw wrong('conversation', 'a channel, or @ and the id of a peer')
}

function limitOf(query: schema.Fields): number {
  return Math.min(schema.countField(query, 'limit') ?? PAGE.usual, PAGE.most)
}

/** Undefined when it is not there; it may be empty. */
function textField(fields: schema.Fields, field: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(field, 'text')
  return value
}

/** RFC 4648 section 4, with its padding. */
function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (text === '' || bytes.toString('base64') !== text) throw wrong('picture', 'base64')
  return bytes
}

/** A name or an id. */
function recipientOf(fields: schema.Fields): string | undefined {
  const here = '127.0.0.1'
  if (isGiven(fields['port'])) return peerId(schema.endpoint(fields, here))
  const to = fields['to'] ?? fields['to_username']
  if (!isGiven(to)) return undefined
  const who = schema.who(to, 'to', here)
  return 'port' in who ? peerId(who) : who.name
}

function missing(field: string): Refused {
  return new Refused(400, 'missing_field', `${field} is missing`, { field })
}

function wrong(field: string, what: string): Refused {
  return new Refused(400, 'invalid_field', `${field} must be ${what}`, { field })
}

/** Throws Refused, which names the field as it is called here. */
function show(peer: LocalChat, shown: { readonly status?: string; readonly avatar?: Buffer }): void {
  try {
    peer.show(shown)
  } catch (error) {
    if (!(error instanceof Refused) || error.field !== 'avatar') throw error
    throw new Refused(error.status, error.code, error.message, { field: 'picture' })
  }
}
