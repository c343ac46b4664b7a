/**
 * One of the two healthy peers of the hostile benchmark, in a process of its own.
 *
 * The sender says numbered messages at even intervals, each with its phase and the time it was due by the machine's
 * monotonic clock (process.hrtime), so that a sender that falls behind shows as latency (no coordinated omission).
 * The receiver notes how late each was, in microseconds.
 */
import { startPeer } from './peers.ts'
import type { Address } from '../../src/http/message.ts'

export interface Task {
  readonly kind: 'task'
  readonly role: 'receiver' | 'sender'
  readonly port: number
  readonly tracker: Address
}

/** What the parent asks for in each phase: of the sender to send, of the receiver what came. */
export interface Order {
  readonly kind: 'order'
  readonly phase: number
  readonly count: number
  readonly intervalMs: number
}

/** What a child answers: that it is there; that it has sent all; how late each message was. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'samples'; readonly samples: number[] }

const SENDER = 'alice'
/** For the last messages to arrive. */
const PATIENCE_MS = 10_000

function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function tell(report: Report): void {
  process.send?.(report)
}

async function receiver(task: Task): Promise<void> {
  const samples = new Map<number, number[]>()
  const note = (text: string): void => {
    const now = nowMicros()
    const [phase = NaN, due = NaN] = text.split(' ', 2).map(Number)
    const ofPhase = samples.get(phase) ?? []
    samples.set(phase, ofPhase)
    ofPhase.push(now - due)
  }
  await startPeer({
    name: 'bob',
    port: task.port,
    tracker: task.tracker,
    onEvent: (event) => {
      if (event.kind === 'message' && event.message.from.name === SENDER) note(event.message.text)
      if (event.kind === 'tracker' && event.state === 'registered') tell({ kind: 'ready' })
    },
  })
  onOrder(async ({ phase, count }) => {
    const here = (): number[] => samples.get(phase) ?? []
    const deadline = nowMicros() + PATIENCE_MS * 1000
    while (here().length < count && nowMicros() < deadline) await pause(20)
    tell({ kind: 'samples', samples: here() })
  })
}

async function sender(task: Task): Promise<void> {
  const { port, tracker } = task
  const peer = await startPeer({ name: SENDER, port, tracker, onEvent: () => undefined })
  while (peer.members('general').length === 0) await pause(10)
  tell({ kind: 'ready' })
  onOrder(async ({ phase, count, intervalMs }) => {
    const begin = nowMicros()
    for (let number = 0; number < count; number++) {
      const due = Math.round(begin + number * intervalMs * 1000)
      while (nowMicros() < due) await pause(1)
      peer.say('general', `${phase} ${due} ${number}`)
    }
    tell({ kind: 'sent' })
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function onOrder(perform: (order: Order) => Promise<void>): void {
  process.on('message', (order: Order) => {
    void perform(order)
  })
}

process.once('message', (task: Task) => {
  void (task.role === 'receiver' ? receiver : sender)(task)
})
process.once('disconnect', () => {
  process.exit()
})
