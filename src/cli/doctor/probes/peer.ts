/** One other peer: does it answer, is its clock right, and can it reach us? */
import { personName } from '../../../chat/wire/fields.ts'
import { ChatError } from '../../../chat/errors.ts'
import { ask, type Asker, type Fields } from './http-probe.ts'
import type { Address } from '../../../http/message.ts'
import type { CheckReason } from '../../../peer/self/reach-check.ts'
import type { PeerFinding } from '../findings.ts'

/** What one question and another tell of somebody, without what others told of it. */
export type PeerSeen = Omit<PeerFinding, 'sources'>

/** Where we can be reached, and by what we know that it was us who was reached. */
export interface WayBack {
  readonly port: number
  readonly nonce: string
}

/** `name`: as others call it. Without a way back, it is not asked for one. Never rejects for what the peer does. */
export async function seePeer(
  asker: Asker,
  address: Address,
  name: string | undefined,
  back: WayBack | undefined,
): Promise<PeerSeen> {
  const hello = await ask(asker, address, { target: '/p2p/hello' })
  if (hello.outcome !== 'answers') return { ...NOTHING, address, name, outcome: hello.outcome }
  const { fields = {}, latency, clockDifference } = hello
  const isParley = hello.status === 200 && fields['app'] === 'parley'
  const answers = { ...NOTHING, address, name, outcome: 'answers', latency, clockDifference } as const
  // Programs of the family that know no such question say so in JSON; any other server has a page for it.
  if (!isParley && hello.fields === undefined)
    return { ...NOTHING, address, name, outcome: 'not_peer', latency }
  if (!isParley) return answers
  const known = { ...answers, isParley, name: nameIn(fields) ?? name, ...ids(fields) }
  if (back === undefined) return known
  const checked = await ask(asker, address, {
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

/** What is known of somebody who says nothing. */
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

function ids({ node, identity }: Fields): Pick<PeerSeen, 'node' | 'identity'> {
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
