/**
 * Peers of one tracker: a watcher tells its parent when it saw somebody join, a joiner when it began to, by the clock
 * that all processes of a machine share. Each join is to a channel of its own, where the watchers are already.
 */
import { startPeer } from './peers.ts'
import type { Address } from '../../src/http/message.ts'

export type Order =
  | { readonly kind: 'be'; readonly name: string; readonly tracker: Address }
  | { readonly kind: 'join'; readonly channel: string }

export type Report =
  | { readonly kind: 'registered' }
  | { readonly kind: 'joined'; readonly channel: string }
  /** Moments in microseconds; the joiner saw itself begin. */
  | { readonly kind: 'saw'; readonly who: string; readonly channel: string; readonly at: number }

process.once('message', (order: Order) => {
  if (order.kind === 'be') void be(order)
})
process.once('disconnect', () => {
  process.exit()
})

async function be({ name, tracker }: Extract<Order, { kind: 'be' }>): Promise<void> {
  const peer = await startPeer({
    name,
    tracker,
    onEvent: (event) => {
      if (event.kind === 'joined') saw(event.peer.name, event.channel)
      if (event.kind === 'tracker' && event.state === 'registered') tell({ kind: 'registered' })
    },
  })
  process.on('message', (order: Order) => {
    if (order.kind !== 'join') return
    saw(name, order.channel)
    void peer.join(order.channel).then(() => {
      tell({ kind: 'joined', channel: order.channel })
    })
  })
}

function saw(who: string, channel: string): void {
  tell({ kind: 'saw', who, channel, at: Number(process.hrtime.bigint() / 1000n) })
}

function tell(report: Report): void {
  if (process.connected) process.send?.(report)
}
