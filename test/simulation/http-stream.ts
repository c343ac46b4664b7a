/** An answer without end as the client gets it: its pieces in order, each when the one before has arrived. */
import { ClientError, type ClientErrorCode, type StreamedResponse } from '../../src/http/client-connection.ts'
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { ResponseParser } from '../../src/http/response-parser.ts'
import type { ClientTimeouts } from '../../src/http/client-connection.ts'
import type { Connection } from './connection.ts'
import type { Write } from './http-server.ts'
import type { Life } from './life.ts'

export interface ReceivedStream {
  /** What the server calls. */
  readonly write: Write
  readonly response: Promise<StreamedResponse>
  /** Resolves when there will be no more of it, for whatever reason. */
  readonly ended: Promise<void>
  readonly fail: (code: ClientErrorCode, message: string) => void
}

export function receiveStream(
  connection: Connection,
  life: Life,
  timeouts: ClientTimeouts,
  method: string,
): ReceivedStream {
  const pieces = new Pieces()
  const parser = new ResponseParser(DEFAULT_LIMITS)
  parser.expect(method, Infinity)
  let begin: (response: StreamedResponse) => void = () => undefined
  let refuse: (error: ClientError) => void = () => undefined
  const response = new Promise<StreamedResponse>((resolve, reject) => {
    begin = resolve
    refuse = reject
  })
  let hasBegun = false
  let cancel = (): void => undefined

  const fail = (code: ClientErrorCode, message: string): void => {
    cancel()
    connection.close(connection.client)
    const error = new ClientError(code, message)
    pieces.end(error)
    refuse(error)
  }
  const allow = (ms: number): void => {
    cancel()
    cancel = life.clock.after(ms, () => {
      fail('timeout', 'silent for too long')
    })
  }
  const received = (bytes: Buffer): void => {
    allow(timeouts.silence)
    parser.push(bytes)
    const whole = parser.next()
    const head = whole ?? parser.pending
    if (!hasBegun && head !== undefined) {
      hasBegun = true
      if (whole !== undefined) pieces.push(whole.body)
      else
        parser.divert((piece) => {
          pieces.push(Buffer.from(piece))
        })
      const close = (): void => {
        fail('closed', 'closed by us')
      }
      begin({ ...head, pieces, close })
      if (whole === undefined) parser.next()
    }
    if (whole === undefined) return
    cancel()
    connection.close(connection.client)
    pieces.end()
  }

  allow(timeouts.answer)
  connection.client.onGone = () => {
    fail('closed', 'the connection was closed')
  }
  return { write: inOrder(connection, received), response, ended: pieces.ended, fail }
}

/** The next bytes leave when those before have arrived: they cannot overtake each other. */
function inOrder(connection: Connection, received: (bytes: Buffer) => void): Write {
  let waiting: Buffer[] = []
  let isUnderWay = false
  const next = (): void => {
    const bytes = Buffer.concat(waiting)
    waiting = []
    isUnderWay = bytes.length > 0
    if (!isUnderWay) return
    connection.send(connection.server, () => {
      received(bytes)
      next()
    })
  }
  return (bytes) => {
    waiting.push(bytes)
    if (!isUnderWay) next()
  }
}

class Pieces implements AsyncIterable<Buffer> {
  readonly #waiting: Buffer[] = []
  #isOver = false
  #error: ClientError | undefined
  #wake: () => void = () => undefined
  #tellEnd: () => void = () => undefined
  readonly ended = new Promise<void>((resolve) => (this.#tellEnd = resolve))

  push(piece: Buffer): void {
    this.#waiting.push(piece)
    this.#wake()
  }

  end(error?: ClientError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#tellEnd()
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.#waiting.shift()
      if (piece !== undefined) yield piece
      else if (this.#error !== undefined) throw this.#error
      else if (this.#isOver) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
