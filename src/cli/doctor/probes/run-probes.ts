/** Runs all probes and collects the findings. Independent probes run at the same time. */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { keyOf } from '../../../chat/wire/fields.ts'
import { isLoopback } from '../../../http/ip.ts'
import { trackerKeySetting } from '../../../peer/discovery/tracker-route.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../../udp/lsnp/ports.ts'
import { DATABASE_FILE } from '../../running/local-person.ts'
import { chosenNetworks } from '../../system/interfaces.ts'
import { DiscoveredPeers } from './discovered-peers.ts'
import { probeBeacons } from './beacons.ts'
import { probeLan } from './lan.ts'
import { NO_DISK, probeDisk } from './disk.ts'
import { readKept, settingIn } from './kept.ts'
import { interfaceFindings, interfaceNames } from './interfaces.ts'
import { probeTcp, probeUdp, type TcpProbe } from './ports.ts'
import { listedAt, peerAt, type ListedPeer } from './running.ts'
import { probeSystem } from './system.ts'
import { probeTracker } from './tracker.ts'
import { newNonce } from './callback.ts'
import type { Clock } from '../../../chat/clock.ts'
import { randomHex, type Random } from '../../../chat/random.ts'
import type { HttpNetwork } from '../../../http/network.ts'
import type { Address } from '../../../http/message.ts'
import type { KeyId } from '../../../identity/public-key.ts'
import { BEACON_PORT } from '../../../udp/closed/limits.ts'
import type { Seal } from '../../../udp/closed/beacon.ts'
import type { LanPorts } from '../../../udp/socket.ts'
import type { HttpProber } from './http-probe.ts'
import type { Findings, HeardPeer, LanFinding, RunningPeer, TrackerFinding, Wanted } from '../findings.ts'

export interface ProbeOptions {
  readonly wanted: Wanted
  readonly lan: boolean
  /** Of the closed network in which is looked; undefined: it is an open one. */
  readonly seal?: Seal | undefined
  readonly tracker: Address | undefined
  readonly peers: readonly Address[]
  /** The directory of messages; undefined: there is none. */
  readonly directory: string | undefined
  /** The peer that runs with this directory. */
  readonly self: ListedPeer | undefined
  /** All peers that run on this machine, as far as they can be listed. */
  readonly listed: readonly ListedPeer[]
  /** For all probes together, in milliseconds. */
  readonly timeout: number
  readonly network: HttpNetwork
  readonly clock: Clock
  readonly random: Random
  /** The wall clock: Unix time in milliseconds. */
  readonly now: () => number
  readonly lanPorts?: LanPorts
}

/** Timeouts in milliseconds. A peer needs `answer` because it takes two seconds to try the callback. */
const TIMEOUT = { connect: 1_500, answer: 2_500, here: 500 }

/** How long to listen for announcements, and how much time is left to probe those peers, in milliseconds. */
const LISTEN = 3_000
const ASKING = 2_000

export async function runProbes(options: ProbeOptions): Promise<Findings> {
  const { network, now, wanted, timeout } = options
  const local = network.client({ timeouts: { connect: TIMEOUT.here, answer: TIMEOUT.here }, kept: 0 })
  const remote = network.client({
    timeouts: {
      connect: Math.min(TIMEOUT.connect, timeout / 2),
      answer: Math.min(TIMEOUT.answer, timeout),
    },
    kept: 0,
    dials: 64,
  })
  const nearby: HttpProber = { client: local, now }
  const own = wanted.ip === '0.0.0.0' || wanted.ip === '::' ? ownAddresses() : [wanted.ip]
  const neighbours = new Map<number, RunningPeer>()
  const tcp = await probeTcp(network, wanted, async (port, holder) => {
    const peer = await peerAt(nearby, own, port)
    if (peer === undefined) return listedAt(options.listed, port, holder)
    neighbours.set(port, peer)
    return { name: peer.name }
  })
  try {
    const running = await findRunning(nearby, own, options, neighbours)
    return await probeSurroundings(options, { client: remote, now }, tcp, running)
  } finally {
    local.close()
    remote.close()
    await tcp.listener?.close()
  }
}

/** The peer with the wanted name that runs on this machine. */
async function findRunning(
  asker: HttpProber,
  own: readonly string[],
  { self, wanted }: ProbeOptions,
  neighbours: ReadonlyMap<number, RunningPeer>,
): Promise<RunningPeer | undefined> {
  const port = self?.port
  const found = port === undefined ? undefined : (neighbours.get(port) ?? (await peerAt(asker, own, port)))
  return found ?? [...neighbours.values()].find(({ name }) => name === wanted.name)
}

