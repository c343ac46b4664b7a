/**
 * What a peer of a closed network does with beacons: which it sends, which it reports, which it answers. No socket, no clock.
 *
 * Invariant: an answer is as long as its question, and goes to an address that a member has sealed. A beacon that comes
 * again says nothing; what comes of one is bounded per peer and in all, however many are recorded and replayed. Nothing is
 * counted against the address that a datagram seems to come from: any host could use up what a member has there.
 */
import { BoundedSet } from '../../chat/bounded.ts'
import { addressKey } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { isIn } from '../networks.ts'
import { mayBeBeacon, openBeacon, sealBeacon, type Beacon, type Seal } from './beacon.ts'
import { BEACON_LIMITS } from './limits.ts'
import type { Address } from '../../http/message.ts'
import type { Network } from '../node/model.ts'

export interface Datagram {
  readonly to: Address
  readonly bytes: Buffer
}

/** What a datagram means. */
export interface Heard {
  /** A peer is there, or was there and leaves; undefined: nothing new. */
  readonly peer?: { readonly address: Address; readonly node: string; readonly isLeaving: boolean }
  readonly answer?: Datagram
}

export interface BeaconNodeOptions {
  readonly seal: Seal
  /** Random id of this run: 16 lower-case hexadecimal digits. */
  readonly node: string
  /** Where this peer takes connections, at each of its addresses. */
  readonly tcpPort: number
  /** Where it takes datagrams. */
  readonly udpPort: number
  /** Where beacons are broadcast. */
  readonly beaconPort: number
}

const NOTHING: Heard = {}

export class BeaconNode {
  readonly #options: BeaconNodeOptions
  #networks: readonly Network[] = []
  readonly #known = new BoundedSet<string>(BEACON_LIMITS.known)
  readonly #rates = {
    checked: new RateLimit(BEACON_LIMITS.checked),
    reportedPerPeer: new RateLimit(BEACON_LIMITS.reportedPerPeer),
    goodbyesPerPeer: new RateLimit(BEACON_LIMITS.goodbyesPerPeer),
    reported: new RateLimit(BEACON_LIMITS.reported),
    answersPerPeer: new RateLimit(BEACON_LIMITS.answersPerPeer),
    answers: new RateLimit(BEACON_LIMITS.answers),
  }

  constructor(options: BeaconNodeOptions) {
    this.#options = options
  }

  set networks(networks: readonly Network[]) {
    this.#networks = networks
  }

  /** A beacon for each network. */
  broadcast(kind: Beacon['kind']): Datagram[] {
    const { beaconPort: port } = this.#options
    return this.#networks.map(({ address, broadcast }) => ({
      to: { host: broadcast, port },
      bytes: this.#sealed(kind, address),
    }))
  }

  /** `now` in milliseconds. */
  receive(bytes: Buffer, now: number): Heard {
    if (!mayBeBeacon(bytes) || this.#rates.checked.take('', now) > 0) return NOTHING
    const beacon = openBeacon(this.#options.seal, bytes)
    if (beacon === undefined || beacon.node === this.#options.node) return NOTHING
    const { host, port } = beacon.address
    const network = this.#networks.find((each) => isIn(host, each))
    if (network === undefined || this.#isKnown(bytes)) return NOTHING
    const peer = addressKey({ ip: host, port })
    const { reportedPerPeer, goodbyesPerPeer, reported, answersPerPeer, answers } = this.#rates
    const ofPeer = beacon.kind === 'bye' ? goodbyesPerPeer : reportedPerPeer
    const isReported = ofPeer.take(peer, now) === 0 && reported.take('', now) === 0
    const isAnswered =
      beacon.kind === 'ask' && answersPerPeer.take(peer, now) === 0 && answers.take('', now) === 0
    return {
      ...(isReported && {
        peer: { address: beacon.address, node: beacon.node, isLeaving: beacon.kind === 'bye' },
      }),
      ...(isAnswered && {
        answer: { to: { host, port: beacon.udpPort }, bytes: this.#sealed('here', network.address) },
      }),
    }
  }

  /** Forgets peers that have sent nothing lately. */
  sweep(now: number): void {
    for (const rate of Object.values(this.#rates)) rate.sweep(now)
  }

  #sealed(kind: Beacon['kind'], host: string): Buffer {
    const { seal, node, tcpPort, udpPort } = this.#options
    return sealBeacon(seal, { kind, address: { host, port: tcpPort }, udpPort, node })
  }

  /** Two beacons with the same bytes are one that was recorded. */
  #isKnown(bytes: Buffer): boolean {
    const id = bytes.toString('latin1')
    if (this.#known.has(id)) return true
    this.#known.add(id)
    return false
  }
}
