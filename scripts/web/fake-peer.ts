/**
 * A stand-in for a peer's local API, on node:http, for the page to be tried with: with people and messages, and with
 * failures on demand. It checks what the page has to send (token, content type), and serves the built page with the
 * headers that a peer serves it with.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  LocalEvents,
  LocalMessage,
  LocalPage,
  LocalRefusal,
  LocalState,
} from '../../src/chat/wire/local-api.ts'
import { delivered, firstState, messageOf, type Line } from './fake-world.ts'

const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url))
const RING = 1_000

const SAFE = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

type Answer = { readonly status: number; readonly body: unknown }

export interface FakeOptions {
  readonly lines?: readonly Line[]
  readonly port?: number
  /** As it was before; another one stands for a peer that was started again. */
  readonly token?: string
  /** Unix time in milliseconds at which everything is said. */
  readonly now?: number
  /** The directory of the built page. */
  readonly pages?: string
}

export class FakePeer {
  token: string
  readonly messages: LocalMessage[] = []
  readonly pictures = new Map<string, { readonly type: string; readonly bytes: Buffer }>()
  /** What came in, newest last: `POST /api/messages`. */
  readonly requests: string[] = []
  /** The refusal of the next requests of that path. */
  readonly refusals = new Map<string, Answer>()
  /** Whether Bob cannot be reached with it. */
  isFailing = (text: string): boolean => text.includes('FAIL')
  /** The next messages are taken, but their answers are lost. */
  loseAnswers = 0
  state: LocalState
  port = 0
  readonly #pages: string
  readonly #now: () => number
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  readonly #ring: { readonly id: number; readonly text: string }[] = []
  #eventId = 0
  #messageId = 0

