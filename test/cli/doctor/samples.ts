/** Findings for the tests of the checks: those of a healthy machine, and variations. */
import type {
  Echo,
  Findings,
  InterfaceFinding,
  PeerFinding,
  TrackerFinding,
} from '../../../src/cli/doctor/findings.ts'
import type { Network } from '../../../src/udp/node/model.ts'

export const LO_NETWORK: Network = {
  name: 'lo',
  address: '127.0.0.1',
  netmask: '255.0.0.0',
  broadcast: '127.255.255.255',
}
export const ETH0_NETWORK: Network = {
  name: 'eth0',
  address: '192.168.1.5',
  netmask: '255.255.255.0',
  broadcast: '192.168.1.255',
}

export const LO: InterfaceFinding = {
  name: 'lo',
  kind: 'loopback',
  isUp: true,
  isChosen: true,
  addresses: ['127.0.0.1', '::1'],
  networks: [LO_NETWORK],
}
export const ETH0: InterfaceFinding = {
  name: 'eth0',
  kind: 'lan',
  isUp: true,
  isChosen: true,
  addresses: ['192.168.1.5'],
  networks: [ETH0_NETWORK],
}
export const DOCKER0: InterfaceFinding = {
  name: 'docker0',
  kind: 'container',
  isUp: true,
  isChosen: true,
  addresses: ['172.17.0.1'],
  networks: [{ name: 'docker0', address: '172.17.0.1', netmask: '255.255.0.0', broadcast: '172.17.255.255' }],
}

export function down(each: InterfaceFinding): InterfaceFinding {
  return { ...each, isUp: false, addresses: [], networks: [] }
}

export const ECHO: Echo = { ...ETH0_NETWORK, isHeard: true, problem: undefined }

export const BOB: PeerFinding = {
  address: { host: '192.168.1.7', port: 8000 },
  name: 'bob',
  sources: ['LAN'],
  outcome: 'answers',
  isParley: true,
  latency: 2.4,
  clockDifference: 40,
  node: 'b'.repeat(16),
  identity: '0b'.repeat(8),
  reachesUs: true,
  reason: undefined,
}
export const CAROL: PeerFinding = {
  ...BOB,
  address: { host: '192.168.1.8', port: 8000 },
  name: 'carol',
  node: 'c'.repeat(16),
  identity: '0c'.repeat(8),
}

/** Asked, but not answering. */
export function silent(peer: PeerFinding, outcome: Exclude<PeerFinding['outcome'], 'answers'>): PeerFinding {
  const unknown = { latency: undefined, clockDifference: undefined, node: undefined, identity: undefined }
  return { ...peer, ...unknown, outcome, isParley: false, reachesUs: undefined }
}

export const TRACKER: TrackerFinding = {
  address: { host: '192.168.1.9', port: 9001 },
  outcome: 'answers',
  latency: 3,
  clockDifference: -200,
  peers: 2,
  pinned: undefined,
  key: undefined,
}

/** Alice at eth0, bob on the LAN. */
export const WELL: Findings = {
  wanted: { name: 'alice', ip: '0.0.0.0', port: undefined, interfaces: [], isTrackerOptional: false },
  system: { platform: 'linux', firewall: 'ufw', isContainer: false },
  interfaces: [ETH0, LO],
  running: undefined,
  ports: {
    tcp: { port: 8000, taken: [], problem: undefined },
    udp: [
      { port: 50_999, isFree: true, code: undefined, holder: undefined },
      { port: 9_002, isFree: true, code: undefined, holder: undefined },
    ],
  },
  lan: {
    listened: 3_000,
    echoes: [ECHO],
    problem: undefined,
    heard: [
      { name: 'bob', address: { host: '192.168.1.7', port: 8001 }, httpPort: 8000, node: 'b'.repeat(16) },
    ],
  },
  tracker: undefined,
  peers: [BOB],
  disk: {
    directory: '/home/alice/.local/share/parley/alice',
    isWritable: true,
    freeBytes: 50 * 1024 ** 3,
    store: 'ready',
    problem: undefined,
    holder: undefined,
    identity: '0a'.repeat(8),
    key: 'fine',
    moved: undefined,
  },
}

/** No other peer was found. */
export const ALONE: Partial<Findings> = {
  peers: [],
  lan: { listened: 3_000, echoes: [ECHO], heard: [], problem: undefined },
}
