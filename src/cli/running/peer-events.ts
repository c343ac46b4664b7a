/** Events of a peer on their way to its listeners. */
import type { ChatEvent } from '../../chat/model.ts'

export interface PeerListener {
  show(event: ChatEvent): void
}

/**
 * Holds events until there are listeners: a peer has something to say before anything can show it.
 *
 * Invariant: every listener gets every event once, in order, from the start of the peer.
 */
export class PeerEvents implements PeerListener {
  readonly #held: ChatEvent[] = []
  #listeners: readonly PeerListener[] | undefined

  show(event: ChatEvent): void {
    if (this.#listeners === undefined) this.#held.push(event)
    else for (const listener of this.#listeners) listener.show(event)
  }

  /** Called once. An event that a listener causes meanwhile waits for its turn. */
  listen(...listeners: readonly PeerListener[]): void {
    for (const event of this.#held) for (const listener of listeners) listener.show(event)
    this.#held.length = 0
    this.#listeners = listeners
  }
}
