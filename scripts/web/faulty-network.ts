/** TCP for a server that fails on demand: unplugged, refusing requests for a path, or losing answers. */
import { TCP, type HttpNetwork, type HttpServer } from '../../src/http/network.ts'
import { json } from '../../src/http/router.ts'
import type { Handler, Response } from '../../src/http/message.ts'

export interface Refusal {
  readonly status: number
  readonly error: string
  readonly detail: string
}

/** Breaks the connection in the middle of an answer. */
export class LostAnswer extends Error {}

export class FaultyNetwork {
  /** Every request that got past the guard, such as `POST /api/messages`; the newest last. */
  readonly requests: string[] = []
  /** The refusal for requests, by path. */
  readonly refusals = new Map<string, Refusal>()
  /** So many of the next messages are accepted, and their answers are lost. */
  loseAnswers = 0
  #server: HttpServer | undefined
  #listen: (port?: number) => Promise<HttpServer> = () => Promise.reject(new Error('nothing listens yet'))

  readonly network: HttpNetwork = {
    ...TCP,
    listen: async (handler, options) => {
      this.#listen = (port = options.port ?? 0) => TCP.listen(this.#faulty(handler), { ...options, port })
      const first = await this.#listen()
      this.#server = first
      const now = (): HttpServer => this.#server ?? first
      return {
        address: first.address,
        get connections() {
          return now().connections
        },
        close: (grace) => now().close(grace),
      }
    },
  }

  /** Breaks every connection, and refuses new ones. */
  async unplug(): Promise<void> {
    await this.#server?.close(0)
  }

  /** Listens again, at the same port. */
  async plugIn(): Promise<void> {
    this.#server = await this.#listen(this.#server?.address.port)
  }

  #faulty(handler: Handler): Handler {
    return async (request, context) => {
      const name = `${request.method} ${request.path}`
      if (request.path.startsWith('/api/')) this.requests.push(name)
      const refusal = this.refusals.get(request.path)
      if (refusal !== undefined) {
        const { status, error, detail } = refusal
        return json(status, { error, detail })
      }
      const answer = await handler(request, context)
      if (name !== 'POST /api/messages' || this.loseAnswers === 0) return answer
      this.loseAnswers--
      return lost(answer)
    }
  }
}

/** The head and one byte arrive, because browsers repeat a request without any byte of an answer. */
function lost(answer: Response): Response {
  return { ...answer, body: brokenBody() }
}

async function* brokenBody(): AsyncGenerator<string> {
  yield '{'
  await Promise.resolve()
  throw new LostAnswer()
}
