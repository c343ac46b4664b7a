/** What everybody has to agree on: the time, and who is who. Pure. */
import { addressKey } from '../../../chat/model.ts'
import { quoted, setClock } from '../fixes.ts'
import { duration, label, listed, named } from '../format.ts'
import type { Findings, PeerFinding } from '../findings.ts'
import type { Check, CheckResult, Problem } from './check-result.ts'

/** Clocks that differ by more are named, in milliseconds. */
const TOO_FAR = 60_000

export function checkClocks({ tracker, peers, system }: Findings): CheckResult {
  const all = [
    ...(tracker === undefined
      ? []
      : [{ who: `the tracker ${label(tracker.address)}`, by: tracker.clockDifference }]),
    ...peers.map((peer) => ({ who: named(peer), by: peer.clockDifference })),
  ].flatMap(({ who, by }) => (by === undefined ? [] : [{ who, by }]))
  if (all.length === 0) return { checks: [], problems: [] }
  const far = all.filter(({ by }) => Math.abs(by) > TOO_FAR)
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
  const alike = all.filter(({ by }) => Math.abs(by - first.by) <= TOO_FAR).length
  // Most of them agree with each other, and not with us.
  const isOurs = alike > 1 && alike > all.length / 2
  const cause = `${isOurs ? oursIsOff(far, first.by) : theirsAreOff(far)}, so messages carry the wrong time.`
  const there = isOurs ? '' : '   # on the machine whose clock is wrong'
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

function oursIsOff(far: readonly Differing[], by: number): string {
  return `The clock of this machine is ${aheadOrBehind(-by)} those of ${listed(far.map(({ who }) => who))}`
}

function theirsAreOff(far: readonly Differing[]): string {
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

/** Peers that are told apart by nothing but what they keep on disk: somebody copied it. */
function sameIdentity({ peers, running, disk, wanted, interfaces }: Findings): Problem[] {
  const identity = running?.identity ?? disk.identity
  const own = { who: `yours (${wanted.name})`, identity, node: running?.node }
  // One of this machine with our identity is the one that has our messages open.
  const isOurs = (peer: PeerFinding): boolean =>
    peer.identity === identity && interfaces.some(({ addresses }) => addresses.includes(peer.address.host))
  const others = peers.filter((peer) => !isOurs(peer))
  const all = [own, ...others.map((peer) => ({ who: named(peer), identity: peer.identity, node: peer.node }))]
  const byIdentity = new Map<string, typeof all>()
  for (const each of all) {
    if (each.identity === undefined) continue
    const before = byIdentity.get(each.identity) ?? []
    // One peer at several addresses is one.
    if (!before.some(({ node }) => node !== undefined && node === each.node))
      byIdentity.set(each.identity, [...before, each])
  }
  return [...byIdentity.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({
      code: 'same_identity',
      severity: 'fault',
      cause: `The peers ${listed(same.map(({ who }) => who))} have one identity, as from a copied disk, so messages of one are taken for doubles of the other's.`,
      fix: [
        `mv ${quoted(disk.directory)} ${quoted(`${disk.directory}.copy`)}   # on the copy: it gets an identity of its own`,
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
          cause: `Somebody else is called ${name}, too, at ${places}: people have to give the address to write to one of you.`,
          fix: ['parley peer --name ANOTHER'],
        },
      ]
    if (others.length < 2) return []
    const cause = `${others.length} people are called ${name}, at ${places}: give the address to write to one of them.`
    return [{ code: 'same_name', severity: 'note', cause, fix: [] }]
  })
}
