/** The interfaces of this machine as people choose them and read of them. Pure. */
import { isLoopback } from '../../http/ip.ts'
import { networksOf, unknownInterfaces, type Interfaces } from '../../udp/networks.ts'
import type { Network } from '../../udp/node/model.ts'

/** Names in one word, separated by commas. */
export function namesIn(word: string): string[] {
  return word
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** Why these cannot be used; undefined when each of them exists. */
export function interfaceProblem(names: readonly string[], interfaces: Interfaces): string | undefined {
  const unknown = unknownInterfaces(interfaces, names)
  if (unknown.length === 0) return undefined
  const there = networksOf(interfaces).map(described).join(', ')
  return `There is no interface ${unknown.join(', ')} here; there are: ${there || 'none'}.`
}

/** Those that the LAN is used on: of these names, or all when there are none. */
export function chosenNetworks(names: readonly string[], interfaces: Interfaces): Network[] {
  return names.length === 0 ? networksOf(interfaces) : networksOf(interfaces, names)
}

/** `-- LAN: eth0 10.77.0.11`; this machine itself only when there is nothing else. */
export function lanLine(networks: readonly Network[] | undefined): string {
  if (networks === undefined) return '-- LAN: off'
  const outside = networks.filter(({ address }) => !isLoopback(address))
  if (outside.length > 0)
    return `-- LAN: ${outside.map(({ name, address }) => `${name} ${address}`).join(', ')}`
  return networks.length === 0 ? '-- LAN: no network' : '-- LAN: this machine only'
}

/** The address by which others know us first. */
export function addressOnLan(networks: readonly Network[]): string {
  const outside = networks.find(({ address }) => !isLoopback(address))
  return (outside ?? networks[0])?.address ?? '127.0.0.1'
}

/** Nobody but this machine is to be reached. */
export function isThisMachineOnly(networks: readonly Network[]): boolean {
  return networks.length > 0 && networks.every(({ address }) => isLoopback(address))
}

function described({ name, address }: Network): string {
  return `${name} (${address})`
}
