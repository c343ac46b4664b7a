/**
 * POST /p2p/receive under all its names, several messages in one request, the history of a channel, and the inbox for
 * programs of this machine that poll. Shapes: docs/protocol.md.
 */
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import { type Fields } from '../../chat/wire/fields.ts'
import { historyWanted } from '../../chat/wire/history.ts'
import { batchOf, incomingMessage } from '../../chat/wire/messages.ts'
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
import { onlyFromThisMachine, provedKey, refuseBrowsers } from '../server/request-rules.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Counters } from '../../chat/counters.ts'
import type { Context, Handler, Request } from '../../http/message.ts'
import type { Store } from '../../store/store.ts'
import type { Entrances } from '../closed/entrances.ts'
import type { Quotas } from '../server/quotas.ts'
import type { HistoryService } from './history-service.ts'
import type { Signatures } from './signatures/signatures.ts'
import type { Inbox } from './inbox.ts'

export interface MessageRoutesOptions {
  readonly inbox: Pick<Inbox, 'receive' | 'takePolled'>
  readonly history: Pick<HistoryService, 'answer'>
  readonly store: Pick<Store, 'saved'>
  readonly quotas: Pick<Quotas, 'consume'>
  readonly counters: Pick<Counters, 'count'>
  readonly signatures: Pick<Signatures, 'take' | 'arrived'>
  readonly entrances: Pick<Entrances, 'localized'>
}

export function messageRoutes(options: MessageRoutesOptions): Routes {
  const { inbox, history, store, quotas, counters, signatures, entrances } = options
  const take = (fields: Fields, from: string, proved: KeyId | undefined, context: Context): object => {
    const incoming = entrances.localized(incomingMessage(fields, from), context)
    const { id, verdict } = inbox.receive(incoming, from, proved)
    counters.count(`messages.${verdict}`)
    if (proved !== undefined) signatures.arrived(proved, id)
    switch (verdict) {
      case 'new':
      case 'replaced':
        return { status: 'ok', id }
      case 'known':
        return { status: 'duplicate_ignored', id }
      case 'conflict':
        throw new ChatError(409, 'id_conflict', 'this id was used for another message', { field: 'id' })
    }
  }

  const receive: Handler = async (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    quotas.consume('messages', from)
    const taken = take(messageFields(request, from), from, provedKey(context), context)
    await store.saved()
    return json(200, { ...taken, batch: LIMITS.batch })
  }

  /** Each message has a result of its own. If they cannot be saved the whole request is refused. */
  const receiveBatch: Handler = async (request, context) => {
    refuseBrowsers(request)
    const from = context.remote.host
    const proved = provedKey(context)
    // One before the body is read, so that reading costs its sender something.
    quotas.consume('messages', from)
    const messages = batchOf(bodyFields(request))
    quotas.consume('messages', from, Math.max(0, messages.length - 1))
    const results = messages.map((fields) => {
      try {
        return { code: 200, ...take(fields, from, proved, context) }
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        counters.count(`refused.${error.code}`)
        return { code: error.status, error: error.code, field: error.field, detail: error.message }
      }
    })
    await store.saved()
    return json(200, { results })
  }

  return {
    'POST /p2p/receive': receive,
    'POST /p2p/batch': receiveBatch,
    'POST /p2p/signatures': async (request, context) => {
      quotas.consume('messages', context.remote.host)
      const author = provedKey(context)
      if (author === undefined)
        throw new ChatError(403, 'no_proof', 'signatures come over a connection that proves their author')
      const fields = bodyFields(request)
      quotas.consume('messages', context.remote.host, costOf(fields) - 1)
      signatures.take(fields, author)
      await store.saved()
      return json(200, { status: 'ok' })
    },
    'GET /p2p/history': ({ query }, context) => {
      const from = context.remote.host
      quotas.consume('history', from)
      return jsonText(history.answer(historyWanted(formFields(query)), from, provedKey(context), context))
    },
    'POST /receive': receive,
    'POST /receive-message': receive,
    'POST /send-peer': receive,
    // Reading empties the inbox.
    'GET /peer-inbox': (_request, context) => {
      onlyFromThisMachine(context, 'only programs on the machine of this peer may read its inbox')
      return json(200, inbox.takePolled())
    },
  }
}

/** Signatures that cost as much as one message: each is looked up, and may be written down. */
const SIGNATURES = 32

/** What a list of signatures costs, in messages. */
function costOf({ signatures }: Fields): number {
  const count = Array.isArray(signatures) ? Math.min(signatures.length, LIMITS.signatures) : 0
  return Math.max(1, Math.ceil(count / SIGNATURES))
}

/** JSON or a form; a body that is no JSON is the text of a message, as legacy clients send it. */
function messageFields(request: Request, from: string): Fields {
  const type = mediaType(request)
  if (type === MEDIA_FORM) return bodyFields(request)
  const text = bodyText(request)
  if (type === MEDIA_TEXT) return { from, message: text }
  if (type !== undefined && type !== 'application/json') return bodyFields(request)
  try {
    return jsonObject(text)
  } catch (error) {
    // Broken JSON is a mistake that its sender wants to know of; other text is a message.
    if (text.trim() === '' || /^\s*[[{"]/.test(text)) throw error
    return { from, message: text }
  }
}
