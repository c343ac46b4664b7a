/**
 * Messages over HTTP: one attempt by POST, and what the answer means. Invariant: requests to one peer go over one
 * connection, so that each arrives behind those before it, or not at all. A repeat is safe, for every message has its id.
 */
import { BoundedSet } from '../../../chat/bounded.ts'
import { batchBody, messageBody } from '../../../chat/wire/messages.ts'
import { peerId, type ClosedScope, type Peer } from '../../../chat/model.ts'
import { ClientError } from '../../../http/client-connection.ts'
import { getRequest, postRequest } from '../../self/requests.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { ReceivedResponse, Target } from '../../../http/message.ts'
import type { HttpClient, HttpLine } from '../../../http/network.ts'
import type { Entrances } from '../../closed/entrances.ts'
import type { Routes } from '../../contacts/routes.ts'
import type { DeliveryResult, Failure, QueuedMessage, Transport } from './delivery-result.ts'

const DELIVERED: DeliveryResult = { ok: true }
const UNCONFIRMED: DeliveryResult = { ok: true, unconfirmed: true }

/** A message names its age when that is more than the way takes: milliseconds. */
const MIN_AGE = 1_000

/** Peers whose idle line is kept, and that are known to support batches; then the oldest are forgotten. */
const MAX_KNOWN = 4_096

/** The connection to a peer, and where it leads. */
interface Line {
  readonly target: Target
  readonly http: HttpLine
}

export class HttpTransport implements Transport {
  readonly #client: HttpClient
  readonly #routes: Routes
  readonly #clock: Clock
  readonly #entrances: Pick<Entrances, 'targetOf' | 'inThisEpoch'>
  /** By PeerId, and by the id of a closed channel; the one used last at the end. */
  readonly #lines = new Map<string, Line>()
  /** Peers that take several messages in one request. */
  readonly #batchSupport = new BoundedSet<string>(MAX_KNOWN)
  /** Programs that read everything and never answer. */
  readonly #silent = new BoundedSet<string>(MAX_KNOWN)

  constructor(
    client: HttpClient,
    routes: Routes,
    clock: Clock,
    entrances: Pick<Entrances, 'targetOf' | 'inThisEpoch'>,
  ) {
    this.#client = client
    this.#entrances = entrances
    this.#routes = routes
    this.#clock = clock
  }

  supportsBatch(to: Peer): boolean {
    return this.#batchSupport.has(peerId(to))
  }

