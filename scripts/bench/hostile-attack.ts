/**
 * 200 hostile connections to a peer, from one process; a connection that is cut is opened again.
 *
 *   garbage   random bytes
 *   slow      a request of which a byte arrives each second
 *   flood     valid messages, one after the other, as many as the peer takes
 *   oversized bodies of 10 MB
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const CONNECTIONS_PER_KIND = 50
/** Before a connection that was cut is opened again, in milliseconds. */
const BACK_AFTER = 10
const OVERSIZED = 10_000_000
/** Messages that a flooder sends without waiting for an answer. */
const AHEAD = 16
/** A host that the peer accepts: requests to other names are refused before anything else. */
const HEAD = 'POST /p2p/receive HTTP/1.1\r\nHost: 127.0.0.1\r\n'
const JSON_HEAD = `${HEAD}Content-Type: application/json\r\n`

let messages = 0

/** Called for each new connection; the returned function is called with the number of answers in each chunk. */
const ATTACKS = {
  garbage(socket: Socket) {
    socket.write(randomBytes(1_000))
    return undefined
  },

  slow(socket: Socket) {
    let at = 0
    const timer = setInterval(() => {
      socket.write(JSON_HEAD.charAt(at++ % JSON_HEAD.length))
    }, 1_000)
    socket.once('close', () => {
      clearInterval(timer)
    })
    return undefined
  },

  flood(socket: Socket, number: number) {
    const more = (count: number): void => {
      socket.write(Array.from({ length: count }, () => validMessage(number)).join(''))
    }
    more(AHEAD)
    return more
  },

  oversized(socket: Socket) {
    socket.write(`${HEAD}Content-Length: ${OVERSIZED}\r\n\r\n`)
    const piece = 'x'.repeat(16 * 1024)
    const push = (): void => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('drain', push)
    push()
    return undefined
  },
} as const
type Kind = keyof typeof ATTACKS

const tallies = Object.fromEntries(
  Object.keys(ATTACKS).map((kind) => [kind, { connections: 0, answers: {} }]),
) as Record<Kind, { connections: number; readonly answers: Record<string, number> }>

/** Begins the attack on this port of 127.0.0.1; it ends with the process. */
export function attack(port: number): void {
  for (const kind of Object.keys(ATTACKS) as Kind[])
    for (let number = 0; number < CONNECTIONS_PER_KIND; number++) open(kind, number, port)
}

/** Connections, and answers by status, of each kind. */
export function tally(): typeof tallies {
  return tallies
}

function open(kind: Kind, number: number, port: number): void {
  const tally = tallies[kind]
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let onAnswers: ((answers: number) => void) | undefined
  socket.once('connect', () => {
    tally.connections++
    onAnswers = ATTACKS[kind](socket, number)
  })
  socket.on('data', (chunk) => {
    const statuses = [...chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)]
    for (const [, status = ''] of statuses) tally.answers[status] = (tally.answers[status] ?? 0) + 1
    onAnswers?.(statuses.length)
  })
  socket.on('error', () => undefined)
  socket.once('close', () => {
    setTimeout(() => {
      open(kind, number, port)
    }, BACK_AFTER)
  })
}

function validMessage(number: number): string {
  const body = JSON.stringify({
    id: `h-${++messages}`,
    from: { ip: '127.0.0.1', port: 20_000 + number, name: `mallory-${number}` },
    channel: 'general',
    message: 'buy now',
    ts: Date.now() / 1000,
  })
  return `${JSON_HEAD}Content-Length: ${body.length}\r\n\r\n${body}`
}