  private constructor(options: FakeOptions) {
    this.token = options.token ?? randomBytes(32).toString('base64url')
    this.#pages = options.pages ?? BUILT
    this.#now = () => options.now ?? Date.now()
    const now = this.#now()
    for (const line of options.lines ?? []) this.messages.push(messageOf(line, ++this.#messageId, now))
    this.messages.sort((one, other) => one.at - other.at)
    this.state = firstState(this.#keepPicture(PICTURE, 'image/png'))
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
  }

  static async start(options: FakeOptions = {}): Promise<FakePeer> {
    const peer = new FakePeer(options)
    await new Promise<void>((resolve) => peer.#server.listen(options.port ?? 0, '127.0.0.1', resolve))
    const address = peer.#server.address()
    if (address !== null && typeof address === 'object') peer.port = address.port
    return peer
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get url(): string {
    return `${this.origin}/chat#token=${this.token}`
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Somebody says something. */
  say(line: Line): LocalMessage {
    const message = messageOf(line, ++this.#messageId, this.#now())
    this.messages.push(message)
    this.tell('message', message)
    return message
  }

  change(change: Partial<LocalState>): void {
    this.state = { ...this.state, ...change }
    this.#tellState()
  }

  tell<Name extends keyof LocalEvents>(event: Name, data: LocalEvents[Name]): void {
    const id = ++this.#eventId
    const text = `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
    this.#ring.push({ id, text })
    if (this.#ring.length > RING) this.#ring.shift()
    for (const stream of this.#streams) stream.write(text)
  }

  /** Every event stream breaks. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  /** So many events of before are forgotten, as after a long absence. */
  forgetEvents(): void {
    this.#ring.length = 0
    this.#eventId += 10
  }

  /** Listens again, where it did, after stop(). */
  async comeBack(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin)
    const name = `${request.method ?? ''} ${pathname}`
    if (!pathname.startsWith('/api/')) {
      this.#sendFile(pathname, response)
      return
    }
    this.requests.push(name)
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      send(response, refused(401, 'unauthorized', 'the token is missing or wrong'))
      return
    }
    const refusal = this.refusals.get(pathname)
    if (refusal !== undefined) send(response, refusal)
    else if (name === 'GET /api/events') this.#openStream(request, response)
    else if (name.startsWith('GET /api/pictures/')) this.#sendPicture(pathname, response)
    else send(response, await this.#answer(name, searchParams, request), this.#isAnswerLost(name))
  }

  #isAnswerLost(name: string): boolean {
    if (name !== 'POST /api/messages' || this.loseAnswers === 0) return false
    this.loseAnswers--
    return true
  }

  async #answer(name: string, query: URLSearchParams, request: IncomingMessage): Promise<Answer> {
    if (name === 'GET /api/state') return ok({ ...this.state, eventId: String(this.#eventId) })
    if (name === 'GET /api/messages') return ok(this.#page(query))
    if (name === 'GET /api/search') return ok(this.#found(query))
    if (request.headers['content-type'] !== 'application/json')
      return refused(415, 'unsupported_type', 'application/json only')
    const fields = await bodyOf(request)
    if (name === 'POST /api/messages') return this.#say(fields)
    if (name === 'PUT /api/read') return this.#markRead(fields)
    if (name === 'POST /api/retry') return this.#retry()
    if (name === 'POST /api/channels') return this.#join(text(fields['name']))
    if (name === 'POST /api/profile') return this.#setProfile(fields)
    if (name.startsWith('DELETE /api/channels/'))
      return this.#part(name.slice('DELETE /api/channels/'.length))
    return refused(404, 'not_found', 'there is no such endpoint')
  }

  #page(query: URLSearchParams): LocalPage {
    const conversation = query.get('conversation')
    const all = this.messages.filter((message) => message.conversation === conversation)
    const limit = Number(query.get('limit') ?? 50)
    const [around, after] = [query.get('around'), query.get('after')]
    const place = around === null ? Number(after) : all.filter(({ at }) => at < Number(around)).length
    if (around !== null || after !== null) {
      const start = around === null ? place : Math.max(0, place - limit / 2)
      const end = place + (around === null ? limit : limit / 2)
      return {
        messages: all.slice(start, end),
        before: around === null || start === 0 ? undefined : String(start),
        after: end >= all.length ? undefined : String(end),
      }
    }
    const end = Number(query.get('before') ?? all.length)
    const start = Math.max(0, end - limit)
    return { messages: all.slice(start, end), before: start === 0 ? undefined : String(start) }
  }

  #markRead(fields: Readonly<Record<string, unknown>>): Answer {
    const mark = { conversation: text(fields['conversation']), upTo: Number(fields['upTo']) }
    const others = this.state.read.filter(({ conversation }) => conversation !== mark.conversation)
    this.state = { ...this.state, read: [...others, mark] }
    this.tell('read', mark)
    return ok(mark)
  }

  #found(query: URLSearchParams): LocalPage {
    const words = (query.get('words') ?? '').toLowerCase().split(/\s+/)
    const conversation = query.get('conversation')
    const found = this.messages.filter(
      (message) =>
        (conversation === null || message.conversation === conversation) &&
        words.every((word) => message.text.toLowerCase().includes(word)),
    )
    return { messages: found.slice(-Number(query.get('limit') ?? 50)), before: undefined }
  }

  #say(fields: Readonly<Record<string, unknown>>): Answer {
    const words = text(fields['text'])
    if (words.length > 4096) return refused(422, 'invalid_field', 'text must have at most 4096 characters')
    if (words.includes('REFUSE')) return refused(422, 'invalid_field', 'this peer does not like this text')
    const id = text(fields['id'])
    const known = this.messages.find((message) => message.own && message.id === id)
    if (known !== undefined) return ok(known)
    const message = {
      ...messageOf({ from: this.state.self, text: words, ago: 0 }, ++this.#messageId, this.#now()),
      id,
      conversation: text(fields['conversation']),
      own: true,
      action: fields['action'] === true,
      delivery: delivered(5, { delivered: 0 }),
    }
    this.messages.push(message)
    this.tell('message', message)
    setTimeout(() => {
      this.#deliver(message)
    }, 40)
    return ok(message)
  }

  #deliver(message: LocalMessage): void {
    const failed = this.isFailing(message.text) ? [{ name: 'Bob', reason: 'no route to the host' }] : []
    const delivery = delivered(5, { delivered: 5 - failed.length, failed })
    this.#setDelivery(message, delivery)
  }

  #setDelivery({ key, conversation }: LocalMessage, delivery: NonNullable<LocalMessage['delivery']>): void {
    const place = this.messages.findIndex((known) => known.key === key)
    const known = this.messages[place]
    if (known !== undefined) this.messages[place] = { ...known, delivery }
    this.tell('delivery', { key, conversation, delivery })
  }

  #retry(): Answer {
    const failed = this.messages.filter(({ delivery }) => (delivery?.failed.length ?? 0) > 0)
    for (const message of failed) this.#setDelivery(message, delivered(5))
    return ok({ retried: failed.length })
  }

  #join(written: string): Answer {
    const name = written.replace(/^#/, '').toLowerCase()
    if (!/^[\p{L}\p{N}_.-]+$/u.test(name))
      return refused(400, 'invalid_field', 'channel must be letters, digits, "_", "." or "-"')
    const channel = { name, isGroup: false }
    if (!this.state.channels.some((known) => known.name === name))
      this.change({ channels: [...this.state.channels, channel] })
    return ok(channel)
  }

  #part(encoded: string): Answer {
    const name = decodeURIComponent(encoded)
    this.change({ channels: this.state.channels.filter((channel) => channel.name !== name) })
    return { status: 204, body: undefined }
  }

  #setProfile(fields: Readonly<Record<string, unknown>>): Answer {
    const { self } = this.state
    const name = text(fields['name'] ?? self.name)
    if (name.trim() === '') return refused(422, 'invalid_field', 'name must not be empty')
    const bytes = Buffer.from(text(fields['picture'] ?? ''), 'base64')
    if (bytes.length > 20 * 1024) return refused(413, 'too_large', 'a picture has at most 20 KiB')
    const isTakenAway = fields['picture'] === ''
    const shown = bytes.length === 0 ? self.picture : this.#keepPicture(bytes, 'image/webp')
    const picture = isTakenAway ? undefined : shown
    this.change({ self: { ...self, name, status: text(fields['status'] ?? self.status), picture } })
    return ok(this.state.self)
  }

  #keepPicture(bytes: Buffer, type: string): string {
    const hash = createHash('sha256').update(bytes).digest('hex')
    this.pictures.set(hash, { type, bytes })
    return hash
  }

  #sendPicture(path: string, response: ServerResponse): void {
    const picture = this.pictures.get(path.slice('/api/pictures/'.length))
    if (picture === undefined) {
      send(response, refused(404, 'not_found', 'there is no such picture'))
      return
    }
    response.writeHead(200, { ...SAFE, 'Content-Type': picture.type, 'Cache-Control': 'no-store' })
    response.end(picture.bytes)
  }

  #openStream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...SAFE, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    const last = Number(request.headers['last-event-id'] ?? -1)
    const oldest = this.#ring[0]?.id ?? this.#eventId + 1
    if (last >= oldest - 1 && last <= this.#eventId)
      for (const { id, text } of this.#ring) if (id > last) response.write(text)
    if (last < oldest - 1 || last > this.#eventId) response.write(this.#stateText())
    response.write(': hello\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  #tellState(): void {
    this.tell('state', { ...this.state, eventId: String(this.#eventId + 1) })
  }

  #stateText(): string {
    const state = { ...this.state, eventId: String(this.#eventId) }
    return `event: state\nid: ${this.#eventId}\ndata: ${JSON.stringify(state)}\n\n`
  }

  #sendFile(path: string, response: ServerResponse): void {
    const isPage = path === '/' || path === '/chat'
    const file = isPage ? 'index.html' : normalize(path.replace(/^\/chat\//, '')).replace(/^(\.\.\/)+/, '')
    try {
      const bytes = readFileSync(join(this.#pages, file))
      const cache = isPage ? 'no-cache' : 'public, max-age=31536000, immutable'
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.writeHead(200, { ...SAFE, 'Content-Type': type, 'Cache-Control': cache })
      response.end(bytes)
    } catch {
      send(response, refused(404, 'not_found', 'there is no such file'))
    }
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}

export function refused(status: number, error: string, detail: string): Answer {
  return { status, body: { error, detail } satisfies LocalRefusal }
}

function send(response: ServerResponse, { status, body }: Answer, isLost = false): void {
  response.writeHead(status, { ...SAFE, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  // Not before the head: a browser repeats by itself what got no byte of an answer on a kept connection.
  if (isLost) response.write('{', () => response.destroy())
  else response.end(body === undefined ? '' : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const pieces: Buffer[] = []
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece)
  const value: unknown = JSON.parse(Buffer.concat(pieces).toString() || '{}')
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A picture of one blue pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkSPv/HwAEMAJpWqKmWAAAAABJRU5ErkJggg==',
  'base64',
)
