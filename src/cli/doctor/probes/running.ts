/** Peers that run on this machine. One of them may be the wanted one. */
import { httpProbe, type HttpProber, type Fields } from './http-probe.ts'
import { idIn, nameIn } from './peer.ts'
import type { Holder, RunningPeer } from '../findings.ts'

/** The peer that listens at this port of this machine. `hosts`: own addresses, the likeliest first. */
export async function peerAt(
  asker: HttpProber,
  hosts: readonly string[],
  port: number,
): Promise<RunningPeer | undefined> {
  for (const host of hosts) {
    const asked = await httpProbe(asker, { host, port }, { target: '/p2p/hello' })
    if (asked.outcome === 'refused') continue
    return asked.outcome === 'answers' ? runningPeer(asked.fields, port) : undefined
  }
  return undefined
}

function runningPeer(fields: Fields = {}, port: number): RunningPeer | undefined {
  const name = nameIn(fields)
  if (fields['app'] !== 'parley' || name === undefined) return undefined
  return { name, port, node: idIn(fields['node']), identity: idIn(fields['identity']) }
}

/** A peer that the list of running peers has: also one of another network, which does not answer strangers. */
export interface ListedPeer {
  readonly name: string
  readonly port: number | undefined
  readonly pid: number
  /** As in TakenPort. */
  readonly otherNetwork: string | undefined
}

/** The listed peer at this port. A program at the same port of another address is not the peer. */
export function listedAt(
  listed: readonly ListedPeer[],
  port: number,
  holder: Holder | undefined,
): ListedPeer | undefined {
  return listed.find((peer) => peer.port === port && (holder === undefined || holder.pid === peer.pid))
}
