/** The event stream of the local peer, opened again whenever it breaks. */
import { backOff } from '../model/back-off.ts'
import { EventText, type ServerEvent } from '../model/event-text.ts'
import { Refusal, type Api } from './api.ts'
import { Backoff } from './backoff.ts'

/** The local peer sends something every 15 s: a stream that is silent for this long, in milliseconds, is dead. */
const SILENCE = 40_000
/** A stream that lasted this long, in milliseconds, resets the number of attempts. */
const STABLE = 5_000

export interface StreamListener {
  opened(): void
  /** Something arrived, perhaps only a heartbeat. */
  alive(): void
  /** `isGap`: earlier events may be missing. */
  event(event: ServerEvent, isGap: boolean): void
  lost(attempts: number): void
  /** The token is wrong; it is not tried again. */
  refused(): void
}

export class Stream {
  readonly #api: Api
  readonly #listener: StreamListener
  readonly #stop = new AbortController()
  #lastId: string
  #attempts = 0
  readonly #pause = new Backoff()

  constructor(api: Api, lastId: string, listener: StreamListener) {
    this.#api = api
    this.#lastId = lastId
    this.#listener = listener
  }

  /** Ends when stop() is called, or when the token is wrong. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#read()
      } catch (error) {
        if (error instanceof Refusal && error.status === 401) {
          this.#listener.refused()
          return
        }
      }
      if (this.#isStopped()) return
      this.#attempts++
      this.#listener.lost(this.#attempts)
      await this.#pause.take(backOff(this.#attempts - 1, Math.random()))
    }
  }

  /** Ends the pause before the next attempt. */
  wake(): void {
    this.#pause.end()
  }

  stop(): void {
    this.#stop.abort()
    this.#pause.end()
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #read(): Promise<void> {
    const connection = new AbortController()
    const signal = AbortSignal.any([connection.signal, this.#stop.signal])
    const openedAt = performance.now()
    let watchdog = 0
    const alive = (): void => {
      clearTimeout(watchdog)
      watchdog = window.setTimeout(() => {
        connection.abort()
      }, SILENCE)
    }
    alive()
    try {
      const body = await this.#api.events(this.#lastId, signal)
      this.#listener.opened()
      const text = new EventText(this.#lastId)
      let isFirst = true
      for await (const piece of pieces(body)) {
        alive()
        this.#listener.alive()
        for (const event of text.push(piece)) {
          this.#lastId = event.id
          this.#listener.event(event, isFirst && event.event === 'state')
          isFirst = false
        }
      }
    } finally {
      clearTimeout(watchdog)
      connection.abort()
      if (performance.now() - openedAt > STABLE) this.#attempts = 0
    }
  }
}

async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read())
    yield decoder.decode(next.value, { stream: true })
}
