/**
 * What the tests of the tracker share: requests as raw bytes, a feed reader, and a peer
 * that behaves as the first programs of this family do.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { Tracker, type TrackerOptions } from '../../src/tracker/tracker.ts'
import { ManualClock } from '../support/clock.ts'

/** Any JSON object of an answer. */
export type Json = Record<string, unknown>

/** A tracker on a free port whose rates are in nobody's way, and the clock it goes by. */
export async function startTracker(options: Partial<TrackerOptions> = {}) {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const tracker = await Tracker.start({
    host: '127.0.0.1',
    port: 0,
    clock,
    requests: { perSecond: 1, burst: 1e9 },
    registrations: { perSecond: 1, burst: 1e9 },
    onError: (error) => errors.push(error),
    ...options,
  })
  return {
    tracker,
    clock,
    /** What the tracker reported as mistakes of its own. */
    errors,
    port: tracker.address.port,
    [Symbol.asyncDispose]: () => tracker.close(),
  }
}

// --- requests ---------------------------------------------------------------------------------------

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The body as JSON; an empty object when there is none. */
  readonly json: Json
  /** The whole answer, head included, in bytes. */
  readonly bytes: number
}

export interface Question {
  readonly method?: string
  readonly target: string
  /** An object is sent as JSON, text as it is. */
  readonly body?: object | string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One request on a connection of its own, read to the end of the answer. */
export async function ask(port: number, question: Question): Promise<Answer> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.write(encode(question, { Connection: 'close' }))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return parseAnswer(Buffer.concat(chunks))
}

/** POST with a JSON body. */
export function post(port: number, target: string, body: object | string): Promise<Answer> {
  return ask(port, { method: 'POST', target, body })
}

export function get(port: number, target: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(port, { target, headers })
}

function encode(
  { method, target, body, type, headers }: Question,
  more: Record<string, string> = {},
): string {
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const framing: Record<string, string> =
    text === undefined
      ? {}
      : { 'Content-Type': type ?? 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }
  const fields = { Host: '127.0.0.1', ...framing, ...headers, ...more }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const verb = method ?? (text === undefined ? 'GET' : 'POST')
  return `${verb} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${text ?? ''}`
}

function parseAnswer(bytes: Buffer): Answer {
  const all = bytes.toString()
  const end = all.indexOf('\r\n\r\n')
  if (end === -1) throw new Error(`no answer: ${JSON.stringify(all.slice(0, 100))}`)
  const [line = '', ...fields] = all.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    }),
  )
  const text = all.slice(end + 4)
  const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {}
  return { status: Number(line.split(' ')[1]), headers, text, json, bytes: bytes.length }
}

// --- feeds ------------------------------------------------------------------------------------------

export interface FeedEvent {
  readonly id: string
  readonly event: string
  readonly data: Json
}

/** A reader of `GET /events`. */
export class Feed {
  readonly events: FeedEvent[] = []
  readonly #abort = new AbortController()
  #rest = ''

  /** Resolves when the tracker has answered. */
  static async open(port: number, query: string, headers: Record<string, string> = {}): Promise<Feed> {
    const feed = new Feed()
    const url = `http://127.0.0.1:${port}/events?${query}`
    const response = await fetch(url, { headers, signal: feed.#abort.signal })
    if (response.status !== 200 || response.body === null) throw new Error(`answered ${response.status}`)
    void feed.#read(response.body.getReader()).catch(() => undefined)
    return feed
  }

  get told(): string[] {
    return this.events.map(({ event, data }) => {
      const peer = data['peer'] as { name: string } | undefined
      return [event, data['channel'], ...(peer === undefined ? [] : [peer.name])].join(' ')
    })
  }

  /** Breaks the connection. */
  close(): void {
    this.#abort.abort()
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (this.#rest + decoder.decode(value, { stream: true })).split('\n\n')
      this.#rest = blocks.pop() ?? ''
      for (const block of blocks) this.#block(block)
    }
  }

  #block(block: string): void {
    const fields = block.split('\n').map((line) => line.split(/: (.*)/s))
    const field = (wanted: string): string | undefined => fields.find(([name]) => name === wanted)?.[1]
    const data = field('data')
    if (data === undefined) return
    this.events.push({ id: field('id') ?? '', event: field('event') ?? '', data: JSON.parse(data) as Json })
  }
}

// --- the first programs -----------------------------------------------------------------------------

export interface SeedPeerOptions {
  /** What it answers to a message; a good answer when it is left out. */
  readonly answer?: string
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'

/**
 * A peer as the first programs are: a connection for each request, `Host: 127.0.0.1` without a port, no
 * Connection field, and one recv(8192) for a request or an answer. What comes later it never sees. It sends
 * no ids and no heartbeats.
 */
export class SeedPeer {
  readonly name: string
  /** What was posted to it. */
  readonly inbox: Json[] = []
  readonly #listener: Server
  readonly #tracker: number
  readonly #open = new Set<Socket>()

  private constructor(name: string, tracker: number, { answer = OK }: SeedPeerOptions) {
    this.name = name
    this.#tracker = tracker
    this.#listener = createServer((socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
      socket.on('error', () => undefined)
      socket.once('data', (received) => {
        this.#take(received.subarray(0, 8192).toString())
        socket.end(answer)
      })
    })
  }

  static async start(name: string, tracker: number, options: SeedPeerOptions = {}): Promise<SeedPeer> {
    const peer = new SeedPeer(name, tracker, options)
    await new Promise<void>((resolve) => peer.#listener.listen(0, '127.0.0.1', resolve))
    return peer
  }

  get info() {
    const { address, port } = this.#listener.address() as AddressInfo
    return { ip: address, port, name: this.name }
  }

  get id(): string {
    return `${this.info.ip}:${this.info.port}`
  }

  register(): Promise<Json> {
    return this.request('/submit-info', this.info)
  }

  join(channel: string): Promise<Json> {
    return this.request('/add-list', { channel, peer: this.info })
  }

  list(channel?: string): Promise<Json> {
    return this.request(channel === undefined ? '/get-list' : `/get-list?channel=${channel}`)
  }

  send(channel: string, message: string): Promise<Json> {
    return this.request('/broadcast-peer', { from: this.info, channel, message })
  }

  /** One recv(8192), and what is in it must be a whole answer. */
  async request(target: string, body?: object): Promise<Json> {
    const socket = connect({ host: '127.0.0.1', port: this.#tracker })
    socket.write(encode({ target, ...(body === undefined ? {} : { body }) }))
    const received = await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve)
      socket.once('error', reject)
      socket.once('end', () => {
        reject(new Error('closed without an answer'))
      })
    })
    socket.destroy()
    return parseAnswer(received.subarray(0, 8192)).json
  }

  /** Its process ends: nothing listens there any more. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#listener.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#listener.listening) await this.close()
  }

  #take(request: string): void {
    const body = request.slice(request.indexOf('\r\n\r\n') + 4)
    if (request.startsWith('POST ')) this.inbox.push(JSON.parse(body) as Json)
  }
}
