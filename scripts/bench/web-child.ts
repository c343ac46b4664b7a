/** A peer with its page for bench:web, in a process of its own, which tells when messages reached it. */
import { textOf, type Content } from '../../src/chat/content.ts'
import { join } from 'node:path'
import { systemClock } from '../../src/cli/system/clock.ts'
import { ChatPeer } from '../../src/peer/peer.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { WebServer } from '../../src/peer/local-api/server.ts'
import type { ChatEvent } from '../../src/chat/model.ts'
import type { Address } from '../../src/http/message.ts'
import type { Store } from '../../src/store/store.ts'

export type Order =
  | {
      readonly kind: 'be'
      readonly name: string
      readonly peers: readonly Address[]
      /** A directory of its own. */
      readonly data: string
      /** That of the built page. */
      readonly pages: string
      /** Messages of #general that were said before. */
      readonly history: number
    }
  | { readonly kind: 'tell' }

export type Report =
  | { readonly kind: 'ready'; readonly url: string; readonly address: Address }
  | { readonly kind: 'members'; readonly count: number }
  /** Texts, and when they reached this peer: Unix time in milliseconds. */
  | { readonly kind: 'heard'; readonly heard: readonly (readonly [text: string, at: number])[] }

const MINUTE = 60_000
const AUTHORS = ['Bob', 'Zoë', 'Carol']

const heard: [string, number][] = []
let web: WebServer | undefined

function tell(report: Report): void {
  process.send?.(report)
}

/** `Date.now()` has no fractions: the mean of many of its readings against the clock that has them. */
function clockOffset(): number {
  let [sum, count] = [0, 0]
  for (const end = performance.now() + 40; performance.now() < end; count++)
    sum += Date.now() + 0.5 - (performance.timeOrigin + performance.now())
  return sum / count
}

async function be({ name, peers, data, pages, history }: Extract<Order, { kind: 'be' }>): Promise<void> {
  const clock = systemClock
  const store = await openStore({
    ...{ path: join(data, `${name}.db`), clock, random: Math.random, defer: setImmediate, keepHistory: true },
  })
  fill(store, history)
  await store.saved()
  const offset = clockOffset()
  const onEvent = (event: ChatEvent): void => {
    if (event.kind === 'message' && !event.own)
      heard.push([textOf(event.message.content), performance.timeOrigin + performance.now() + offset])
    web?.show(event)
    if (event.kind === 'joined') tell({ kind: 'members', count: peer.members('general').length })
  }
  const peer = await ChatPeer.start({
    ...{ name, host: '127.0.0.1', port: undefined, clock, store, peers, onEvent },
  })
  web = new WebServer({
    ...{ peer, host: '127.0.0.1', port: 0, token: `bench-${name}`, pages, clock, random: Math.random },
    lan: () => undefined,
    onError: console.error,
  })
  await web.listen()
  tell({ kind: 'ready', url: web.url, address: peer.address })
}

/** Like a long conversation: lines of several lengths, a minute apart, by several people in turn. */
function fill(store: Store, count: number): void {
  const now = systemClock.now()
  for (let index = 0; index < count; index++) {
    const at = now - (count - index) * MINUTE
    const author = Math.floor(index / 3) % AUTHORS.length
    const from = { ip: '127.0.0.1', port: 20_000 + author, name: AUTHORS[author] ?? '' }
    const words = `history ${index + 1}${' and some more words'.repeat(index % 7)}`
    const content: Content = { kind: 'text', text: words }
    const message = { id: `h${index}`, from, channel: 'general', content, sentAt: at }
    store.add({ message, conversation: 'general', at, receivedAt: at, own: false })
  }
}

process.on('message', (order: Order) => {
  if (order.kind === 'be') void be(order)
  else tell({ kind: 'heard', heard: heard.splice(0) })
})
process.once('disconnect', () => {
  process.exit()
})
