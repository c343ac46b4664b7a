/**
 * One end of a delivery benchmark, in a process of its own, which is told what to be and then what to do.
 *
 * Sender and receiver share the machine's monotonic clock (process.hrtime), and each message carries the time it
 * was due, so that a sender that falls behind shows as latency (no coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WIRES, type SystemName } from './delivery/systems.ts'
import type { Place } from './delivery/wire.ts'

export type Order =
  | { readonly kind: 'be'; readonly system: SystemName; readonly role: Role; readonly place: Place }
  /** To the receiver: forget what was, and acknowledge or not. */
  | { readonly kind: 'expect'; readonly phase: number; readonly acknowledge: boolean }
  /** To the receiver: tell what came, as soon as it is so many, or when nothing more comes. */
  | { readonly kind: 'tell'; readonly count: number }
  /** To the sender: so many, each at its time, whatever became of those before; between them it sleeps, or never. */
  | Said<'pace', { readonly count: number; readonly perSecond: number; readonly sleeping: boolean }>
  /** To the sender: as many as are acknowledged, with so many on the way. */
  | Said<'saturate', { readonly warmUpMs: number; readonly ms: number; readonly inFlight: number }>

export type Role = 'receiver' | 'sender'
type Said<Kind, More> = { readonly kind: Kind; readonly phase: number; readonly bytes: number } & More

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'saturated'; readonly perSecond: number; readonly count: number }
  /** How late each was in microseconds; how many did not come right after the one before. */
  | {
      readonly kind: 'heard'
      readonly count: number
      readonly samples: readonly number[]
      readonly misplaced: number
    }

/** For the last messages to arrive, after all were sent. */
const PATIENCE_MS = 3_000

function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function tell(report: Report): void {
  process.send?.(report)
}

function onOrders(perform: (order: Order) => void): void {
  process.on('message', perform)
}

/** `bytes` of text: its phase, its number in it, and the time it was due. */
function textOf(phase: number, number: number, due: number, bytes: number): string {
  return `${phase} ${number} ${due} `.padEnd(bytes, 'x')
}

async function receiver(system: SystemName, place: Place): Promise<void> {
  let current = { phase: 0, acknowledge: false, count: 0, misplaced: 0, samples: [] as number[] }
  let onCount = { count: Infinity, done: (): void => undefined }
  const wire = await WIRES[system]()
  await wire.receive(place, (text, acknowledge) => {
    const now = nowMicros()
    const [phase, number, due = NaN] = text.split(' ', 3).map(Number)
    if (phase !== current.phase) return
    if (number !== current.count) current.misplaced++
    current.count++
    if (current.acknowledge) acknowledge()
    else current.samples.push(now - due)
    if (current.count >= onCount.count) onCount.done()
  })
  onOrders((order) => {
    if (order.kind === 'expect') {
      const { phase, acknowledge } = order
      current = { phase, acknowledge, count: 0, misplaced: 0, samples: [] }
      tell({ kind: 'ready' })
    } else if (order.kind === 'tell') {
      const late = setTimeout(() => {
        onCount.done()
      }, PATIENCE_MS)
      const done = (): void => {
        clearTimeout(late)
        onCount = { count: Infinity, done: () => undefined }
        const { count, samples, misplaced } = current
        tell({ kind: 'heard', count, samples, misplaced })
      }
      onCount = { count: order.count, done }
      if (current.count >= order.count) done()
    }
  })
  tell({ kind: 'ready' })
}

async function sender(system: SystemName, place: Place): Promise<void> {
  let onAcknowledged = (): void => undefined
  const wire = await WIRES[system]()
  const send = await wire.connect(place, () => {
    onAcknowledged()
  })
  onOrders((order) => {
    if (order.kind === 'pace') pace(order, send)
    else if (order.kind === 'saturate') {
      void saturate(order, send, (onEach) => {
        onAcknowledged = onEach
      })
    }
  })
  tell({ kind: 'ready' })
}

/** Sends at each due time; who sleeps between them can be late by the coarseness of timers, a millisecond. */
function pace(
  { phase, count, perSecond, bytes, sleeping }: Extract<Order, { kind: 'pace' }>,
  send: (text: string) => void,
): void {
  const begin = nowMicros() + 1000
  const interval = 1_000_000 / perSecond
  let number = 0
  const turn = (): void => {
    while (number < count && nowMicros() >= begin + number * interval) {
      send(textOf(phase, number, Math.round(begin + number * interval), bytes))
      number++
    }
    if (number === count) tell({ kind: 'sent' })
    else if (sleeping) setTimeout(turn, 1)
    else setImmediate(turn)
  }
  turn()
}

/** Keeps so many on the way: each that is acknowledged makes room for the next. */
async function saturate(
  { phase, bytes, warmUpMs, ms, inFlight }: Extract<Order, { kind: 'saturate' }>,
  send: (text: string) => void,
  onEach: (onAcknowledged: () => void) => void,
): Promise<void> {
  let [sent, acknowledged] = [0, 0]
  let [isScheduled, isOver] = [false, false]
  const fill = (): void => {
    isScheduled = false
    while (!isOver && sent - acknowledged < inFlight) send(textOf(phase, sent++, nowMicros(), bytes))
  }
  onEach(() => {
    acknowledged++
    if (isScheduled) return
    isScheduled = true
    setImmediate(fill)
  })
  fill()
  await sleep(warmUpMs)
  const [begin, before] = [nowMicros(), acknowledged]
  await sleep(ms)
  const perSecond = ((acknowledged - before) * 1e6) / (nowMicros() - begin)
  isOver = true
  const deadline = nowMicros() + PATIENCE_MS * 1000
  while (acknowledged < sent && nowMicros() < deadline) await sleep(1)
  tell({ kind: 'saturated', perSecond, count: sent })
}

process.once('message', (order: Order) => {
  if (order.kind === 'be') void (order.role === 'receiver' ? receiver : sender)(order.system, order.place)
})
process.once('disconnect', () => {
  process.exit()
})
