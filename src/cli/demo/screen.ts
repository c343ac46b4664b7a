/** The output of a participant as rows of a terminal: the same lines that `parley peer` shows. */
import { eventLine, messageLine, receiptLine, receiptSign } from '../terminal/render.ts'
import type { ChatEvent, Receipt } from '../../chat/model.ts'
import type { Style } from '../terminal/style.ts'
import type { Line } from '../participants/participant.ts'
import type { Delivery } from './model.ts'

/** Rows of one terminal in one scenario; further rows in the middle are left out. */
const MAX_ROWS = 12
const LAST_ROWS = 3

/** `deliveries`: their times are shown after the messages. */
export function screenRows(
  lines: readonly Line[],
  deliveries: readonly Pick<Delivery, 'messageId' | 'ms'>[],
  style: Style,
): string[] {
  const times = new Map(deliveries.map(({ messageId, ms }) => [messageId, ms]))
  const receipts = receiptsIn(lines)
  const seen = new Set<string>()
  const rows = lines.flatMap((line) => {
    if (line.kind === 'printed') return [line.text]
    if (line.kind !== 'event') return /^[#/]/.test(line.text) ? [style.dim(`> ${line.text}`)] : []
    const { event } = line
    switch (event.kind) {
      case 'message':
        return [messageRow(event, times, receipts, style)]
      case 'receipt':
        return event.receipt.failed.length > 0 ? [receiptLine(event.receipt, style)] : []
      case 'datagram': {
        const row = datagramRow(event)
        if (seen.has(row)) return []
        seen.add(row)
        return [style.dim(row)]
      }
      case 'present':
        // The command that switches to a channel already lists its members.
        return lines.some((other) => goesTo(other, event.channel)) ? [] : [eventLine(event, style)]
      case 'became':
        return []
      case 'tracker':
        return event.state === 'connecting' ? [] : [eventLine(event, style)]
      default:
        return [eventLine(event, style)]
    }
  })
  return shortened(rows, style)
}

/** The latest receipt of each message, by its id. */
function receiptsIn(lines: readonly Line[]): ReadonlyMap<string, Receipt> {
  const receipts = new Map<string, Receipt>()
  for (const line of lines) {
    if (line.kind === 'event' && line.event.kind === 'receipt')
      receipts.set(line.event.receipt.messageId, line.event.receipt)
  }
  return receipts
}

function messageRow(
  { message, hops, at, receivedAt, own, to }: Extract<ChatEvent, { kind: 'message' }>,
  times: ReadonlyMap<string, number>,
  receipts: ReadonlyMap<string, Receipt>,
  style: Style,
): string {
  if (own) {
    const receipt = receipts.get(message.id)
    const sign = receipt === undefined ? '' : receiptSign(receipt, style)
    return messageLine(message, message.sentAt, style, to === undefined ? { sign } : { sign, to: to.name })
  }
  const row = messageLine({ ...message, sentAt: at }, receivedAt, style, { hops })
  const time = times.get(message.id)
  return time === undefined ? row : `${row}  ${style.dim(milliseconds(time))}`
}

/** `SEND > 127.0.0.1:8000 PROFILE` */
function datagramRow({ way, address, type }: Extract<ChatEvent, { kind: 'datagram' }>): string {
  const sign = { SEND: 'SEND >', RECV: 'RECV <', DROP: 'DROP !' }[way]
  return `${sign} ${address} ${type}`.trimEnd()
}

function goesTo(line: Line, channel: string): boolean {
  return line.kind === 'typed' && line.text.startsWith('#') && line.text.split(' ', 1)[0] === `#${channel}`
}

function shortened(rows: readonly string[], style: Style): string[] {
  if (rows.length <= MAX_ROWS) return [...rows]
  const first = MAX_ROWS - LAST_ROWS - 1
  const left = rows.length - first - LAST_ROWS
  return [...rows.slice(0, first), style.dim(`      … ${left} more lines`), ...rows.slice(-LAST_ROWS)]
}

/** `0.8 ms`, `12 ms`, `5.9 s`. */
export function milliseconds(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
