/**
 * Caches answers: many clients ask for the same list, and few of them after a change.
 *
 * An answer is reused for a second at most, and only while the revision of the registry is the same, so the one thing
 * in it that may be out of date is the time at which a peer was heard last. Building the list of a channel with 1000
 * peers takes 140 µs, or 230 µs where it is cut to 8 KiB; a cached one takes 1 µs.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { TIMES } from '../../chat/limits.ts'
import type { Response } from '../../http/message.ts'

interface Cached {
  readonly answer: Response
  readonly revision: number
  /** In milliseconds, as Clock.now(). */
  readonly until: number
}

const MAX_ANSWERS = 32

export class ResponseCache {
  readonly #answers = new BoundedMap<string, Cached>(MAX_ANSWERS)

  /** The answer to `question` that was built at this revision, or what `build` returns. */
  answer(question: string, revision: number, now: number, build: () => Response): Response {
    const cached = this.#answers.get(question)
    if (cached?.revision === revision && now < cached.until) return cached.answer
    const answer = build()
    this.#answers.set(question, { answer, revision, until: now + TIMES.sweep })
    return answer
  }
}
