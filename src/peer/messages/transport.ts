/**
 * One attempt to hand messages to a peer, and what its answer means. Attempts that are made behind others arrive
 * behind them, or not at all.
 */
import { BoundedMap, BoundedSet } from '../../chat/bounded.ts'
import { batchBody, messageBody } from '../../chat/wire/messages.ts'
import { ClientError, authority } from '../../http/client-connection.ts'
import { USER_AGENT } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Peer } from '../../chat/model.ts'
import type { Address, ReceivedResponse } from '../../http/message.ts'
import type { HttpClient, HttpLine } from '../../http/network.ts'
import type { DeliveryResult, QueuedMessage } from './delivery-result.ts'

const AGENT = Object.freeze({ 'User-Agent': USER_AGENT })
const FIELDS = Object.freeze({ 'Content-Type': 'application/json', ...AGENT })

const DELIVERED: DeliveryResult = { ok: true }
const UNCONFIRMED: DeliveryResult = { ok: true, unconfirmed: true }

/** A message says how long ago it was said when that is more than the way takes: in milliseconds. */
const WORTH_TELLING = 1_000

/** Peers whose line is kept, and that are known to take several messages at once; then the oldest are forgotten. */
const MOST_KNOWN = 4_096

/** Transmits by POST. A repeat is safe: every message carries its id. */
export class PeerTransport {
  readonly #client: HttpClient
  readonly #clock: Clock
  /** By authority. */
  readonly #lines = new BoundedMap<string, HttpLine>(MOST_KNOWN)
  /** Who takes several messages in one request, by authority. */
  readonly #takeSeveral = new BoundedSet<string>(MOST_KNOWN)

  /** Programs that take whatever is sent and never answer, by authority. */
  readonly #silent = new BoundedSet<string>(MOST_KNOWN)

  constructor(client: HttpClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Whether it takes several messages in one request, and further requests before it has answered. */
  readonly takesSeveral = (to: Peer): boolean =>
    this.#takeSeveral.has(authority({ host: to.ip, port: to.port }))

  /** As Delivery wants it. */
  readonly transmit = (
    to: Peer,
    parcels: readonly QueuedMessage[],
    behind: number,
  ): Promise<readonly DeliveryResult[]> => {
    const address = { host: to.ip, port: to.port }
    const [first, ...others] = parcels.map((parcel) => this.#body(parcel))
    if (first === undefined) return Promise.resolve([])
    const line = this.#line(address, behind)
    return others.length === 0
      ? this.#transmitOne(line, to, first)
      : this.#transmitTogether(line, address, [first, ...others])
  }

  async #transmitOne(line: HttpLine, to: Peer, body: string): Promise<readonly DeliveryResult[]> {
    const address = { host: to.ip, port: to.port }
    try {
      return [this.#judge(await post(line, '/p2p/receive', body), address)]
    } catch (error) {
      const mayBeSilent = error instanceof ClientError && error.taken && !this.#speaksHttp(to)
      return [mayBeSilent && (await this.#isSilent(address)) ? UNCONFIRMED : unanswered(error)]
    }
  }

  /**
   * Whether a program that took a message without an answer takes a question in the same way. Such programs, which are
   * none of HTTP, would show a second copy; one that speaks HTTP was in trouble, and is tried again.
   */
  async #isSilent(address: Address): Promise<boolean> {
    const key = authority(address)
    if (this.#silent.has(key)) return true
    try {
      await this.#client.request(address, { method: 'GET', target: '/healthz', headers: AGENT })
      return false
    } catch (error) {
      if (!(error instanceof ClientError) || !error.taken) return false
      this.#silent.add(key)
      return true
    }
  }

  /** A peer with an identity is a Parley: when it does not answer it is in trouble, and will be asked again. */
  #speaksHttp({ identity, ip, port }: Peer): boolean {
    return identity !== undefined || this.#client.hasAnswered({ host: ip, port })
  }

  async #transmitTogether(
    line: HttpLine,
    address: Address,
    bodies: readonly string[],
  ): Promise<readonly DeliveryResult[]> {
    try {
      const response = await post(line, '/p2p/batch', batchBody(bodies))
      if (response.status === 200) return resultsOf(response.body).slice(0, bodies.length).map(resultOutcome)
      // Another program may be there now. Whatever it was that it did not like, it is asked one by one.
      this.#takeSeveral.delete(authority(address))
      return [{ ...refused(response), final: false }]
    } catch (error) {
      return [unanswered(error)]
    }
  }

  /** The one that is there, unless it is over and nothing is under way on it. */
  #line(address: Address, behind: number): HttpLine {
    const key = authority(address)
    const there = this.#lines.get(key)
    if (there !== undefined && (behind > 0 || !there.isOver)) return there
    const line = this.#client.line(address)
    this.#lines.set(key, line)
    return line
  }

  /** The body as it was encoded once, unless the message has waited: then with its age. */
  #body({ body, message, hops, saidAt }: QueuedMessage): string {
    const age = this.#clock.now() - saidAt
    return age < WORTH_TELLING ? body : messageBody(message, { hops, age })
  }

  #judge(response: ReceivedResponse, address: Address): DeliveryResult {
    const key = authority(address)
    this.#silent.delete(key)
    if (response.status !== 200) return refused(response)
    if (!this.#takeSeveral.has(key) && jsonOf(response.body)['batch'] !== undefined) {
      this.#takeSeveral.add(key)
    }
    return DELIVERED
  }
}

function post(line: HttpLine, target: string, body: string): Promise<ReceivedResponse> {
  return line.request({ method: 'POST', target, headers: FIELDS, body })
}

/** Busy or in trouble: another time. Everything else will be refused again. */
function isFinal(status: number): boolean {
  return status < 500 && status !== 429 && status !== 408
}

function refused({ status, headers, body }: ReceivedResponse): Extract<DeliveryResult, { ok: false }> {
  const outcome = notDone(status, jsonOf(body))
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return seconds > 0 && seconds <= LONGEST_PAUSE ? { ...outcome, after: seconds * 1000 } : outcome
}

/** Nobody makes us wait for longer, in seconds. */
const LONGEST_PAUSE = 60

function resultOutcome(result: unknown): DeliveryResult {
  const { code, error, detail } = Object(result) as Record<string, unknown>
  if (code === 200) return DELIVERED
  return notDone(typeof code === 'number' ? code : 500, { error, detail })
}

function notDone(
  status: number,
  answer: Readonly<Record<string, unknown>>,
): Extract<DeliveryResult, { ok: false }> {
  const outcome = { ok: false, final: isFinal(status), reason: because(status, answer) } as const
  return status === 404 && answer['error'] === 'not_joined' ? { ...outcome, isNotJoined: true } : outcome
}

function resultsOf(body: Buffer): readonly unknown[] {
  const { results } = jsonOf(body)
  if (Array.isArray(results) && results.length > 0) return results
  return [{ code: 502, detail: 'an answer without results' }]
}

function because(status: number, { detail }: Readonly<Record<string, unknown>>): string {
  return `refused with ${status}${typeof detail === 'string' ? `: ${detail.slice(0, 200)}` : ''}`
}

function unanswered(error: unknown): DeliveryResult {
  if (error instanceof ClientError) {
    const outcome = { ok: false, final: false, reason: error.message } as const
    return error.stale ? { ...outcome, atOnce: true } : outcome
  }
  throw error
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}
