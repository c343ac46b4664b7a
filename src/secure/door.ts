/**
 * Where others ask for a secure connection: GET /p2p/secure. Bounds what strangers can make this process compute.
 *
 * A handshake costs 0.65 ms and nothing of it is known to be honest before its end, so they are counted per host and in
 * all, and few may be open at a time.
 */
import { RateLimit } from '../chat/rate-limit.ts'
import { hostKey } from '../http/ip.ts'
import { ProtocolError, type Context, type Request, type Response, type Upgrade } from '../http/message.ts'
import { SECURE_LIMITS } from './limits.ts'
import { completeHandshake } from './responder.ts'
import { MESSAGE_BYTES, noiseMessage, switchFields, upgradeProblem } from './upgrade.ts'
import type { ProvingHandshake, SecureSelf } from './self.ts'
import type { Clock } from '../http/transport/clock.ts'

export class SecureDoor {
  readonly #self: SecureSelf
  readonly #clock: Clock
  readonly #rates = new RateLimit(SECURE_LIMITS.perHost)
  readonly #total = new RateLimit(SECURE_LIMITS.total)
  /** Handshakes that are open, by host. */
  readonly #open = new Map<string, number>()
  #openInAll = 0

  constructor(self: SecureSelf, clock: Clock) {
    this.#self = self
    this.#clock = clock
  }

  /** Handles GET /p2p/secure. Throws ProtocolError. */
  readonly handle = (request: Request, context: Context): Response => {
    if (context.peer !== undefined) throw new ProtocolError(400, 'this connection is a secure one already')
    const problem = upgradeProblem(request)
    if (problem !== undefined) throw new ProtocolError(400, problem)
    const message = noiseMessage(request.headers, MESSAGE_BYTES.first)
    if (message === undefined)
      throw new ProtocolError(400, `Sec-Parley-Noise must be ${MESSAGE_BYTES.first} bytes in base64url`)
    const host = hostKey(context.remote.host)
    this.#count(host)
    return { status: 101, upgrade: this.#upgrade(host, message) }
  }

  /** Forgets hosts that have asked for nothing lately. */
  sweep(now: number): void {
    this.#rates.sweep(now)
  }

  #count(host: string): void {
    const now = this.#clock.now()
    const open = this.#open.get(host) ?? 0
    if (open >= SECURE_LIMITS.openPerHost || this.#openInAll >= SECURE_LIMITS.open)
      throw new ProtocolError(503, 'too many handshakes at a time; try again in a moment')
    if (this.#rates.take(host, now) > 0 || this.#total.take('all', now) > 0)
      throw new ProtocolError(429, 'too many handshakes a second; try again in a moment')
  }

  #upgrade(host: string, message: Buffer): Upgrade {
    const { handshake, second } = this.#begin(message)
    return {
      fields: switchFields(second),
      take: async (transport) => {
        this.#openInAll++
        this.#open.set(host, (this.#open.get(host) ?? 0) + 1)
        const secure = await completeHandshake(transport, handshake, this.#clock, SECURE_LIMITS.within)
        this.#close(host)
        return secure?.other === undefined ? undefined : { transport: secure, peer: secure.other }
      },
    }
  }

  #begin(message: Buffer): { readonly handshake: ProvingHandshake; readonly second: Buffer } {
    const handshake = this.#self.begin('responder')
    try {
      handshake.readFirst(message)
      return { handshake, second: handshake.writeProof() }
    } catch {
      throw new ProtocolError(400, 'Sec-Parley-Noise is no key that a handshake begins with')
    }
  }

  #close(host: string): void {
    this.#openInAll--
    const left = (this.#open.get(host) ?? 1) - 1
    if (left > 0) this.#open.set(host, left)
    else this.#open.delete(host)
  }
}
