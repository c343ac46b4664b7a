/** Requests of this peer to other programs: each names Parley as its User-Agent. What their answers may throw. */
import { ChatError } from '../../chat/errors.ts'
import { ClientError } from '../../http/client-connection.ts'
import { ProtocolError } from '../../http/message.ts'
import { USER_AGENT } from './version.ts'
import type { ClientRequest } from '../../http/client.ts'

const PLAIN = Object.freeze({ 'User-Agent': USER_AGENT })
const JSON_BODY = Object.freeze({ 'Content-Type': 'application/json', 'User-Agent': USER_AGENT })

export function getRequest(target: string): ClientRequest {
  return { method: 'GET', target, headers: PLAIN }
}

/** `body`: JSON. */
export function postRequest(target: string, body: string): ClientRequest {
  return { method: 'POST', target, headers: JSON_BODY, body }
}

/** Whether an error means that the other program did not answer, or that its answer cannot be used. */
export function isBadAnswer(error: unknown): boolean {
  return error instanceof ClientError || error instanceof ProtocolError || error instanceof ChatError
}

/** The result of reading an answer; undefined where the answer cannot be used. */
export function ifReadable<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (isBadAnswer(error)) return undefined
    throw error
  }
}
