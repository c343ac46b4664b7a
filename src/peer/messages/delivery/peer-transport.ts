/**
 * How messages reach a peer: by datagram if it takes nothing else, otherwise over HTTP. Invariant: over HTTP nothing is
 * sent in clear to an address before it has passed the vetting, and nothing for a key without a proof. Nothing is sent to
 * a blocked person, and nothing of a closed channel to who is no member.
 */
import { peerId, type Peer } from '../../../chat/model.ts'
import type { Entrances } from '../../closed/entrances.ts'
import type { LanLink } from '../../discovery/lan.ts'
import type { Hush } from '../../hush/hush.ts'
import type { Vetting } from '../../discovery/vetting.ts'
import type { DeliveryResult, QueuedMessage, Transport } from './delivery-result.ts'

export interface PeerTransportOptions {
  readonly http: Transport
  readonly vetting: Vetting
  readonly lan: LanLink | undefined
  readonly hush: Pick<Hush, 'isBlocked'>
  readonly entrances: Pick<Entrances, 'problemFor'>
}

export class PeerTransport implements Transport {
  readonly #http: Transport
  readonly #vetting: Vetting
  readonly #lan: LanLink | undefined
  readonly #hush: Pick<Hush, 'isBlocked'>
  readonly #entrances: Pick<Entrances, 'problemFor'>

  constructor({ http, vetting, lan, hush, entrances }: PeerTransportOptions) {
    this.#http = http
    this.#entrances = entrances
    this.#vetting = vetting
    this.#lan = lan
    this.#hush = hush
  }

  supportsBatch(to: Peer): boolean {
    return to.lsnp === undefined && !this.#vetting.isAsking(to) && this.#http.supportsBatch(to)
  }

  async send(
    to: Peer,
    messages: readonly QueuedMessage[],
    inFlight: number,
  ): Promise<readonly DeliveryResult[]> {
    if (this.#hush.isBlocked(peerId(to)))
      return messages.map(() => ({ ok: false, final: true, reason: 'you block this person' }))
    const [first] = messages
    const problem = first && this.#entrances.problemFor(first.message, to)
    if (problem !== undefined) return messages.map(() => ({ ok: false, final: true, reason: problem }))
    if (first === undefined || to.lsnp === undefined) return this.#post(to, messages, inFlight)
    if (this.#lan === undefined) return [{ ok: false, final: false, reason: 'this peer is not on the LAN' }]
    return [await this.#lan.transmit(to.lsnp, first)]
  }

  /** In this turn of the event loop if the address has passed, or its connection must prove a key. A request behind others follows them on their connection. */
  #post(to: Peer, messages: readonly QueuedMessage[], inFlight: number): Promise<readonly DeliveryResult[]> {
    const send = (): Promise<readonly DeliveryResult[]> => this.#http.send(to, messages, inFlight)
    if (to.key !== undefined || inFlight > 0 || this.#vetting.hasPassed(to)) return send()
    return this.#vetting.whenPassed(to, send, (reason) => [{ ok: false, final: false, reason }])
  }
}
