/**
 * What the tests of src/http share: raw sockets that see every byte, a reader of answers that owes nothing to
 * our own parser, servers on a free port of 127.0.0.1. Bytes are text of which each character is one byte.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Server, type ServerOptions } from '../../src/http/server.ts'
import type { Address, Handler, Request, Response } from '../../src/http/message.ts'

/** One end of a TCP connection, held by a test. */
export class RawSocket implements AsyncDisposable {
  readonly socket: Socket
  /** Everything that came, as Latin-1. */
  received = ''
  /** The other side has sent its FIN. */
  ended = false
  closed = false
  error: string | undefined
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('end', () => {
      this.ended = true
      this.#wake()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const raw = new RawSocket(socket)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return raw
  }

  /** Resolves when the kernel has the bytes. */
  async send(bytes: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, 'latin1', () => {
        resolve()
      })
    })
  }

  /** FIN: nothing more will be sent. */
  finish(): void {
    this.socket.end()
  }

  /** RST and no FIN, as when a machine restarts. resetAndDestroy() would send its FIN first. */
  reset(): void {
    Object.assign(this.socket, { resetAndClosing: true }).destroy()
  }

  /** Waits until what came fulfils a condition; fails when the other side ends before it does. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.received)) {
      if (this.ended || this.closed) throw new Error(`ended too early: ${JSON.stringify(this.received)}`)
      await this.#something()
    }
    return this.received
  }

  /** Acts as soon as what came fulfils a condition. A connection that ends before has asked for nothing. */
  when(condition: (received: string) => boolean, act: () => unknown): void {
    this.until(condition).then(act, () => undefined)
  }

  /** Waits for the FIN of the other side, or for the end of the connection. Returns everything that came. */
  async untilEnd(): Promise<string> {
    while (!this.ended && !this.closed) await this.#something()
    return this.received
  }

  async untilClosed(): Promise<string> {
    while (!this.closed) await this.#something()
    return this.received
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.untilClosed()
  }

  async #something(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

export interface Answer {
  readonly status: number
  readonly reason: string
  /** Names in lower case; several lines of one name joined with `, `. */
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The complete answers at the front of `bytes`, and what is left. `methods` are those of the requests, in
 * order: an answer to HEAD has no body. Throws for what is no HTTP/1.1 answer.
 */
export function readAnswers(
  bytes: string,
  methods: readonly string[] = [],
): { answers: Answer[]; rest: string } {
  const answers: Answer[] = []
  const asked = [...methods]
  let rest = bytes
  for (;;) {
    const head = rest.indexOf('\r\n\r\n')
    if (head === -1) return { answers, rest }
    const { status, reason, fields } = readHead(rest.slice(0, head))
    const bodiless = status < 200 || status === 204 || status === 304 || asked[0] === 'HEAD'
    const body = bodiless ? { text: '', end: head + 4 } : readBody(rest, head + 4, fields)
    if (body === undefined) return { answers, rest }
    if (status >= 200) asked.shift()
    answers.push({ status, reason, fields, body: body.text })
    rest = rest.slice(body.end)
  }
}

function readHead(head: string): Pick<Answer, 'status' | 'reason' | 'fields'> {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const match = /^HTTP\/1\.1 ([0-9]{3}) ([ -~]*)$/.exec(statusLine)
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`)
  const fields: Record<string, string> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z0-9-]+): (.*)$/.exec(line) ?? []
    if (name === '') throw new Error(`not a field line: ${JSON.stringify(line)}`)
    const known = fields[name.toLowerCase()]
    fields[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`
  }
  return { status: Number(match[1]), reason: match[2] ?? '', fields }
}

function readBody(
  bytes: string,
  start: number,
  fields: Answer['fields'],
): { text: string; end: number } | undefined {
  if (fields['transfer-encoding'] === 'chunked') return readChunks(bytes, start)
  const length = fields['content-length']
  if (length === undefined) return { text: bytes.slice(start), end: bytes.length }
  const end = start + Number(length)
  return bytes.length < end ? undefined : { text: bytes.slice(start, end), end }
}

function readChunks(bytes: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  let at = start
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = parseInt(bytes.slice(at, line), 16)
    at = line + 2 + size + 2
    if (bytes.length < at) return undefined
    if (bytes.slice(at - 2, at) !== '\r\n') throw new Error(`chunk longer than its size at ${at}`)
    if (size === 0) return { text, end: at }
    text += bytes.slice(line + 2, at - 2)
  }
}

/** Whether `bytes` hold `count` complete answers. */
export function complete(count: number, methods: readonly string[] = []): (bytes: string) => boolean {
  return (bytes) => readAnswers(bytes, methods).answers.length >= count
}

export function statuses(bytes: string, methods: readonly string[] = []): number[] {
  return readAnswers(bytes, methods).answers.map(({ status }) => status)
}

/** Sends all of it, reads to the end of the connection. */
export async function raw(port: number, bytes: string, { fin = false } = {}): Promise<string> {
  await using client = await RawSocket.connect(port)
  void client.send(bytes)
  if (fin) client.finish()
  return await client.untilEnd()
}

/** What the echo handler says of a request. */
export interface Echo {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  /** Latin-1. */
  readonly body: string
}

export function echo({ method, path, query, host, body }: Request): Response {
  const seen: Echo = { method, path, query, host, body: Buffer.from(body).toString('latin1') }
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(seen) }
}

export function readEcho(answer: Answer | undefined): Echo {
  return JSON.parse(answer?.body ?? 'null') as Echo
}

/** A mistake of ours fails the test, unless the test says that it waits for one. */
function unexpected(error: unknown): never {
  throw new Error('the server reported a mistake of ours', { cause: error })
}

/** A server on a free port of 127.0.0.1. */
export function serve(handler: Handler = echo, options: ServerOptions = {}): Promise<Server> {
  return Server.listen(handler, { onError: unexpected, ...options })
}

/** A server that speaks as its test tells it: one call of `speak` for each connection. */
export class FakeServer implements AsyncDisposable {
  readonly address: Address
  /** Connections so far, the oldest first. */
  readonly peers: RawSocket[] = []
  readonly #close: () => Promise<void>

  private constructor(address: Address, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  static async listen(speak: (peer: RawSocket, number: number) => unknown): Promise<FakeServer> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { address, port } = listener.address() as AddressInfo
    const fake = new FakeServer({ host: address, port }, async () => {
      for (const { socket } of fake.peers) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    })
    listener.on('connection', (socket) => {
      const peer = new RawSocket(socket)
      fake.peers.push(peer)
      speak(peer, fake.peers.length)
    })
    return fake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** A port of 127.0.0.1 where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await FakeServer.listen(() => undefined)
  await server[Symbol.asyncDispose]()
  return server.address.port
}
