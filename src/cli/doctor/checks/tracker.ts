/** The tracker: does it answer, is it a tracker, and the one that it was? */
import { shortId } from '../../../identity/short-id.ts'
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
    const text = `${where} ${latency(tracker.latency)}${known}`
    const problems = changedKey(tracker)
    if (problems.length === 0) return { checks: [{ area: AREA, verdict: 'ok', text }], problems }
    const what = tracker.key === undefined ? 'no key any more' : 'another key'
    return { checks: [{ area: AREA, verdict: 'note', text: `${text}, ${what}` }], problems }
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

const COMPARE_KEY = 'compare the key with the one that the tracker prints when it starts'

/** A tracker only gives hints where to try, so a peer uses one with another key all the same. */
function changedKey({ address, pinned, key }: TrackerFinding): Problem[] {
  if (pinned === undefined || key === pinned) return []
  const where = label(address)
  const cause =
    key === undefined
      ? `The tracker at ${where} had the key ${shortId(pinned)} and names none now: an older program runs there, or something between you and it takes secure connections away.`
      : `The tracker at ${where} has the key ${shortId(key)} now instead of ${shortId(pinned)}: it was set up anew, or another tracker has its address.`
  const there = `   # on ${address.host}`
  const fix = key === undefined ? [`parley --version${there}`] : [COMPARE_KEY]
  return [{ code: 'tracker_key', severity: 'note', cause, fix }]
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
