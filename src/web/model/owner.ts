/**
 * Whose words are kept in the browser. The browser keeps by address and port, and another peer may have these tomorrow:
 * its page must not say what was written for the first. Pure.
 */
import * as v from 'valibot'
import type { LocalSelf } from '../../chat/wire/local-api.ts'

const Owner = v.object({
  /** The same after every start with the same data; undefined for a peer that does not tell it. */
  identity: v.optional(v.string()),
  /** The AddressKey. */
  id: v.string(),
  name: v.string(),
})
export type Owner = Readonly<v.InferOutput<typeof Owner>>

export function ownerOf({ identity, id, name }: LocalSelf): Owner {
  return { identity, id, name }
}

/** A peer without data on disk has a new identity at each start: then the name and the address have to be the same. */
export function isSameOwner(kept: Owner, now: Owner): boolean {
  if (kept.identity !== undefined && kept.identity === now.identity) return true
  return kept.id === now.id && kept.name === now.name
}

/** What is kept, with its owner, as the storage gives it back. */
export const KeptRecord = v.object({ owner: Owner, value: v.unknown() })