async function probeSurroundings(
  options: ProbeOptions,
  asker: HttpProber,
  { listener, finding: tcp }: TcpProbe,
  running: RunningPeer | undefined,
): Promise<Findings> {
  const { wanted, tracker, peers, directory, timeout, clock, lanPorts, lan: isLanUsed } = options
  const interfaces = networkInterfaces()
  const discovered = new DiscoveredPeers({
    asker,
    own: { addresses: ownAddresses(), node: running?.node, port: running?.port ?? listener?.port },
    callback: () => {
      if (running !== undefined) return { port: running.port, nonce: newNonce() }
      return listener === undefined ? undefined : { port: listener.port, nonce: listener.nonce() }
    },
  })
  for (const address of peers) discovered.add('--peer', address)
  const { discoveryPort = DISCOVERY_PORT, announcePort = ANNOUNCE_PORT } = lanPorts ?? {}
  const wantedPorts = options.seal === undefined ? [discoveryPort, announcePort] : [BEACON_PORT]
  const udp = await Promise.all((isLanUsed ? wantedPorts : []).map((port) => probeUdp(port)))
  const canHear = udp[0]?.isFree === true
  const [lan, seen, disk] = await Promise.all([
    isLanUsed
      ? probeLanAround(options, { httpPort: listener?.port, canHear, running }, discovered)
      : undefined,
    tracker === undefined ? undefined : probeTrackerAround(asker, tracker, directory, discovered),
    directory === undefined ? NO_DISK : probeDisk(directory),
  ])
  return {
    wanted,
    system: probeSystem(),
    interfaces: interfaceFindings(interfaces, interfaceNames(), wanted.interfaces),
    running,
    ports: { tcp: running === undefined ? tcp : { ...tcp, port: running.port }, udp },
    lan,
    tracker: seen,
    peers: await discovered.findings(clock, Math.max(ASKING, timeout - LISTEN)),
    disk,
  }
}

interface LanConditions {
  readonly httpPort: number | undefined
  readonly canHear: boolean
  readonly running: RunningPeer | undefined
}

function probeLanAround(
  { wanted, clock, random, timeout, lanPorts, seal }: ProbeOptions,
  { httpPort, canHear, running }: LanConditions,
  discovered: DiscoveredPeers,
): Promise<LanFinding> {
  const common = {
    clock,
    listen: Math.min(LISTEN, timeout * 0.6),
    onHeard: ({ name, address, httpPort: port }: HeardPeer): void => {
      if (port !== undefined) discovered.add('LAN', { host: address.host, port }, name)
    },
  }
  if (seal !== undefined) {
    const interfaces = wanted.interfaces.length === 0 ? undefined : wanted.interfaces
    // Members ask at this port who is there; where nothing listens they find nobody.
    return probeBeacons({ ...common, seal, interfaces, node: randomHex(random, 16), tcpPort: httpPort ?? 1 })
  }
  return probeLan({
    ...lanPorts,
    ...common,
    random,
    httpPort,
    canHear,
    ownNode: running?.node,
    networks: chosenNetworks(wanted.interfaces, networkInterfaces()),
  })
}

async function probeTrackerAround(
  asker: HttpProber,
  address: Address,
  directory: string | undefined,
  discovered: DiscoveredPeers,
): Promise<TrackerFinding> {
  const pinned = directory === undefined ? undefined : await pinnedKey(directory, address)
  const { finding, peers } = await probeTracker(asker, address, pinned)
  for (const { ip, port, name } of peers) {
    // Only a tracker on this machine may name loopback addresses.
    if (isLoopback(address.host) || !isLoopback(ip)) discovered.add('tracker', { host: ip, port }, name)
  }
  return finding
}

async function pinnedKey(directory: string, tracker: Address): Promise<KeyId | undefined> {
  const name = trackerKeySetting(tracker)
  return keyOf(await readKept(join(directory, DATABASE_FILE), (database) => settingIn(database, name)))
}

/** Loopback first: most peers listen there. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return [
    '127.0.0.1',
    ...all
      .map(({ address }) => address)
      .filter((address) => !isLoopback(address) && !address.startsWith('fe80:')),
  ]
}
