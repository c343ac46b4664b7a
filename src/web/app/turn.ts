/**
 * A tab that is duplicated takes its waiting messages with it, and both tabs look whether each was sent already. So that
 * they do not look at the same time, they take turns, where the browser has locks.
 */
import { locksHere } from '../net/locks.ts'

const LOCK = 'parley.turn'
/** A tab that is stuck does not keep the others from sending for longer than this, in milliseconds. */
const PATIENCE = 5_000

/** Settles as `work` does, which is done in any case. */
export async function inTurn(work: () => Promise<void>): Promise<void> {
  const locks = locksHere()
  if (locks === undefined) return work()
  try {
    await locks.request(LOCK, { signal: AbortSignal.timeout(PATIENCE) }, work)
  } catch (error) {
    // Only the lock itself rejects so: its turn did not come.
    if (!(error instanceof DOMException)) throw error
    await work()
  }
}
