/**
 * The event feed of the local API: messages, how they fare, notices, and the state whenever something in it has
 * changed. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { EventFeed, type FeedOptions } from '../../http/events.ts'
import { formFields } from '../../http/body.ts'
import type { Clock } from '../../chat/clock.ts'
import type { LocalState } from '../../chat/wire/local-api.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { Context, Request, Response } from '../../http/message.ts'
import type { LocalNews, Presenter } from './presenter.ts'

export interface LocalEventsOptions {
  readonly view: Presenter
  readonly clock: Clock
  /** New at each start: by it, ids of another start are known for what they are. */
  readonly epoch: string
  readonly feed?: Pick<FeedOptions, 'ring' | 'heartbeat' | 'backlog'>
}

/** Streams at once; one more ends the oldest. */
const MOST_STREAMS = 8
/** Between two states, in milliseconds. */
const STATE_PAUSE = 100
/** In characters. The state of a full house is some hundred thousand. */
const BACKLOG = 1024 * 1024

const STATE = 'state'

export class LocalEventFeed {
  readonly #options: LocalEventsOptions
  readonly #feed: EventFeed
  readonly #streams = new Set<AbortController>()
  /** The last state that was published, without its id, as JSON. */
  #shown: string | undefined
  #shownAt = -Infinity
  #cancelPublishing: (() => void) | undefined

  constructor(options: LocalEventsOptions) {
    this.#options = options
    this.#feed = new EventFeed(options.epoch, options.clock, {
      backlog: BACKLOG,
      ...options.feed,
      replaces: (topic) => topic === STATE,
    })
  }

  /** Tells readers what the peer tells. */
  show(event: ChatEvent): void {
    if (event.kind === 'datagram') return
    const { view } = this.#options
    view.take(event)
    const news = view.news(event)
    if (news !== undefined) this.tell(news)
    this.changed()
  }

  /** Tells readers what the peer does not tell. */
  tell({ event, data }: LocalNews): void {
    this.#feed.publish(event, event, data)
  }

  /** Something of the state may have changed: readers are told soon. */
  changed(): void {
    if (this.#cancelPublishing !== undefined || this.#feed.readers === 0) return
    const { clock } = this.#options
    const wait = Math.max(0, this.#shownAt + STATE_PAUSE - clock.now())
    this.#cancelPublishing = clock.after(wait, () => {
      this.#publishState()
    })
  }

  state(): LocalState {
    return this.#options.view.state(this.#feed.lastId)
  }

  #publishState(): void {
    this.#cancelPublishing?.()
    this.#cancelPublishing = undefined
    const state = this.state()
    // What was read is told by events of its own.
    const shown = JSON.stringify({ ...state, eventId: '', read: [] })
    if (shown === this.#shown) return
    this.#shown = shown
    this.#shownAt = this.#options.clock.now()
    this.#feed.publish(STATE, STATE, state)
  }

  /** The endless answer to GET /api/events. */
  answer(request: Request, { signal }: Context): Response {
    // While nobody read, the state was not published.
    this.#publishState()
    const lastId = request.headers.get('last-event-id') ?? formFields(request.query)['since']
    const ending = new AbortController()
    const answer = this.#feed.answerSince(
      lastId,
      AbortSignal.any([signal, ending.signal]),
      () => true,
      () => [{ event: STATE, data: JSON.stringify(this.state()) }],
    )
    return { ...answer, body: this.#counted(answer.body, ending) }
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Ends every stream. */
  close(): void {
    this.#cancelPublishing?.()
    this.#feed.close()
  }

  async *#counted(body: AsyncIterable<string>, ending: AbortController): AsyncGenerator<string> {
    this.#streams.add(ending)
    const [oldest] = this.#streams
    if (this.#streams.size > MOST_STREAMS) oldest?.abort()
    try {
      yield* body
    } finally {
      this.#streams.delete(ending)
    }
  }
}
