/**
 * POST /p2p/check: a peer asks whether it can be reached, which only another peer can find out. This peer tries, and
 * reports the result.
 *
 * Invariant: it helps no caller to scan a network. It connects to no address but that of the caller, to no port that is
 * not for peers, requests one fixed path there, and reports of the answer only whether it is the caller's.
 */
import { namedPortProblem, portProblem } from '../../chat/address.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { endpoint } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import { isLoopback } from '../../http/ip.ts'
import { ClientError, type ClientErrorCode } from '../../http/client-connection.ts'
import { ProtocolError, type Address } from '../../http/message.ts'
import { getRequest } from './requests.ts'
import type { Clock } from '../../chat/clock.ts'
import type { ClientOptions } from '../../http/client.ts'
import type { HttpNetwork } from '../../http/network.ts'

/** `GET` of this and the nonce is answered with the nonce. */
const CHECK_PATH = '/p2p/check/'

/** Why the caller was not reached. */
export type CheckReason =
  /** Nothing listens there, or a firewall says so. */
  | 'refused'
  | 'timeout'
  /** There is no route to that address. */
  | 'unreachable'
  /** The connection was cut. */
  | 'closed'
  /** A program answered that is not the caller. */
  | 'other_program'

/** The answer to `POST /p2p/check`. */
export interface Checked {
  readonly reachable: boolean
  readonly reason?: CheckReason
  /** The clock of this machine: Unix time in milliseconds. */
  readonly now: number
}

export interface CheckWanted {
  readonly port: number
  readonly nonce: string
}

/** Milliseconds; a peer that needs more than both together is of no use to its users either. */
const TIMEOUTS = { connect: 1_500, answer: 500 }

/** Checks at a time; one more is refused. */
const MAX_RUNNING = 8

const NONCE = /^[0-9a-f]{16,64}$/

export class ReachCheck {
  readonly #network: HttpNetwork
  readonly #clock: Pick<Clock, 'wall'>
  readonly #secured: ClientOptions
  #running = 0

  /** `secured`: how connections are made in a closed network. */
  constructor(network: HttpNetwork, clock: Pick<Clock, 'wall'>, secured: ClientOptions = {}) {
    this.#network = network
    this.#secured = secured
    this.#clock = clock
  }

  /** `from`: the host of the caller. Rejects with ChatError 503 when too many ask. */
  async check({ port, nonce }: CheckWanted, from: string): Promise<Checked> {
    if (this.#running >= MAX_RUNNING)
      throw new ChatError(503, 'busy', 'too many ask at once; try again in a moment', {
        headers: { 'Retry-After': '2' },
      })
    this.#running++
    try {
      const reason = await this.#reasonAt({ host: from, port }, nonce)
      const now = this.#clock.wall()
      return reason === undefined ? { reachable: true, now } : { reachable: false, reason, now }
    } finally {
      this.#running--
    }
  }

  /** Undefined: reached. On a connection of its own, because a kept one proves nothing about new ones. */
  async #reasonAt(address: Address, nonce: string): Promise<CheckReason | undefined> {
    const options = { timeouts: TIMEOUTS, limits: { body: 1_024 }, kept: 0 }
    const client = this.#network.client({ ...options, ...this.#secured })
    try {
      const answer = await client.request(address, getRequest(CHECK_PATH + nonce))
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
  // A check goes to an address alone.
  another_key: 'other_program',
  own_key: 'other_program',
  not_offered: 'other_program',
  other_network: 'other_program',
  busy: 'other_program',
  not_admitted: 'other_program',
  broken_handshake: 'other_program',
}

function isEcho(body: Buffer, nonce: string): boolean {
  try {
    return jsonObject(body.toString())['nonce'] === nonce
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

/** Reads the body of a check; an address in it is ignored. Throws ChatError 400 or 422. */
export function checkWanted(fields: Fields, from: string): CheckWanted {
  const nonce = fields['nonce']
  const { port } = endpoint({ port: fields['port'] }, from)
  if (typeof nonce !== 'string' || !NONCE.test(nonce))
    throw new ChatError(400, 'invalid_field', 'nonce must be 16 to 64 hexadecimal digits', { field: 'nonce' })
  const problem = portProblem(port) ?? (isLoopback(from) ? undefined : namedPortProblem(port))
  if (problem !== undefined) throw new ChatError(422, 'invalid_field', problem, { field: 'port' })
  return { port, nonce }
}

/** The nonce at the end of a path; undefined if there is none. */
export function nonceIn(path: string): string | undefined {
  const nonce = path.slice(CHECK_PATH.length)
  return path.startsWith(CHECK_PATH) && NONCE.test(nonce) ? nonce : undefined
}
