/**
 * The other end: requests that are refused, time out or break as those of the real client do, and are repeated
 * where the real client repeats them, so that a server may see one twice.
 */
import {
  ClientError,
  authority,
  prepare,
  type ClientErrorCode,
  type StreamedResponse,
} from '../../src/http/client-connection.ts'
import { DEFAULT_CLIENT_TIMEOUTS, type ClientOptions, type ClientRequest } from '../../src/http/client.ts'
import { DEFAULT_LIMITS, type Address, type ReceivedResponse } from '../../src/http/message.ts'
import { ResponseParser } from '../../src/http/response-parser.ts'
import { Connection } from './connection.ts'
import { asBytes, type Listener } from './http-server.ts'
import { receiveStream } from './http-stream.ts'
import type { OutgoingRequest } from '../../src/http/encode.ts'
import type { HttpClient, HttpLine } from '../../src/http/network.ts'
import type { Life } from './life.ts'
import type { Machine } from './machine.ts'
import type { Wire } from './wire.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']
const KEPT = 2
const MOST_BYTES = 1024 * 1024

export interface Internet {
  readonly machines: readonly Machine[]
  readonly wire: Wire
  /** Of every request, what became of it. */
  readonly onRequest: (line: string) => void
}

/** A connection that was made, and whether it has carried an answer already. */
export interface Kept {
  readonly connection: Connection
  readonly listener: Listener
  isUsed: boolean
  /** By the clock of the client: then it is not used any more. */
  until: number
}

interface SimulatedRequest extends ClientRequest {
  /** Of a line: it is never sent twice. */
  readonly isOnce?: boolean
}

export class SimulatedClient implements HttpClient {
  readonly #life: Life
  readonly #internet: Internet
  readonly #timeouts: typeof DEFAULT_CLIENT_TIMEOUTS
  readonly #idle = new Map<string, Kept[]>()
  /** What is to be done when the client is closed. */
  readonly #open = new Set<() => void>()
  #isClosed = false

  constructor(life: Life, internet: Internet, options: ClientOptions = {}) {
    this.#life = life
    this.#internet = internet
    this.#timeouts = { ...DEFAULT_CLIENT_TIMEOUTS, ...options.timeouts }
  }

  async request(address: Address, request: SimulatedRequest): Promise<ReceivedResponse> {
    const { name } = this.#life.machine
    const line = `${name} -> ${authority(address)} ${request.method} ${request.target}`
    try {
      const response = await this.#request(address, request)
      this.#internet.onRequest(`${line}: ${response.status}`)
      return response
    } catch (error) {
      this.#internet.onRequest(`${line}: ${error instanceof ClientError ? error.code : String(error)}`)
      throw error
    }
  }

  /** All programs of the simulated network speak HTTP. */
  hasAnswered(): boolean {
    return true
  }

  /** Each waits here until the one before is answered, which to both ends is as if it had been under way. */
  line(address: Address): HttpLine {
    let isOver = false
    let before = Promise.resolve()
    const request = async (asked: OutgoingRequest): Promise<ReceivedResponse> => {
      const previous = before
      let done: () => void = () => undefined
      before = new Promise((resolve) => (done = resolve))
      await previous
      try {
        if (isOver) throw new ClientError('closed', 'the connection was closed', true)
        const response = await this.request(address, { ...asked, isOnce: true })
        isOver = !response.keepAlive
        return response
      } catch (error) {
        isOver = true
        throw error
      } finally {
        done()
      }
    }
    return {
      get isOver() {
        return isOver
      },
      request,
    }
  }

