/**
 * Answers that were built before. Pure. Many ask for the same list, and few of them after a change: they are answered
 * with the same bytes. Only the moment when somebody was last heard may be older in them than it is, by a second.
 */
import { TIMES } from '../../chat/limits.ts'
import type { Response } from '../../http/message.ts'

interface Known {
  readonly answer: Response
  readonly revision: number
  /** Unix time in milliseconds. */
  readonly until: number
}

/** Then the oldest goes. */
const MOST = 32

export class ResponseCache {
  readonly #known = new Map<string, Known>()

  /** The answer to `question` that was built at this revision of what it is about, or what `build` returns. */
  answer(question: string, revision: number, now: number, build: () => Response): Response {
    const known = this.#known.get(question)
    if (known?.revision === revision && now < known.until) return known.answer
    const answer = build()
    this.#known.delete(question)
    this.#known.set(question, { answer, revision, until: now + TIMES.sweep })
    if (this.#known.size > MOST) this.#forgetOldest()
    return answer
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}
