/** The other peers: can this machine reach each, and can each reach this machine? */
import { inBlock } from '../../../http/ip.ts'
import { allow, block, OTHER_KEY, PEER_PORTS, SAME_KEY } from '../fixes.ts'
import { because, label, latency, listed, named } from '../format.ts'
import type { Network } from '../../../udp/node/model.ts'
import type { Findings, PeerFinding } from '../findings.ts'
import type { Check, CheckResult, Problem } from './check-result.ts'

/** Rows of the table. */
const MAX_ROWS = 20

export function checkPeers(findings: Findings): CheckResult {
  const { peers } = findings
  const checks = peers.slice(0, MAX_ROWS).map(check)
  if (peers.length > MAX_ROWS)
    checks.push({ area: 'peer', verdict: 'ok', text: `and ${peers.length - MAX_ROWS} more` })
  return {
    checks,
    problems: [
      ...notReached(findings),
      ...noPeers(findings),
      ...unreachable(findings),
      ...strangers(findings),
      ...gone(findings),
    ],
  }
}

function check(peer: PeerFinding): Check {
  const who = `${named(peer)}, by ${listed(peer.sources)}`
  if (peer.outcome !== 'answers')
    return {
      area: 'peer',
      verdict: isGone(peer) || isOfNeighbours(peer) ? 'note' : 'fault',
      text: `${who}: ${because(peer.outcome)}`,
    }
  const there = `${who}: ${latency(peer.latency)}`
  switch (peer.reachesUs) {
    case true:
      return { area: 'peer', verdict: 'ok', text: `${there}, reaches you` }
    case false:
      return {
        area: 'peer',
        verdict: 'fault',
        text: `${there}, does not reach you: ${because(peer.reason ?? 'timeout')}`,
      }
    case undefined:
      return { area: 'peer', verdict: 'ok', text: `${there}, does not tell whether it reaches you` }
  }
}

/** Peers that answer, so that there is a route, but that cannot connect to this machine. */
function notReached({ peers, ports, system, interfaces }: Findings): Problem[] {
  const cut = peers.filter(({ reachesUs }) => reachesUs === false)
  const [first] = cut
  if (first === undefined) return []
  const port = ports.tcp.port ?? 8000
  const networks = interfaces.flatMap((each) => (each.isChosen ? each.networks : []))
  const around = networks.filter((network) => cut.some(({ address }) => isIn(address.host, network)))
  const who = listed(cut.map(named))
  const why = because(first.reason ?? 'timeout')
  const suspect =
    first.reason === 'unreachable' || first.reason === 'other_program'
      ? 'another address than yours is in between (NAT, a VPN)'
      : 'a firewall on this machine keeps others out'
  return [
    {
      code: 'not_reached',
      severity: 'fault',
      cause: `${who} cannot connect to you at TCP port ${port} (${why}), so what others say does not arrive: ${suspect}.`,
      fix: allow(system, around, PEER_PORTS),
    },
  ]
}

function unreachable({ peers }: Findings): Problem[] {
  const silent = peers.filter((peer) => !ANSWERS.has(peer.outcome) && !isGone(peer))
  const [first] = silent
  if (first === undefined || first.outcome === 'answers') return []
  const isHeard = first.sources.includes('LAN')
  const suspect =
    first.outcome === 'refused'
      ? 'it is not running, or the port is wrong'
      : isHeard
        ? 'it is heard, so a firewall on its machine keeps you out'
        : 'its machine is off, or a firewall there keeps you out'
  return [
    {
      code: 'peer_unreachable',
      severity: 'fault',
      cause: `${listed(silent.map(named))} cannot be reached from here (${because(first.outcome)}): ${suspect}.`,
      fix: [
        first.outcome === 'refused'
          ? `parley peer --port ${first.address.port}   # on ${first.address.host}`
          : `parley doctor   # on ${listed([...new Set(silent.map(({ address }) => address.host))])}`,
      ],
    },
  ]
}

/** Outcomes that show that a program is there. */
const ANSWERS: ReadonlySet<PeerFinding['outcome']> = new Set(['answers', 'not_peer', 'other_network'])

function strangers({ peers }: Findings): Problem[] {
  const others = peers.filter(({ outcome }) => outcome === 'other_network')
  if (others.length === 0) return []
  const who = listed(others.map(named))
  const cause = `${who} ${others.length === 1 ? 'is' : 'are'} not in your network: ${OTHER_KEY}.`
  return others.every(isOfNeighbours)
    ? [{ code: 'other_network', severity: 'note', cause, fix: [] }]
    : [{ code: 'other_network', severity: 'fault', cause, fix: SAME_KEY }]
}

/** Several networks may share a LAN and a machine: only who was asked for must be in this one. */
function isOfNeighbours({ outcome, sources }: PeerFinding): boolean {
  return outcome === 'other_network' && !sources.includes('--peer')
}

function noPeers({ peers }: Findings): Problem[] {
  const others = peers.filter(({ outcome }) => outcome === 'not_peer')
  if (others.length === 0) return []
  const cause = `What answers at ${listed(others.map(({ address }) => label(address)))} is no peer, so the address or the port is wrong, or another program has its port.`
  return [
    {
      code: 'not_peer',
      severity: 'fault',
      cause,
      fix: ['parley peer --peer ADDRESS:PORT   # of a peer, as its start prints it'],
    },
  ]
}

function gone({ peers }: Findings): Problem[] {
  const left = peers.filter((peer) => peer.outcome !== 'answers' && isGone(peer))
  if (left.length === 0) return []
  const cause = `The tracker still names ${listed(left.map(named))}, where nobody listens any more: that ends by itself within half a minute.`
  return [{ code: 'peer_gone', severity: 'note', cause, fix: [] }]
}

/** A tracker names a peer until its lease runs out. */
function isGone({ outcome, sources }: PeerFinding): boolean {
  return outcome === 'refused' && sources.every((source) => source === 'tracker')
}

function isIn(host: string, network: Network): boolean {
  return inBlock(host, block(network))
}
