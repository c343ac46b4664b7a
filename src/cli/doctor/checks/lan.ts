/** The LAN: do broadcasts come back, and which other peers are heard? */
import { allow, LAN_DATAGRAMS } from '../fixes.ts'
import { listed, named } from '../format.ts'
import type { Echo, Findings, HeardPeer, LanFinding } from '../findings.ts'
import type { Check, CheckResult, Problem } from './check-result.ts'

const AREA = 'LAN'

/** The probe asks at most this many peers. */
const MAX_ASKED = 64

export function checkLan(findings: Findings): CheckResult {
  const { lan } = findings
  if (lan === undefined) return { checks: [{ area: AREA, verdict: 'skipped', text: 'off' }], problems: [] }
  if (lan.problem !== undefined)
    return {
      checks: [{ area: AREA, verdict: 'fault', text: lan.problem }],
      problems: [
        {
          code: 'cannot_send',
          severity: 'fault',
          cause: `The LAN cannot be used: ${lowerFirst(lan.problem)}.`,
          fix: ['parley peer --no-lan --tracker-ip ADDRESS'],
        },
      ],
    }
  const left = unlisted(findings, lan)
  return {
    checks: [
      ...lan.echoes.map(echoCheck),
      ...heardChecks(lan),
      ...left.map((text): Check => ({ area: AREA, verdict: 'fault', text: `${text} is not listed` })),
    ],
    problems: [...unsent(lan), ...unheard(findings, lan), ...notListed(left)],
  }
}

function echoCheck({ name, broadcast, isHeard, problem }: Echo): Check {
  const where = `${broadcast} on ${name}`
  if (problem !== undefined) return { area: AREA, verdict: 'fault', text: `cannot send to ${where}` }
  if (isHeard) return { area: AREA, verdict: 'ok', text: `own announcement to ${where} comes back` }
  return { area: AREA, verdict: 'fault', text: `own announcement to ${where} does not come back` }
}

function heardChecks({ heard, listened }: LanFinding): Check[] {
  if (heard.length === 0)
    return [
      {
        area: AREA,
        verdict: 'note',
        text: `no one else was heard within ${Math.round(listened / 100) / 10} s`,
      },
    ]
  return heard.map((peer): Check => ({ area: AREA, verdict: 'ok', text: `heard ${heardAs(peer)}` }))
}

function heardAs({ name, address, httpPort, node }: HeardPeer): string {
  if (httpPort === undefined) return `${name} (${address.host}), which takes datagrams only`
  const who = named({ name, address: { host: address.host, port: httpPort } })
  return `${who}${node === undefined ? ', another program' : ''}`
}

function unsent({ echoes }: LanFinding): Problem[] {
  const failed = echoes.filter(({ problem }) => problem !== undefined)
  const [first] = failed
  if (first?.problem === undefined) return []
  return [
    {
      code: 'cannot_send',
      severity: 'fault',
      cause: `Announcements cannot be sent on ${listed(failed.map(({ name }) => name))}: ${lowerFirst(first.problem)}.`,
      fix: ['let UDP out through the firewall of this machine, or choose another network with --interface'],
    },
  ]
}

function unheard({ system }: Findings, { echoes }: LanFinding): Problem[] {
  const silent = echoes.filter(({ isHeard, problem }) => !isHeard && problem === undefined)
  if (silent.length === 0) return []
  const where = listed(silent.map(({ name, broadcast }) => `${name} (${broadcast})`))
  return [
    {
      code: 'own_broadcast_unheard',
      severity: 'fault',
      cause: `What is sent to everybody on ${where} does not come back to UDP port 50999: a firewall on this machine drops it, so nobody on the LAN is heard.`,
      fix: allow(system, silent, LAN_DATAGRAMS),
    },
  ]
}

/** Peers that were heard but not asked, because their address is not one that a peer may have. */
function unlisted({ peers, running, interfaces }: Findings, { heard }: LanFinding): string[] {
  const own = new Set(interfaces.flatMap(({ addresses }) => addresses))
  const isAsked = ({ address, httpPort, node }: HeardPeer): boolean =>
    peers.some((peer) => peer.node === node && node !== undefined) ||
    peers.some((peer) => peer.address.host === address.host && peer.address.port === httpPort)
  const isOwn = ({ address, node }: HeardPeer): boolean =>
    own.has(address.host) || (node !== undefined && node === running?.node)
  const left = heard.filter((peer) => peer.httpPort !== undefined && !isAsked(peer) && !isOwn(peer))
  return peers.length >= MAX_ASKED ? [] : left.map(heardAs)
}

function notListed(left: readonly string[]): Problem[] {
  if (left.length === 0) return []
  return [
    {
      code: 'not_listed',
      severity: 'fault',
      cause: `${listed(left)} is heard on the LAN, but its address is none that a peer may have, so it is not listed.`,
      fix: ['parley peer --ip ADDRESS   # on that machine: an address of this network'],
    },
  ]
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
