/** Probes one other peer: does it answer, is its clock right, and can it reach this machine? */
import { personName } from '../../../chat/wire/fields.ts'
import { ChatError } from '../../../chat/errors.ts'
import { httpProbe, type HttpProber, type Fields } from './http-probe.ts'
import type { Address } from '../../../http/message.ts'
import type { CheckReason } from '../../../peer/self/reach-check.ts'
import type { PeerFinding } from '../findings.ts'

/** The answers of a peer; its sources are added later. */
export type PeerProbe = Omit<PeerFinding, 'sources'>

/** The own port, and the nonce that proves that a peer reached it. */
export interface Callback {
  readonly port: number
  readonly nonce: string
}

/** `name`: that of another source. Without a callback the peer need not connect. Never rejects because of the peer. */
export async function probePeer(
  asker: HttpProber,
  address: Address,
  name: string | undefined,
  back: Callback | undefined,
): Promise<PeerProbe> {
  const hello = await httpProbe(asker, address, { target: '/p2p/hello' })
  if (hello.outcome !== 'answers') return { ...NOTHING, address, name, outcome: hello.outcome }
  const { fields = {}, latency, clockDifference } = hello
  const isParley = hello.status === 200 && fields['app'] === 'parley'
  const answers = { ...NOTHING, address, name, outcome: 'answers', latency, clockDifference } as const
  // Legacy clients answer an unknown path in JSON; any other server has a page for it.
  if (!isParley && hello.fields === undefined)
    return { ...NOTHING, address, name, outcome: 'not_peer', latency }
  if (!isParley) return answers
  const known = { ...answers, isParley, name: nameIn(fields) ?? name, ...ids(fields) }
  if (back === undefined) return known
  const checked = await httpProbe(asker, address, {
    target: '/p2p/check',
    body: { port: back.port, nonce: back.nonce },
  })
  if (checked.outcome !== 'answers' || checked.status !== 200) return known
  const { reachable, reason } = checked.fields ?? {}
  return {
    ...known,
    clockDifference: checked.clockDifference ?? clockDifference,
    reachesUs: typeof reachable === 'boolean' ? reachable : undefined,
    reason: REASONS.find((each) => each === reason),
  }
}

/** The fields of a peer that does not answer. */
export const NOTHING = {
  isParley: false,
  latency: undefined,
  clockDifference: undefined,
  node: undefined,
  identity: undefined,
  reachesUs: undefined,
  reason: undefined,
} as const

const REASONS: readonly CheckReason[] = ['refused', 'timeout', 'unreachable', 'closed', 'other_program']

const ID = /^[0-9a-f]{16}$/

function ids({ node, identity }: Fields): Pick<PeerProbe, 'node' | 'identity'> {
  return { node: idIn(node), identity: idIn(identity) }
}

export function idIn(value: unknown): string | undefined {
  return typeof value === 'string' && ID.test(value) ? value : undefined
}

export function nameIn({ name }: Fields): string | undefined {
  try {
    return personName(name)
  } catch (error) {
    if (error instanceof ChatError) return undefined
    throw error
  }
}
