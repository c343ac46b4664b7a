/** A server that answers as its test says: it reads once, answers once and closes, as legacy clients do. */
import { createServer, type AddressInfo, type Server } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Json } from './ask.ts'

/** A request to a scripted server. */
export interface Asked {
  readonly method: string
  readonly target: string
  /** The body as JSON; an empty object when there is none. */
  readonly body: Readonly<Json>
  /** It came in one piece, as a server needs it that reads with one recv(). */
  readonly whole: boolean
}

/** A status and a body, which is JSON unless it is text or bytes; or the bytes of an answer, as they are. */
export type Scripted = readonly [status: number, body: unknown] | string

export interface ScriptedServer {
  readonly port: number
  /** The requests, in the order in which they came. */
  readonly asked: readonly Asked[]
}

/** On a free port of 127.0.0.1 unless one is given; closed after the test. */
export async function scriptedServer(answer: (asked: Asked) => Scripted, port = 0): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      const request = readOnce(bytes.toString())
      asked.push(request)
      socket.end(encode(answer(request)))
    })
  })
  await listening(server, port)
  onTestFinished(() => {
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

/** A port of 127.0.0.1 where GET /p2p/hello is answered as a peer does. */
export async function answeringPeer(hello: object = {}): Promise<number> {
  const { port } = await scriptedServer(() => [200, { app: 'parley', name: 'bob', port, ...hello }])
  return port
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

function readOnce(text: string): Asked {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [method = '', target = ''] = head.split(' ')
  const length = Number(/^content-length: ([0-9]+)/im.exec(head)?.[1] ?? 0)
  const whole = text.includes('\r\n\r\n') && Buffer.byteLength(body) === length
  return { method, target, whole, body: whole && length > 0 ? (JSON.parse(body) as Asked['body']) : {} }
}

function encode(scripted: Scripted): string | Buffer {
  if (typeof scripted === 'string') return scripted
  const [status, value] = scripted
  const isRaw = typeof value === 'string' || Buffer.isBuffer(value)
  const body = Buffer.from(isRaw ? value : JSON.stringify(value))
  const head = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  return Buffer.concat([Buffer.from(`${head}\r\nConnection: close\r\n\r\n`), body])
}
