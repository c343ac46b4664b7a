/** One attempt to hand messages to a peer, and what its answer means. */
import { agedBody, batchBody } from '../chat/schema.ts'
import { LIMITS } from '../chat/limits.ts'
import { ClientError, authority } from '../http/client-connection.ts'
import { USER_AGENT } from './version.ts'
import type { Clock } from '../chat/clock.ts'
import type { Peer } from '../chat/model.ts'
import type { Address, ReceivedResponse } from '../http/message.ts'
import type { HttpClient } from '../http/network.ts'
import type { Outcome, Parcel } from './delivery.ts'

const FIELDS = Object.freeze({ 'Content-Type': 'application/json', 'User-Agent': USER_AGENT })

const DELIVERED: Outcome = { ok: true }

/** A message says for how long it has waited when that is more than the way takes: in milliseconds. */
const WORTH_TELLING = 1_000

/** Of the body of one request, in UTF-16 units of at most three bytes; servers take 64 KiB. */
const BATCH_LENGTH = 20 * 1024

/** Peers known to take several messages at once; the oldest are asked again. */
const MOST_KNOWN = 4_096

/** Transmits by POST. A repeat is safe: every message carries its id. */
export class Transmitter {
  readonly #client: HttpClient
  readonly #clock: Clock
  /** Who takes several messages in one request, by authority. */
  readonly #takeBatches = new Set<string>()

  constructor(client: HttpClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** As Delivery wants it: the outcome of each message that was tried, from the first one on. */
  readonly transmit = (to: Peer, parcels: readonly Parcel[]): Promise<readonly Outcome[]> => {
    const address = { host: to.ip, port: to.port }
    const [first] = parcels
    if (first === undefined) return Promise.resolve([])
    if (parcels.length > 1 && this.#takeBatches.has(authority(address)))
      return this.#transmitTogether(address, fitting(parcels))
    return this.#post(address, '/p2p/receive', this.#body(first)).then(
      (response) => [this.#judge(response, address)],
      (error: unknown) => [unanswered(error)],
    )
  }

  async #transmitTogether(address: Address, parcels: readonly Parcel[]): Promise<readonly Outcome[]> {
    try {
      const body = batchBody(parcels.map((parcel) => this.#body(parcel)))
      const response = await this.#post(address, '/p2p/batch', body)
      if (response.status === 200) return resultsOf(response.body).slice(0, parcels.length).map(resultOutcome)
      // Another program may be there now. Whatever it was that it did not like, it is asked one by one.
      this.#takeBatches.delete(authority(address))
      return [{ ...refused(response), final: false }]
    } catch (error) {
      return [unanswered(error)]
    }
  }

  #post(address: Address, target: string, body: string): Promise<ReceivedResponse> {
    return this.#client.request(address, { method: 'POST', target, headers: FIELDS, body, repeatable: true })
  }

  #body({ body, queuedAt }: Parcel): string {
    const age = this.#clock.now() - queuedAt
    return age < WORTH_TELLING ? body : agedBody(body, age)
  }

  #judge(response: ReceivedResponse, address: Address): Outcome {
    if (response.status !== 200) return refused(response)
    const key = authority(address)
    if (!this.#takeBatches.has(key) && jsonOf(response.body)['batch'] !== undefined) {
      this.#takeBatches.add(key)
      for (const oldest of this.#takeBatches) {
        if (this.#takeBatches.size <= MOST_KNOWN) break
        this.#takeBatches.delete(oldest)
      }
    }
    return DELIVERED
  }
}

/** As many from the start as fit into one request. */
function fitting(parcels: readonly Parcel[]): readonly Parcel[] {
  let length = 0
  const end = parcels.findIndex(({ body }) => (length += body.length) > BATCH_LENGTH)
  return parcels.slice(0, Math.min(LIMITS.batch, end === -1 ? parcels.length : Math.max(1, end)))
}

/** Busy or in trouble: another time. Everything else will be refused again. */
function isFinal(status: number): boolean {
  return status < 500 && status !== 429 && status !== 408
}

function refused({ status, headers, body }: ReceivedResponse): Extract<Outcome, { ok: false }> {
  const outcome = { ok: false, final: isFinal(status), reason: because(status, jsonOf(body)) } as const
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return seconds > 0 && seconds <= LONGEST_PAUSE ? { ...outcome, after: seconds * 1000 } : outcome
}

/** Nobody makes us wait for longer, in seconds. */
const LONGEST_PAUSE = 60

function resultOutcome(result: unknown): Outcome {
  const { code, error, detail } = Object(result) as Record<string, unknown>
  if (code === 200) return DELIVERED
  const status = typeof code === 'number' ? code : 500
  return { ok: false, final: isFinal(status), reason: because(status, { error, detail }) }
}

function resultsOf(body: Buffer): readonly unknown[] {
  const { results } = jsonOf(body)
  if (Array.isArray(results) && results.length > 0) return results
  return [{ code: 502, detail: 'an answer without results' }]
}

function because(status: number, { detail }: Readonly<Record<string, unknown>>): string {
  return `refused with ${status}${typeof detail === 'string' ? `: ${detail.slice(0, 200)}` : ''}`
}

function unanswered(error: unknown): Outcome {
  if (error instanceof ClientError) return { ok: false, final: false, reason: error.message }
  throw error
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}
