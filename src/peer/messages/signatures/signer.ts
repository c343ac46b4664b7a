/**
 * Signs what this peer says in channels, off the way of the message, and hands the signatures to its recipients.
 *
 * Invariant: every message of a channel has a signature, which recipients need to tell the message to others. One to a few
 * recipients leaves before it is signed, and the signature follows in a request of its own, with those of the messages
 * around it: soon after a message that is said alone, and once a second while many are said. One to more recipients is
 * signed first: that takes less time than another request to each.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
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

/** A message to more recipients is signed before it leaves. */
const FEW = 3
/** Messages are signed so many milliseconds after the first of them was said. */
const DELAY = 20
/** Milliseconds between two rounds of signing. */
const ROUND = 1_000
/** Signatures made in one turn of the event loop, with their rows: 60 us each. */
const SLICE = 4
/** Signatures in one request: a recipient writes them down in one turn. */
const IN_A_REQUEST = 32
/** A peer that leaves waits so many milliseconds at most for its last signatures to be taken. */
const FAREWELL = 500
/** A recipient that does not answer is tried again after these pauses, in milliseconds. */
const PAUSES = [500, 2_000, 10_000]
const MAX_RECIPIENTS = 4_096
/** Signatures that wait for one recipient; the oldest are forgotten. */
const MAX_WAITING = 1_024

interface Waiting {
  peer: Peer
  /** By message id. */
  readonly signatures: BoundedMap<string, string>
  /** The requests under way. */
  sending: Promise<void> | undefined
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
  #lastRound = -Infinity
  readonly #timers = new Set<() => void>()

  constructor(options: SignerOptions) {
    this.#options = options
  }

  /** The message as it leaves. */
  leaving(message: ChatMessage, recipients: readonly Peer[]): ChatMessage {
    if (!this.#isSigned(message) || recipients.length <= FEW) return message
    const signature = signatureOf(message, this.#options.self)
    return signature === undefined ? message : { ...message, signature }
  }

  /** This peer said something; it leaves in this turn. */
  said(message: ChatMessage, recipients: readonly Peer[]): void {
    const { clock } = this.#options
    if (!this.#isSigned(message) || message.signature !== undefined) return
    this.#unsigned.push({ message, recipients })
    const wait = Math.max(DELAY, this.#lastRound + ROUND - clock.now())
    this.#cancel ??= clock.after(wait, () => {
      this.#signAll()
    })
  }

  #isSigned({ channel }: ChatMessage): boolean {
    return channel !== DIRECT && !this.#options.channels.isGroup(channel)
  }

  /** A message has one more recipient. */
  extended(message: ChatMessage, recipient: Peer): void {
    if (message.signature === undefined) this.said(message, [recipient])
    else this.#give(recipient, message.id, message.signature)
  }

  /** Hands over the last signatures, because nothing else says who wrote these messages when this peer is away. */
  async stop(): Promise<void> {
    const { clock } = this.#options
    this.#cancel?.()
    for (const cancel of this.#timers) cancel()
    while (this.#unsigned.length > 0) this.#sign()
    const isOver = new Promise<void>((resolve) => {
      this.#cancel = clock.after(FAREWELL, resolve)
    })
    await Promise.race([this.#sendAll(), isOver])
    this.#cancel?.()
    this.#waiting.clear()
  }

  /** Slice by slice, then hands them over. */
  #signAll(): void {
    const { clock } = this.#options
    this.#sign()
    this.#cancel = undefined
    if (this.#unsigned.length > 0) {
      this.#cancel = clock.after(0, () => {
        this.#signAll()
      })
      return
    }
    this.#lastRound = clock.now()
    void this.#sendAll()
  }

  #sign(): void {
    const { self, store, delivery } = this.#options
    for (const { message, recipients } of this.#unsigned.splice(0, SLICE)) {
      const signature = signatureOf(message, self)
      if (signature === undefined) continue
      store.setSignature(self.keys.id, message.id, signature)
      delivery.signed(message.id, signature)
      for (const recipient of recipients) this.#give(recipient, message.id, signature)
    }
  }

  /** Never rejects. */
  async #sendAll(): Promise<void> {
    await Promise.all([...this.#waiting.values()].map((waiting) => this.#send(waiting)))
  }

  /** Programs without a key check nothing. */
  #give(peer: Peer, messageId: string, signature: string): void {
    if (peer.key === undefined) return
    const waiting = this.#waiting.get(peer.key) ?? newWaiting(peer)
    this.#waiting.set(peer.key, waiting)
    waiting.peer = peer
    waiting.signatures.set(messageId, signature)
  }

  /** Resolves when all are taken, or when the recipient does not answer. Never rejects. */
  async #send(waiting: Waiting): Promise<void> {
    waiting.sending ??= this.#request(waiting)
    await waiting.sending
    waiting.sending = undefined
  }

  async #request(waiting: Waiting): Promise<void> {
    const { client, routes } = this.#options
    while (waiting.signatures.size > 0) {
      const sent = [...waiting.signatures].slice(0, IN_A_REQUEST)
      const isTaken = await taken(() => client.request(routes.target(waiting.peer), requestFor(sent)))
      if (!isTaken) {
        this.#later(waiting)
        return
      }
      for (const [id] of sent) waiting.signatures.delete(id)
      waiting.attempts = 0
    }
    this.#forget(waiting)
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
  return { peer, signatures: new BoundedMap(MAX_WAITING), sending: undefined, attempts: 0 }
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
