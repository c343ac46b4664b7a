/**
 * What a peer answers to others: POST /p2p/receive under all its names, several messages at once, what was said
 * while somebody was away; and what programs of its own machine may ask. Shapes: docs/protocol.md.
 */
import { isLoopback } from '../../http/ip.ts'
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { historyWanted, type HistoryWanted } from '../../chat/wire/history.ts'
import { batchOf, incomingMessage, type IncomingMessage } from '../../chat/wire/messages.ts'
import {
  MEDIA_FORM,
  MEDIA_TEXT,
  bodyFields,
  bodyText,
  formFields,
  jsonObject,
  mediaType,
} from '../../http/body.ts'
import { json, jsonText, type Routes } from '../../http/router.ts'
import { checkWanted, nonceIn, type CheckWanted, type Checked } from '../self/reach-check.ts'
import type { Picture } from '../../chat/model.ts'
import type { QuotaKind } from './quotas.ts'
import type { Received } from '../messages/mailbox.ts'
import type { Context, Handler, Request } from '../../http/message.ts'

export interface PeerApiOptions {
  /** A message arrived from this address. Throws Refused. */
  readonly receive: (message: IncomingMessage, from: string) => Received
  /** Resolves when all that was received is on disk. Rejects with Refused 507. */
  readonly saved: () => Promise<void>
  /** What was said in a channel, as JSON, for somebody at this address. Throws Refused. */
  readonly history: (wanted: HistoryWanted, from: string) => string
  /** What arrived since the last call; the call empties it. */
  readonly takeInbox: () => readonly object[]
  /** Who we are, for whoever wants to know whether we live. */
  readonly hello: () => object
  /** Somebody says who it is; the answer says who we are. Throws Refused. */
  readonly greeted: (fields: Fields, from: string) => object
  /** Our picture. */
  readonly avatar: () => Picture | undefined
  /** Whether whoever asks from this address can be reached there. Rejects with Refused. */
  readonly check: (wanted: CheckWanted, from: string) => Promise<Checked>
  /** Takes what this host may still send now. Throws Refused 429. */
  readonly spend: (on: QuotaKind, host: string, count: number) => void
  /** One message of several was refused. */
  readonly onRefused: (code: string) => void
}

export function peerRoutes({
  receive,
  saved,
  history,
  takeInbox,
  hello,
  greeted,
  avatar,
  check,
  spend,
  onRefused,
}: PeerApiOptions): Routes {
  const take = (fields: Fields, from: string): object => {
    const { id, verdict } = receive(incomingMessage(fields, from), from)
    switch (verdict) {
      case 'new':
        return { status: 'ok', id }
      case 'known':
        return { status: 'duplicate_ignored', id }
      case 'conflict':
        throw new ChatError(409, 'id_conflict', 'this id was used for another message', { field: 'id' })
    }
  }

  const receiving: Handler = async (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    spend('messages', from, 1)
    const taken = take(messageFields(request, from), from)
    await saved()
    return json(200, { ...taken, batch: LIMITS.batch })
  }

  /** Each message fares on its own. What cannot be kept is not taken at all: then the whole request is refused. */
  const receivingBatch: Handler = async (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    // One before the body is read, so that reading costs its sender something.
    spend('messages', from, 1)
    const messages = batchOf(bodyFields(request))
    spend('messages', from, messages.length - 1)
    const results = messages.map((fields) => {
      try {
        return { code: 200, ...take(fields, from) }
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        onRefused(error.code)
        return { code: error.status, error: error.code, field: error.field, detail: error.message }
      }
    })
    await saved()
    return json(200, { results })
  }

  const missed: Handler = (request, context) => {
    spend('history', context.remote.host, 1)
    const wanted = historyWanted(formFields(request.query))
    return jsonText(history(wanted, context.remote.host))
  }

  const inbox: Handler = (_request, context) => {
    onlyFromHere(context)
    return json(200, takeInbox())
  }

  const greeting: Handler = (request, context) => {
    refuseBrowsers(request)
    spend('greetings', context.remote.host, 1)
    return json(200, greeted(bodyFields(request), context.remote.host))
  }

  const checking: Handler = async (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    spend('checks', from, 1)
    return json(200, await check(checkWanted(bodyFields(request), from), from))
  }

  /** Somebody looks whether it is us whom it reaches. */
  const checked: Handler = ({ path }) => {
    const nonce = nonceIn(path)
    if (nonce === undefined) throw new ChatError(404, 'not_found', 'no such path')
    return json(200, { status: 'ok', nonce })
  }

  const picture: Handler = () => {
    const shown = avatar()
    if (shown === undefined) throw new ChatError(404, 'no_picture', 'this peer shows no picture')
    const headers = {
      'Content-Type': shown.type,
      'X-Content-Type-Options': 'nosniff',
      ETag: `"${shown.hash}"`,
    }
    return { status: 200, headers, body: Buffer.from(shown.data, 'base64') }
  }

  return {
    'POST /p2p/receive': receiving,
    'POST /p2p/batch': receivingBatch,
    'GET /p2p/history': missed,
    'POST /receive': receiving,
    'POST /receive-message': receiving,
    'POST /send-peer': receiving,
    'GET /peer-inbox': inbox,
    'GET /p2p/hello': () => json(200, hello()),
    'POST /p2p/hello': greeting,
    'GET /p2p/avatar': picture,
    'POST /p2p/check': checking,
    'GET /p2p/check/*': checked,
    'GET /healthz': () => json(200, { status: 'ok' }),
    'GET /health': () => json(200, { status: 'ok' }),
  }
}

/** JSON or a form; a body that is no JSON is the text of a message, as the first programs have it. */
function messageFields(request: Request, from: string): Fields {
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
    throw new ChatError(403, 'forbidden_origin', 'this is for peers, not for web pages')
}

/** The inbox is emptied by reading it, so only programs of this machine may. */
function onlyFromHere({ remote, local }: Context): void {
  if (isLoopback(remote.host) || remote.host === local.host) return
  throw new ChatError(403, 'local_only', 'only programs on the machine of this peer may read its inbox')
}
