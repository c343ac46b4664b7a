/**
 * The receive endpoint in four makes:
 *
 * - `floor`: node:net that counts chunks and writes a canned answer: what the sockets alone cost;
 * - `bare`: the floor plus JSON.parse and JSON.stringify, without a parser or any check: what JSON alone costs;
 * - `parley`: src/http with its router and JSON, every check on;
 * - `node`: node:http doing the same JSON work.
 */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server as NetServer } from 'node:net'
import { incomingMessage } from '../../src/chat/wire/messages.ts'
import { bodyFields } from '../../src/http/body.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'

const ANSWER_FIELDS = {
  'Content-Type': 'application/json; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
}
const BLANK_LINE = '\r\n\r\n'
const CLOSING_BRACE = 0x7d

export type System = 'floor' | 'bare' | 'parley' | 'node'

/** Starts this system; `pipelined` is how many requests arrive at once. Resolves to its port. */
export async function serve(system: System, pipelined: number): Promise<number> {
  if (system === 'parley') return parley()
  const server = system === 'floor' ? floor(pipelined) : system === 'bare' ? bare() : node()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function headWith(length: string): string {
  const fields = Object.entries(ANSWER_FIELDS).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\n${fields.join('')}Content-Length: ${length}`
}

/** Answers each chunk with as many answers as a burst has requests. */
function floor(pipelined: number): NetServer {
  const body = '{"status":"ok","id":"c0ffee-1"}'
  const burst = `${headWith(String(body.length))}${BLANK_LINE}${body}`.repeat(pipelined)
  return createNetServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(burst, 'latin1')
    })
  })
}

function bare(): NetServer {
  const start = headWith('')
  return createNetServer({ noDelay: true }, (socket) => {
    let waiting = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      let answers = ''
      for (let blank = waiting.indexOf(BLANK_LINE); blank !== -1; blank = waiting.indexOf(BLANK_LINE)) {
        const end = waiting.indexOf('}POST', blank)
        const whole = end === -1 ? waiting.length : end + 1
        if (waiting[whole - 1] !== CLOSING_BRACE) break
        const { id } = JSON.parse(waiting.toString('utf8', blank + BLANK_LINE.length, whole)) as {
          id: string
        }
        const body = JSON.stringify({ status: 'ok', id })
        answers += `${start}${body.length}${BLANK_LINE}${body}`
        waiting = waiting.subarray(whole)
      }
      socket.write(answers, 'latin1')
    })
  })
}

async function parley(): Promise<number> {
  const router = new Router({
    'POST /p2p/receive': (request) => {
      const { id } = incomingMessage(bodyFields(request), '127.0.0.1')
      return json(200, { status: 'ok', id })
    },
  })
  const many = { total: 20_000, perHost: 20_000, perLoopback: 20_000, silent: 20_000 }
  const server = await Server.listen(router.handle, { caps: many })
  return server.address.port
}

function node(): HttpServer {
  return createHttpServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const fields = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>
      const { id } = incomingMessage(fields, '127.0.0.1')
      const body = JSON.stringify({ status: 'ok', id })
      response.writeHead(200, { ...ANSWER_FIELDS, 'Content-Length': Buffer.byteLength(body) })
      response.end(body)
    })
  })
}
