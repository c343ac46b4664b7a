/**
 * The peer that stored drafts and messages belong to. Browser storage is shared by address and port, which another peer
 * may have tomorrow: its page must not send what was written for the first.
 */
import * as v from 'valibot'
import type { LocalSelf } from '../../chat/wire/local-api.ts'

const Owner = v.object({
  /** The same after every start with the same data; undefined for a peer that does not tell it. */
  identity: v.optional(v.string()),
  /** The key of the peer; in records of version 0.1.0 its address. */
  id: v.string(),
  name: v.string(),
})
export type Owner = Readonly<v.InferOutput<typeof Owner>>

export function ownerOf({ identity, id, name }: LocalSelf): Owner {
  return { identity, id, name }
}

/** A peer without data on disk has a new identity at each start, so the same name and address match, too. */
export function isSameOwner(kept: Owner, now: Owner): boolean {
  if (kept.identity !== undefined && kept.identity === now.identity) return true
  return kept.id === now.id && kept.name === now.name
}

/** A stored value with its owner. */
export const KeptRecord = v.object({ owner: Owner, value: v.unknown() })
