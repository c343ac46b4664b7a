/** Peers that any source names. Each is probed once, as soon as it is known. */
import { addressProblem, namedNeighbourProblem } from '../../../chat/address.ts'
import { addressKey } from '../../../chat/model.ts'
import { NOTHING, probePeer, type PeerProbe, type Callback } from './peer.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Address } from '../../../http/message.ts'
import type { HttpProber } from './http-probe.ts'
import type { PeerFinding, Source } from '../findings.ts'

export interface DiscoveredPeersOptions {
  readonly asker: HttpProber
  /** Identifies the own peer. */
  readonly own: {
    readonly addresses: readonly string[]
    readonly node: string | undefined
    readonly port: number | undefined
  }
  /** A callback for a peer to try; undefined: there is no listener. */
  readonly callback: () => Callback | undefined
}

/** Peers that are probed: the first ones. */
const MAX_PEERS = 64

interface Discovered {
  readonly address: Address
  readonly sources: Set<Source>
  readonly name: string | undefined
  seen: PeerProbe | undefined
  readonly done: Promise<void>
}

export class DiscoveredPeers {
  readonly #options: DiscoveredPeersOptions
  readonly #all = new Map<string, Discovered>()

  constructor(options: DiscoveredPeersOptions) {
    this.#options = options
  }

  /** A source names a peer. */
  add(source: Source, address: Address, name?: string): void {
    const id = addressKey({ ip: address.host, port: address.port })
    const known = this.#all.get(id)
    known?.sources.add(source)
    const problemOf = source === 'LAN' ? namedNeighbourProblem : addressProblem
    const isRefused = problemOf(address.host, address.port) !== undefined || this.#isOwn(address)
    if (known !== undefined || isRefused || this.#all.size >= MAX_PEERS) return
    const { asker, callback } = this.#options
    const asked = probePeer(asker, address, name, callback())
    const discovered: Discovered = {
      address,
      name,
      sources: new Set([source]),
      seen: undefined,
      done: asked.then((seen) => {
        discovered.seen = seen
      }),
    }
    this.#all.set(id, discovered)
  }

  /** The answers of all peers. A peer that takes longer than `within` milliseconds does not answer. */
  async findings(clock: Clock, within: number): Promise<PeerFinding[]> {
    const { promise: late, cancel } = after(clock, within)
    await Promise.race([Promise.all([...this.#all.values()].map(({ done }) => done)), late])
    cancel()
    return [...this.#all.values()]
      .map(findingOf)
      .filter(({ node }) => node === undefined || node !== this.#options.own.node)
  }

  #isOwn({ host, port }: Address): boolean {
    const { own } = this.#options
    return port === own.port && own.addresses.includes(host)
  }
}

function findingOf({ address, name, sources, seen }: Discovered): PeerFinding {
  const found = { ...(seen ?? { ...NOTHING, outcome: 'timeout', address, name }), sources: [...sources] }
  // Another program counts as a peer if it or a tracker says so, not because the user gave its address.
  const isPeer = found.isParley || sources.has('LAN') || sources.has('tracker')
  if (found.outcome !== 'answers' || isPeer) return found
  return { ...found, outcome: 'not_peer', clockDifference: undefined }
}

function after(clock: Clock, ms: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  return { promise, cancel }
}
