/** Everybody that somebody tells of: asked as soon as it is known, once, whoever else tells of it. */
import { addressProblem, namedNeighbourProblem } from '../../../chat/address.ts'
import { addressKey } from '../../../chat/model.ts'
import { NOTHING, probePeer, type PeerProbe, type Callback } from './peer.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Address } from '../../../http/message.ts'
import type { HttpProber } from './http-probe.ts'
import type { PeerFinding, Source } from '../findings.ts'

export interface DiscoveredPeersOptions {
  readonly asker: HttpProber
  /** By which we know ourselves. */
  readonly own: {
    readonly addresses: readonly string[]
    readonly node: string | undefined
    readonly port: number | undefined
  }
  /** Where somebody can try to reach us; undefined: nowhere. */
  readonly callback: () => Callback | undefined
}

/** Peers that are asked; of a larger crowd, the first will do. */
const MOST = 64

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

  /** Somebody is said to be there, by this name. */
  add(source: Source, address: Address, name?: string): void {
    const id = addressKey({ ip: address.host, port: address.port })
    const known = this.#all.get(id)
    known?.sources.add(source)
    const problemOf = source === 'LAN' ? namedNeighbourProblem : addressProblem
    const isRefused = problemOf(address.host, address.port) !== undefined || this.#isOwn(address)
    if (known !== undefined || isRefused || this.#all.size >= MOST) return
    const { asker, callback } = this.#options
    const asked = probePeer(asker, address, name, callback())
    const encounter: Discovered = {
      ...{ address, name, sources: new Set([source]), seen: undefined },
      done: asked.then((seen) => {
        encounter.seen = seen
      }),
    }
    this.#all.set(id, encounter)
  }

  /** What all of them said; who has not by then, in milliseconds, does not answer. */
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
  // Programs of other kinds are believed to be peers when they, or a tracker, say so; not for a user's address.
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
