/**
 * Memory: bytes for each of N idle kept connections, growth over requests, and growth of a peer over the messages
 * that it received and keeps on disk.
 *
 *   npm run bench:memory -- [--connections 10000] [--requests 500000] [--messages 200000]
 *
 * Two descriptors for each connection are needed on this machine (ulimit -n), one in each process.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/cli/system/clock.ts'
import { Server } from '../src/http/server.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { child, end, report } from './bench/children.ts'
import { used, type Used } from './bench/heap.ts'
import { progress, publish } from './bench/output.ts'
import { startPeer } from './bench/peers.ts'
import { settings } from './bench/settings.ts'
import { freePort } from './free-port.ts'
import type { Report } from './bench/memory-child.ts'
import type { Table } from './bench/table.ts'

const { numbers, quick, json, command } = settings({
  numbers: { connections: [10_000, 50], requests: [500_000, 1_000], messages: [200_000, 500] },
})
/** Messages on the way. */
const IN_FLIGHT = 256
const TEXT = 'x'.repeat(300)
/** After each of these shares it is looked. */
const SHARES = 10
const MESSAGES = SHARES * Math.ceil(numbers.messages / SHARES)

const begin = performance.now()
const connections = await ofConnections()
const messages = await ofMessages()
const [first, last] = [messages.at(0), messages.at(-1)]
const growth = 100 * Math.abs((last?.used.heap ?? NaN) / (first?.used.heap ?? NaN) - 1)
publish(
  {
    name: 'memory',
    title: 'Memory',
    about: [
      'After a full garbage collection: live objects on the heap, and what the kernel counts as resident.',
      `A server apart from its clients with ${numbers.connections} kept connections, each of which has had an answer; then ${numbers.requests} requests. A peer with its history on disk that gets ${MESSAGES} messages of ${TEXT.length} B as fast as it acknowledges them.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [...connections, table('A peer, after so many messages', 'messages', messages)],
    charts: [
      {
        file: 'memory-messages',
        title: 'Heap of a peer by messages received',
        x: { label: 'messages received', scale: 'linear' },
        y: { label: 'MiB', scale: 'linear' },
        lines: [
          { name: 'live objects', points: messages.map(({ count, used }) => [count, mebibytes(used.heap)]) },
          { name: 'resident', points: messages.map(({ count, used }) => [count, mebibytes(used.resident)]) },
        ],
      },
    ],
    goals: [{ goal: 'memory-messages', value: growth }],
    notes: [],
  },
  json,
)

type Point = { readonly count: number; readonly used: Used }

async function ofConnections(): Promise<Table[]> {
  progress('memory: connections')
  const { connections, requests } = numbers
  const count = 2 * connections
  const server = await Server.listen(() => ({ status: 200, body: 'hello' }), {
    caps: { total: count, perHost: count, perLoopback: count, silent: count },
    timeouts: { opening: 600_000, idle: 600_000 },
    maxRequests: Infinity,
  })
  const before = used()
  const asked = [server.address.port, connections, requests].map(String)
  const asker = child('memory-child', { args: ['asker', ...asked] })
  await report<Report, 'ready'>(asker, 'ready')
  const idle = used()
  const points: Point[] = []
  const all = new Promise<void>((resolve) => {
    asker.on('message', (told: Report) => {
      if (told.kind !== 'done') return
      progress(`memory: ${told.count} of ${requests} requests`)
      points.push({ count: told.count, used: used() })
      if (told.count >= requests) resolve()
    })
  })
  asker.send('go on')
  await all
  await end(asker)
  await server.close(100)
  const each = (of: keyof Used): number => Math.round((idle[of] - before[of]) / connections)
  return [
    {
      title: 'Bytes for each idle connection',
      columns: ['connections', 'heap', 'resident'],
      rows: [[connections, each('heap'), each('resident')]],
    },
    table('A server, after so many requests', 'requests', points),
  ]
}

/** We are the sender; the receiver is measured. */
async function ofMessages(): Promise<Point[]> {
  const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
  const data = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const asked = [await freePort(), tracker.address.port, MESSAGES].map(String)
  const listener = child('memory-child', { args: ['listener', data, ...asked] })
  await report<Report, 'ready'>(listener, 'ready')
  const points: Point[] = []
  const all = new Promise<void>((resolve) => {
    listener.on('message', (told: Report) => {
      if (told.kind !== 'used') return
      points.push({ count: told.count, used: told.used })
      progress(`memory: ${told.count} of ${MESSAGES} messages`)
      if (points.length === SHARES) resolve()
    })
  })
  let acknowledged = 0
  const alice = await startPeer({
    name: 'alice',
    tracker: tracker.address,
    onEvent: (event) => {
      if (event.kind === 'receipt' && event.receipt.delivered === 1) acknowledged++
    },
  })
  while (alice.members('general').length === 0) await sleep(10)
  for (let said = 0; said < MESSAGES; said++) {
    while (said - acknowledged >= IN_FLIGHT) await new Promise(setImmediate)
    alice.say('general', TEXT)
  }
  await all
  await alice.close()
  await end(listener)
  await tracker.close()
  rmSync(data, { recursive: true })
  return points
}

function table(title: string, what: string, points: readonly Point[]): Table {
  const rows = points.map(({ count, used }) => [count, mebibytes(used.heap), mebibytes(used.resident)])
  return { title, columns: [what, 'heap, MiB', 'resident, MiB'], rows }
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}
