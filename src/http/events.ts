/**
 * Server-sent events to many readers: ids, replay after Last-Event-ID from a bounded ring, heartbeats. A reader that does
 * not read is cut when its backlog is full.
 */
import { HEARTBEAT, encodeEvent, type ServerSentEvent } from './event-stream.ts'
import type { Clock } from './transport/clock.ts'
import type { Request, Response } from './message.ts'

export interface FeedOptions {
  /** Events kept for readers that come back. */
  readonly ring?: number
  /** Between heartbeats, in milliseconds. */
  readonly heartbeat?: number
  /** Characters that may wait for one reader; then it is cut and may come back for a replay. */
  readonly backlog?: number
  /** Topics of which only the last event is kept: each event replaces the one before. */
  readonly replaces?: (topic: string) => boolean
}

interface Reader {
  readonly wants: (topic: string) => boolean
  readonly write: (text: string) => void
}

interface Published {
  readonly number: number
  readonly topic: string
  readonly text: string
}

export class EventFeed {
  readonly #options: Required<FeedOptions>
  readonly #readers = new Set<Reader>()
  readonly #ring: Published[] = []
  /** Ids are `epoch-number`: after a restart an old id must not be taken for a place in the new ring. */
  readonly #epoch: string
  readonly #clock: Clock
  #number = 0
  #closed = false

  constructor(epoch: string, clock: Clock, options: FeedOptions = {}) {
    this.#epoch = epoch
    this.#clock = clock
    const replaces = (): boolean => false
    this.#options = { ring: 1_000, heartbeat: 15_000, backlog: 256 * 1024, replaces, ...options }
  }

  get readers(): number {
    return this.#readers.size
  }

  /** The id of the last event, or of the beginning. */
  get lastId(): string {
    return `${this.#epoch}-${this.#number}`
  }

  /** Sends an event to every reader that wants its topic. */
  publish(topic: string, event: string, value: unknown): void {
    const number = ++this.#number
    const text = encodeEvent({ id: `${this.#epoch}-${number}`, event, data: JSON.stringify(value) })
    if (this.#options.replaces(topic)) this.#drop(topic)
    this.#ring.push({ number, topic, text })
    if (this.#ring.length > this.#options.ring) this.#ring.shift()
    for (const reader of this.#readers) {
      if (reader.wants(topic)) reader.write(text)
    }
  }

  /**
   * The endless answer for a reader. One that was here before (Last-Event-ID) gets what it missed; one that
   * is new, or was away for too long, gets `first` instead: the state of things as events.
   */
  answer(
    request: Request,
    signal: AbortSignal,
    wants: (topic: string) => boolean,
    first: () => readonly Omit<ServerSentEvent, 'id'>[],
  ): Response {
    return this.answerSince(request.headers.get('last-event-id'), signal, wants, first)
  }

  /** As answer(), for a reader whose last event is known in another way. */
  answerSince(
    lastId: string | undefined,
    signal: AbortSignal,
    wants: (topic: string) => boolean,
    first: () => readonly Omit<ServerSentEvent, 'id'>[],
  ): Response & { readonly body: AsyncIterable<string> } {
    const start = (): string => this.#missed(lastId, wants) ?? this.#state(first())
    return {
      status: 200,
      headers: {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
      body: this.#stream(start, wants, signal),
      endless: true,
    }
  }

  /** Ends every stream, after what was published before. */
  close(): void {
    this.#closed = true
    for (const reader of this.#readers) reader.write('')
  }

  #drop(topic: string): void {
    const before = this.#ring.findLastIndex((published) => published.topic === topic)
    if (before !== -1) this.#ring.splice(before, 1)
  }

  #state(events: readonly Omit<ServerSentEvent, 'id'>[]): string {
    const id = this.lastId
    return events.map((event) => encodeEvent({ ...event, id })).join('') + HEARTBEAT
  }

  #missed(lastId: string | undefined, wants: (topic: string) => boolean): string | undefined {
    if (lastId?.startsWith(`${this.#epoch}-`) !== true) return undefined
    const digits = lastId.slice(this.#epoch.length + 1)
    const last = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : -1
    const oldest = this.#ring[0]?.number ?? this.#number + 1
    if (last < oldest - 1 || last < 0 || last > this.#number) return undefined
    const missed = this.#ring.filter(({ number, topic }) => number > last && wants(topic))
    return HEARTBEAT + missed.map(({ text }) => text).join('')
  }

  async *#stream(
    start: () => string,
    wants: (topic: string) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { backlog } = this.#options
    const beginning = start()
    let waiting = ''
    let wake: () => void = () => undefined
    const stop = (): void => {
      wake()
    }
    const reader: Reader = {
      wants,
      write: (text) => {
        // Over the backlog the reader will be cut, and nothing more is kept for it.
        if (waiting.length <= backlog) waiting += text
        wake()
      },
    }
    let cancelHeartbeat = (): void => undefined
    const planHeartbeat = (): void => {
      cancelHeartbeat = this.#clock.after(this.#options.heartbeat, () => {
        planHeartbeat()
        reader.write(HEARTBEAT)
      })
    }
    planHeartbeat()
    this.#readers.add(reader)
    signal.addEventListener('abort', stop)
    try {
      yield beginning
      while (!signal.aborted && waiting.length <= backlog) {
        const text = waiting
        waiting = ''
        if (text !== '') yield text
        else if (this.#closed) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      cancelHeartbeat()
      signal.removeEventListener('abort', stop)
      this.#readers.delete(reader)
    }
  }
}
