/** A reader of a stream of server-sent events, over fetch(): a client that shares only the event grammar with ours. */
import { onTestFinished } from 'vitest'
import { EventStreamParser, type ServerSentEvent } from '../../src/http/event-stream.ts'
import { until } from './wait.ts'
import type { Json } from './ask.ts'

const MAX_EVENT_BYTES = 4 * 1024 * 1024

export class EventReader {
  readonly events: ServerSentEvent[] = []
  /** The server has ended the stream. */
  ended = false
  readonly #abort = new AbortController()

  /** Resolves when the answer has begun; throws when it is not 200. Closed after the test. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const reader = new EventReader()
    onTestFinished(() => {
      reader.close()
    })
    const response = await fetch(url, { headers, signal: reader.#abort.signal })
    if (response.status !== 200 || response.body === null) throw new Error(`answered ${response.status}`)
    void reader.#read(response.body).catch(() => undefined)
    return reader
  }

  /** The events so far, with their data as JSON. */
  get parsed(): { readonly id: string | undefined; readonly event: string; readonly data: Json }[] {
    return this.events.map(({ id, event, data }) => ({ id, event, data: JSON.parse(data) as Json }))
  }

  /** The data of the events of a kind. */
  of(event: string): Json[] {
    return this.parsed.filter((each) => each.event === event).map(({ data }) => data)
  }

  /** Waits for an event of this kind for which `isIt` holds. */
  async gets(event: string, isIt: (data: Json) => boolean = () => true): Promise<Json> {
    await until(() => this.of(event).some(isIt), `an event ${event}`)
    return this.of(event).find(isIt) ?? {}
  }

  /** Breaks the connection. */
  close(): void {
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventStreamParser(MAX_EVENT_BYTES)
    const decoder = new TextDecoder()
    for await (const bytes of body) this.events.push(...parser.push(decoder.decode(bytes, { stream: true })))
    this.ended = true
  }
}
