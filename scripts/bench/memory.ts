/**
 * Memory: bytes for each of N idle kept connections, growth over requests, and growth of a peer over the messages
 * that it received and keeps on disk.
 *
 *   npm run bench:memory -- [--connections 10000] [--requests 500000] [--messages 200000]
 *
 * Two descriptors for each connection are needed on this machine (ulimit -n), one in each process.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { used, type Used } from './harness/heap.ts'
import { startPeer } from './harness/peers.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { freePort } from '../../src/cli/system/free-port.ts'
import { Server } from '../../src/http/server.ts'
import type { Address } from '../../src/http/message.ts'
import type { PeerOptions } from '../../src/peer/peer.ts'
import type { Table } from './harness/table.ts'

type MemoryBench = Bench<'connections' | 'requests' | 'messages'>
type Point = readonly [count: number, used: Used]

const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
/** Connections that send requests at a time. */
const BUSY = 64
/** Messages under way at a time. */
const IN_FLIGHT = 256
const TEXT = 'x'.repeat(300)
/** Memory is read after each of these shares. */
const SHARES = 10

export default scenario({
  title: 'Memory',
  numbers: { connections: [10_000, 50], requests: [500_000, 1_000], messages: [200_000, 500] },
  run: async (bench) => {
    const { connections, requests, messages } = bench.numbers
    const share = Math.ceil(messages / SHARES)
    const connectionTables = await ofConnections(bench)
    const points = await ofMessages(bench, share)
    const [first, last] = [points.at(0)?.[1].heap ?? NaN, points.at(-1)?.[1].heap ?? NaN]
    return {
      about: [
        'After a full garbage collection: live objects on the heap, and what the kernel counts as resident.',
        `A server apart from its clients with ${connections} kept connections, each of which has had an answer; then ${requests} requests. A peer with its history on disk that gets ${share * SHARES} messages of ${TEXT.length} B as fast as it acknowledges them.`,
      ],
      tables: [...connectionTables, tableOf('A peer, after so many messages', 'messages', points)],
      charts: [
        {
          file: 'memory-messages',
          title: 'Heap of a peer by messages received',
          x: { label: 'messages received', scale: 'linear' },
          y: { label: 'MiB', scale: 'linear' },
          lines: [
            { name: 'live objects', points: points.map(([count, { heap }]) => [count, mebibytes(heap)]) },
            { name: 'resident', points: points.map(([count, { resident }]) => [count, mebibytes(resident)]) },
          ],
        },
      ],
      goals: { 'memory-messages': 100 * Math.abs(last / first - 1) },
    }
  },
})

/** The server is measured in this process, its clients are in another. */
async function ofConnections(bench: MemoryBench): Promise<Table[]> {
  const { connections, requests } = bench.numbers
  bench.progress('connections')
  const count = 2 * connections
  const server = await Server.listen(() => ({ status: 200, body: 'hello' }), {
    caps: { total: count, perHost: count, perLoopback: count, silent: count },
    timeouts: { opening: 600_000, idle: 600_000 },
    maxRequests: Infinity,
  })
  const before = used()
  const clients = bench.process(import.meta.url)
  await clients.call(openConnections, server.address.port, connections)
  const idle = used()
  const points: Point[] = []
  for (let share = 1; share <= SHARES; share++) {
    await clients.call(sendRequests, requests / SHARES)
    points.push([Math.ceil((share * requests) / SHARES), used()])
    bench.progress(`${share * 10} % of ${requests} requests`)
  }
  await clients.end()
  await server.close(100)
  const each = (of: keyof Used): number => Math.round((idle[of] - before[of]) / connections)
  return [
    {
      title: 'Bytes for each idle connection',
      columns: ['connections', 'heap', 'resident'],
      rows: [[connections, each('heap'), each('resident')]],
    },
    tableOf('A server, after so many requests', 'requests', points),
  ]
}

/** The receiver is measured in a process of its own, the sender is in this one. */
async function ofMessages(bench: MemoryBench, share: number): Promise<Point[]> {
  const tracker = (await bench.tracker()).address
  const receiver = bench.process(import.meta.url)
  await receiver.call(receive, bench.folder(), await freePort(), tracker)
  let acknowledged = 0
  const alice = await startPeer({
    name: 'alice',
    tracker,
    onEvent: (event) => {
      if (event.kind === 'receipt' && event.receipt.delivered === 1) acknowledged++
    },
  })
  bench.onEnd(() => alice.close())
  while (alice.members('general').length === 0) await sleep(10)
  const points: Point[] = []
  for (let said = 0; said < share * SHARES;) {
    while (said - acknowledged >= IN_FLIGHT) await new Promise(setImmediate)
    alice.say('general', TEXT)
    if (++said % share !== 0) continue
    points.push([said, await receiver.call(usedAfter, said)])
    bench.progress(`${said} of ${share * SHARES} messages`)
  }
  return points
}

function tableOf(title: string, what: string, points: readonly Point[]): Table {
  const rows = points.map(([count, { heap, resident }]) => [count, mebibytes(heap), mebibytes(resident)])
  return { title, columns: [what, 'heap, MiB', 'resident, MiB'], rows }
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}

// --- in the process of the receiver -----------------------------------------------------------------

let arrived = 0

/** Resolves when it is registered. */
export async function receive(data: string, port: number, tracker: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onEvent: PeerOptions['onEvent'] = (event) => {
      if (event.kind === 'tracker' && event.state === 'registered') resolve()
      if (event.kind === 'message') arrived++
    }
    startPeer({ name: 'bob', port, tracker, onEvent }, data).catch(reject)
  })
}

/** Memory when so many messages have arrived. */
export async function usedAfter(count: number): Promise<Used> {
  while (arrived < count) await sleep(1)
  return used()
}

// --- in the process of the clients ------------------------------------------------------------------

const sockets: Socket[] = []

/** Opens connections, each of which has had an answer before it idles. */
export async function openConnections(port: number, count: number): Promise<void> {
  while (sockets.length < count) {
    const some = Math.min(100, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => open(port)))))
  }
}

/** About so many, on some of the connections. */
export async function sendRequests(count: number): Promise<void> {
  const busy = sockets.slice(0, BUSY)
  await Promise.all(busy.map((socket) => exchange(socket, Math.ceil(count / busy.length))))
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', (error) => {
    throw error
  })
  await exchange(socket, 1)
  return socket
}

/** Sends `count` requests, each after the answer to the one before. */
function exchange(socket: Socket, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const onAnswer = (): void => {
      if (--left > 0) {
        socket.write(REQUEST)
        return
      }
      socket.off('data', onAnswer)
      resolve()
    }
    socket.on('data', onAnswer)
    socket.write(REQUEST)
  })
}
