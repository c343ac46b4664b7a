/**
 * Held channels of one recipient: it is online, and not in the channel yet, because it started again a moment ago and
 * its user has not joined.
 *
 * Messages of a held channel wait here, in their order, so that newer ones do not overtake older ones. The oldest alone
 * is tried, again and again. Invariant: in each held channel either the oldest is on trial, outside of this, or a timer
 * runs that puts it there.
 */
import { TIMES } from '../../../chat/limits.ts'
import { retryPause } from './retry-pause.ts'
import { insert, type Item } from './tracked-message.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Random } from '../../../chat/random.ts'

interface Held {
  readonly items: Item[]
  /** The message that is tried now. */
  onTrial: Item | undefined
  attempts: number
  cancel: () => void
}

interface HeldChannelsOptions {
  readonly clock: Clock
  readonly random: Random
  /** Tries this message, which is on trial from now on. */
  readonly onTrial: (item: Item) => void
}

export class HeldChannels {
  readonly #options: HeldChannelsOptions
  readonly #channels = new Map<string, Held>()
  /** When each message was refused first, or began to wait behind one that was. */
  readonly #refusedAt = new Map<Item, number>()
  #count = 0
  #bytes = 0
  #stalledSince = 0

  constructor(options: HeldChannelsOptions) {
    this.#options = options
  }

  /** Messages that wait here. */
  get items(): readonly Item[] {
    return [...this.#channels.values()].flatMap(({ items }) => items)
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** When the recipient made progress last, before channels were held: milliseconds of the clock. */
  get stalledSince(): number {
    return this.#stalledSince
  }

  /** Whether this message belongs here. A relayed message is not tried again, and so waits for nothing. */
  holds(item: Item): boolean {
    const held = this.#channels.get(item.message.channel)
    return held !== undefined && held.onTrial !== item && !item.tracked.isRelayed
  }

  isOnTrial(item: Item): boolean {
    return this.#channels.get(item.message.channel)?.onTrial === item
  }

  /** Whether the recipient, which was in the channel when this was said, still has time to come back into it. */
  mayJoin(item: Item): boolean {
    const now = this.#options.clock.now()
    return !item.tracked.isRelayed && now - (this.#refusedAt.get(item) ?? now) < TIMES.rejoin
  }

  /** The recipient refused this one. `movedAt`: when it made progress last. True when it is refused for the first time. */
  refused(item: Item, movedAt: number): boolean {
    const isFirst = !this.#refusedAt.has(item)
    const { channel } = item.message
    if (this.#channels.size === 0) this.#stalledSince = movedAt
    const held = this.#channels.get(channel) ?? newHeld()
    const isTimed = this.#channels.has(channel) && held.onTrial !== item
    this.#channels.set(channel, held)
    this.#put(held, item)
    if (isTimed) return isFirst
    held.onTrial = undefined
    this.#tryLater(held)
    return isFirst
  }

  /** Adds a message behind those that were refused. */
  add(item: Item): void {
    const held = this.#channels.get(item.message.channel)
    if (held !== undefined) this.#put(held, item)
  }

  /** The channel is no longer held: returns the messages that waited, in their order. */
  release(channel: string): readonly Item[] {
    const held = this.#channels.get(channel)
    if (held === undefined) return []
    held.cancel()
    this.#channels.delete(channel)
    return this.#take(held, [...held.items])
  }

  /**
   * The recipient is still not in this channel, and `refused`, if it was on trial, is given up. Returns the messages that
   * are given up with it: those for which `isOver`.
   */
  giveUp(refused: Item, isOver: (item: Item) => boolean): readonly Item[] {
    const { channel } = refused.message
    const held = this.#channels.get(channel)
    if (held === undefined) return []
    const over = this.#take(held, held.items.filter(isOver))
    const wasOnTrial = held.onTrial === refused
    if (wasOnTrial) held.onTrial = undefined
    if (held.items.length === 0 && held.onTrial === undefined) {
      held.cancel()
      this.#channels.delete(channel)
    } else if (wasOnTrial) this.#tryLater(held)
    return over
  }

  /** A message is settled. */
  forget(item: Item): void {
    this.#refusedAt.delete(item)
  }

  /** The recipient gave a sign of life: the oldest of each channel is tried now, and the pauses begin anew. */
  wake(): void {
    for (const held of [...this.#channels.values()]) {
      held.attempts = 0
      if (held.onTrial === undefined) this.#try(held)
    }
  }

  close(): void {
    for (const { cancel } of this.#channels.values()) cancel()
    this.#channels.clear()
  }

  #tryLater(held: Held): void {
    const { clock, random } = this.#options
    held.cancel = clock.after(retryPause(held.attempts++, random), () => {
      this.#try(held)
    })
  }

  #try(held: Held): void {
    held.cancel()
    const [oldest] = held.items
    if (oldest === undefined) return
    this.#take(held, [oldest])
    held.onTrial = oldest
    this.#options.onTrial(oldest)
  }

  #put(held: Held, item: Item): void {
    if (!this.#refusedAt.has(item)) this.#refusedAt.set(item, this.#options.clock.now())
    insert(held.items, item)
    this.#count++
    this.#bytes += item.bytes
  }

  #take(held: Held, items: readonly Item[]): readonly Item[] {
    const taken = new Set(items)
    held.items.splice(0, Infinity, ...held.items.filter((item) => !taken.has(item)))
    this.#count -= items.length
    for (const { bytes } of items) this.#bytes -= bytes
    return items
  }
}

function newHeld(): Held {
  return { items: [], onTrial: undefined, attempts: 0, cancel: () => undefined }
}
