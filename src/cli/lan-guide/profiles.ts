/**
 * Changed profiles, held for a moment: a name, a status and a picture that change together arrive as several events and
 * are printed once.
 */
import { peerId, type Peer, type PeerId } from '../../chat/model.ts'
import type { Clock } from '../../chat/clock.ts'

/** Long enough to fetch a picture on one network, in milliseconds. */
const HOLD = 150

export class HeldProfiles {
  readonly #clock: Clock
  readonly #print: (peer: Peer) => void
  readonly #held = new Map<PeerId, { peer: Peer; readonly cancel: () => void }>()

  constructor(clock: Clock, print: (peer: Peer) => void) {
    this.#clock = clock
    this.#print = print
  }

  changed(peer: Peer): void {
    const id = peerId(peer)
    const held = this.#held.get(id)
    if (held !== undefined) {
      held.peer = peer
      return
    }
    const cancel = this.#clock.after(HOLD, () => {
      this.#release(id)
    })
    this.#held.set(id, { peer, cancel })
  }

  /** Prints everything that is held back. */
  flush(): void {
    for (const id of [...this.#held.keys()]) this.#release(id)
  }

  #release(id: PeerId): void {
    const held = this.#held.get(id)
    held?.cancel()
    this.#held.delete(id)
    if (held !== undefined) this.#print(held.peer)
  }
}
