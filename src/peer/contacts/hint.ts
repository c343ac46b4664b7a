/** What a source says of a peer with a key: where it may be, until when. A connection has to prove it. */
import type { Peer } from '../../chat/model.ts'
import type { Source } from '../../chat/presence.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { ShownHint } from '../profiles/profiles.ts'

/** A peer whose key a source names. */
export type Keyed = Peer & { readonly key: KeyId }

export function hasKey(peer: Peer): peer is Keyed {
  return peer.key !== undefined
}

export interface Hint {
  readonly source: Source
  readonly peer: Keyed
  readonly channels: readonly string[]
  /** The peer is in no other channel. */
  readonly isComplete: boolean
  /** Milliseconds of the clock. */
  readonly until: number
  /** What it shows beside its name, as far as the source knows that. */
  readonly shown?: ShownHint | undefined
}
