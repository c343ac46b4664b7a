/** A peer with its page for the benchmark of the page, in a process of its own. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPeer, storeIn } from './harness/peers.ts'
import { textOf, type Content } from '../../src/chat/content.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { WebServer } from '../../src/peer/local-api/server.ts'
import type { ChatEvent } from '../../src/chat/model.ts'
import type { Address } from '../../src/http/message.ts'
import type { Store } from '../../src/store/store.ts'

export interface WebPeer {
  readonly url: string
  readonly address: Address
}

const MINUTE = 60_000
const AUTHORS = ['Bob', 'Zoë', 'Carol']

/** Texts of other peers, and when they arrived: Unix time in milliseconds. */
const received = new Map<string, number>()
let hasMet = false
let web: WebServer | undefined

/** `history`: how many messages were said before. `data` and `pages` are folders. */
export async function start(wanted: {
  readonly name: string
  readonly peers: readonly Address[]
  readonly data: string
  readonly pages: string
  readonly history: number
}): Promise<WebPeer> {
  const { name, peers, data, pages, history } = wanted
  const store = await storeIn(join(data, 'parley.db'))
  fill(store, history)
  await store.saved()
  const offset = clockOffset()
  const onEvent = (event: ChatEvent): void => {
    if (event.kind === 'message' && !event.own)
      received.set(textOf(event.message.content), performance.timeOrigin + performance.now() + offset)
    if (event.kind === 'joined') hasMet = true
    web?.show(event)
  }
  const peer = await startPeer({ name, store, peers, onEvent })
  web = new WebServer({
    peer,
    host: '127.0.0.1',
    port: 0,
    token: `bench-${name}`,
    pages,
    clock: systemClock,
    random: Math.random,
    lan: () => undefined,
    onError: console.error,
  })
  await web.listen()
  return { url: web.url, address: peer.address }
}

/** Resolves when another peer is known. */
export async function meets(): Promise<void> {
  while (!hasMet) await sleep(10)
}

export function arrivals(): ReadonlyMap<string, number> {
  return received
}

/** `Date.now()` has no fractions: the mean of many of its readings against the clock that has them. */
function clockOffset(): number {
  let [sum, count] = [0, 0]
  for (const end = performance.now() + 40; performance.now() < end; count++)
    sum += Date.now() + 0.5 - (performance.timeOrigin + performance.now())
  return sum / count
}

/** A long conversation: lines of several lengths, a minute apart, by several authors in turn. */
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
