/** `GET /p2p/history`: what a peer asks for that was away, and the answer. */
import { ChatError } from '../errors.ts'
import { LIMITS, TIMES } from '../limits.ts'
import { GENERAL } from '../model.ts'
import { closedIdIn } from './closed.ts'
import { asNumber, channelField, countField, pick, portNumber, type Fields } from './fields.ts'

export interface HistoryWanted {
  /** That of an open channel. */
  readonly channel: string
  /** The id of a closed channel, which is meant instead. */
  readonly closed: string | undefined
  /** How far back, in milliseconds. */
  readonly within: number
  /** Messages at most. */
  readonly limit: number
  /** Where the asking peer listens; undefined when it does not say. */
  readonly port: number | undefined
  /** The peer asks because it was asked itself: it need not be asked in return. */
  readonly isReturned: boolean
}

/** Throws ChatError 400, 422. */
export function historyWanted(fields: Fields): HistoryWanted {
  const within = asNumber(pick(fields, ['within'])?.[1])
  if (within !== undefined && !(typeof within === 'number' && Number.isFinite(within)))
    throw new ChatError(400, 'invalid_field', 'within must be a number of seconds', { field: 'within' })
  return {
    channel: channelField(fields) ?? GENERAL,
    closed: closedIdIn(fields['closed']),
    within: Math.min((within ?? Infinity) * 1000, TIMES.caughtUp),
    limit: Math.min(countField(fields, 'limit') ?? LIMITS.caughtUp, LIMITS.caughtUp),
    port: pick(fields, ['port']) === undefined ? undefined : portNumber(fields['port']),
    isReturned: pick(fields, ['returned']) !== undefined,
  }
}

/** The answer, of the bodies of its messages (messageBody), oldest first. */
export function historyBody(channel: string, bodies: readonly string[]): string {
  return `{"channel":${JSON.stringify(channel)},"messages":[${bodies.join(',')}]}`
}
