/** The interfaces of this machine, also those that cannot be used. */
import { readFileSync } from 'node:fs'
import { networksOf, type Interfaces } from '../../../udp/networks.ts'
import type { InterfaceFinding, InterfaceKind } from '../findings.ts'

/** `listed`: os.networkInterfaces(); `all`: the names of all interfaces; `only`: those to use, all if empty. */
export function interfaceFindings(
  listed: Interfaces,
  all: readonly string[],
  only: readonly string[],
): InterfaceFinding[] {
  const networks = networksOf(listed)
  const chosen = only.length === 0 ? networks : networksOf(listed, only)
  const names = [...new Set([...Object.keys(listed), ...all])].sort()
  return names.map((name) => {
    const addresses = listed[name] ?? []
    const isInternal = name === 'lo' || addresses.some(({ internal }) => internal)
    return {
      name,
      kind: isInternal ? 'loopback' : kindOf(name),
      isUp: addresses.length > 0,
      isChosen: only.length === 0 || only.includes(name) || chosen.some((each) => each.name === name),
      addresses: addresses.map(({ address }) => address),
      networks: networks.filter((each) => each.name === name),
    }
  })
}

/** Names of interfaces of containers and virtual machines. */
const CONTAINERS =
  /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|podman|lxc|lxd|incus|vEthernet|VirtualBox|VMware|bridge[0-9]{3})/i
/** Interfaces that Linux makes for itself. */
const INTERNAL = /^(?:ifb|dummy|sit|gre|gretap|erspan|tunl|ip6tnl|ip6gre|ip6?_vti|teql)[0-9]*$/
const VPNS = /^(?:tun|tap|wg|utun|ppp|ipsec|tailscale|zt|nordlynx|proton|OpenVPN|WireGuard)/i

function kindOf(name: string): InterfaceKind {
  if (CONTAINERS.test(name) || INTERNAL.test(name)) return 'container'
  return VPNS.test(name) ? 'vpn' : 'lan'
}

/** The names of all interfaces, also of those that are down (Linux; elsewhere none). proc(5), "/proc/net/dev". */
export function interfaceNames(path = '/proc/net/dev'): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? [])
  } catch {
    return []
  }
}
