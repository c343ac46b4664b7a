/**
 * Hints that wait for the answer of their peer, by meeting. Invariant: they say what each source says now: a later hint of
 * a source is added to its earlier ones, and what it takes back is in none of them.
 */
import type { Source } from '../../chat/presence.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Hint } from './hint.ts'

export type Hints = ReadonlyMap<Source, Hint>

const NONE: Hints = new Map()

export class PendingHints {
  readonly #hints = new Map<string, Map<Source, Hint>>()

  add(meeting: string, hint: Hint): void {
    const hints = this.#hints.get(meeting) ?? new Map<Source, Hint>()
    this.#hints.set(meeting, hints)
    const before = hints.get(hint.source)
    hints.set(hint.source, before === undefined || hint.isComplete ? hint : withChannels(hint, before))
  }

  of(meeting: string): Hints {
    return this.#hints.get(meeting) ?? NONE
  }

  take(meeting: string): Hints {
    const hints = this.of(meeting)
    this.#hints.delete(meeting)
    return hints
  }

  /** Whether a source still says that the peer is in a channel. `now`: milliseconds of the clock. */
  stand(meeting: string, now: number): boolean {
    return [...this.of(meeting).values()].some(({ channels, until }) => channels.length > 0 && until > now)
  }

  /** A source no longer says that these peers are in this channel. */
  withdraw(source: Source, channel: string, isMeant: (key: KeyId) => boolean): void {
    for (const hints of this.#hints.values()) {
      const hint = hints.get(source)
      if (hint?.channels.includes(channel) !== true || !isMeant(hint.peer.key)) continue
      hints.set(source, { ...hint, channels: hint.channels.filter((each) => each !== channel) })
    }
  }
}

function withChannels(hint: Hint, before: Hint): Hint {
  return { ...hint, channels: [...new Set([...before.channels, ...hint.channels])] }
}
