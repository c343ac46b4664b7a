/** `parley doctor`: probes everything that a peer needs, and says what is wrong and what fixes it. */
import { randomBytes } from 'node:crypto'
import { TCP } from '../../http/network.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { closedNetwork } from '../../secure/closed-network.ts'
import { SecureSelf } from '../../secure/self.ts'
import { EXIT } from '../system/exit-codes.ts'
import { LOCAL_CLIENT } from '../running/local-client.ts'
import { localPerson } from '../running/local-person.ts'
import { findPeer, runningPeers, type RunningPeer } from '../running/running-peers.ts'
import { systemRandom } from '../system/random.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import { diagnose } from './diagnose.ts'
import { runProbes, type ProbeOptions } from './probes/run-probes.ts'
import { asJson, asText, fitted } from './report.ts'
import type { Address } from '../../http/message.ts'
import type { NetworkKey } from '../../identity/network-key.ts'

export interface DoctorOptions {
  readonly name: string
  /** The user chose this name. */
  readonly isNamed: boolean
  /** The address at which a peer would listen. */
  readonly ip: string
  readonly port?: number | undefined
  /** Undefined: no tracker. */
  readonly tracker: Address | undefined
  /** Names of interfaces; empty: all. */
  readonly interfaces: readonly string[]
  readonly lan: boolean
  /** The closed network of the peer; undefined: an open one. */
  readonly network?: NetworkKey | undefined
  readonly peers: readonly Address[]
  /** The directory of messages; undefined: that of the name. */
  readonly data?: string | undefined
  /** For all probes together, in seconds. */
  readonly timeout: number
  readonly json: boolean
  readonly color: boolean
  /** The user did not ask for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
}

/** A peer needs some time to answer, in milliseconds. */
const MIN_TIMEOUT = 1_000

/** For the local API of a peer of this machine, in milliseconds. */
const LOCAL_TIMEOUT = 1_000

/**
 * Prints the diagnosis. Resolves to the exit status: 0 nothing is wrong, 1 something is. Rejects with ExitError if several
 * running peers have the chosen name, or if the one that has it is in another network than the given one.
 */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { name, ip, port, tracker, isTrackerOptional, interfaces, lan, peers } = options
  const { timeout, json, color, network } = options
  const begun = Date.now() - performance.now()
  const member = network && asMember(network)
  const findings = await runProbes({
    wanted: { name, ip, port, interfaces, isTrackerOptional },
    lan,
    seal: member?.datagrams,
    tracker,
    peers,
    ...(await peersHere(options)),
    timeout: Math.max(MIN_TIMEOUT, timeout * 1_000),
    network: member === undefined ? TCP : closedNetwork(TCP, member, systemClock),
    clock: systemClock,
    random: systemRandom,
    // The wall clock, without its jumps.
    now: () => begun + performance.now(),
  })
  const diagnosis = diagnose(findings)
  const style = styleFor(process.stdout.isTTY, process.env, color)
  const { isTTY, columns } = process.stdout
  const text = asText(diagnosis, style)
  const shown = json ? asJson(diagnosis, findings) : isTTY ? fitted(text, columns) : text
  process.stdout.write(`${shown}\n`)
  return diagnosis.isWrong ? EXIT.failure : EXIT.ok
}

type Here = Pick<ProbeOptions, 'directory' | 'self' | 'listed'>

/** The directory of the person, which for a running peer is where that one keeps its messages, and who runs here. */
async function peersHere({ name, isNamed, data, network }: DoctorOptions): Promise<Here> {
  const client = TCP.client({ ...LOCAL_CLIENT, timeouts: { connect: LOCAL_TIMEOUT, answer: LOCAL_TIMEOUT } })
  const label = network?.label
  const listed = (peer: RunningPeer) => ({
    name: peer.name,
    port: peer.port,
    pid: peer.pid,
    otherNetwork: peer.network === label ? undefined : (peer.network ?? 'open'),
  })
  try {
    const isByName = data === undefined && isNamed
    const named = isByName ? await findPeer(client, { name, network: label }) : undefined
    const directory = data ?? named?.directory ?? localPerson(name, isNamed)?.directory
    const self = named ?? (directory === undefined ? undefined : await findPeer(client, { data: directory }))
    return { directory, self: self && listed(self), listed: (await runningPeers(client)).map(listed) }
  } finally {
    client.close()
  }
}

/** A member that no peer has met before. */
function asMember(network: NetworkKey): SecureSelf {
  return new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes, network })
}
