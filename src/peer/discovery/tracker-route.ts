/**
 * How this peer reaches a tracker: over connections that prove its key, or in clear if it offers none.
 *
 * A key is pinned to the address of the tracker once a connection has proved it. As long as the tracker proves it, nothing
 * goes there in clear. A tracker only gives hints where to try, so one with another key than before, or with none, is used
 * all the same, and the user is notified.
 */
import { addressKey } from '../../chat/model.ts'
import { keyOf } from '../../chat/wire/fields.ts'
import { jsonObject } from '../../http/body.ts'
import { ClientError, type ClientErrorCode } from '../../http/client-connection.ts'
import { getRequest, ifReadable } from '../self/requests.ts'
import { TrackerError } from './tracker-client.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Address, Target } from '../../http/message.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'

export interface TrackerRouteOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly address: Address
  /** Keeps the pinned key. */
  readonly store: Pick<Store, 'setting' | 'set'>
  readonly events: Pick<Events, 'emit'>
}

/** Where a store keeps the key that was pinned to the address of a tracker. */
export function trackerKeySetting({ host, port }: Address): string {
  return `tracker-key:${addressKey({ ip: host, port })}`
}

/** Answered in clear and over a secure connection, at any time, and changes nothing. */
const QUESTION = getRequest('/healthz')

/** Another program may have the address by now, or the same tracker another key: it is asked in clear. */
const MAY_BE_ANOTHER: ReadonlySet<ClientErrorCode> = new Set([
  'another_key',
  'not_offered',
  'broken_handshake',
  'closed',
])

/** A program is there, but does not answer the question: some legacy trackers know a few requests only. */
const NO_ANSWER: ReadonlySet<ClientErrorCode> = new Set(['timeout', 'closed', 'protocol'])

/** Too many requests, or too many connections: this says nothing of the key. */
const BUSY = [429, 503]

export class TrackerRoute {
  readonly #options: TrackerRouteOptions
  readonly #setting: string
  #target: Target
  /** The user knows that this tracker no longer offers secure connections. */
  #isClearKnown = false

  constructor(options: TrackerRouteOptions) {
    const { address } = options
    this.#options = options
    this.#setting = trackerKeySetting(address)
    this.#target = { ...address, key: this.#pinned }
  }

  /** Where requests to the tracker go. */
  get target(): Target {
    return this.#target
  }

  /** Finds the way anew. Rejects with ClientError when there is no answer, with TrackerError when the tracker is busy. */
  async find(): Promise<void> {
    const pinned = this.#pinned
    if (pinned !== undefined && (await this.#proves(pinned))) return
    const offered = await this.#offered(pinned)
    if (offered === undefined) this.#useInClear(pinned !== undefined)
    else {
      await this.#use(offered)
      this.#pin(offered, pinned)
    }
  }

  /** False: there may be another program. */
  async #proves(pinned: KeyId): Promise<boolean> {
    try {
      await this.#use(pinned)
      return true
    } catch (error) {
      if (error instanceof ClientError && MAY_BE_ANOTHER.has(error.code)) return false
      throw error
    }
  }

  async #use(key: KeyId): Promise<void> {
    const target = { ...this.#options.address, key }
    await this.#options.client.request(target, QUESTION)
    this.#target = target
    this.#isClearKnown = false
  }

  #useInClear(hadKey: boolean): void {
    this.#target = this.#options.address
    if (hadKey && !this.#isClearKnown)
      this.#notice(
        `the tracker at ${this.#name} offered secure connections before, and offers none now: an older program runs there, or something between you and it takes them away. It is used without them`,
      )
    this.#isClearKnown = true
  }

  #pin(key: KeyId, before: KeyId | undefined): void {
    if (key === before) return
    if (before !== undefined)
      this.#notice(
        `the tracker at ${this.#name} has another key than before: it was set up anew, or another tracker has its address. It is used as a new one`,
      )
    this.#options.store.set(this.#setting, key)
  }

  /** The key that the tracker says to have, in clear; undefined: none, as older and legacy trackers. */
  async #offered(pinned: KeyId | undefined): Promise<KeyId | undefined> {
    const { client, address } = this.#options
    try {
      const { status, body } = await client.request(address, QUESTION)
      if (BUSY.includes(status)) throw new TrackerError(status, 'busy', `it is busy (answered ${status})`)
      return ifReadable(() => keyOf(jsonObject(body.toString())['key']))
    } catch (error) {
      const isLegacy = pinned === undefined && error instanceof ClientError && NO_ANSWER.has(error.code)
      if (isLegacy) return undefined
      throw error
    }
  }

  get #pinned(): KeyId | undefined {
    return keyOf(this.#options.store.setting(this.#setting))
  }

  get #name(): string {
    const { host, port } = this.#options.address
    return addressKey({ ip: host, port })
  }

  #notice(text: string): void {
    this.#options.events.emit({ kind: 'notice', text })
  }
}
