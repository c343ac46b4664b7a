/** Isolation: no other peer answers, although everything on this machine is fine. */
import { BEACON_PORT } from '../../../udp/closed/limits.ts'
import { DISCOVERY_PORT } from '../../../udp/lsnp/ports.ts'
import { isIn } from '../../../udp/networks.ts'
import { named, listed } from '../format.ts'
import type { Findings } from '../findings.ts'
import type { CheckResult, Problem } from './check-result.ts'

export function checkIsolation(findings: Findings): CheckResult {
  const problems = [...nobody(findings), ...broadcastLost(findings)]
  const faults = problems.filter(({ severity }) => severity === 'fault')
  return {
    checks: faults.map(() => ({ area: 'LAN', verdict: 'fault', text: 'off, and no one else is asked' })),
    problems,
  }
}

function nobody(findings: Findings): Problem[] {
  const { peers, lan, system, tracker, interfaces } = findings
  if (peers.length > 0 || (lan?.heard.length ?? 0) > 0) return []
  const asked = [
    ...(lan === undefined ? [] : ['on the LAN']),
    ...(tracker?.outcome === 'answers' ? ['at the tracker'] : []),
  ]
  if (asked.length === 0)
    return [
      {
        code: 'nobody_asked',
        severity: 'fault',
        cause:
          'Nobody was asked: without the LAN, without a tracker and without --peer there is no way to find anybody.',
        fix: ['parley peer   # on the LAN'],
      },
    ]
  const isBeyond =
    lan !== undefined &&
    interfaces.some((each) => each.isChosen && each.kind !== 'loopback' && each.networks.length > 0)
  const why = lan === undefined ? 'no one else is there' : reason(isBeyond, findings)
  const cause = `Nobody answered ${listed(asked)}: ${why}.`
  const fix = isBeyond && system.isContainer ? ['docker run --network host IMAGE'] : []
  return [{ code: 'nobody', severity: 'note', cause, fix }]
}

function reason(isBeyond: boolean, { system, ports, running }: Findings): string {
  const [discovery] = ports.udp.filter(({ port }) => [DISCOVERY_PORT, BEACON_PORT].includes(port))
  if (discovery?.isFree === false)
    return `announcements come to UDP port ${discovery.port}, which cannot be had here`
  const names = ports.tcp.taken.flatMap(({ port, peer }) =>
    peer === undefined || port === running?.port ? [] : [`the peer ${peer}`],
  )
  const silent = `${listed(names)} of this machine ${names.length === 1 ? 'is' : 'are'} not heard on the LAN`
  if (!isBeyond)
    return `only this machine is looked at, and ${names.length === 0 ? 'no other peer runs on it' : silent}`
  if (system.isContainer)
    return 'this is a container, and what is sent to everybody does not leave it unless it has the network of its host'
  const apart = 'the network keeps its machines apart (guest Wi-Fi, client isolation, another VLAN)'
  if (names.length > 0) return `${silent}, and either no other machine runs Parley, or ${apart}`
  return `either no one else is running Parley, or ${apart}`
}

/** Peers of the own network that the tracker knows but that are not heard on the LAN. */
function broadcastLost({ peers, lan, interfaces }: Findings): Problem[] {
  if (lan === undefined || lan.heard.length > 0 || !lan.echoes.some(({ isHeard }) => isHeard)) return []
  const networks = interfaces.flatMap((each) =>
    each.isChosen && each.kind !== 'loopback' ? each.networks : [],
  )
  const near = peers.filter(
    ({ isParley, outcome, address }) =>
      isParley && outcome === 'answers' && networks.some((network) => isIn(address.host, network)),
  )
  if (near.length === 0) return []
  const cause = `${listed(near.map(named))} is in your network and answers, but is not heard there: it runs with --no-lan, or the network does not pass on what is sent to everybody.`
  return [
    {
      code: 'broadcast_lost',
      severity: 'note',
      cause,
      fix: ['parley peer --tracker-ip ADDRESS   # a tracker does without'],
    },
  ]
}