  async #request(address: Address, request: SimulatedRequest): Promise<ReceivedResponse> {
    const bytes = asBytes(prepare(request, address).bytes)
    const isSafe =
      request.isOnce !== true && (request.repeatable === true || SAFE_METHODS.includes(request.method))
    const kept = this.#takeIdle(authority(address))
    try {
      return await this.#ask(kept ?? (await this.#connect(address)), address, request, bytes)
    } catch (error) {
      if (!(error instanceof ClientError) || !error.stale || !isSafe) throw error
      return await this.#ask(await this.#connect(address), address, request, bytes)
    }
  }

  async stream(address: Address, request: OutgoingRequest): Promise<StreamedResponse> {
    const bytes = asBytes(prepare(request, address).bytes)
    const { connection, listener } = await this.#connect(address)
    const streamed = receiveStream(connection, this.#life, this.#timeouts, request.method)
    const close = (): void => {
      streamed.fail('closed', 'the client was closed')
    }
    this.#open.add(close)
    const forget = (): void => void this.#open.delete(close)
    streamed.ended.then(forget, forget)
    connection.send(connection.client, () => {
      void listener.serve(connection, bytes, (piece, isLast) => {
        if (this.#internet.wire.breaks()) connection.break()
        else streamed.write(piece, isLast)
      })
    })
    return streamed.response
  }

  close(): void {
    this.#isClosed = true
    for (const close of this.#open) close()
    for (const list of this.#idle.values())
      for (const { connection } of list) connection.close(connection.client)
  }

  #takeIdle(key: string): Kept | undefined {
    const idle = this.#idle.get(key) ?? []
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      const { connection, until } = kept
      if (connection.client.isOpen && this.#life.clock.now() < until) return kept
      connection.close(connection.client)
    }
    return undefined
  }

  #keep(key: string, kept: Kept): void {
    const { connection } = kept
    const idle = this.#idle.get(key) ?? []
    this.#idle.set(key, idle)
    kept.isUsed = true
    kept.until = this.#life.clock.now() + this.#timeouts.idle
    if (idle.length < KEPT) idle.push(kept)
    else connection.close(connection.client)
  }

  /** A promise that has a deadline, and that close() rejects. */
  #within<Value>(
    ms: number,
    late: string,
    start: (resolve: (value: Value) => void, fail: Fail, isSettled: () => boolean) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      let isSettled = false
      const settle = (): boolean => {
        if (isSettled) return false
        isSettled = true
        cancel()
        this.#open.delete(close)
        return true
      }
      const fail: Fail = (code, message, stale) => {
        if (settle()) reject(new ClientError(code, message, stale))
      }
      const close = (): void => {
        fail('closed', 'the client was closed')
      }
      const cancel = this.#life.clock.after(ms, () => {
        fail('timeout', late)
      })
      this.#open.add(close)
      if (this.#isClosed) close()
      else
        start(
          (value) => {
            if (settle()) resolve(value)
          },
          fail,
          () => isSettled,
        )
    })
  }

  #connect({ host, port }: Address): Promise<Kept> {
    const { machines, wire } = this.#internet
    const { machine } = this.#life
    const there = machines.find(({ ip }) => ip === host)
    return this.#within(this.#timeouts.connect, 'no connection in time', (resolve, fail, isSettled) => {
      if (there === undefined) return
      const isWanted = (): boolean => !isSettled() && !this.#life.isOver
      const answer = (task: () => void): void => {
        wire.bytes(
          there,
          machine,
          () => {
            this.#life.run(task)
          },
          isWanted,
        )
      }
      wire.bytes(
        machine,
        there,
        () => {
          const listener = there.listeners.get(port)
          answer(() => {
            if (listener === undefined || listener.life.isOver || isSettled()) {
              fail('refused', 'connection refused: nothing listens there')
              return
            }
            const connection = new Connection(this.#life, listener.life, wire)
            listener.accept(connection)
            resolve({ connection, listener, isUsed: false, until: 0 })
          })
        },
        isWanted,
      )
    })
  }

  async #ask(kept: Kept, address: Address, request: ClientRequest, bytes: Buffer): Promise<ReceivedResponse> {
    const { connection } = kept
    try {
      const answer = await this.#exchange(kept, bytes)
      const response = read(answer, request.method)
      if (response.keepAlive) this.#keep(authority(address), kept)
      else connection.close(connection.client)
      return response
    } catch (error) {
      connection.close(connection.client)
      throw error
    }
  }

  /** The bytes of an answer. The connection may break on the way there, or on the way back. */
  #exchange({ connection, listener, isUsed }: Kept, bytes: Buffer): Promise<Buffer> {
    const { wire } = this.#internet
    return this.#within(this.#timeouts.answer, 'no answer in time', (resolve, fail) => {
      connection.client.onGone = () => {
        fail('closed', 'the connection was closed', isUsed)
      }
      if (!connection.client.isOpen) connection.client.onGone()
      if (wire.breaks()) connection.break()
      connection.send(connection.client, () => {
        void listener.serve(connection, bytes, (answer) => {
          if (wire.breaks()) connection.break()
          else
            connection.send(connection.server, () => {
              resolve(answer)
            })
        })
      })
    })
  }
}

type Fail = (code: ClientErrorCode, message: string, stale?: boolean) => void

function read(answer: Buffer, method: string): ReceivedResponse {
  const parser = new ResponseParser({ ...DEFAULT_LIMITS, body: MOST_BYTES })
  parser.expect(method)
  parser.push(answer)
  const response = parser.next()
  if (response === undefined) throw new Error('half an answer')
  return response
}
