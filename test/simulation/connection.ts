/**
 * A TCP connection without its bytes in pieces: what is sent arrives whole and in the end, unless an end is closed.
 * Each end learns only from the wire that the other is gone; that is where the interesting mistakes live.
 */
import type { Life } from './life.ts'
import type { Wire } from './wire.ts'

export class End {
  readonly life: Life
  isOpen = true
  /** The other end is gone, or the connection broke. Called once at most, and never after close(). */
  onGone: () => void = () => undefined
  #forget: () => void

  constructor(life: Life, onEndOfLife: () => void) {
    this.life = life
    this.#forget = life.onEnd(onEndOfLife)
  }

  shut(): void {
    this.isOpen = false
    this.#forget()
  }
}

export class Connection {
  readonly client: End
  readonly server: End
  readonly #wire: Wire

  constructor(client: Life, server: Life, wire: Wire) {
    this.#wire = wire
    this.client = new End(client, () => {
      this.close(this.client)
    })
    this.server = new End(server, () => {
      this.close(this.server)
    })
  }

  /** From one end to the other, even if the first is closed in the meantime. */
  send(from: End, arrive: () => void): void {
    const to = this.#other(from)
    const { machine } = from.life
    const { boots } = machine
    this.#wire.bytes(
      machine,
      to.life.machine,
      () => {
        to.life.run(() => {
          if (to.isOpen) arrive()
        })
      },
      () => to.isOpen && machine.boots === boots,
    )
  }

  /** This end is done. Of a program that was killed the kernel says so; of a machine without power, once it is back. */
  close(end: End): void {
    if (!end.isOpen) return
    end.shut()
    const other = this.#other(end)
    this.#wire.bytes(
      end.life.machine,
      other.life.machine,
      () => {
        this.#goneFor(other)
      },
      () => other.isOpen,
    )
  }

  /** Something between the machines has forgotten it and tells both. */
  break(): void {
    this.#goneFor(this.client)
    this.#goneFor(this.server)
  }

  #goneFor(end: End): void {
    end.life.run(() => {
      if (!end.isOpen) return
      end.shut()
      end.onGone()
    })
  }

  #other(end: End): End {
    return end === this.client ? this.server : this.client
  }
}
