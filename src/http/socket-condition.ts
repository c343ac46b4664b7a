/**
 * The condition variable of one socket: a function waits until a condition holds, and events wake it to look again.
 *
 * Every event that can make a condition true calls notify(), and no wait outlives the socket. One function waits at a
 * time.
 */
import type { Socket } from 'node:net'

export class SocketCondition {
  readonly #socket: Pick<Socket, 'closed'>
  #wake: (() => void) | undefined

  constructor(socket: Pick<Socket, 'closed'>) {
    this.#socket = socket
  }

  /** Resolves when the condition holds, or the socket is closed. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#socket.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  readonly notify = (): void => {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
