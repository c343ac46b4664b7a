/** Probes the tracker: does it answer as one, and which peers does it know? */
import { peers as peersIn } from '../../../peer/discovery/tracker-client.ts'
import { httpProbe, type HttpProber, type Fields } from './http-probe.ts'
import type { Peer } from '../../../chat/model.ts'
import type { Address } from '../../../http/message.ts'
import type { TrackerFinding } from '../findings.ts'

export interface TrackerProbe {
  readonly finding: TrackerFinding
  /** The peers that it named. */
  readonly peers: readonly Peer[]
}

/** Never rejects because of the tracker. */
export async function probeTracker(asker: HttpProber, address: Address): Promise<TrackerProbe> {
  const asked = await httpProbe(asker, address, { target: '/get-list' })
  const nothing = { address, latency: undefined, clockDifference: undefined, peers: undefined }
  if (asked.outcome !== 'answers') return { finding: { ...nothing, outcome: asked.outcome }, peers: [] }
  const { status, fields, latency, clockDifference } = asked
  if (status !== 200 || fields === undefined || !isTracker(fields))
    return { finding: { ...nothing, outcome: 'not_tracker', latency, clockDifference }, peers: [] }
  const known = peersIn(fields['peers'])
  const total = fields['total_peers']
  const count = typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : known.length
  return { finding: { address, outcome: 'answers', latency, clockDifference, peers: count }, peers: known }
}

/** Every tracker answers /get-list with `peers`, as a list or by name. */
function isTracker(fields: Fields): boolean {
  return typeof fields['peers'] === 'object' && fields['peers'] !== null
}
