/**
 * Where others ask for a secure connection: GET /p2p/secure. What strangers can make this process compute is bounded, and
 * what was refused is counted. In a closed network a stranger is refused before it is counted, and before any curve is
 * computed.
 */
import { ProtocolError, type Context, type Request, type Response, type Upgrade } from '../http/message.ts'
import { refuse, type Routes } from '../http/router.ts'
import { HandshakeBounds } from './handshake-bounds.ts'
import { SECURE_LIMITS } from './limits.ts'
import { completeHandshake } from './responder.ts'
import { strangerRefusal } from './closed.ts'
import { SECURE_PATH, noiseMessage, switchFields, upgradeProblem } from './upgrade.ts'
import type { ProvingHandshake, SecureSelf } from './self.ts'
import type { Wear } from './secure-transport.ts'
import type { Clock } from '../http/transport/clock.ts'

export interface SecureDoorOptions {
  readonly self: SecureSelf
  readonly clock: Clock
  /** Called for each handshake that ends without a proof; other refusals are answers. */
  readonly onFailed?: () => void
  readonly wear?: Wear
}

export class SecureDoor {
  readonly routes: Routes
  readonly #options: SecureDoorOptions
  readonly #bounds = new HandshakeBounds()

  constructor(options: SecureDoorOptions) {
    this.#options = options
    this.routes = { [`GET ${SECURE_PATH}`]: this.handle }
  }

  /** Handles GET /p2p/secure. Throws ProtocolError, Refusal 429 and 503, and in a closed network Refusal 403. */
  readonly handle = (request: Request, context: Context): Response => {
    if (context.peer !== undefined) throw new ProtocolError(400, 'this connection is a secure one already')
    const problem = upgradeProblem(request)
    if (problem !== undefined) throw this.#refusal(problem)
    const { firstBytes } = this.#options.self
    const message = noiseMessage(request.headers, firstBytes)
    if (message === undefined)
      throw this.#refusal(`Sec-Parley-Noise must be ${firstBytes} bytes in base64url`)
    const handshake = this.#options.self.begin('responder')
    this.#attempt(() => {
      handshake.readFirst(message)
    })
    const { host } = context.remote
    this.#count(host)
    const second = this.#attempt(() => handshake.writeProof())
    return { status: 101, upgrade: this.#upgrade(host, handshake, second) }
  }

  /** Forgets hosts that have asked for nothing lately. */
  sweep(now: number): void {
    this.#bounds.sweep(now)
  }

  #count(host: string): void {
    const excess = this.#bounds.take(host, this.#options.clock.now())
    const headers = { 'Retry-After': '1' }
    if (excess === 'too-many-open')
      throw refuse(503, 'too_many_handshakes', 'too many handshakes at a time; try again in a moment', {
        headers,
      })
    if (excess === 'too-many-a-second')
      throw refuse(429, 'too_many_handshakes', 'too many handshakes a second; try again in a moment', {
        headers,
      })
  }

  #upgrade(host: string, handshake: ProvingHandshake, second: Buffer): Upgrade {
    const { clock, wear = SECURE_LIMITS.wear, onFailed } = this.#options
    return {
      fields: switchFields(second),
      take: async (transport, age) => {
        this.#bounds.opened(host)
        const within = Math.max(0, SECURE_LIMITS.within - age)
        const secure = await completeHandshake(transport, { handshake, clock, within, wear })
        const [peer, binding] = [secure?.other, secure?.binding]
        this.#bounds.closed(host, peer !== undefined, clock.now())
        if (secure !== undefined && peer !== undefined && binding !== undefined)
          return { transport: secure, peer: { ...peer, binding } }
        onFailed?.()
        return undefined
      },
    }
  }

  #attempt<Result>(step: () => Result): Result {
    try {
      return step()
    } catch {
      throw this.#refusal('Sec-Parley-Noise is no key that a handshake begins with')
    }
  }

  /** A stranger learns nothing but that the network has a key. */
  #refusal(problem: string): Error {
    return this.#options.self.network === undefined ? new ProtocolError(400, problem) : strangerRefusal()
  }
}
