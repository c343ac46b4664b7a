/** One event stream for all tabs: one leads, all hear, and another one takes over. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Refusal, type Api } from '../../../src/web/net/api.ts'
import { SharedStream } from '../../../src/web/net/shared-stream.ts'

/** Messages reach every other channel of the same name at once. */
class FakeChannel {
  static readonly all = new Set<FakeChannel>()
  name: string
  onmessage: ((event: { readonly data: unknown }) => void) | undefined

  constructor(name: string) {
    this.name = name
    FakeChannel.all.add(this)
  }

  postMessage(data: unknown): void {
    for (const other of FakeChannel.all)
      if (other !== this && other.name === this.name) other.onmessage?.({ data })
  }
}

interface LockRequest {
  readonly work: () => Promise<void>
  readonly lose: (reason: Error) => void
}

/** One exclusive lock, which requests get in order. */
class FakeLocks {
  #holder: LockRequest | undefined
  readonly #queue: LockRequest[] = []

  request(_name: string, { steal }: { steal: boolean }, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const request: LockRequest = {
        work: () => work().then(resolve, reject),
        lose: reject,
      }
      if (steal) {
        this.#holder?.lose(new Error('stolen'))
        this.#hold(request)
      } else if (this.#holder === undefined) this.#hold(request)
      else this.#queue.push(request)
    })
  }

  /** The tab that holds the lock is closed. */
  release(): void {
    this.#holder = undefined
    const next = this.#queue.shift()
    if (next !== undefined) this.#hold(next)
  }

  #hold(request: LockRequest): void {
    this.#holder = request
    void request.work().then(() => {
      if (this.#holder === request) this.release()
    })
  }
}

interface Opened {
  readonly lastId: string
  readonly send: (id: string) => void
  readonly end: () => void
  readonly isOpen: () => boolean
}

/** Opens a stream for every request, until it is told to refuse. */
class Server {
  readonly opened: Opened[] = []
  isTokenRight = true

  get api(): Api {
    const events = (lastId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
      if (!this.isTokenRight) return Promise.reject(new Refusal(401, { text: '', field: undefined }))
      return Promise.resolve(
        new ReadableStream<Uint8Array>({
          start: (controller) => {
            const encoder = new TextEncoder()
            const send = (id: string): void => {
              controller.enqueue(encoder.encode(`event: message\nid: ${id}\ndata: {}\n\n`))
            }
            signal.addEventListener('abort', () => {
              controller.error(new Error('aborted'))
            })
            const end = (): void => {
              controller.close()
            }
            this.opened.push({ lastId, send, end, isOpen: () => !signal.aborted })
          },
        }),
      )
    }
    return { events } as unknown as Api
  }

  get streams(): number {
    return this.opened.filter(({ isOpen }) => isOpen()).length
  }
}

interface Tab {
  readonly stream: SharedStream
  readonly heard: string[]
}

let server: Server
let locks: FakeLocks
const page = { visibilityState: 'visible', listeners: new Set<() => void>() }

beforeEach(() => {
  vi.useFakeTimers()
  FakeChannel.all.clear()
  server = new Server()
  locks = new FakeLocks()
  page.visibilityState = 'visible'
  page.listeners.clear()
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  vi.stubGlobal('navigator', { locks })
  vi.stubGlobal('document', {
    get visibilityState() {
      return page.visibilityState
    },
    addEventListener: (_name: string, listener: () => void) => page.listeners.add(listener),
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

async function openTab(lastId = 'e-0'): Promise<Tab> {
  const heard: string[] = []
  const stream = new SharedStream(server.api, 'parley.1', lastId, {
    opened: () => heard.push('opened'),
    alive: () => undefined,
    event: ({ id }) => heard.push(id),
    lost: (attempts) => heard.push(`lost ${attempts}`),
    refused: () => heard.push('refused'),
  })
  await after(0)
  return { stream, heard }
}

describe('with locks', () => {
  test('the first tab reads, all hear', async () => {
    const tabs = [await openTab(), await openTab(), await openTab()]
    expect(server.opened).toHaveLength(1)
    expect(tabs.map(({ stream }) => stream.isLeading)).toEqual([true, false, false])
    server.opened[0]?.send('e-1')
    await after(0)
    for (const { heard } of tabs) expect(heard).toContain('e-1')
  })

  test('when the leading tab is closed, the next one continues after the last event', async () => {
    await openTab()
    const second = await openTab()
    server.opened[0]?.send('e-1')
    await after(0)
    locks.release()
    await after(0)
    expect(second.stream.isLeading).toBe(true)
    expect(server.opened.map(({ lastId }) => lastId)).toEqual(['e-0', 'e-1'])
  })

  test('a leading tab that broadcasts nothing loses the lock to a visible one', async () => {
    const first = await openTab()
    const second = await openTab()
    // A frozen tab neither hears nor sends.
    const [frozen] = FakeChannel.all
    if (frozen !== undefined) frozen.name = 'frozen'
    page.visibilityState = 'hidden'
    await after(120_000)
    expect(second.stream.isLeading, 'hidden').toBe(false)
    page.visibilityState = 'visible'
    await after(20_000)
    expect(second.stream.isLeading).toBe(true)
    expect(first.stream.isLeading).toBe(false)
  })

  test('all tabs hear that the token is wrong, and none tries again', async () => {
    const tabs = [await openTab(), await openTab()]
    server.isTokenRight = false
    server.opened[0]?.end()
    await after(2_000)
    for (const { heard } of tabs) expect(heard.at(-1)).toBe('refused')
    server.isTokenRight = true
    await after(120_000)
    expect(server.opened).toHaveLength(1)
  })
})

describe('without locks', () => {
  beforeEach(() => {
    vi.stubGlobal('navigator', {})
  })

  async function setVisible(isVisible: boolean): Promise<void> {
    page.visibilityState = isVisible ? 'visible' : 'hidden'
    for (const listener of page.listeners) listener()
    await after(0)
  }

  test('each visible tab has a stream', async () => {
    await openTab()
    await openTab()
    expect(server.streams).toBe(2)
  })

  test('a hidden tab has none, and continues when it is visible again', async () => {
    const { heard } = await openTab()
    server.opened[0]?.send('e-1')
    await after(0)
    await setVisible(false)
    expect(server.streams).toBe(0)
    await setVisible(true)
    expect(server.opened.map(({ lastId }) => lastId)).toEqual(['e-0', 'e-1'])
    expect(heard).toEqual(['opened', 'e-1', 'opened'])
  })
})
