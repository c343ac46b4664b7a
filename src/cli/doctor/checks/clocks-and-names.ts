/** Values that peers must agree on: the time, names and identities. */
import { addressKey } from '../../../chat/model.ts'
import { setClock } from '../fixes.ts'
import { quoted } from '../../system/quoted.ts'
import { duration, label, listed, named } from '../format.ts'
import type { Findings, PeerFinding } from '../findings.ts'
import type { Check, CheckResult, Problem } from './check-result.ts'

/** The largest difference between clocks that is fine, in milliseconds. */
const MAX_DIFFERENCE = 60_000

export function checkClocks({ tracker, peers, system }: Findings): CheckResult {
  const all = [
    ...(tracker === undefined
      ? []
      : [{ who: `the tracker ${label(tracker.address)}`, by: tracker.clockDifference }]),
    ...peers.map((peer) => ({ who: named(peer), by: peer.clockDifference })),
  ].flatMap(({ who, by }) => (by === undefined ? [] : [{ who, by }]))
  if (all.length === 0) return { checks: [], problems: [] }
  const far = all.filter(({ by }) => Math.abs(by) > MAX_DIFFERENCE)
  const checks = far.map(({ who, by }): Check => ({
    area: 'clock',
    verdict: 'fault',
    text: `${who} is ${aheadOrBehind(by)} this machine`,
  }))
  const [first] = far
  if (first === undefined)
    return {
      checks: [{ area: 'clock', verdict: 'ok', text: `agrees with ${listed(all.map(({ who }) => who))}` }],
      problems: [],
    }
  const alike = all.filter(({ by }) => Math.abs(by - first.by) <= MAX_DIFFERENCE).length
  // The own clock is wrong if most others agree with each other.
  const isOwn = alike > 1 && alike > all.length / 2
  const cause = `${isOwn ? ownIsOff(far, first.by) : othersAreOff(far)}, so messages carry the wrong time.`
  const there = isOwn ? '' : '   # on the machine whose clock is wrong'
  return {
    checks,
    problems: [{ code: 'clock', severity: 'fault', cause, fix: [`${setClock(system)}${there}`] }],
  }
}

interface Differing {
  readonly who: string
  /** In milliseconds. */
  readonly by: number
}

function ownIsOff(far: readonly Differing[], by: number): string {
  return `The clock of this machine is ${aheadOrBehind(-by)} those of ${listed(far.map(({ who }) => who))}`
}

function othersAreOff(far: readonly Differing[]): string {
  const [first, ...others] = far
  if (first !== undefined && others.length === 0)
    return `The clock of ${first.who} is ${aheadOrBehind(first.by)} that of this machine`
  const each = far.map(({ who, by }) => `${who}, ${duration(by)} ${by > 0 ? 'ahead' : 'behind'},`)
  return `The clocks of ${listed(each)} differ from that of this machine`
}

function aheadOrBehind(by: number): string {
  return `${duration(by)} ${by > 0 ? 'ahead of' : 'behind'}`
}

export function checkNames(findings: Findings): CheckResult {
  const problems = [...sameIdentity(findings), ...sameName(findings)]
  const checks = problems.map(({ code, severity, cause }): Check => ({
    area: code === 'same_identity' ? 'identity' : 'name',
    verdict: severity,
    text: cause,
  }))
  return { checks, problems }
}

/** Peers with one identity, which is made of their key: someone copied the directory of one of them. */
function sameIdentity({ peers, running, disk, wanted, interfaces }: Findings): Problem[] {
  const identity = running?.identity ?? disk.identity
  const own = { who: `yours (${wanted.name})`, identity, node: running?.node }
  // A peer on this machine with the own identity is the one that has the store open.
  const isSelf = (peer: PeerFinding): boolean =>
    peer.identity === identity && interfaces.some(({ addresses }) => addresses.includes(peer.address.host))
  const others = peers.filter((peer) => !isSelf(peer))
  const all = [own, ...others.map((peer) => ({ who: named(peer), identity: peer.identity, node: peer.node }))]
  const byIdentity = new Map<string, typeof all>()
  for (const each of all) {
    if (each.identity === undefined) continue
    const before = byIdentity.get(each.identity) ?? []
    // A peer at several addresses counts once.
    if (!before.some(({ node }) => node !== undefined && node === each.node))
      byIdentity.set(each.identity, [...before, each])
  }
  return [...byIdentity.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({
      code: 'same_identity',
      severity: 'fault',
      cause: `The peers ${listed(same.map(({ who }) => who))} are one person with one key, as from a copied directory: each gets only a part of its messages.`,
      fix: [
        `mv ${quoted(disk.directory)} ${quoted(`${disk.directory}.copy`)}   # on the copy: it becomes another person`,
      ],
    }))
}

function sameName({ peers, wanted, running }: Findings): Problem[] {
  const byName = new Map<string, PeerFinding[]>()
  for (const peer of peers) {
    if (peer.name === undefined) continue
    const before = byName.get(peer.name) ?? []
    if (!before.some(({ node }) => node !== undefined && node === peer.node))
      byName.set(peer.name, [...before, peer])
  }
  const isOwn = ({ node }: PeerFinding): boolean => node !== undefined && node === running?.node
  return [...byName].flatMap(([name, same]): Problem[] => {
    const others = same.filter((peer) => !isOwn(peer))
    const places = listed(others.map(({ address }) => addressKey({ ip: address.host, port: address.port })))
    if (name === wanted.name && others.length > 0)
      return [
        {
          code: 'same_name',
          severity: 'note',
          cause: `Another person is called ${name}, too, at ${places}: those who met that one first see a part of your key behind your name.`,
          fix: ['parley peer --name ANOTHER'],
        },
      ]
    if (others.length < 2) return []
    const cause = `${others.length} people are called ${name}, at ${places}: all but one are shown with a part of the key, or the address, behind the name.`
    return [{ code: 'same_name', severity: 'note', cause, fix: [] }]
  })
}
