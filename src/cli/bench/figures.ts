/** The result of `parley bench`, in numbers and in words. */
import { distributionOf } from './distribution.ts'

/** Largest acceptable p99 from one screen to the other, in milliseconds. */
const GOAL = 100

export interface Measured {
  readonly perSecond: number
  readonly sent: number
  /** From the time a line was due to be typed to its event on the other side, in milliseconds; in order of arrival. */
  readonly latencies: readonly number[]
  /** Messages that did not arrive right after the one sent before them. */
  readonly misplaced: number
  /** Messages a second when typed in bursts. */
  readonly burstsPerSecond: number
  /** From the start of a new peer's process until another peer shows it, in milliseconds. */
  readonly newcomer: number
}

export interface Figures {
  readonly sent: number
  readonly arrived: number
  readonly misplaced: number
  /** In milliseconds; undefined when nothing arrived. */
  readonly p50: number | undefined
  readonly p90: number | undefined
  readonly p99: number | undefined
  readonly max: number | undefined
  readonly messagesPerSecond: number
  readonly newcomer: number
  /** All arrived, in order, and p99 is below GOAL. */
  readonly isMet: boolean
}

export function figuresOf({ sent, latencies, misplaced, burstsPerSecond, newcomer }: Measured): Figures {
  const measured = latencies.length > 0 ? distributionOf(latencies) : undefined
  const isMet = latencies.length === sent && misplaced === 0 && measured !== undefined && measured.p99 < GOAL
  return {
    sent,
    arrived: latencies.length,
    misplaced,
    p50: measured?.p50,
    p90: measured?.p90,
    p99: measured?.p99,
    max: measured?.max,
    messagesPerSecond: Math.round(burstsPerSecond),
    newcomer,
    isMet,
  }
}

export function figuresJson(figures: Figures): string {
  return `${JSON.stringify({ kind: 'bench', ...figures })}\n`
}

export function figuresText(figures: Figures, perSecond: number): string {
  const { sent, arrived, misplaced, p50, p90, p99, max, messagesPerSecond, newcomer, isMet } = figures
  const times = Object.entries({ p50, p90, p99, max }).map(
    ([name, value]) => `${name} ${milliseconds(value)}`,
  )
  const lines = [
    `From a line that is typed to its event in another process of this machine, history on disk:`,
    `  ${`${perSecond} a second`.padEnd(15)}${times.join('   ')}`,
    `  in bursts      ${messagesPerSecond.toLocaleString('en').replaceAll(',', ' ')} messages a second`,
    `  a newcomer     is seen by the others ${milliseconds(newcomer)} after its start`,
    `${arrived} of ${sent} arrived, ${misplaced === 0 ? 'in order' : `${misplaced} out of order`}.`,
    isMet
      ? `Met: all, in order, 99 of 100 within ${GOAL} ms.`
      : `MISSED: all, in order, 99 of 100 within ${GOAL} ms.`,
  ]
  return `${lines.join('\n')}\n`
}

function milliseconds(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-'
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
