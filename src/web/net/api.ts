/** The endpoints of our own peer as functions. Each rejects with Refusal, or with Unreachable when no answer came. */
import type {
  Conversation,
  LocalChannel,
  LocalMessage,
  LocalPage,
  LocalRead,
  LocalSelf,
  LocalState,
} from '../../chat/wire/local-api.ts'
import { problemOf, sentence, type Problem } from '../model/problem.ts'
import { read, type Reader } from '../model/shapes.ts'

/** Our peer answered, and did not do it. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(problem.text)
    this.name = 'Refusal'
    this.status = status
    this.problem = problem
  }
}

/** No answer: whether it was done is not known. */
export class Unreachable extends Error {
  constructor() {
    super('Your own Parley does not answer.')
    this.name = 'Unreachable'
  }
}

/** What to tell somebody of an error that one of these functions rejected with. */
export function problemIn(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem
  return { text: sentence(error instanceof Error ? error.message : String(error)), field: undefined }
}

/** In milliseconds. */
const ANSWER_WITHIN = 15_000

/** Of the page that is asked for; the newest without any. Cursors, and a time in milliseconds. */
export type Place = Readonly<Partial<Record<'before' | 'after' | 'around', string>>>

export interface Profile {
  readonly name?: string
  readonly status?: string
  /** Base64; an empty one takes it away. */
  readonly picture?: string
}

export interface SearchWanted {
  readonly words: string
  /** Undefined: all of them. */
  readonly conversation: Conversation | undefined
  readonly limit: number
  /** Which page asks. */
  readonly client: string
}

interface Asked {
  /** Also when the page is being closed. */
  readonly keepalive?: boolean
  readonly signal?: AbortSignal
}

export class Api {
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  state(): Promise<LocalState> {
    return this.#read(read.state, 'GET', '/api/state')
  }

  page(conversation: Conversation, limit: number, place: Place = {}): Promise<LocalPage> {
    const query = new URLSearchParams({ conversation, limit: String(limit), ...place })
    return this.#read(read.page, 'GET', `/api/messages?${query}`)
  }

  /** A new one of the same `client` ends the one before, whose answer the signal lets go. */
  search({ words, conversation, limit, client }: SearchWanted, signal: AbortSignal): Promise<LocalPage> {
    const query = new URLSearchParams({ words, limit: String(limit), client })
    if (conversation !== undefined) query.set('conversation', conversation)
    return this.#read(read.page, 'GET', `/api/search?${query}`, undefined, { signal })
  }

  /** Said again with the same id, it is one message. */
  say(message: Pick<LocalMessage, 'id' | 'conversation' | 'text' | 'action'>): Promise<LocalMessage> {
    const { id, conversation, text, action } = message
    return this.#read(read.message, 'POST', '/api/messages', { id, conversation, text, action })
  }

  /** Also when the page is being closed. */
  markRead(mark: LocalRead): Promise<LocalRead> {
    return this.#read(read.mark, 'PUT', '/api/read', mark, { keepalive: true })
  }

  retry(): Promise<{ readonly retried: number }> {
    return this.#read(read.retried, 'POST', '/api/retry', {})
  }

  join(name: string): Promise<LocalChannel> {
    return this.#read(read.channel, 'POST', '/api/channels', { name })
  }

  async part(name: string): Promise<void> {
    await this.#request('DELETE', `/api/channels/${encodeURIComponent(name)}`, {})
  }

  setProfile(profile: Profile): Promise<LocalSelf> {
    return this.#read(read.self, 'POST', '/api/profile', profile)
  }

  async picture(hash: string): Promise<Blob> {
    const response = await this.#request('GET', `/api/pictures/${encodeURIComponent(hash)}`)
    return response.blob()
  }

  /** The stream of events; the signal ends it. Its answer has no time limit, only its head. */
  async events(lastId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Last-Event-ID': lastId }
    const response = await reached(fetch('/api/events', { headers, signal, cache: 'no-store' }))
    if (!response.ok) throw await refusalOf(response)
    if (response.body === null) throw new Unreachable()
    return response.body
  }

  async #read<T>(
    reader: Reader<T>,
    method: string,
    path: string,
    body?: object,
    more: Asked = {},
  ): Promise<T> {
    const response = await this.#request(method, path, body, more)
    const value = reader(await reached(response.text()))
    if (value === undefined)
      throw new Refusal(502, {
        text: 'Your own Parley gave an answer that this page cannot read. Load the page again.',
        field: undefined,
      })
    return value
  }

  async #request(method: string, path: string, body?: object, more: Asked = {}): Promise<Response> {
    const { keepalive = false, signal } = more
    const late = AbortSignal.timeout(ANSWER_WITHIN)
    const headers = new Headers({ Authorization: `Bearer ${this.#token}` })
    if (body !== undefined) headers.set('Content-Type', 'application/json')
    const response = await reached(
      fetch(path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        cache: 'no-store',
        keepalive,
      }),
    )
    if (response.ok) return response
    throw await refusalOf(response)
  }
}

async function reached<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt
  } catch {
    throw new Unreachable()
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const told = read.refusal(await response.text().catch(() => ''))
  const unknown = { text: 'Your own Parley could not do that.', field: undefined }
  return new Refusal(response.status, told === undefined ? unknown : problemOf(told))
}
