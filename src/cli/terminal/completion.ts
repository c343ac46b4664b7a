/** Completion by Tab: the word before the cursor becomes one candidate after the other. */
import { replace, typed, type Draft } from './draft.ts'

/** Candidates for `line[from..cursor]`. */
export interface Completion {
  readonly from: number
  readonly candidates: readonly string[]
}

export type Complete = (line: string, cursor: number) => Completion

export class CompletionCycle {
  readonly #draft: Draft
  readonly #completion: Completion
  /** The index of the candidate shown; undefined before the first. */
  #chosen: number | undefined

  constructor(draft: Draft, complete: Complete) {
    this.#draft = draft
    this.#completion = complete(draft.text, draft.cursor)
  }

  /** The draft with the next candidate, or the one before it; undefined if there is none. */
  next(step: 1 | -1): Draft | undefined {
    const { from, candidates } = this.#completion
    const chosen = this.#chosen ?? (step === 1 ? -1 : 0)
    this.#chosen = (chosen + step + candidates.length) % candidates.length
    const candidate = candidates[this.#chosen]
    return candidate === undefined
      ? undefined
      : replace(this.#draft, from, this.#draft.cursor, typed(candidate))
  }

  /** With one candidate, or none, the next Tab asks again. */
  get isFinal(): boolean {
    return this.#completion.candidates.length <= 1
  }
}
