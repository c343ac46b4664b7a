/**
 * Signs what this peer says in channels, off the way of the message, and hands the signatures to its recipients.
 *
 * Invariant: a message leaves before it is signed. Recipients that know the author by their connection need the signature
 * only to tell the message to others, so it follows in a request of its own, with those of the messages around it.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LIMITS } from '../../../chat/limits.ts'
import { DIRECT, type ChatMessage, type Peer } from '../../../chat/model.ts'
import { isBadAnswer, postRequest } from '../../self/requests.ts'
import { signatureOf } from './signed-form.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { HttpClient } from '../../../http/network.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import type { Store } from '../../../store/store.ts'
import type { Channels } from '../../channels.ts'
import type { Routes } from '../../contacts/routes.ts'
import type { Feature } from '../../feature.ts'
import type { Self } from '../../self/self.ts'
import type { Delivery } from '../delivery/delivery.ts'

export interface SignerOptions {
  readonly clock: Clock
  readonly client: Pick<HttpClient, 'request'>
  readonly routes: Pick<Routes, 'target'>
  readonly store: Pick<Store, 'setSignature'>
  readonly self: Self
  readonly channels: Channels
  readonly delivery: Pick<Delivery, 'signed'>
}

/** Messages are signed so many milliseconds after they were said. */
const DELAY = 20
/** Signatures made in one turn of the event loop: 42 us each. */
const SLICE = 64
/** A recipient that does not answer is tried again after these pauses, in milliseconds. */
const PAUSES = [500, 2_000, 10_000]
const MAX_RECIPIENTS = 4_096

interface Waiting {
  peer: Peer
  /** By message id. */
  readonly signatures: BoundedMap<string, string>
  isSending: boolean
  attempts: number
}

interface Unsigned {
  readonly message: ChatMessage
  readonly recipients: readonly Peer[]
}

export class Signer implements Feature {
  readonly #options: SignerOptions
  #unsigned: Unsigned[] = []
  readonly #waiting = new BoundedMap<KeyId, Waiting>(MAX_RECIPIENTS)
  #cancel: (() => void) | undefined
  readonly #timers = new Set<() => void>()

  constructor(options: SignerOptions) {
    this.#options = options
  }

  /** This peer said something; it leaves in this turn. */
  said(message: ChatMessage, recipients: readonly Peer[]): void {
    const { clock, channels } = this.#options
    if (message.channel === DIRECT || channels.isGroup(message.channel)) return
    this.#unsigned.push({ message, recipients })
    this.#cancel ??= clock.after(DELAY, () => {
      this.#sign()
    })
  }

  /** A message has one more recipient. */
  extended(message: ChatMessage, recipient: Peer): void {
    if (message.signature === undefined) this.said(message, [recipient])
    else this.#give(recipient, message.id, message.signature)
  }

  stop(): void {
    this.#cancel?.()
    for (const cancel of this.#timers) cancel()
    this.#waiting.clear()
  }

  #sign(): void {
    const { clock, self, store, delivery } = this.#options
    const slice = this.#unsigned.splice(0, SLICE)
    this.#cancel =
      this.#unsigned.length === 0
        ? undefined
        : clock.after(0, () => {
            this.#sign()
          })
    for (const { message, recipients } of slice) {
      const signature = signatureOf(message, self)
      if (signature === undefined) continue
      store.setSignature(self.keys.id, message.id, signature)
      delivery.signed(message.id, signature)
      for (const recipient of recipients) this.#give(recipient, message.id, signature)
    }
    for (const waiting of this.#waiting.values()) void this.#send(waiting)
  }

  /** Programs without a key check nothing. */
  #give(peer: Peer, messageId: string, signature: string): void {
    if (peer.key === undefined) return
    const waiting = this.#waiting.get(peer.key) ?? newWaiting(peer)
    this.#waiting.set(peer.key, waiting)
    waiting.peer = peer
    waiting.signatures.set(messageId, signature)
  }

  /** Never rejects. */
  async #send(waiting: Waiting): Promise<void> {
    if (waiting.isSending || waiting.signatures.size === 0) return
    const { client, routes } = this.#options
    const sent = [...waiting.signatures]
    waiting.isSending = true
    const isTaken = await taken(() => client.request(routes.target(waiting.peer), requestFor(sent)))
    waiting.isSending = false
    if (isTaken) {
      for (const [id] of sent) waiting.signatures.delete(id)
      waiting.attempts = 0
      if (waiting.signatures.size === 0) this.#forget(waiting)
      else void this.#send(waiting)
    } else this.#later(waiting)
  }

  /** A recipient that stays away asks for what it missed when it is back, and gets the signatures with it. */
  #later(waiting: Waiting): void {
    const pause = PAUSES[waiting.attempts++]
    if (pause === undefined) {
      this.#forget(waiting)
      return
    }
    const cancel = this.#options.clock.after(pause, () => {
      this.#timers.delete(cancel)
      void this.#send(waiting)
    })
    this.#timers.add(cancel)
  }

  #forget({ peer }: Waiting): void {
    if (peer.key !== undefined) this.#waiting.delete(peer.key)
  }
}

function newWaiting(peer: Peer): Waiting {
  return { peer, signatures: new BoundedMap(LIMITS.signatures), isSending: false, attempts: 0 }
}

function requestFor(signatures: readonly (readonly [id: string, signature: string])[]) {
  const body = JSON.stringify({ signatures: signatures.map(([id, signature]) => ({ id, signature })) })
  return { ...postRequest('/p2p/signatures', body), repeatable: true }
}

/** Whether the request got there: a refusal would come again. */
async function taken(request: () => Promise<{ readonly status: number }>): Promise<boolean> {
  try {
    const { status } = await request()
    return status < 500 && status !== 429
  } catch (error) {
    if (isBadAnswer(error)) return false
    throw error
  }
}
