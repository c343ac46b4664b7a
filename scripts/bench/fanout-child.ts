/**
 * One end of the fan-out benchmark, in a process of its own: many peers who listen, or the one who speaks. Beside the
 * peers, a bare node:net server that answers each line with a line, over as many connections.
 */
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACKNOWLEDGED, messageOf, textOf } from './delivery/wire.ts'
import { onLines } from './lines.ts'
import { startPeer } from './peers.ts'
import type { Address } from '../../src/http/message.ts'
import type { ChatPeer } from '../../src/peer/peer.ts'

export type System = 'floor' | 'parley'

export type Order =
  /** For each listener, the channels that it is in. */
  | { readonly kind: 'listen'; readonly name: string; readonly channels: readonly (readonly string[])[] }
  | { readonly kind: 'speak'; readonly tracker: Address }
  /** Messages, each said when all have answered the one before, to so many listeners of the one or the other kind. */
  | {
      readonly kind: 'say'
      readonly system: System
      readonly channel: string
      readonly listeners: number
      readonly count: number
      /** Of the bare servers. */
      readonly ports: readonly number[]
    }

export type Report =
  | { readonly kind: 'listening'; readonly ports: readonly number[]; readonly floorPort: number }
  | { readonly kind: 'ready' }
  /** Microseconds from each say() to its last receipt. */
  | { readonly kind: 'said'; readonly samples: readonly number[] }

const TEXT = 'x'.repeat(300)
let onAllReceived = (): void => undefined
let alice: ChatPeer | undefined

process.on('message', (order: Order) => {
  if (order.kind === 'listen') void listen(order.name, order.channels)
  else if (order.kind === 'speak') void speak(order.tracker)
  else void (order.system === 'floor' ? sayBare(order) : say(order))
})
process.once('disconnect', () => {
  process.exit()
})

function tell(report: Report): void {
  process.send?.(report)
}

// --- who listens ------------------------------------------------------------------------------------

async function listen(name: string, channels: readonly (readonly string[])[]): Promise<void> {
  const ports: number[] = []
  for (const [index, joined] of channels.entries()) {
    const peer = await startPeer({ name: `${name}-${index}`, port: 0, onEvent: () => undefined })
    for (const channel of joined) await peer.join(channel)
    ports.push(peer.address.port)
  }
  const server = createServer({ noDelay: true }, (socket) => {
    onLines(socket, (line) => {
      textOf(line)
      socket.write(`${ACKNOWLEDGED}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tell({ kind: 'listening', ports, floorPort: (server.address() as AddressInfo).port })
}

// --- who speaks -------------------------------------------------------------------------------------

async function speak(tracker: Address): Promise<void> {
  alice = await startPeer({
    name: 'alice',
    tracker,
    onEvent: (event) => {
      if (event.kind !== 'receipt') return
      const { failed, queued } = event.receipt
      if (failed.length > 0) throw new Error(failed[0]?.reason)
      if (queued.length === 0) onAllReceived()
    },
  })
  tell({ kind: 'ready' })
}

type Saying = Extract<Order, { kind: 'say' }>

async function say({ channel, listeners, count }: Saying): Promise<void> {
  const peer = alice
  if (peer === undefined) throw new Error('nobody is here to speak')
  await peer.join(channel)
  while (peer.members(channel).length < listeners) await sleep(10)
  await timed(count, () => {
    peer.say(channel, TEXT)
  })
}

async function sayBare({ listeners, ports, count }: Saying): Promise<void> {
  let answers = 0
  const opened = Array.from({ length: listeners }, async (_, index) => {
    const socket = connect({ port: ports[index % ports.length] ?? 0, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve) => socket.once('connect', resolve))
    onLines(socket, (line) => {
      JSON.parse(line)
      if (++answers % listeners === 0) onAllReceived()
    })
    return socket
  })
  const sockets = await Promise.all(opened)
  await timed(count, () => {
    const line = `${messageOf(TEXT)}\n`
    for (const socket of sockets) socket.write(line)
  })
  for (const socket of sockets) socket.destroy()
}

async function timed(count: number, sayOne: () => void): Promise<void> {
  const samples: number[] = []
  for (let number = 0; number < count; number++) {
    const received = new Promise<void>((resolve) => (onAllReceived = resolve))
    const begin = process.hrtime.bigint()
    sayOne()
    await received
    samples.push(Number(process.hrtime.bigint() - begin) / 1000)
    // What others do meanwhile is not ours: a turn of the event loop for them.
    await new Promise(setImmediate)
  }
  tell({ kind: 'said', samples })
}
