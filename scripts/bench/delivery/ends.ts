/**
 * The receiver and the sender of a delivery benchmark, each in a process of its own.
 *
 * They share the machine's monotonic clock, and each message carries the time it was due, so that a sender that falls
 * behind shows as latency (no coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SYSTEMS, type SystemName } from './systems.ts'
import type { Place } from './wire.ts'

/** The messages of one phase that arrived. */
export interface Received {
  readonly count: number
  /** How late each message was, in microseconds; none where they are acknowledged. */
  readonly samples: readonly number[]
  /** Messages that did not arrive right after the one before them. */
  readonly misplaced: number
}

export interface Pace {
  readonly phase: number
  readonly bytes: number
  readonly count: number
  readonly perSecond: number
  /** Sleeps between two messages, instead of having a core to itself. */
  readonly sleeping: boolean
}

export interface Saturation {
  readonly phase: number
  readonly bytes: number
  readonly warmUpMs: number
  readonly ms: number
  /** Messages that wait for their acknowledgement at a time. */
  readonly inFlight: number
}

/** For the last messages to arrive, in milliseconds. */
const PATIENCE_MS = 3_000

function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** `bytes` of text: its phase, its number in it, and the time it was due. */
function textOf(phase: number, number: number, due: number, bytes: number): string {
  return `${phase} ${number} ${due} `.padEnd(bytes, 'x')
}

// --- the receiver -----------------------------------------------------------------------------------

let current = { phase: 0, acknowledges: false, count: 0, misplaced: 0, samples: [] as number[] }
let wanted = { count: Infinity, onArrived: (): void => undefined }

/** Resolves when the sender may send. */
export async function receive(system: SystemName, place: Place): Promise<void> {
  const wire = await SYSTEMS[system].wire()
  await wire.receive(place, (text, acknowledge) => {
    const now = nowMicros()
    const [phase, number, due = NaN] = text.split(' ', 3).map(Number)
    if (phase !== current.phase) return
    if (number !== current.count) current.misplaced++
    current.count++
    if (current.acknowledges) acknowledge()
    else current.samples.push(now - due)
    if (current.count >= wanted.count) wanted.onArrived()
  })
}

/** Forgets the phase before. */
export function expectPhase(phase: number, acknowledges: boolean): void {
  current = { phase, acknowledges, count: 0, misplaced: 0, samples: [] }
}

/** Resolves when so many have arrived, or when the rest does not arrive in time. */
export async function received(count: number): Promise<Received> {
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, PATIENCE_MS)
    const onArrived = (): void => {
      clearTimeout(late)
      resolve()
    }
    wanted = { count, onArrived }
    if (current.count >= count) onArrived()
  })
  wanted = { count: Infinity, onArrived: () => undefined }
  const { count: arrived, samples, misplaced } = current
  return { count: arrived, samples, misplaced }
}

// --- the sender -------------------------------------------------------------------------------------

let send: (text: string) => void = () => undefined
let onAcknowledged = (): void => undefined

export async function connect(system: SystemName, place: Place): Promise<void> {
  const wire = await SYSTEMS[system].wire()
  send = await wire.connect(place, () => {
    onAcknowledged()
  })
}

/**
 * Sends each message at its due time, whatever became of those before. A sender that sleeps can be late by the coarseness
 * of timers, a millisecond.
 */
export function pace({ phase, count, perSecond, bytes, sleeping }: Pace): Promise<void> {
  const begin = nowMicros() + 1000
  const interval = 1_000_000 / perSecond
  let number = 0
  return new Promise((resolve) => {
    const turn = (): void => {
      while (number < count && nowMicros() >= begin + number * interval) {
        send(textOf(phase, number, Math.round(begin + number * interval), bytes))
        number++
      }
      if (number === count) resolve()
      else if (sleeping) setTimeout(turn, 1)
      else setImmediate(turn)
    }
    turn()
  })
}

/** Keeps `inFlight` messages under way: each acknowledgement makes room for the next. */
export async function saturate({
  phase,
  bytes,
  warmUpMs,
  ms,
  inFlight,
}: Saturation): Promise<{ readonly perSecond: number; readonly count: number }> {
  let [sent, acknowledged] = [0, 0]
  let [isScheduled, isOver] = [false, false]
  const fill = (): void => {
    isScheduled = false
    while (!isOver && sent - acknowledged < inFlight) send(textOf(phase, sent++, nowMicros(), bytes))
  }
  onAcknowledged = () => {
    acknowledged++
    if (isScheduled) return
    isScheduled = true
    setImmediate(fill)
  }
  fill()
  await sleep(warmUpMs)
  const [begin, before] = [nowMicros(), acknowledged]
  await sleep(ms)
  const perSecond = ((acknowledged - before) * 1e6) / (nowMicros() - begin)
  isOver = true
  const deadline = nowMicros() + PATIENCE_MS * 1000
  while (acknowledged < sent && nowMicros() < deadline) await sleep(1)
  return { perSecond, count: sent }
}