  send(to: Peer, messages: readonly QueuedMessage[], inFlight: number): Promise<readonly DeliveryResult[]> {
    const [first, ...others] = messages.map((message) => this.#body(message))
    if (first === undefined) return Promise.resolve([])
    const line = this.#line(to, inFlight, messages[0]?.message.closed)
    return others.length === 0
      ? this.#sendOne(line, to, first)
      : this.#sendBatch(line, to, [first, ...others])
  }

  async #sendOne(line: Line, to: Peer, body: string): Promise<readonly DeliveryResult[]> {
    try {
      return [this.#resultOf(await line.http.request(postRequest('/p2p/receive', body)), to)]
    } catch (error) {
      const mayBeSilent = error instanceof ClientError && error.taken && !this.#speaksHttp(to)
      return [mayBeSilent && (await this.#isSilent(to)) ? UNCONFIRMED : this.#unanswered(error, to, line)]
    }
  }

  /**
   * Whether a program that read a message and did not answer treats a GET in the same way. Such a program, which is no
   * HTTP server, would show a second copy; an HTTP server was in trouble, and is tried again.
   */
  async #isSilent(to: Peer): Promise<boolean> {
    const id = peerId(to)
    if (this.#silent.has(id)) return true
    try {
      await this.#client.request(this.#routes.target(to), getRequest('/healthz'))
      return false
    } catch (error) {
      if (!(error instanceof ClientError) || !error.taken) return false
      this.#silent.add(id)
      return true
    }
  }

  /** Whether a program is known to speak HTTP: every Parley peer, which has a key or an identity, and each that has answered. */
  #speaksHttp(to: Peer): boolean {
    const isParley = to.key !== undefined || to.identity !== undefined
    return isParley || this.#client.hasAnswered(this.#routes.target(to))
  }

  async #sendBatch(line: Line, to: Peer, bodies: readonly string[]): Promise<readonly DeliveryResult[]> {
    try {
      const response = await line.http.request(postRequest('/p2p/batch', batchBody(bodies)))
      if (response.status === 200) return resultsOf(response.body).slice(0, bodies.length).map(batchResult)
      // Another program may be there now: it gets the messages one by one.
      this.#batchSupport.delete(peerId(to))
      return [{ ...refused(response), final: false }]
    } catch (error) {
      return [this.#unanswered(error, to, line)]
    }
  }

  /** The line of this peer, a new one if the last is over, or leads to a worse address, and nothing is in flight on it. */
  #line(to: Peer, inFlight: number, closed: ClosedScope | undefined): Line {
    const target = this.#entrances.targetOf(this.#routes.target(to), closed)
    const id = closed === undefined ? peerId(to) : `${peerId(to)} ${closed.id}`
    const known = this.#lines.get(id)
    const isUsable =
      known !== undefined && (inFlight > 0 || (!known.http.isOver && isSameTarget(known.target, target)))
    const line = isUsable ? known : { target, http: this.#client.line(target) }
    this.#lines.delete(id)
    this.#lines.set(id, line)
    if (this.#lines.size > MAX_KNOWN) this.#forgetIdle(id)
    return line
  }

  /** Forgets the line that has been idle for longest. One in use stays: on another line, messages would overtake its own. */
  #forgetIdle(present: string): void {
    for (const [id, line] of this.#lines) {
      if (id === present || !line.http.isIdle) continue
      this.#lines.delete(id)
      return
    }
  }

  /** Why there is no answer. The next attempt takes another route, if there is one. */
  #unanswered(error: unknown, to: Peer, { target }: Line): DeliveryResult {
    if (!(error instanceof ClientError)) throw error
    const hasOther = !isSameAddress(this.#routes.target(to), target)
    const failure = { ok: false, final: false, reason: error.message } as const
    return error.stale || hasOther ? { ...failure, immediate: true } : failure
  }

  /** The body as it was encoded once, unless the message has waited: then with its age, and in the epoch of now. */
  #body({ body, message, hops, saidAt }: QueuedMessage): string {
    const age = this.#clock.now() - saidAt
    const now = message.closed === undefined ? message : this.#entrances.inThisEpoch(message)
    if (age >= MIN_AGE) return messageBody(now, { hops, age })
    return now === message ? body : messageBody(now, { hops })
  }

  #resultOf(response: ReceivedResponse, to: Peer): DeliveryResult {
    const id = peerId(to)
    this.#silent.delete(id)
    if (response.status !== 200) return refused(response)
    if (!this.#batchSupport.has(id) && jsonOf(response.body)['batch'] !== undefined)
      this.#batchSupport.add(id)
    return DELIVERED
  }
}

/**
 * Whether a refusal would come again: all but those of a peer that is busy or in trouble, and of another peer, which has the
 * address of the recipient now (421).
 */
function isFinal(status: number): boolean {
  return status < 500 && ![408, 421, 429].includes(status)
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
  // A later epoch of a closed channel has begun there: the next connection brings it here.
  const isOutdated = answer['error'] === 'old_epoch' || answer['error'] === 'not_proved'
  const failure = {
    ok: false,
    final: isFinal(status) && !isOutdated,
    reason: reasonOf(status, answer),
  } as const
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

function isSameTarget(one: Target, other: Target): boolean {
  return isSameAddress(one, other) && one.key === other.key && one.room === other.room
}

function isSameAddress(one: Target, other: Target): boolean {
  return one.host === other.host && one.port === other.port
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}
