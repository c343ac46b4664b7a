/** The interfaces: is there a network, and is it the wanted one? */
import { isLinkLocal } from '../../../chat/address.ts'
import { bringUp } from '../fixes.ts'
import { quoted } from '../../system/quoted.ts'
import { listed } from '../format.ts'
import type { Findings, InterfaceFinding, InterfaceKind } from '../findings.ts'
import type { Check, CheckResult, Problem } from './check-result.ts'

export function checkNetwork({ interfaces, wanted, system, lan }: Findings): CheckResult {
  const unknown = wanted.interfaces.filter((name) => !interfaces.some((each) => isMeant(name, each)))
  const problems: Problem[] = []
  const usable = interfaces.filter(
    ({ kind, isUp, addresses }) => kind !== 'loopback' && isUp && addresses.length > 0,
  )
  // Interfaces that are down matter only if there is no other.
  const checks = interfaces
    .filter(({ name, isUp }) => isUp || usable.length === 0 || wanted.interfaces.includes(name))
    .map(check)
  const isThisMachineMeant =
    wanted.interfaces.length > 0 && wanted.interfaces.every((name) => isLoopback(name, interfaces))
  if (usable.length === 0 && !isThisMachineMeant) {
    const down = interfaces.filter(({ kind, isUp }) => kind === 'lan' && !isUp).map(({ name }) => name)
    const why =
      down.length > 0 ? `: ${listed(down)} ${down.length > 1 ? 'are' : 'is'} down or without an address` : ''
    checks.push({ area: 'network', verdict: 'fault', text: 'none but loopback' })
    problems.push({
      code: 'no_interface',
      severity: 'fault',
      cause: `There is no network interface with an address but loopback${why}, so nobody beyond this machine can be reached.`,
      fix: bringUp(system, down),
    })
  }
  const withoutLan = lan === undefined ? undefined : noBroadcast(interfaces)
  if (withoutLan !== undefined) {
    problems.push(withoutLan)
    checks.push({ area: 'network', verdict: 'fault', text: 'no IPv4 address for everybody in any network' })
  }
  problems.push(...onlyLinkLocal(interfaces))
  for (const name of unknown) {
    const there = interfaces.filter(({ networks }) => networks.length > 0)
    const [first] = there
    problems.push({
      code: 'unknown_interface',
      severity: 'fault',
      cause: `There is no interface ${name} with an address here; there ${there.length === 1 ? 'is' : 'are'}: ${
        listed(
          there.map((each) => each.name),
          9,
        ) || 'none'
      }.`,
      fix: first === undefined ? [] : [`parley peer --interface ${quoted(first.name)}`],
    })
    checks.push({
      area: 'network',
      verdict: 'fault',
      text: `${name}: there is no such interface with an address`,
    })
  }
  if (usable.length > 0 && usable.every(({ kind }) => kind !== 'lan'))
    problems.push({
      code: 'only_virtual',
      severity: 'note',
      cause: `The only networks here belong to containers or a VPN (${listed(usable.map(({ name }) => name))}): people on the LAN are in none of them.`,
      fix: bringUp(system, []),
    })
  return { checks, problems }
}

/** Interfaces that are used and lead to other machines. */
function outward(interfaces: readonly InterfaceFinding[]): readonly InterfaceFinding[] {
  return interfaces.filter(
    ({ kind, isUp, isChosen, addresses }) => isUp && isChosen && kind !== 'loopback' && addresses.length > 0,
  )
}

/** Peers on the LAN find each other by IPv4 broadcasts. */
function noBroadcast(interfaces: readonly InterfaceFinding[]): Problem | undefined {
  const used = outward(interfaces)
  if (used.length === 0 || used.some(({ networks }) => networks.length > 0)) return undefined
  const addresses = used.flatMap((each) => each.addresses)
  const isIpv6 = addresses.every((address) => address.includes(':'))
  const why = isIpv6 ? 'There are only IPv6 addresses' : 'There is no address for everybody in any network'
  return {
    code: 'no_broadcast',
    severity: 'fault',
    cause: `${why} on ${listed(used.map(({ name }) => name))}, and peers on the LAN are found by IPv4 broadcasts, so nobody is found there.`,
    fix: [
      isIpv6
        ? 'parley peer --ip :: --no-lan --tracker-ip ADDRESS   # a tracker that listens on IPv6'
        : 'parley peer --no-lan --tracker-ip ADDRESS',
    ],
  }
}

function onlyLinkLocal(interfaces: readonly InterfaceFinding[]): Problem[] {
  const networks = outward(interfaces).flatMap((each) => each.networks)
  if (networks.length === 0 || !networks.every(({ address }) => isLinkLocal(address))) return []
  return [
    {
      code: 'link_local',
      severity: 'note',
      cause: `This machine has only an address that it gave itself (${listed(networks.map(({ address }) => address))}): it can talk to machines on the same cable or access point that have one, too, and to no others.`,
      fix: [],
    },
  ]
}

function check({ name, kind, isUp, isChosen, addresses, networks }: InterfaceFinding): Check {
  const places = networks.map(
    ({ address, netmask, broadcast }) => `${address} netmask ${netmask} broadcast ${broadcast}`,
  )
  const others = addresses.filter((address) => !networks.some((each) => each.address === address))
  const hasIpv4 = addresses.some((address) => !address.includes(':'))
  const missing = hasIpv4 && networks.length === 0 ? ['no address for everybody'] : []
  const where = [...places, ...others, ...missing].join(', ') || 'no address'
  const text = `${name}: ${isUp ? where : 'down, or without an address'}${REMARKS[kind]}`
  if (!isChosen) return { area: 'network', verdict: 'skipped', text: `${text}; not chosen` }
  const isFine = kind === 'loopback' || (kind === 'lan' && isUp && networks.length > 0)
  return { area: 'network', verdict: isFine ? 'ok' : 'note', text }
}

const REMARKS: Readonly<Record<InterfaceKind, string>> = {
  lan: '',
  loopback: ', this machine only',
  container: ', looks like one of containers or virtual machines',
  vpn: ', looks like a VPN',
}

/** `lo` stands for every loopback interface, whatever its name. */
function isMeant(name: string, each: InterfaceFinding): boolean {
  return each.addresses.length > 0 && (each.name === name || (name === 'lo' && each.kind === 'loopback'))
}

function isLoopback(name: string, interfaces: readonly InterfaceFinding[]): boolean {
  return interfaces.some((each) => each.kind === 'loopback' && isMeant(name, each))
}
