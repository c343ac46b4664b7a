/**
 * One end of a delivery benchmark, in a process of its own. Told by its parent what to be:
 *
 * - `floor`: node:net, one JSON object a line, nothing else: as fast as it gets on this machine;
 * - `parley`: a LocalPeer; from say() on one side to the message event on the other.
 *
 * Sender and receiver share the machine's monotonic clock (process.hrtime), and each message carries the time it
 * was due, so that a sender that falls behind shows as latency (no coordinated omission).
 */
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../src/cli/system-clock.ts'
import { LocalPeer } from '../../src/peer/peer.ts'
import { openStore } from '../../src/peer/store.ts'
import type { Address } from '../../src/http/message.ts'

export interface Task {
  readonly system: 'floor' | 'parley'
  readonly role: 'receiver' | 'sender'
  readonly count: number
  readonly warmUp: number
  /** Bytes of the message as it crosses the wire, about. */
  readonly bytes: number
  readonly intervalMs: number
  readonly port: number
  readonly tracker: Address
  /** A directory for the history; undefined: it is kept in memory. */
  readonly data: string | undefined
}

/** Numbered so that the first ones can be left out, with the time it was due in microseconds. */
function text(number: number, dueMicros: number, length: number): string {
  return `${number} ${dueMicros} `.padEnd(length, 'x')
}

function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function tell(message: object): void {
  process.send?.(message)
}

/** Keeps the samples of the messages after the warm-up, and reports when all are here. */
function recorder({ count, warmUp }: Task): (text: string) => void {
  const samples: number[] = []
  return (text) => {
    const now = nowMicros()
    const [number, due] = text.split(' ', 2).map(Number)
    if ((number ?? 0) < warmUp) return
    samples.push(now - (due ?? NaN))
    if (samples.length === count) tell({ kind: 'samples', samples })
  }
}

/** Calls `send` at each due time; between them the event loop runs freely. */
function pace({ count, warmUp, intervalMs }: Task, send: (number: number, dueMicros: number) => void): void {
  const begin = nowMicros() + 1000
  let number = 0
  const turn = (): void => {
    while (number < count + warmUp && nowMicros() >= begin + number * intervalMs * 1000) {
      send(number, Math.round(begin + number * intervalMs * 1000))
      number++
    }
    if (number < count + warmUp) setImmediate(turn)
  }
  turn()
}

function floorReceiver(task: Task): void {
  const record = recorder(task)
  const server = createServer({ noDelay: true }, (socket) => {
    let rest = ''
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) record((JSON.parse(line) as { message: string }).message)
    })
  })
  server.listen(task.port, '127.0.0.1', () => {
    tell({ kind: 'ready' })
  })
}

function floorSender(task: Task): void {
  const socket = connect({ port: task.port, host: '127.0.0.1', noDelay: true })
  const from = { ip: '127.0.0.1', port: 1, name: 'alice' }
  socket.on('connect', () => {
    pace(task, (number, due) => {
      const message = text(number, due, task.bytes - 100)
      socket.write(`${JSON.stringify({ from, channel: 'general', message, ts: due / 1e6 })}\n`)
    })
  })
}

async function parleyReceiver(task: Task): Promise<void> {
  const record = recorder(task)
  await LocalPeer.start({
    ...(await options(task, 'bob')),
    onEvent: (event) => {
      if (event.kind === 'message' && !event.own) record(event.message.text)
      if (event.kind === 'tracker' && event.state === 'registered') tell({ kind: 'ready' })
    },
  })
}

async function parleySender(task: Task): Promise<void> {
  const peer = await LocalPeer.start({ ...(await options(task, 'alice')), onEvent: () => undefined })
  while (peer.members('general').length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  pace(task, (number, due) => {
    peer.say('general', text(number, due, task.bytes - 100))
  })
}

async function options(
  { role, port, tracker, data }: Task,
  name: string,
): Promise<Omit<Parameters<typeof LocalPeer.start>[0], 'onEvent'>> {
  const store = await openStore({
    path: data === undefined ? ':memory:' : join(data, `${name}.db`),
    clock: systemClock,
    random: Math.random,
    defer: setImmediate,
    keepHistory: true,
  })
  return {
    name,
    store,
    host: '127.0.0.1',
    port: role === 'receiver' ? port : undefined,
    tracker,
    clock: systemClock,
  }
}

process.once('message', (task: Task) => {
  if (task.system === 'floor') (task.role === 'receiver' ? floorReceiver : floorSender)(task)
  else void (task.role === 'receiver' ? parleyReceiver : parleySender)(task)
})
process.once('disconnect', () => {
  process.exit()
})
