/**
 * 200 hostile connections to a peer, from one process that knows nothing of Parley; whoever is cut comes back.
 *
 *   garbage   random bytes
 *   slow      a request of which a byte comes each second
 *   flood     valid messages, one after the other, as many as the peer takes
 *   oversized bodies of 10 MB
 */
import { connect, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'

const KINDS = ['garbage', 'slow', 'flood', 'oversized'] as const
type Kind = (typeof KINDS)[number]

const OF_EACH = 50
/** Before somebody who was cut comes back, in milliseconds. */
const BACK_AFTER = 10
const OVERSIZED = 10_000_000
/** Messages that a flooder sends without waiting for an answer. */
const AHEAD = 16

/** Of one kind: connections that were made, and answers by status. */
interface Tally {
  connections: number
  readonly answers: Record<string, number>
}

export interface AttackReport {
  readonly kind: 'attack'
  readonly tallies: Readonly<Record<Kind, Tally>>
}

const tallies: Record<Kind, Tally> = {
  garbage: { connections: 0, answers: {} },
  slow: { connections: 0, answers: {} },
  flood: { connections: 0, answers: {} },
  oversized: { connections: 0, answers: {} },
}

let said = 0

/** What an attacker does on a new connection, and with each piece of an answer: how many answers it has. */
const ATTACKS: Record<Kind, (socket: Socket, number: number) => ((answers: number) => void) | undefined> = {
  garbage(socket) {
    socket.write(randomBytes(1_000))
    return undefined
  },

  slow(socket) {
    const request = 'POST /p2p/receive HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    let at = 0
    const timer = setInterval(() => {
      socket.write(request.charAt(at++ % request.length))
    }, 1_000)
    socket.once('close', () => {
      clearInterval(timer)
    })
    return undefined
  },

  flood(socket, number) {
    const more = (count: number): void => {
      socket.write(Array.from({ length: count }, () => validMessage(number)).join(''))
    }
    more(AHEAD)
    return more
  },

  oversized(socket) {
    socket.write(`POST /p2p/receive HTTP/1.1\r\nHost: a\r\nContent-Length: ${OVERSIZED}\r\n\r\n`)
    const piece = 'x'.repeat(16 * 1024)
    const push = (): void => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('drain', push)
    push()
    return undefined
  },
}

function validMessage(number: number): string {
  const from = { ip: '127.0.0.1', port: 20_000 + number, name: `mallory-${number}` }
  const body = JSON.stringify({
    id: `h-${++said}`,
    from,
    channel: 'general',
    message: 'buy now',
    ts: Date.now() / 1000,
  })
  const head = 'POST /p2p/receive HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** One of them, for ever. */
function attack(kind: Kind, number: number, port: number): void {
  const tally = tallies[kind]
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let onAnswers: ((answers: number) => void) | undefined
  socket.once('connect', () => {
    tally.connections++
    onAnswers = ATTACKS[kind](socket, number)
  })
  socket.on('data', (chunk) => {
    const statuses = [...chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)].map(
      ([, status = '']) => status,
    )
    for (const status of statuses) tally.answers[status] = (tally.answers[status] ?? 0) + 1
    onAnswers?.(statuses.length)
  })
  socket.on('error', () => undefined)
  socket.once('close', () => {
    setTimeout(() => {
      attack(kind, number, port)
    }, BACK_AFTER)
  })
}

process.on('message', ({ port }: { readonly port?: number }) => {
  if (port === undefined) {
    process.send?.({ kind: 'attack', tallies } satisfies AttackReport)
    return
  }
  for (const kind of KINDS) for (let number = 0; number < OF_EACH; number++) attack(kind, number, port)
})
process.once('disconnect', () => {
  process.exit()
})
