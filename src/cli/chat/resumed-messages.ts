/**
 * Own messages of earlier runs that still wait for a recipient: one sentence at the start says which, later ones say which
 * were delivered. A delivery before the first sentence is not mentioned.
 */
import { peerId, type Receipt, type WaitingMessage } from '../../chat/model.ts'
import { stillWaiting, wasDelivered } from '../../chat/waiting.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Transcript } from './transcript.ts'

/** Deliveries within this time become one sentence, in milliseconds. */
const HOLD = 150

export class ResumedMessages {
  readonly #clock: Clock
  readonly #transcript: Pick<Transcript, 'news'>
  /** By message id. */
  readonly #waiting = new Map<string, WaitingMessage>()
  #isAnnounced = false
  #delivered: WaitingMessage[] = []
  #cancel = (): void => undefined

  constructor(clock: Clock, transcript: Pick<Transcript, 'news'>) {
    this.#clock = clock
    this.#transcript = transcript
  }

  add(messages: readonly WaitingMessage[]): void {
    for (const message of messages) this.#waiting.set(message.id, message)
  }

  update({ messageId: id, queued, failed }: Receipt): void {
    const known = this.#waiting.get(id)
    if (known === undefined) return
    const open = new Set([...queued, ...failed.map(({ peer }) => peer)].map(peerId))
    const got = known.waiting.filter((peer) => !open.has(peerId(peer)))
    if (got.length > 0 && this.#isAnnounced) this.#hold({ id, waiting: got })
    if (queued.length > 0) this.#waiting.set(id, { id, waiting: queued })
    else this.#waiting.delete(id)
  }

  /** Says which messages wait now, if any do. */
  announce(): void {
    this.#isAnnounced = true
    this.#notice(stillWaiting([...this.#waiting.values()]))
  }

  /** Says what is held back. */
  flush(): void {
    this.#cancel()
    const delivered = this.#delivered
    this.#delivered = []
    if (delivered.length > 0) this.#notice(wasDelivered(delivered))
  }

  #hold(message: WaitingMessage): void {
    if (this.#delivered.length === 0) {
      this.#cancel = this.#clock.after(HOLD, () => {
        this.flush()
      })
    }
    this.#delivered.push(message)
  }

  #notice(text: string | undefined): void {
    if (text !== undefined) this.#transcript.news({ kind: 'notice', text })
  }
}
