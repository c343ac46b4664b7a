/**
 * One event stream for all tabs of a browser, because browsers open at most six connections to a server and a stream
 * occupies one. The leading tab holds a lock, reads the stream and broadcasts everything. When it closes, the next tab
 * gets the lock and continues after the last event it received.
 *
 * Browsers have locks on localhost and over HTTPS only. Without them each visible tab has its own stream, and hidden
 * tabs have none.
 */
import type { ServerEvent } from '../model/event-text.ts'
import type { Api } from './api.ts'
import { locksHere } from './locks.ts'
import { Stream, type StreamListener } from './stream.ts'

/** A leading tab that broadcasts nothing for this long, not even heartbeats, is stuck. In milliseconds. */
const STUCK = 50_000
const LOOK_EVERY = 10_000

/** The messages between tabs. */
type Passed =
  | { readonly kind: 'opened' | 'alive' | 'refused' | 'wake' }
  | { readonly kind: 'lost'; readonly attempts: number }
  | { readonly kind: 'event'; readonly event: ServerEvent; readonly isGap: boolean }

export class SharedStream {
  readonly #api: Api
  readonly #listener: StreamListener
  #lastId: string
  #stream: Stream | undefined
  /** The token is wrong: no tab needs to try again. */
  #isOver = false

  /** `name`: the same for all tabs that have the same token. */
  constructor(api: Api, name: string, lastId: string, listener: StreamListener) {
    this.#api = api
    this.#lastId = lastId
    this.#listener = listener
    const locks = locksHere()
    if (locks === undefined || typeof BroadcastChannel === 'undefined') this.#runWhileVisible()
    else this.#takePart(name, locks)
  }

  /** This tab reads the stream: effects that must happen once for all tabs happen here. */
  get isLeading(): boolean {
    return this.#stream !== undefined
  }

  /** Ends the pause before the next attempt, in whichever tab leads. */
  wake: () => void = () => undefined

  #takePart(name: string, locks: LockManager): void {
    const channel = new BroadcastChannel(name)
    let heardAt = performance.now()
    channel.onmessage = ({ data }: MessageEvent<Passed>) => {
      if (data.kind === 'wake') this.#stream?.wake()
      else if (this.#stream === undefined) {
        heardAt = performance.now()
        this.#hear(data)
      }
    }
    const pass = (passed: Passed): void => {
      this.#hear(passed)
      channel.postMessage(passed)
    }
    const lead = (steal: boolean): void => {
      locks
        .request(name, { steal }, () => this.#run(listenerThat(pass)))
        .catch(() => {
          // Another tab stole the lock because this one was stuck.
          this.#stop()
          heardAt = performance.now()
          lead(false)
        })
    }
    lead(false)
    this.wake = () => {
      this.#stream?.wake()
      channel.postMessage({ kind: 'wake' } satisfies Passed)
    }
    setInterval(() => {
      const isStuck = this.#stream === undefined && performance.now() - heardAt > STUCK
      if (isStuck && document.visibilityState === 'visible') lead(true)
    }, LOOK_EVERY)
  }

  #runWhileVisible(): void {
    const look = (): void => {
      if (document.visibilityState === 'hidden') this.#stop()
      else if (this.#stream === undefined)
        void this.#run(
          listenerThat((passed) => {
            this.#hear(passed)
          }),
        )
    }
    document.addEventListener('visibilitychange', look)
    this.wake = () => this.#stream?.wake()
    look()
  }

  #run(listener: StreamListener): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    this.#stream = new Stream(this.#api, this.#lastId, listener)
    return this.#stream.run()
  }

  #stop(): void {
    this.#stream?.stop()
    this.#stream = undefined
  }

  #hear(passed: Passed): void {
    switch (passed.kind) {
      case 'opened':
        this.#listener.opened()
        return
      case 'alive':
        this.#listener.alive()
        return
      case 'lost':
        this.#listener.lost(passed.attempts)
        return
      case 'refused':
        this.#isOver = true
        this.#listener.refused()
        return
      case 'event':
        this.#lastId = passed.event.id
        this.#listener.event(passed.event, passed.isGap)
        return
      case 'wake':
        return
    }
  }
}

function listenerThat(pass: (passed: Passed) => void): StreamListener {
  return {
    opened: () => {
      pass({ kind: 'opened' })
    },
    alive: () => {
      pass({ kind: 'alive' })
    },
    event: (event, isGap) => {
      pass({ kind: 'event', event, isGap })
    },
    lost: (attempts) => {
      pass({ kind: 'lost', attempts })
    },
    refused: () => {
      pass({ kind: 'refused' })
    },
  }
}
