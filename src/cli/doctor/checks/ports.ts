/** The ports: are those that a peer needs available? */
import { isLoopback } from '../../../http/ip.ts'
import { freePort } from '../fixes.ts'
import { held, reservedPorts } from '../format.ts'
import { BEACON_PORT } from '../../../udp/closed/limits.ts'
import type { Findings, TakenPort, UdpFinding } from '../findings.ts'
import type { Check, CheckResult, Problem, ProblemCode } from './check-result.ts'

export function checkPorts(findings: Findings): CheckResult {
  const parts = [checkTcp(findings), checkListenAddress(findings)]
  for (const udp of findings.lan === undefined ? [] : findings.ports.udp) parts.push(checkUdp(udp, findings))
  return {
    checks: parts.flatMap(({ checks }) => checks),
    problems: parts.flatMap(({ problems }) => problems),
  }
}

// --- TCP --------------------------------------------------------------------------------------------

function checkTcp({ ports: { tcp }, running, wanted, system }: Findings): CheckResult {
  const checks = tcp.taken.map((taken) => takenCheck(taken, running?.port))
  const fault = (code: ProblemCode, text: string, cause: string, fix: readonly string[]): CheckResult => ({
    checks: [...checks, { area: 'TCP port', verdict: 'fault', text }],
    problems: [{ code, severity: 'fault', cause, fix }],
  })
  if (tcp.problem === 'no_permission')
    return fault(
      'port_taken',
      `${wanted.port ?? 0} is for the administrator`,
      `Nobody but the administrator may use TCP port ${wanted.port ?? 0} here, so no peer can listen there.`,
      ['parley peer --port 8000'],
    )
  const [taken] = tcp.taken
  if (wanted.port !== undefined && taken !== undefined && running === undefined) {
    const cause = `TCP port ${wanted.port} is ${takenBy(taken)}, so no ${taken.isReserved ? '' : 'other '}peer can listen there.`
    const end =
      taken.peer !== undefined || taken.isReserved ? [] : [freePort(system, taken.holder, 'tcp', taken.port)]
    const look = taken.isReserved && system.platform === 'win32' ? [reservedPorts('tcp')] : []
    const free = tcp.port === undefined ? [] : [`parley peer --port ${tcp.port}`]
    return fault('port_taken', `${wanted.port} cannot be had`, cause, [...end, ...free, ...look])
  }
  if (tcp.port === undefined)
    return fault(
      'no_port',
      'none is free',
      'None of the TCP ports 8000 to 9999 is free, so no peer can listen.',
      ['parley peer --port 10000'],
    )
  const isListed = tcp.taken.some(({ port }) => port === running?.port)
  const free =
    running === undefined ? 'is free: a peer would listen there' : `is where ${running.name} listens`
  if (!isListed) checks.push({ area: 'TCP port', verdict: 'ok', text: `${tcp.port} ${free}` })
  if (tcp.problem === undefined) return { checks, problems: [] }
  const cause = `This machine has no address ${wanted.ip}, so a peer cannot listen there.`
  checks.push({ area: 'TCP port', verdict: 'fault', text: `no address ${wanted.ip} here` })
  return {
    checks,
    problems: [{ code: 'no_address', severity: 'fault', cause, fix: ['parley peer --ip 0.0.0.0'] }],
  }
}

function takenBy({ holder, peer, otherNetwork, isReserved }: TakenPort): string {
  if (isReserved) return 'reserved by the system'
  if (peer === undefined) return `taken by ${held(holder)}`
  return `taken by the peer ${peer}${otherNetwork === undefined ? '' : `, which is in ${networkWords(otherNetwork)}`}`
}

function networkWords(network: string): string {
  return network === 'open' ? 'an open network' : `network ${network}`
}

function takenCheck(taken: TakenPort, own: number | undefined): Check {
  const { port, peer, otherNetwork } = taken
  if (peer !== undefined) {
    const within = otherNetwork === undefined ? '' : `, in ${networkWords(otherNetwork)}`
    return {
      area: 'TCP port',
      verdict: 'ok',
      text: `${port}: the peer ${peer} of this machine listens there${within}${port === own ? ', your own' : ''}`,
    }
  }
  return { area: 'TCP port', verdict: 'note', text: `${port} is ${takenBy(taken)}` }
}

/** No other machine can reach a peer that listens on loopback. */
function checkListenAddress({ wanted, interfaces, lan }: Findings): CheckResult {
  const isLanMeant = interfaces.some(
    ({ kind, isChosen, networks }) => isChosen && kind !== 'loopback' && networks.length > 0,
  )
  if (!isLoopback(wanted.ip) || !isLanMeant || lan === undefined) return { checks: [], problems: [] }
  const cause = `A peer with --ip ${wanted.ip} listens for programs of this machine only, so nobody on the LAN can reach it.`
  return {
    checks: [{ area: 'TCP port', verdict: 'fault', text: `${wanted.ip} is for this machine only` }],
    problems: [{ code: 'listens_locally', severity: 'fault', cause, fix: ['parley peer --ip 0.0.0.0'] }],
  }
}

/** Reserves a port on Windows, so that no other program gets it. */
function reserve(port: number): readonly string[] {
  return [
    reservedPorts('udp'),
    'net stop winnat',
    `netsh int ipv4 add excludedportrange protocol=udp startport=${port} numberofports=1`,
    'net start winnat',
  ]
}

// --- UDP --------------------------------------------------------------------------------------------

const DISCOVERY_PORT = 50_999

function checkUdp({ port, isFree, code, holder }: UdpFinding, { system }: Findings): CheckResult {
  const area = 'UDP port'
  if (isFree) return { checks: [{ area, verdict: 'ok', text: `${port} can be shared` }], problems: [] }
  const isReserved = code === 'EACCES'
  const why =
    code === 'EADDRINUSE'
      ? `is taken by ${held(holder)}, which does not share it`
      : isReserved
        ? 'is reserved by the system'
        : `cannot be had (${code ?? 'unknown'})`
  const isDiscovery = port === DISCOVERY_PORT || port === BEACON_PORT
  const loss = isDiscovery
    ? 'so announcements of others are not heard and nobody on the LAN is found'
    : 'so programs that announce themselves there are not found'
  const problem: Problem = {
    code: isDiscovery ? 'discovery_port_taken' : 'announce_port_taken',
    severity: isDiscovery ? 'fault' : 'note',
    cause: `UDP port ${port} ${why}, ${loss}.`,
    fix: isReserved && system.platform === 'win32' ? reserve(port) : [freePort(system, holder, 'udp', port)],
  }
  return { checks: [{ area, verdict: problem.severity, text: `${port} ${why}` }], problems: [problem] }
}
