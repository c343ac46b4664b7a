/**
 * What a peer answers to others: POST /p2p/receive under all its names, and what programs of its own machine
 * may ask. Shapes: docs/protocol.md.
 */
import { isLoopback } from '../chat/address.ts'
import { Refused } from '../chat/refused.ts'
import * as schema from '../chat/schema.ts'
import { MEDIA_FORM, MEDIA_TEXT, bodyFields, bodyText, jsonObject, mediaType } from '../http/body.ts'
import { json, type Routes } from '../http/router.ts'
import type { IncomingMessage } from '../chat/schema.ts'
import type { Picture } from '../chat/model.ts'
import type { Verdict } from '../chat/timeline.ts'
import type { Context, Handler, Request } from '../http/message.ts'

export interface Received {
  readonly id: string
  readonly verdict: Verdict
}

export interface PeerApiOptions {
  /** A message arrived from this address. Throws Refused. */
  readonly receive: (message: IncomingMessage, from: string) => Received
  /** What arrived since the last call; the call empties it. */
  readonly takeInbox: () => readonly object[]
  /** Who we are, for whoever wants to know whether we live. */
  readonly hello: () => object
  /** Somebody says who it is; the answer says who we are. Throws Refused. */
  readonly greeted: (fields: schema.Fields, from: string) => object
  /** Our picture. */
  readonly avatar: () => Picture | undefined
}

export function peerRoutes({ receive, takeInbox, hello, greeted, avatar }: PeerApiOptions): Routes {
  const receiving: Handler = (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    const { id, verdict } = receive(schema.incomingMessage(messageFields(request, from), from), from)
    switch (verdict) {
      case 'new':
        return json(200, { status: 'ok', id })
      case 'known':
        return json(200, { status: 'duplicate_ignored', id })
      case 'conflict':
        throw new Refused(409, 'id_conflict', 'this id was used for another message', { field: 'id' })
    }
  }

  const inbox: Handler = (request, context) => {
    refuseBrowsers(request)
    onlyFromHere(context)
    return json(200, takeInbox())
  }

  const greeting: Handler = (request, context) => {
    refuseBrowsers(request)
    return json(200, greeted(bodyFields(request), context.remote.host))
  }

  const picture: Handler = () => {
    const shown = avatar()
    if (shown === undefined) throw new Refused(404, 'no_picture', 'this peer shows no picture')
    const headers = {
      'Content-Type': shown.type,
      'X-Content-Type-Options': 'nosniff',
      ETag: `"${shown.hash}"`,
    }
    return { status: 200, headers, body: Buffer.from(shown.data, 'base64') }
  }

  return {
    'POST /p2p/receive': receiving,
    'POST /receive': receiving,
    'POST /receive-message': receiving,
    'POST /send-peer': receiving,
    'GET /peer-inbox': inbox,
    'GET /p2p/hello': () => json(200, hello()),
    'POST /p2p/hello': greeting,
    'GET /p2p/avatar': picture,
    'GET /healthz': () => json(200, { status: 'ok' }),
  }
}

/** JSON or a form; a body that is no JSON is the text of a message, as the first programs have it. */
function messageFields(request: Request, from: string): schema.Fields {
  const type = mediaType(request)
  if (type === MEDIA_FORM) return bodyFields(request)
  const text = bodyText(request)
  if (type === MEDIA_TEXT) return { from, message: text }
  if (type !== undefined && type !== 'application/json') return bodyFields(request)
  try {
    return jsonObject(text)
  } catch (error) {
    // Broken JSON is a mistake that its sender wants to hear of; other text is a message.
    if (text.trim() === '' || /^\s*[[{"]/.test(text)) throw error
    return { from, message: text }
  }
}

/** Peers are no browsers: a page of some other site must not write into a chat (CSRF). */
function refuseBrowsers({ headers }: Request): void {
  if (headers.has('origin'))
    throw new Refused(403, 'forbidden_origin', 'this is for peers, not for web pages')
}

/** The inbox is emptied by reading it, so only programs of this machine may. */
function onlyFromHere({ remote, local }: Context): void {
  if (isLoopback(remote.host) || remote.host === local.host) return
  throw new Refused(403, 'local_only', 'only programs on the machine of this peer may read its inbox')
}
