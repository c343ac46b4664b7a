/**
 * FILE_*: transfers are not supported yet. An offer is declined once, in the form that its sender reads; other messages are
 * dropped.
 */
import { NOT_SUPPORTED, type MessagingContext } from './messaging-context.ts'
import type { Arrival, DropReason, MessageKind, UserMessageHandlers } from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { Fields, LsnpMessage, LsnpMessages } from '../../lsnp/codec.ts'

type FileType =
  | 'FILE_OFFER'
  | 'FILE_CHUNK'
  | 'FILE_RECEIVED'
  | 'FILE_ACCEPT'
  | 'FILE_ACCEPTED'
  | 'FILE_REJECT'
  | 'FILE_IGNORED'

/** The first fields of an answer. `timestamp` in Unix seconds. */
interface Header {
  readonly from: string
  readonly to: string
  readonly timestamp: number
  readonly token: string
}

/** Programs by the way they offer a file, with the answers that they read. The first row that fits counts. */
const REJECTIONS: readonly {
  readonly offers: (fields: Fields) => boolean
  readonly answers: readonly ((fileId: string, header: Header) => LsnpMessage)[]
}[] = [
  // A later version of the legacy client has keys of its own.
  { offers: (fields) => fields.has('TRANSFER_ID'), answers: [transferRejected] },
  // Ids of 32 digits are those of a program that reads FILE_IGNORED, and of others that read FILE_REJECT or nothing.
  { offers: (fields) => /^[0-9a-f]{32}$/.test(fields.get('FILEID') ?? ''), answers: [ignored, rejected] },
  { offers: () => true, answers: [rejected] },
]

function transferRejected(fileId: string, { from }: Header): LsnpMessage {
  return { type: 'FILE_REJECT', fileId, transferId: fileId, receiverName: from }
}

/** One program fails on a FILE_REJECT without a token. */
function rejected(fileId: string, header: Header): LsnpMessage {
  return { type: 'FILE_REJECT', fileId, ...header }
}

function ignored(fileId: string, { from, to, timestamp }: Header): LsnpMessage {
  return { type: 'FILE_IGNORED', fileId, from, to, timestamp, reason: 'files are not taken yet' }
}

export class Files implements MessageKind {
  readonly #context: MessagingContext

  constructor(context: MessagingContext) {
    this.#context = context
  }

  readonly messages: UserMessageHandlers<FileType> = {
    FILE_OFFER: (offer, sender, arrival) => this.#offered(offer, sender, arrival),
    FILE_CHUNK: () => NOT_SUPPORTED,
    FILE_RECEIVED: () => NOT_SUPPORTED,
    FILE_ACCEPT: () => NOT_SUPPORTED,
    FILE_ACCEPTED: () => NOT_SUPPORTED,
    FILE_REJECT: () => NOT_SUPPORTED,
    FILE_IGNORED: () => NOT_SUPPORTED,
  }

  #offered(
    { fileId, fileName }: LsnpMessages['FILE_OFFER'],
    sender: PeerEntry,
    { fields, now }: Arrival,
  ): DropReason {
    const { lan, tokens } = this.#context
    const from = lan.addresses.userIdFor(sender.peer.ip)
    const timestamp = lan.seconds(now)
    const token = tokens.unlisted(from, sender.capabilities.scopeFor('FILE_OFFER'), timestamp)
    const header = { from, to: sender.peer.userId, timestamp, token }
    const row = REJECTIONS.find(({ offers }) => offers(fields))
    const answers = (row?.answers ?? []).map((answer) => answer(fileId, header))
    const notice = `${sender.peer.name} offers the file ${fileName}: declined, files are not supported yet`
    this.#context.decline(`FILE ${fileId}`, answers, notice, sender, now)
    return undefined
  }
}
