/**
 * The senders of the kept messages: says under which other sender a copy of a message may be kept, because a peer had an
 * identity before it had a key, and an address before its identity was known.
 *
 * All of them are in memory, so that a message from any other sender needs no look-up.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { addressKey, senderKey } from '../../chat/model.ts'
import { numberIn, peerIn, textIn } from '../rows.ts'
import { isProved } from './repeats.ts'
import type { Database } from '../file/sqlite.ts'
import type { ChatMessage } from '../../chat/model.ts'
import type { Entry } from '../store.ts'

/** Identities whose keys are known, and keys for each: any peer may claim any identity. */
const MAX_IDENTITIES = 4_096
export const MAX_KEYS = 4

/** The newest message of each sender, with a few index lookups for each of them, however many messages there are. */
const SENDERS = `
  WITH RECURSIVE found (last) AS (
    SELECT min(sender) FROM message
    UNION ALL
    SELECT (SELECT min(sender) FROM message WHERE sender > found.last) FROM found WHERE found.last IS NOT NULL
  )
  SELECT sender, own, proof, ip, port, name, lsnp, identity, key FROM found JOIN message
    ON number = (SELECT number FROM message WHERE sender = found.last ORDER BY id DESC LIMIT 1)`

const NONE: readonly string[] = []

export class Senders {
  /** The senders of own messages: the identity of this peer, and its key. */
  readonly #own = new Set<string>()
  /** The senders that are identities or addresses. */
  readonly #keyless = new Set<string>()
  /** By identity: the keys that have proved a message which names that identity. */
  readonly #keys = new BoundedMap<string, readonly string[]>(MAX_IDENTITIES)

  constructor(database: Database) {
    for (const row of database.prepare(SENDERS).all())
      this.#note(textIn(row, 'sender'), {
        from: peerIn(row),
        isOwn: numberIn(row, 'own') === 1,
        isProved: numberIn(row, 'proof') !== 0,
      })
  }

  get own(): readonly string[] {
    return [...this.#own]
  }

  isOwn(sender: string): boolean {
    return this.#own.has(sender)
  }

  /** Whether a message was kept of a sender without a key, which is an identity or an address. */
  isKeyless(sender: string): boolean {
    return this.#keyless.has(sender)
  }

  /** A message was kept. */
  add(entry: Entry): void {
    const { message, own } = entry
    this.#note(senderKey(message), { from: message.from, isOwn: own, isProved: isProved(entry) })
  }

  /** The senders, other than its own, under which a copy of this message may be kept: at most MAX_KEYS + 1. */
  others({ from }: ChatMessage): readonly string[] {
    const { key, identity } = from
    if (key === undefined && identity === undefined) return NONE
    const address = addressKey(from)
    const before = this.#keyless.has(address) ? [address] : NONE
    if (identity === undefined) return before
    if (key === undefined) {
      const keys = this.#keys.get(identity)
      return keys === undefined ? before : [...before, ...keys]
    }
    return this.#keyless.has(identity) ? [identity, ...before] : before
  }

  #note(
    sender: string,
    { from, isOwn, isProved }: { from: ChatMessage['from']; isOwn: boolean; isProved: boolean },
  ): void {
    const { key, identity } = from
    if (isOwn) this.#own.add(sender)
    else if (key === undefined) this.#keyless.add(sender)
    else if (isProved && identity !== undefined) this.#noteKey(identity, key)
  }

  #noteKey(identity: string, key: string): void {
    const keys = this.#keys.get(identity) ?? NONE
    if (!keys.includes(key)) this.#keys.set(identity, [...keys, key].slice(-MAX_KEYS))
  }
}
