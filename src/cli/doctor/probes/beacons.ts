/**
 * Listens on the LAN of a closed network for a few seconds: which members send beacons? They are asked to by a beacon of this
 * program, which answers nothing that a member asks then, so they show it nowhere.
 */
import { addressKey } from '../../../chat/model.ts'
import { Beacons, type BeaconsOptions } from '../../../udp/closed/beacons.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { HeardPeer, LanFinding } from '../findings.ts'

export interface BeaconProbeOptions extends Pick<BeaconsOptions, 'seal' | 'node' | 'tcpPort' | 'interfaces'> {
  /** How long to listen, in milliseconds. */
  readonly listen: number
  readonly clock: Clock
  /** Called once for each member, as soon as it is heard. */
  readonly onHeard: (peer: HeardPeer) => void
}

/** Members that are noted. */
const MAX_HEARD = 256

/** Resolves after `listen` milliseconds. Never rejects. */
export async function probeBeacons(options: BeaconProbeOptions): Promise<LanFinding> {
  const { clock, listen, onHeard, seal, node, tcpPort, interfaces } = options
  const heard = new Map<string, HeardPeer>()
  const problems: string[] = []
  try {
    await using beacons = await Beacons.start({
      ...{ seal, node, tcpPort, interfaces, clock },
      onPeer: ({ address, node: other }) => {
        const name = addressKey({ ip: address.host, port: address.port })
        if (heard.has(name) || heard.size >= MAX_HEARD) return
        const peer = { name, address, httpPort: address.port, node: other }
        heard.set(name, peer)
        onHeard(peer)
      },
      onProblem: (sentence) => problems.push(sentence),
    })
    await new Promise<void>((resolve) => clock.after(listen, resolve))
    await beacons.close()
    return { listened: listen, echoes: [], heard: [...heard.values()], problem: problems[0] }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { listened: 0, echoes: [], heard: [], problem }
  }
}
