/**
 * Own messages of earlier starts, until each is delivered or has failed: what still waits when that is said, and what was
 * delivered after it was said. What is delivered before is not told. The clock is passed in.
 */
import { addressKey, type Receipt, type WaitingMessage } from '../../chat/model.ts'
import { stillWaiting, wasDelivered } from '../../chat/waiting.ts'
import type { Clock } from '../../chat/clock.ts'

/** What is delivered within this time is one sentence, in milliseconds. */
const HOLD = 150

export class ResumedMessages {
  readonly #clock: Clock
  readonly #print: (sentence: string) => void
  readonly #waiting = new Map<string, WaitingMessage>()
  #isTold = false
  #delivered: WaitingMessage[] = []
  #cancel = (): void => undefined

  constructor(clock: Clock, print: (sentence: string) => void) {
    this.#clock = clock
    this.#print = print
  }

  add(messages: readonly WaitingMessage[]): void {
    for (const message of messages) this.#waiting.set(message.id, message)
  }

  take({ messageId: id, queued, failed }: Receipt): void {
    const known = this.#waiting.get(id)
    if (known === undefined) return
    const open = new Set([...queued, ...failed.map(({ peer }) => peer)].map((peer) => addressKey(peer)))
    const got = known.waiting.filter((peer) => !open.has(addressKey(peer)))
    if (got.length > 0 && this.#isTold) this.#hold({ id, waiting: got })
    if (queued.length > 0) this.#waiting.set(id, { id, waiting: queued })
    else this.#waiting.delete(id)
  }

  /** Says what waits now, if anything does. */
  tell(): void {
    this.#isTold = true
    const sentence = stillWaiting([...this.#waiting.values()])
    if (sentence !== undefined) this.#print(sentence)
  }

  /** Says what is still held back. */
  flush(): void {
    this.#cancel()
    const delivered = this.#delivered
    this.#delivered = []
    if (delivered.length > 0) this.#print(wasDelivered(delivered))
  }

  #hold(message: WaitingMessage): void {
    if (this.#delivered.length === 0) {
      this.#cancel = this.#clock.after(HOLD, () => {
        this.flush()
      })
    }
    this.#delivered.push(message)
  }
}
