/**
 * Whose words are kept in the browser. The browser keeps by address and port, and another peer may have these tomorrow:
 * its page must not say what was written for the first. Pure.
 */
import type { LocalSelf } from '../../chat/wire/local-api.ts'

export interface Owner {
  /** The same after every start with the same data; undefined for a peer that does not tell it. */
  readonly identity: string | undefined
  /** The AddressKey. */
  readonly id: string
  readonly name: string
}

export function ownerOf({ identity, id, name }: LocalSelf): Owner {
  return { identity, id, name }
}

/** A peer without data on disk has a new identity at each start: then the name and the address have to be the same. */
export function isSameOwner(kept: Owner, now: Owner): boolean {
  if (kept.identity !== undefined && kept.identity === now.identity) return true
  return kept.id === now.id && kept.name === now.name
}

export interface KeptRecord {
  readonly owner: Owner
  readonly value: unknown
}

/** What was kept, as it comes back from the storage; undefined when it is something else. */
export function restoredRecord(saved: unknown): KeptRecord | undefined {
  if (!isRecord(saved) || !isRecord(saved['owner'])) return undefined
  const { identity, id, name } = saved['owner']
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  return {
    owner: { identity: typeof identity === 'string' ? identity : undefined, id, name },
    value: saved['value'],
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
