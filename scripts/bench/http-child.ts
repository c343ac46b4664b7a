/**
 * The receive endpoint in four makes, each in a process of its own, told by its argument:
 *
 * - `floor`: node:net that counts chunks and writes a canned answer: what the sockets alone cost;
 * - `bare`: the floor plus JSON.parse and JSON.stringify, without a parser or any check: what JSON alone costs;
 * - `parley`: src/http with its router and JSON, every check on;
 * - `node`: node:http doing the same JSON work.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
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

/** As many requests as a burst has, so the floor answers each. */
const REQUESTS_IN_BURST = Number(process.argv[3] ?? '1')

async function floor(): Promise<number> {
  const body = '{"status":"ok","id":"c0ffee-1"}'
  const head = Object.entries(ANSWER_FIELDS).map(([name, value]) => `${name}: ${value}\r\n`)
  const answer = `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\n${head.join('')}Content-Length: ${body.length}\r\n\r\n${body}`
  const burst = answer.repeat(REQUESTS_IN_BURST)
  const server = createNetServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(burst, 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function bare(): Promise<number> {
  const head = Object.entries(ANSWER_FIELDS).map(([name, value]) => `${name}: ${value}\r\n`)
  const start = `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\n${head.join('')}Content-Length: `
  const server = createNetServer({ noDelay: true }, (socket) => {
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
        answers += `${start}${body.length}\r\n\r\n${body}`
        waiting = waiting.subarray(whole)
      }
      socket.write(answers, 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
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

async function node(): Promise<number> {
  const server = createHttpServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { id } = incomingMessage(
        JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>,
        '127.0.0.1',
      )
      const body = JSON.stringify({ status: 'ok', id })
      response.writeHead(200, { ...ANSWER_FIELDS, 'Content-Length': Buffer.byteLength(body) })
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const makes: Readonly<Record<string, () => Promise<number>>> = { floor, bare, parley, node }
const port = await makes[process.argv[2] ?? '']?.()
process.send?.({ kind: 'listening', port })
process.once('disconnect', () => {
  process.exit()
})
