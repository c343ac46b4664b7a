/** Probes the tracker: does it answer as one, which peers does it know, and has it the key that it had? */
import { keyOf } from '../../../chat/wire/fields.ts'
import { peers as peersIn } from '../../../peer/discovery/tracker-client.ts'
import { httpProbe, type HttpProber, type Fields } from './http-probe.ts'
import type { Peer } from '../../../chat/model.ts'
import type { Address } from '../../../http/message.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import type { TrackerFinding } from '../findings.ts'

export interface TrackerProbe {
  readonly finding: TrackerFinding
  /** The peers that it named. */
  readonly peers: readonly Peer[]
}

/** `pinned`: the key that this person knows it by. Never rejects because of the tracker. */
export async function probeTracker(
  asker: HttpProber,
  address: Address,
  pinned?: KeyId,
): Promise<TrackerProbe> {
  const asked = await httpProbe(asker, address, { target: '/get-list' })
  const nothing = {
    address,
    latency: undefined,
    clockDifference: undefined,
    peers: undefined,
    pinned,
    key: undefined,
  }
  if (asked.outcome !== 'answers') return { finding: { ...nothing, outcome: asked.outcome }, peers: [] }
  const { status, fields, latency, clockDifference } = asked
  if (status !== 200 || fields === undefined || !isTracker(fields))
    return { finding: { ...nothing, outcome: 'not_tracker', latency, clockDifference }, peers: [] }
  const known = peersIn(fields['peers'])
  const total = fields['total_peers']
  const count = typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : known.length
  const key = pinned && (await keyAt(asker, address))
  return {
    finding: { ...nothing, outcome: 'answers', latency, clockDifference, peers: count, key },
    peers: known,
  }
}

/** What it says without a proof: a peer has the key proved before it uses the tracker. */
async function keyAt(asker: HttpProber, address: Address): Promise<KeyId | undefined> {
  const asked = await httpProbe(asker, address, { target: '/healthz' })
  return asked.outcome === 'answers' ? keyOf(asked.fields?.['key']) : undefined
}

/** Every tracker answers /get-list with `peers`, as a list or by name. */
function isTracker(fields: Fields): boolean {
  return typeof fields['peers'] === 'object' && fields['peers'] !== null
}
