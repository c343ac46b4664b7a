/**
 * A tab that is duplicated takes its waiting messages with it. Whoever sends one first claims it, for all tabs of this
 * page to see; the other lets it go.
 */
import { localKeep } from '../net/keep.ts'
import { parsed } from '../model/shapes.ts'

const KEPT_AS = 'parley.claims'
const MOST_KEPT = 200

/** This tab, as long as it is loaded. */
const TAB = Math.random().toString(36).slice(2)

/** False when another tab has it. */
export function claimOnce(id: string): boolean {
  const saved = parsed(localKeep.get(KEPT_AS) ?? '')
  const claims = Array.isArray(saved) ? saved.filter(isClaim) : []
  const claim = claims.find(([claimed]) => claimed === id)
  if (claim !== undefined) return claim[1] === TAB
  localKeep.set(KEPT_AS, JSON.stringify([...claims, [id, TAB]].slice(-MOST_KEPT)))
  return true
}

function isClaim(value: unknown): value is [id: string, tab: string] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string'
}
