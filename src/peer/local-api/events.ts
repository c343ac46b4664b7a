/**
 * The event feed of the local API: messages, delivery updates, notices, and the whole state whenever something in it has
 * changed. https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * A state that equals the last published one is not published again, and while nobody reads none is.
 */
import { EventFeed, type FeedOptions } from '../../http/events.ts'
import { formFields } from '../../http/body.ts'
import type { Clock } from '../../chat/clock.ts'
import type { LocalState } from '../../chat/wire/local-api.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { Context, Request, Response } from '../../http/message.ts'
import type { LocalUpdate, Presenter } from './presenter.ts'

export interface LocalEventsOptions {
  readonly view: Presenter
  readonly clock: Clock
  /** New at each start, so that ids of an earlier start are recognised. */
  readonly epoch: string
  readonly feed?: Pick<FeedOptions, 'ring' | 'heartbeat' | 'backlog'>
}

/** Open at the same time; one more ends the oldest. */
const MAX_STREAMS = 8
/** Between two states, in milliseconds. */
const STATE_INTERVAL = 100
/** In characters. The state with many hundred people is some hundred thousand. */
const BACKLOG = 1024 * 1024

const STATE = 'state'

export class LocalEventFeed {
  readonly #options: LocalEventsOptions
  readonly #feed: EventFeed
  readonly #streams = new Set<AbortController>()
  /** The last published state without its id, as JSON. */
  #published: string | undefined
  #publishedAt = -Infinity
  #cancelPublishing: (() => void) | undefined

  constructor(options: LocalEventsOptions) {
    this.#options = options
    this.#feed = new EventFeed(options.epoch, options.clock, {
      backlog: BACKLOG,
      ...options.feed,
      replaces: (topic) => topic === STATE,
    })
  }

  /** Takes what the peer emits. */
  show(event: ChatEvent): void {
    if (event.kind === 'datagram') return
    const { view } = this.#options
    view.take(event)
    const update = view.update(event)
    if (update !== undefined) this.publish(update)
    this.changed()
  }

  /** Takes what the peer does not emit. */
  publish({ event, data }: LocalUpdate): void {
    this.#feed.publish(event, event, data)
  }

  /** Something in the state may have changed: it is published soon. */
  changed(): void {
    if (this.#cancelPublishing !== undefined || this.#feed.readers === 0) return
    const { clock } = this.#options
    const wait = Math.max(0, this.#publishedAt + STATE_INTERVAL - clock.now())
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
    // Read marks have events of their own.
    const json = JSON.stringify({ ...state, eventId: '', read: [] })
    if (json === this.#published) return
    this.#published = json
    this.#publishedAt = this.#options.clock.now()
    this.#feed.publish(STATE, STATE, state)
  }

  /** The endless answer to GET /api/events. */
  answer(request: Request, { signal }: Context): Response {
    // Without readers no state was published.
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
    if (this.#streams.size > MAX_STREAMS) oldest?.abort()
    try {
      yield* body
    } finally {
      this.#streams.delete(ending)
    }
  }
}
