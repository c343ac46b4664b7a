/**
 * Which messages are corroborated. Invariant: a message counts as corroborated when it came straight from its author, or
 * when two hosts told of it independently. What one host alone told is shown and kept, and goes no further: otherwise
 * one stranger could speak in the name of every peer, with the word of this one for it.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { senderKey, type ChatMessage, type Transit } from '../../chat/model.ts'
import { hostKey } from '../../http/ip.ts'
import type { Entry } from '../../store/store.ts'

/**
 * Messages that one host told of, and corroborated ones. Forgotten ones count as uncorroborated: the oldest of the host
 * that told of most.
 */
const MAX_REMEMBERED = 20_000

export class Hearsay {
  /** The host that told of a message, by sender and id. */
  readonly #tellers = new BoundedMap<string, string>(MAX_REMEMBERED, (_key, host) => host)
  /** The host whose word corroborated a message, by sender and id. */
  readonly #corroborated = new BoundedMap<string, string>(MAX_REMEMBERED, (_key, host) => host)

  /**
   * A copy of a message came from a host at `remote`; `hops` is 0 if it came straight. `kept`: as it was kept before. The
   * store itself remembers which messages came straight, so these take no place here.
   */
  record(kept: Pick<Entry, 'message' | 'hops'>, hops: number, remote: string): void {
    if (cameStraight(kept.hops)) return
    const key = keyOf(kept.message)
    const host = hostKey(remote)
    const before = this.#tellers.get(key)
    if (hops === 0 || (before !== undefined && before !== host)) this.#corroborate(key, host)
    else if (before === undefined && !this.#corroborated.has(key)) this.#tellers.set(key, host)
  }

  /** `hops`: as it is kept. */
  isCorroborated(message: ChatMessage, hops: Transit['hops']): boolean {
    return cameStraight(hops) || this.#corroborated.has(keyOf(message))
  }

  #corroborate(key: string, host: string): void {
    this.#tellers.delete(key)
    this.#corroborated.set(key, host)
  }
}

function cameStraight(hops: Transit['hops']): boolean {
  return (hops ?? 0) <= 0
}

function keyOf(message: ChatMessage): string {
  return `${senderKey(message)} ${message.id}`
}
