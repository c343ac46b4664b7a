/** What the tests of the store share: a clock and turns of the event loop by hand, messages, and a directory. */
import { contentFrom, textOf, type ContentKind } from '../../src/chat/content.ts'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openStore, type StoreOptions } from '../../src/store/sqlite-store.ts'
import { ManualClock } from '../support/clock.ts'
import type { ChatMessage, Peer } from '../../src/chat/model.ts'
import type { Entry, Store } from '../../src/store/store.ts'

/** Ends turns of the event loop when it is told. */
class Turns {
  #tasks: (() => void)[] = []

  readonly defer = (task: () => void): void => {
    this.#tasks.push(task)
  }

  /** How many times something was put off until the end of this turn. */
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
  /** What people were told. */
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

/** A directory for one test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-store-'))
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

/** A real file system of 1 MiB, where this system lets us have one. */
export function mount(): string | undefined {
  const path = join(directory(), 'small')
  mkdirSync(path)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path])
  // No status: there is no such program.
  if (status !== 0) return undefined
  onTestFinished(() => {
    spawnSync('umount', ['-l', path])
  })
  return path
}

export const ALICE: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice', identity: 'a11ce00000000000' }
export const BOB: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
export const CAROL: Peer = { ip: 'fd00::3', port: 8000, name: 'Carol', identity: 'ca401ca401ca401c' }

/** When the first message of a test is said. */
export const BEGIN = 1_763_771_000_000

export interface Said extends Partial<Omit<ChatMessage, 'from' | 'content'>> {
  readonly from?: Peer
  readonly text?: string
  readonly kind?: ContentKind
  readonly hops?: number
  readonly conversation?: string
  /** In milliseconds after BEGIN. */
  readonly at?: number
  readonly own?: boolean
}

/** A message in #general by bob, whose text is its id. */
export function said(
  id: string,
  { conversation, at = 0, own = false, text = id, kind, hops, ...message }: Said = {},
): Entry {
  const channel = message.channel ?? 'general'
  return {
    message: { id, from: BOB, channel, content: contentFrom(text, kind), sentAt: BEGIN + at, ...message },
    ...(hops === undefined ? {} : { hops }),
    conversation: conversation ?? channel,
    at: BEGIN + at,
    receivedAt: BEGIN + at,
    own,
  }
}

/** One of ours, by alice. */
export function own(id: string, more: Said = {}): Entry {
  return said(id, { from: ALICE, own: true, ...more })
}

export function texts(entries: readonly Entry[]): string[] {
  return entries.map(({ message }) => textOf(message.content))
}

/** All of a conversation, page by page. */
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
