/** Network interfaces by the names that users type and read. */
import { isLoopback } from '../../http/ip.ts'
import { networksOf, unknownInterfaces, type Interfaces } from '../../udp/networks.ts'
import type { Network } from '../../udp/node/model.ts'

/** The names in one word, separated by commas. */
export function namesIn(word: string): string[] {
  return word
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** Why these interfaces cannot be used; undefined: all of them exist. */
export function interfaceProblem(names: readonly string[], interfaces: Interfaces): string | undefined {
  const unknown = unknownInterfaces(interfaces, names)
  if (unknown.length === 0) return undefined
  const there = networksOf(interfaces).map(described).join(', ')
  return `There is no interface ${unknown.join(', ')} here; there are: ${there || 'none'}.`
}

/** The networks of these interfaces, or all if there are no names. */
export function chosenNetworks(names: readonly string[], interfaces: Interfaces): Network[] {
  return names.length === 0 ? networksOf(interfaces) : networksOf(interfaces, names)
}

/** `-- LAN: eth0 10.77.0.11`. Loopback counts only if there is no other network. */
export function lanLine(networks: readonly Network[] | undefined): string {
  if (networks === undefined) return '-- LAN: off'
  const outside = networks.filter(({ address }) => !isLoopback(address))
  if (outside.length > 0)
    return `-- LAN: ${outside.map(({ name, address }) => `${name} ${address}`).join(', ')}`
  return networks.length === 0 ? '-- LAN: no network' : '-- LAN: this machine only'
}

/** The own address on the LAN. */
export function addressOnLan(networks: readonly Network[]): string {
  const outside = networks.find(({ address }) => !isLoopback(address))
  return (outside ?? networks[0])?.address ?? '127.0.0.1'
}

/** Whether these networks reach no other machine. */
export function isThisMachineOnly(networks: readonly Network[]): boolean {
  return networks.length > 0 && networks.every(({ address }) => isLoopback(address))
}

function described({ name, address }: Network): string {
  return `${name} (${address})`
}
