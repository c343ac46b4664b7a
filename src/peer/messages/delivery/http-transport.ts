/**
 * Messages over HTTP: one attempt by POST, and what the answer means. Invariant: requests to one peer go over one
 * connection, so that each arrives behind those before it, or not at all. A repeat is safe, for every message has its id.
 */
import { BoundedSet } from '../../../chat/bounded.ts'
import { batchBody, messageBody } from '../../../chat/wire/messages.ts'
import { ClientError, authority } from '../../../http/client-connection.ts'
import { getRequest, postRequest } from '../../self/requests.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Peer } from '../../../chat/model.ts'
import type { Address, ReceivedResponse } from '../../../http/message.ts'
import type { HttpClient, HttpLine } from '../../../http/network.ts'
import type { DeliveryResult, Failure, QueuedMessage, Transport } from './delivery-result.ts'

const DELIVERED: DeliveryResult = { ok: true }
const UNCONFIRMED: DeliveryResult = { ok: true, unconfirmed: true }

/** A message names its age when that is more than the way takes: milliseconds. */
const MIN_AGE = 1_000

/** Peers whose idle line is kept, and that are known to support batches; then the oldest are forgotten. */
const MAX_KNOWN = 4_096

export class HttpTransport implements Transport {
  readonly #client: HttpClient
  readonly #clock: Clock
  /** By authority, the one used last at the end. */
  readonly #lines = new Map<string, HttpLine>()
  /** Peers that take several messages in one request, by authority. */
  readonly #batchSupport = new BoundedSet<string>(MAX_KNOWN)
  /** Programs that read everything and never answer, by authority. */
  readonly #silent = new BoundedSet<string>(MAX_KNOWN)

  constructor(client: HttpClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  supportsBatch(to: Peer): boolean {
    return this.#batchSupport.has(authority({ host: to.ip, port: to.port }))
  }

  send(to: Peer, messages: readonly QueuedMessage[], inFlight: number): Promise<readonly DeliveryResult[]> {
    const address = { host: to.ip, port: to.port }
    const [first, ...others] = messages.map((message) => this.#body(message))
    if (first === undefined) return Promise.resolve([])
    const line = this.#line(address, inFlight)
    return others.length === 0
      ? this.#sendOne(line, to, first)
      : this.#sendBatch(line, address, [first, ...others])
  }

  async #sendOne(line: HttpLine, to: Peer, body: string): Promise<readonly DeliveryResult[]> {
    const address = { host: to.ip, port: to.port }
    try {
      return [this.#resultOf(await line.request(postRequest('/p2p/receive', body)), address)]
    } catch (error) {
      const mayBeSilent = error instanceof ClientError && error.taken && !this.#speaksHttp(to)
      return [mayBeSilent && (await this.#isSilent(address)) ? UNCONFIRMED : unanswered(error)]
    }
  }

  /**
   * Whether a program that read a message and did not answer treats a GET in the same way. Such a program, which is no
   * HTTP server, would show a second copy; an HTTP server was in trouble, and is tried again.
   */
  async #isSilent(address: Address): Promise<boolean> {
    const key = authority(address)
    if (this.#silent.has(key)) return true
    try {
      await this.#client.request(address, getRequest('/healthz'))
      return false
    } catch (error) {
      if (!(error instanceof ClientError) || !error.taken) return false
      this.#silent.add(key)
      return true
    }
  }

  /** Whether a program is known to speak HTTP: every Parley peer, which has an identity, and each that has answered. */
  #speaksHttp({ identity, ip, port }: Peer): boolean {
    return identity !== undefined || this.#client.hasAnswered({ host: ip, port })
  }

  async #sendBatch(
    line: HttpLine,
    address: Address,
    bodies: readonly string[],
  ): Promise<readonly DeliveryResult[]> {
    try {
      const response = await line.request(postRequest('/p2p/batch', batchBody(bodies)))
      if (response.status === 200) return resultsOf(response.body).slice(0, bodies.length).map(batchResult)
      // Another program may be there now: it gets the messages one by one.
      this.#batchSupport.delete(authority(address))
      return [{ ...refused(response), final: false }]
    } catch (error) {
      return [unanswered(error)]
    }
  }

  /** The line of this peer, a new one if the last is over and nothing is in flight on it. */
  #line(address: Address, inFlight: number): HttpLine {
    const key = authority(address)
    const known = this.#lines.get(key)
    const isUsable = known !== undefined && (inFlight > 0 || !known.isOver)
    const line = isUsable ? known : this.#client.line(address)
    this.#lines.delete(key)
    this.#lines.set(key, line)
    if (this.#lines.size > MAX_KNOWN) this.#forgetIdle(key)
    return line
  }

  /** Forgets the line that has been idle for longest. One in use stays: on another line, messages would overtake its own. */
  #forgetIdle(present: string): void {
    for (const [key, line] of this.#lines) {
      if (key === present || !line.isIdle) continue
      this.#lines.delete(key)
      return
    }
  }

  /** The body as it was encoded once, unless the message has waited: then with its age. */
  #body({ body, message, hops, saidAt }: QueuedMessage): string {
    const age = this.#clock.now() - saidAt
    return age < MIN_AGE ? body : messageBody(message, { hops, age })
  }

  #resultOf(response: ReceivedResponse, address: Address): DeliveryResult {
    const key = authority(address)
    this.#silent.delete(key)
    if (response.status !== 200) return refused(response)
    if (!this.#batchSupport.has(key) && jsonOf(response.body)['batch'] !== undefined) {
      this.#batchSupport.add(key)
    }
    return DELIVERED
  }
}

/** Whether a refusal would come again: all but those of a peer that is busy or in trouble. */
function isFinal(status: number): boolean {
  return status < 500 && status !== 429 && status !== 408
}

function refused({ status, headers, body }: ReceivedResponse): Failure {
  const failure = failureOf(status, jsonOf(body))
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return seconds > 0 && seconds <= MAX_RETRY_AFTER ? { ...failure, after: seconds * 1000 } : failure
}

/** A longer Retry-After is ignored: seconds. */
const MAX_RETRY_AFTER = 60

function batchResult(result: unknown): DeliveryResult {
  const { code, error, detail } = Object(result) as Record<string, unknown>
  if (code === 200) return DELIVERED
  return failureOf(typeof code === 'number' ? code : 500, { error, detail })
}

function failureOf(status: number, answer: Readonly<Record<string, unknown>>): Failure {
  const failure = { ok: false, final: isFinal(status), reason: reasonOf(status, answer) } as const
  return status === 404 && answer['error'] === 'not_joined' ? { ...failure, isNotJoined: true } : failure
}

function resultsOf(body: Buffer): readonly unknown[] {
  const { results } = jsonOf(body)
  if (Array.isArray(results) && results.length > 0) return results
  return [{ code: 502, detail: 'an answer without results' }]
}

function reasonOf(status: number, { detail }: Readonly<Record<string, unknown>>): string {
  return `refused with ${status}${typeof detail === 'string' ? `: ${detail.slice(0, 200)}` : ''}`
}

function unanswered(error: unknown): DeliveryResult {
  if (error instanceof ClientError) {
    const failure = { ok: false, final: false, reason: error.message } as const
    return error.stale ? { ...failure, immediate: true } : failure
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
