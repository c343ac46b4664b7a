/** What the tests of the store share: a store with a clock and turns of the event loop by hand, and messages. */
import { contentFrom, textOf, type ContentKind } from '../../src/chat/content.ts'
import { onTestFinished } from 'vitest'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import { ManualClock } from '../support/clock.ts'
import { keyIdOf } from '../../src/identity/public-key.ts'
import type { ChatMessage, Peer } from '../../src/chat/model.ts'
import type { Entry, Store } from '../../src/store/store.ts'

/** Turns of the event loop that end when the test says. */
class Turns {
  #tasks: (() => void)[] = []

  readonly defer = (task: () => void): void => {
    this.#tasks.push(task)
  }

  /** Tasks that wait for the end of this turn. */
  get deferred(): number {
    return this.#tasks.length
  }

  end(): void {
    const tasks = this.#tasks
    this.#tasks = []
    for (const task of tasks) task()
  }
}

export interface Opened {
  readonly store: Store
  readonly clock: ManualClock
  readonly turns: Turns
  /** Sentences for the user. */
  readonly told: string[]
}

/** A store, in memory unless a path is given; closed when the test is over. */
export async function opened(options: Partial<StoreOptions> = {}): Promise<Opened> {
  const clock = new ManualClock()
  const turns = new Turns()
  const told: string[] = []
  const store = await openStore({
    path: ':memory:',
    clock,
    random: Math.random,
    defer: turns.defer,
    keepHistory: true,
    onProblem: (sentence) => told.push(sentence),
    ...options,
  })
  onTestFinished(() => {
    store.close()
  })
  return { store, clock, turns, told }
}

export const ALICE: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice', identity: 'a11ce00000000000' }
export const BOB: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
export const CAROL: Peer = { ip: 'fd00::3', port: 8000, name: 'Carol', identity: 'ca401ca401ca401c' }

/** Public keys of RFC 8032, section 7.1, TEST 1 and TEST 2. */
const [ERINS_KEY, FRANKS_KEY] = [
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
].map((bytes) => keyIdOf(Buffer.from(bytes, 'hex')))
if (ERINS_KEY === undefined || FRANKS_KEY === undefined) throw new Error('the keys are not keys')

/** Peers with keys. */
export const ERIN = { key: ERINS_KEY, ip: '10.0.0.5', port: 8000, name: 'erin', identity: 'e214e214e214e214' }
export const FRANK = {
  key: FRANKS_KEY,
  ip: '10.0.0.6',
  port: 8000,
  name: 'frank',
  identity: 'f2a4f2a4f2a4f2a4',
}

/** 64 bytes, as text. */
export const SIGNATURE = Buffer.alloc(64, 7).toString('base64url')

/** The time of the first message of a test. */
export const BEGIN = 1_763_771_000_000

export interface Said extends Partial<Omit<ChatMessage, 'from' | 'content'>> {
  readonly from?: Peer
  readonly text?: string
  readonly kind?: ContentKind
  readonly hops?: number
  readonly proof?: Entry['proof']
  readonly conversation?: string
  /** Milliseconds after BEGIN. */
  readonly at?: number
  readonly own?: boolean
}

/** A message in #general by bob, whose text is its id. */
export function said(
  id: string,
  { conversation, at = 0, own = false, text = id, kind, hops, proof, ...message }: Said = {},
): Entry {
  const channel = message.channel ?? 'general'
  return {
    message: { id, from: BOB, channel, content: contentFrom(text, kind), sentAt: BEGIN + at, ...message },
    ...(hops === undefined ? {} : { hops }),
    ...(proof === undefined ? {} : { proof }),
    conversation: conversation ?? channel,
    at: BEGIN + at,
    receivedAt: BEGIN + at,
    own,
  }
}

/** A message of this peer, by alice. */
export function own(id: string, more: Said = {}): Entry {
  return said(id, { from: ALICE, own: true, ...more })
}

export function texts(entries: readonly Entry[]): string[] {
  return entries.map(({ message }) => textOf(message.content))
}

/** A whole conversation, read page by page. */
export function everything(store: Store, conversation = 'general', limit = 7): Entry[] {
  const entries: Entry[] = []
  let before: string | undefined
  do {
    const page = store.page(conversation, limit, before)
    entries.unshift(...page.entries)
    before = page.before
  } while (before !== undefined)
  return entries
}
