/** The searches that are running, at most one for each client: a new search of a client ends the one before. */
import { ChatError } from '../../chat/errors.ts'

export class Searches {
  readonly #running = new Map<string, AbortController>()

  /** Rejects with ChatError 409 when the client has started another search. `gone` ends the search, too. */
  async run<T>(
    client: string | undefined,
    gone: AbortSignal,
    task: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (client === undefined) return task(gone)
    const own = new AbortController()
    const end = (): void => {
      own.abort()
    }
    this.#running.get(client)?.abort()
    this.#running.set(client, own)
    gone.addEventListener('abort', end)
    try {
      const answer = await task(own.signal)
      if (own.signal.aborted) throw superseded()
      return answer
    } finally {
      gone.removeEventListener('abort', end)
      if (this.#running.get(client) === own) this.#running.delete(client)
    }
  }
}

function superseded(): ChatError {
  const detail = 'a newer search of this client has taken the place of this one'
  return new ChatError(409, 'superseded', detail)
}
