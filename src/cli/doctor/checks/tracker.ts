/** The tracker: does it answer, and is it a tracker? */
import { isLoopback } from '../../../http/ip.ts'
import { because, label, latency } from '../format.ts'
import { OTHER_KEY, SAME_KEY } from '../fixes.ts'
import type { Findings, TrackerFinding } from '../findings.ts'
import type { CheckResult, Problem } from './check-result.ts'

const AREA = 'tracker'

export function checkTracker({ tracker, wanted, interfaces }: Findings): CheckResult {
  if (tracker === undefined)
    return { checks: [{ area: AREA, verdict: 'skipped', text: 'none' }], problems: [] }
  const where = label(tracker.address)
  if (tracker.outcome === 'answers') {
    const known =
      tracker.peers === undefined ? '' : `, knows ${tracker.peers} ${tracker.peers === 1 ? 'peer' : 'peers'}`
    return {
      checks: [{ area: AREA, verdict: 'ok', text: `${where} ${latency(tracker.latency)}${known}` }],
      problems: [],
    }
  }
  if (wanted.isTrackerOptional)
    return {
      checks: [
        {
          area: AREA,
          verdict: 'skipped',
          text: `none ${tracker.outcome === 'other_network' ? 'of your network ' : ''}at ${where}, and none was asked for`,
        },
      ],
      problems: [],
    }
  const isHere =
    interfaces.some(({ addresses }) => addresses.includes(tracker.address.host)) ||
    isLoopback(tracker.address.host)
  const problem = problemOf(tracker, isHere)
  const why = tracker.outcome === 'not_tracker' ? 'is no tracker' : because(tracker.outcome)
  return { checks: [{ area: AREA, verdict: 'fault', text: `${where}: ${why}` }], problems: [problem] }
}

function problemOf({ address, outcome }: TrackerFinding, isHere: boolean): Problem {
  const where = label(address)
  const there = isHere ? '' : `   # on ${address.host}`
  const start = `parley tracker --ip ${address.host} --port ${address.port}${there}`
  const fault = (
    cause: string,
    fix: readonly string[],
    code: Problem['code'] = 'tracker_unreachable',
  ): Problem => ({
    code,
    severity: 'fault',
    cause,
    fix,
  })
  switch (outcome) {
    case 'refused':
      return fault(`No tracker runs at ${where} (the connection is refused), so it can tell nobody of you.`, [
        start,
      ])
    case 'unreachable':
      return fault(
        `There is no way from here to the tracker at ${where}: it is in another network, or the address is wrong.`,
        ['parley peer --tracker-ip ADDRESS   # one in a network of yours'],
      )
    case 'not_http':
    case 'not_tracker':
      return fault(
        `What answers at ${where} is no tracker, so the address or the port is wrong, or another program has its port.`,
        ['parley peer --tracker-ip ADDRESS --tracker-port PORT   # as the tracker says when it starts'],
        'not_tracker',
      )
    case 'other_network':
      return fault(`The tracker at ${where} is not in your network: ${OTHER_KEY}.`, SAME_KEY, 'other_network')
    case 'timeout':
    case 'closed':
    case 'answers':
      return fault(
        `The tracker at ${where} does not answer (${outcome === 'closed' ? because('closed') : 'no answer in time'}): its machine is off, or a firewall there drops TCP port ${address.port}.`,
        [start, `parley doctor${there}`],
      )
  }
}
