/**
 * Refusals of files and games, which are for a later version: one answer to each offer, in the words that its sender
 * reads. Pure.
 */
import type { LanSpeech } from './speech.ts'
import type { Fields, LsnpMessage, LsnpMessages } from '../../lsnp/codec.ts'
import type { Entry } from '../peer-table.ts'

/** Our user id, that of the recipient, Unix time in seconds, and a token for files. */
interface Ends {
  readonly from: string
  readonly to: string
  readonly timestamp: number
  readonly token: string
}

/** Programs by the way they offer a file, with the refusals that they read; the first row that fits counts. */
const FILE_REFUSALS: readonly {
  readonly offers: (fields: Fields) => boolean
  readonly answers: readonly ((fileId: string, ends: Ends) => LsnpMessage)[]
}[] = [
  // The seed, later version, has keys of its own.
  { offers: (fields) => fields.has('TRANSFER_ID'), answers: [rejectedTransfer] },
  // Ids of 32 digits are those of a program that reads FILE_IGNORED, and of others that read FILE_REJECT or nothing.
  { offers: (fields) => /^[0-9a-f]{32}$/.test(fields.get('FILEID') ?? ''), answers: [ignored, rejected] },
  { offers: () => true, answers: [rejected] },
]

function rejectedTransfer(fileId: string, { from }: Ends): LsnpMessage {
  return { type: 'FILE_REJECT', fileId, transferId: fileId, receiverName: from }
}

/** One program fails on a FILE_REJECT without a token. */
function rejected(fileId: string, ends: Ends): LsnpMessage {
  return { type: 'FILE_REJECT', fileId, ...ends }
}

function ignored(fileId: string, { from, to, timestamp }: Ends): LsnpMessage {
  return { type: 'FILE_IGNORED', fileId, from, to, timestamp, reason: 'files are not taken yet' }
}

export class LanRefusals {
  readonly #speech: LanSpeech

  constructor(speech: LanSpeech) {
    this.#speech = speech
  }

  file({ fileId, fileName }: LsnpMessages['FILE_OFFER'], fields: Fields, from: Entry, now: number): void {
    const { context, tokens } = this.#speech
    const { userId: to, ip } = from.peer
    const us = context.userIdFor(ip)
    const timestamp = context.seconds(now)
    const token = tokens.unlisted(us, from.capabilities.scopeFor('FILE_OFFER'), timestamp)
    const ends = { from: us, to, timestamp, token }
    const row = FILE_REFUSALS.find(({ offers }) => offers(fields))
    for (const answer of row?.answers ?? []) this.#tell(`FILE ${fileId}`, answer(fileId, ends), from, now)
    this.#notice(
      `FILE ${fileId}`,
      `${from.peer.name} offers the file ${fileName}: files are not taken yet, it is told so`,
      from,
      now,
    )
  }

  game({ gameId, symbol }: LsnpMessages['TICTACTOE_INVITE'], from: Entry, now: number): void {
    const { context } = this.#speech
    const { userId: to, ip, name } = from.peer
    const result = {
      type: 'TICTACTOE_RESULT',
      from: context.userIdFor(ip),
      to,
      gameId,
      messageId: context.newId(),
      result: 'FORFEIT',
      symbol: symbol === 'X' ? 'O' : 'X',
      timestamp: context.seconds(now),
    } as const
    this.#tell(`GAME ${gameId}`, result, from, now)
    this.#notice(
      `GAME ${gameId}`,
      `${name} invites you to tic-tac-toe: games are not played yet, it is told so`,
      from,
      now,
    )
  }

  /** What is too long an answer to the first copy of an offer is paid for with the next. */
  #tell(what: string, refusal: LsnpMessage, from: Entry, now: number): void {
    const { seen, context } = this.#speech
    const key = `${from.key} ${what} ${refusal.type}`
    if (!seen.has(key, now) && context.answer(from, refusal, now)) seen.isNew(key, now)
  }

  #notice(what: string, text: string, from: Entry, now: number): void {
    const { seen, context } = this.#speech
    if (seen.isNew(`${from.key} ${what}`, now)) context.notice(text)
  }
}
