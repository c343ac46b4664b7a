/**
 * The rule of a closed network: a program that has not proved the network key gets one sentence, and the connection ends.
 *
 * Invariant: the sentence is the same for every request of a stranger, also for bytes that are none. Programs of the same machine may ask in clear
 * whether this one runs, and how it is doing, which names nobody.
 */
import { jsonObject } from '../http/body.ts'
import { isLoopback } from '../http/ip.ts'
import { ProtocolError, type Context, type ReceivedResponse, type Response } from '../http/message.ts'
import { json, refusalAnswer, refuse, type HttpError } from '../http/router.ts'
import { SECURE_PATH, upgradeProblem } from './upgrade.ts'
import type { RequestHead } from '../http/codec/request-parser.ts'
import type { OnlyAnswer } from '../http/server.ts'
import type { SecureSelf } from './self.ts'

/** The code of the refusal. */
const CLOSED_NETWORK = 'closed_network'

const SENTENCE =
  'this network has a key, which this program did not prove: start Parley with --network-key FILE, with the file of a member'

const NO_BODY = Buffer.alloc(0)

const HEALTH = new Set(['/healthz', '/health'])
const STATISTICS = new Set(['/stats', '/metrics'])

export function strangerRefusal(): HttpError {
  return refuse(403, CLOSED_NETWORK, SENTENCE, { close: true })
}

/** Lets members pass. Throws Refusal 403 for everything that a stranger asks but for a handshake. */
export function refuseStrangers(
  { network }: Pick<SecureSelf, 'network'>,
  head: Pick<RequestHead, 'method' | 'path' | 'version' | 'query' | 'headers'>,
  { peer, remote, local }: Context,
): Response | undefined {
  if (network === undefined || peer !== undefined) return undefined
  const { path } = head
  // Before its body comes: who waits for `100 Continue` gets the sentence instead.
  if (path === SECURE_PATH && upgradeProblem({ ...head, body: NO_BODY }) === undefined) return undefined
  const isOfThisMachine = isLoopback(remote.host) || remote.host === local.host
  if (isOfThisMachine && STATISTICS.has(path)) return undefined
  if (isOfThisMachine && HEALTH.has(path)) return json(200, { status: 'ok' })
  throw strangerRefusal()
}

/** What a server says by itself is for members; to strangers it is the one sentence. */
export function onlySentence({ network }: Pick<SecureSelf, 'network'>): OnlyAnswer {
  return ({ peer }) =>
    network === undefined || peer !== undefined
      ? undefined
      : { code: CLOSED_NETWORK, answer: refusalAnswer(CLOSED_NETWORK, strangerRefusal()) }
}

/** Throws what `check` throws to members, and to strangers the one sentence. */
export function refuseAlike(
  self: Pick<SecureSelf, 'network'> | undefined,
  { peer }: Pick<Context, 'peer'>,
  check: () => void,
): void {
  try {
    check()
  } catch (error) {
    throw self?.network !== undefined && peer === undefined ? strangerRefusal() : error
  }
}

/** Whether an answer says that its sender is in a network with a key, of which this program is no member. */
export function isOfClosedNetwork({ status, body }: Pick<ReceivedResponse, 'status' | 'body'>): boolean {
  if (status !== 403) return false
  try {
    return jsonObject(body.toString())['error'] === CLOSED_NETWORK
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}
