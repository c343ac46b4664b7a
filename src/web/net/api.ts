/** The local API as functions. Each rejects with Refusal, or with Unreachable when no answer came. */
import type { GenericSchema } from 'valibot'
import { fromJson } from '../../chat/wire/json.ts'
import {
  LocalChannel,
  Invited,
  LocalContacts,
  LocalMembers,
  LocalMessage,
  LocalPage,
  LocalRead,
  LocalRefusal,
  LocalSelf,
  LocalState,
  Retried,
  SafetyNumber,
  SamePerson,
  type Conversation,
  type ProfileRequest,
  type SayRequest,
  type InviteRequest,
  type RemoveRequest,
  type VerifiedRequest,
} from '../../chat/wire/local-api.ts'
import {
  LocalIgnoreList,
  TakenCount,
  type HushRequest,
  type TakeRequest,
  type UnhushRequest,
} from '../../chat/wire/local-hush.ts'
import { problemOf, sentence, type Problem } from '../model/problem.ts'

/** The local peer answered with a refusal. */
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

/** No answer came: the request may have been carried out. */
export class Unreachable extends Error {
  constructor() {
    super('Your own Parley does not answer.')
    this.name = 'Unreachable'
  }
}

/** The user's view of an error that one of these functions rejected with. */
export function problemIn(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem
  return { text: sentence(error instanceof Error ? error.message : String(error)), field: undefined }
}

/** In milliseconds. */
const ANSWER_WITHIN = 15_000

/** Which page; the newest without any of them. `around` is Unix time in milliseconds, the others are cursors. */
export type Place = Readonly<Partial<Record<'before' | 'after' | 'around', string>>>

export interface SearchWanted {
  readonly words: string
  /** Undefined: in all conversations. */
  readonly conversation: Conversation | undefined
  readonly limit: number
  /** The id of this page. */
  readonly client: string
}

interface Asked {
  /** The request survives the end of the page. */
  readonly keepalive?: boolean
  readonly signal?: AbortSignal
}

export class Api {
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  state(): Promise<LocalState> {
    return this.#read(LocalState, 'GET', '/api/state')
  }

  page(conversation: Conversation, limit: number, place: Place = {}): Promise<LocalPage> {
    const query = new URLSearchParams({ conversation, limit: String(limit), ...place })
    return this.#read(LocalPage, 'GET', `/api/messages?${query}`)
  }

  /** A new search of the same `client` ends the one before. */
  search({ words, conversation, limit, client }: SearchWanted, signal: AbortSignal): Promise<LocalPage> {
    const query = new URLSearchParams({ words, limit: String(limit), client })
    if (conversation !== undefined) query.set('conversation', conversation)
    return this.#read(LocalPage, 'GET', `/api/search?${query}`, undefined, { signal })
  }

  /** Sent again with the same id, it is still one message. */
  say({ id, conversation, text, action }: SayRequest): Promise<LocalMessage> {
    const body: SayRequest = { id, conversation, text, action }
    return this.#read(LocalMessage, 'POST', '/api/messages', body)
  }

  /** Survives the end of the page. */
  markRead(mark: LocalRead): Promise<LocalRead> {
    return this.#read(LocalRead, 'PUT', '/api/read', mark, { keepalive: true })
  }

  retry(): Promise<Retried> {
    return this.#read(Retried, 'POST', '/api/retry', {})
  }

  same(was: string, is: string): Promise<SamePerson> {
    return this.#read(SamePerson, 'POST', '/api/same', { was, is })
  }

  join(name: string): Promise<LocalChannel> {
    return this.#read(LocalChannel, 'POST', '/api/channels', { name })
  }

  createClosed(name: string): Promise<LocalChannel> {
    return this.#read(LocalChannel, 'POST', '/api/closed-channels', { name })
  }

  /** Who is in a closed channel. */
  members(channel: string): Promise<LocalMembers> {
    return this.#read(LocalMembers, 'GET', `/api/members?${new URLSearchParams({ channel })}`)
  }

  /** Without a person: a link for one. */
  invite(request: InviteRequest): Promise<Invited> {
    return this.#read(Invited, 'POST', '/api/invitations', request)
  }

  /** Of a person, or of a link. */
  async remove(request: RemoveRequest): Promise<void> {
    await this.#request('POST', '/api/removals', request)
  }

  async part(name: string): Promise<void> {
    await this.#request('DELETE', `/api/channels/${encodeURIComponent(name)}`, {})
  }

  setProfile(profile: ProfileRequest): Promise<LocalSelf> {
    return this.#read(LocalSelf, 'POST', '/api/profile', profile)
  }

  /** The people with keys that were met. */
  contacts(): Promise<LocalContacts> {
    return this.#read(LocalContacts, 'GET', '/api/contacts')
  }

  safetyNumber(person: string): Promise<SafetyNumber> {
    return this.#read(SafetyNumber, 'GET', `/api/safety-number?${new URLSearchParams({ person })}`)
  }

  async acceptName(person: string): Promise<void> {
    await this.#request('POST', '/api/accepted-names', { person })
  }

  async setVerified(request: VerifiedRequest): Promise<void> {
    await this.#request('POST', '/api/verified', request)
  }

  async hush(request: HushRequest): Promise<void> {
    await this.#request('POST', '/api/hushed', request)
  }

  /** The own ignore list, as a message. */
  async shareIgnored(conversation: Conversation): Promise<void> {
    await this.#request('POST', '/api/ignore-lists', { conversation })
  }

  /** The last list that a person shared. */
  async ignoreList(person: string): Promise<LocalIgnoreList> {
    const query = new URLSearchParams({ person })
    return this.#read(LocalIgnoreList, 'GET', `/api/ignore-lists?${query}`)
  }

  /** Resolves to how many people are ignored now that were not. */
  async takeIgnored(request: TakeRequest): Promise<number> {
    return (await this.#read(TakenCount, 'POST', '/api/ignore-lists/taken', request)).count
  }

  async undoTaken(request: TakeRequest): Promise<number> {
    return (await this.#read(TakenCount, 'POST', '/api/ignore-lists/untaken', request)).count
  }

  async unhush(request: UnhushRequest): Promise<void> {
    await this.#request('POST', '/api/unhushed', request)
  }

  async picture(hash: string): Promise<Blob> {
    const response = await this.#request('GET', `/api/pictures/${encodeURIComponent(hash)}`)
    return response.blob()
  }

  /** The event stream, until `signal` ends it. Without a time limit. */
  async events(lastId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Last-Event-ID': lastId }
    const response = await reached(fetch('/api/events', { headers, signal, cache: 'no-store' }))
    if (!response.ok) throw await refusalOf(response)
    if (response.body === null) throw new Unreachable()
    return response.body
  }

  async #read<T>(
    shape: GenericSchema<unknown, T>,
    method: string,
    path: string,
    body?: object,
    more: Asked = {},
  ): Promise<T> {
    const response = await this.#request(method, path, body, more)
    const value = fromJson(shape, await reached(response.text()))
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
  const refusal = fromJson(LocalRefusal, await response.text().catch(() => ''))
  const unknown = { text: 'Your own Parley could not do that.', field: undefined }
  return new Refusal(response.status, refusal === undefined ? unknown : problemOf(refusal))
}
