/**
 * POST /p2p/check: somebody wants to know whether it can be reached, which only somebody else can find out. We try to,
 * and say how that went.
 *
 * It must not help anybody to look around: we go to no address but the one that the question came from, to no port
 * that is not for peers, ask there for one fixed path, and tell of what we met only whether it was the one who asked.
 */
import { namedPortProblem, portProblem } from '../../chat/address.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { endpoint } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import { isLoopback } from '../../http/ip.ts'
import { ClientError, type ClientErrorCode } from '../../http/client-connection.ts'
import { ProtocolError, type Address } from '../../http/message.ts'
import { USER_AGENT } from './version.ts'
import type { HttpNetwork } from '../../http/network.ts'

/** `GET` of this and the nonce is answered with the nonce. */
const CHECK_PATH = '/p2p/check/'

/** Why somebody was not reached. */
export type CheckReason =
  /** Nothing listens there, or a firewall says so. */
  | 'refused'
  | 'timeout'
  /** There is no way to that address. */
  | 'unreachable'
  /** It was cut off. */
  | 'closed'
  /** Somebody answered, but not who asked. */
  | 'other_program'

/** The answer to `POST /p2p/check`. */
export interface Checked {
  readonly reachable: boolean
  readonly reason?: CheckReason
  /** Our clock: Unix time in milliseconds. */
  readonly now: number
}

export interface CheckWanted {
  readonly port: number
  readonly nonce: string
}

/** Together two seconds, in milliseconds: whoever does not answer within that is not there for people either. */
const TIMEOUTS = { connect: 1_500, answer: 500 }

/** Answers that we wait for at a time; one more is refused. */
const AT_ONCE = 8

const NONCE = /^[0-9a-f]{16,64}$/

export class ReachCheck {
  readonly #network: HttpNetwork
  readonly #now: () => number
  #running = 0

  constructor({ network, now }: { readonly network: HttpNetwork; readonly now: () => number }) {
    this.#network = network
    this.#now = now
  }

  /** `from`: where the question came from. Rejects with Refused 503 when too many ask. */
  async check({ port, nonce }: CheckWanted, from: string): Promise<Checked> {
    if (this.#running >= AT_ONCE)
      throw new ChatError(503, 'busy', 'too many ask at once; try again in a moment', {
        headers: { 'Retry-After': '2' },
      })
    this.#running++
    try {
      const reason = await this.#reasonAt({ host: from, port }, nonce)
      const now = this.#now()
      return reason === undefined ? { reachable: true, now } : { reachable: false, reason, now }
    } finally {
      this.#running--
    }
  }

  /** Undefined: reached. On a connection of its own, for one that is kept says nothing of new ones. */
  async #reasonAt(address: Address, nonce: string): Promise<CheckReason | undefined> {
    const client = this.#network.client({ timeouts: TIMEOUTS, limits: { body: 1_024 }, kept: 0 })
    try {
      const headers = { 'User-Agent': USER_AGENT }
      const answer = await client.request(address, { method: 'GET', target: CHECK_PATH + nonce, headers })
      return isEcho(answer.body, nonce) ? undefined : 'other_program'
    } catch (error) {
      if (error instanceof ClientError) return REASONS[error.code]
      throw error
    } finally {
      client.close()
    }
  }
}

const REASONS: Readonly<Record<ClientErrorCode, CheckReason>> = {
  refused: 'refused',
  timeout: 'timeout',
  unreachable: 'unreachable',
  closed: 'closed',
  protocol: 'other_program',
}

function isEcho(body: Buffer, nonce: string): boolean {
  try {
    return jsonObject(body.toString())['nonce'] === nonce
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

/** What the body of a question says; an address in it counts for nothing. Throws Refused. */
export function checkWanted(fields: Fields, from: string): CheckWanted {
  const nonce = fields['nonce']
  const { port } = endpoint({ port: fields['port'] }, from)
  if (typeof nonce !== 'string' || !NONCE.test(nonce))
    throw new ChatError(400, 'invalid_field', 'nonce must be 16 to 64 hexadecimal digits', { field: 'nonce' })
  const problem = portProblem(port) ?? (isLoopback(from) ? undefined : namedPortProblem(port))
  if (problem !== undefined) throw new ChatError(422, 'invalid_field', problem, { field: 'port' })
  return { port, nonce }
}

/** The nonce that a path ends with; undefined when it is none. */
export function nonceIn(path: string): string | undefined {
  const nonce = path.slice(CHECK_PATH.length)
  return path.startsWith(CHECK_PATH) && NONCE.test(nonce) ? nonce : undefined
}
