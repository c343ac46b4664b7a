/**
 * Commands that fix a problem, for the system of the user.
 *
 * Invariant: only numbers, addresses and local words become part of a command, never text from the network.
 */
import { isLoopback } from '../../http/ip.ts'
import { quoted } from '../system/quoted.ts'
import type { Network } from '../../udp/node/model.ts'
import type { Holder, System } from './findings.ts'

export type Protocol = 'udp' | 'tcp'

/** Ports to open. A range is written as `8000:9999`. */
export interface Allowed {
  readonly protocol: Protocol
  readonly ports: readonly string[]
}

/** The LAN needs the discovery port and the ports of answers. */
export const LAN_DATAGRAMS: Allowed = { protocol: 'udp', ports: ['50999', '8000:9999'] }
export const PEER_PORTS: Allowed = { protocol: 'tcp', ports: ['8000:9999'] }

/** Why programs are in different networks. */
export const OTHER_KEY = 'its network key is another one, or one of you has none'

/** What shows whether two programs have the same network key. */
export const SAME_KEY: readonly string[] = [
  'parley network show FILE   # of each member: the names of their networks must be the same',
  'parley doctor --network-key FILE',
]

/** Opens ports in the firewall of this machine: for these networks, or for all if the list is empty. */
export function allow(system: System, networks: readonly Network[], allowed: Allowed): readonly string[] {
  const blocks = blocksOf(networks)
  switch (system.firewall) {
    case 'ufw':
      return orOne(blocks, 'any').map(
        (from) =>
          `sudo ufw allow proto ${allowed.protocol} from ${from} to any port ${allowed.ports.join(',')}`,
      )
    case 'firewalld':
      return [
        `sudo firewall-cmd --permanent ${allowed.ports
          .map((ports) => `--add-port=${ports.replace(':', '-')}/${allowed.protocol}`)
          .join(' ')}`,
        'sudo firewall-cmd --reload',
      ]
    case 'windows':
      return [
        `netsh advfirewall firewall add rule name="Parley ${allowed.protocol.toUpperCase()}" dir=in action=allow ` +
          `protocol=${allowed.protocol.toUpperCase()} localport=${allowed.ports.join(',').replaceAll(':', '-')} ` +
          `remoteip=${blocks.length === 0 ? 'any' : blocks.join(',')}`,
      ]
    case 'macos':
      return ['sudo /usr/libexec/ApplicationFirewall/socketfilterfw --unblockapp "$(command -v node)"']
    case 'iptables':
      return orOne(blocks, '0.0.0.0/0').map(
        (from) =>
          `sudo iptables -I INPUT -p ${allowed.protocol} -s ${from} -m multiport --dports ${allowed.ports.join(',')} -j ACCEPT`,
      )
    case 'nftables':
      return [
        'sudo nft list ruleset   # in the table and chain that drop what comes in, here inet filter input:',
        ...orOne(blocks, '0.0.0.0/0').map(
          (from) =>
            `sudo nft insert rule inet filter input ip saddr ${from} ${allowed.protocol} dport ` +
            `'{ ${allowed.ports.join(', ').replaceAll(':', '-')} }' accept`,
        ),
      ]
    case 'unknown':
      return [
        `let ${allowed.protocol.toUpperCase()} ports ${allowed.ports.join(', ').replaceAll(':', '-')} in through the firewall of this machine`,
      ]
  }
}

/** Ends the program that has a port, or finds it if it is hidden from this user. */
export function freePort(
  system: System,
  holder: Holder | undefined,
  protocol: Protocol,
  port: number,
): string {
  const isWindows = system.platform === 'win32'
  if (holder !== undefined) return isWindows ? `taskkill /PID ${holder.pid}` : `kill ${holder.pid}`
  if (isWindows) return `netstat -ano -p ${protocol} | findstr :${port}   # who it is`
  if (system.platform === 'linux')
    return `sudo ss -ln${protocol === 'udp' ? 'u' : 't'}p 'sport = :${port}'   # who it is`
  return `sudo lsof -nP -i${protocol.toUpperCase()}:${port}   # who it is`
}

export function setClock({ platform }: System): string {
  if (platform === 'win32') return 'w32tm /resync'
  if (platform === 'darwin') return 'sudo sntp -sS time.apple.com'
  return 'sudo timedatectl set-ntp true'
}

/** `down`: interfaces that could be switched on. */
export function bringUp({ platform }: System, down: readonly string[]): readonly string[] {
  if (platform === 'linux')
    return down.length > 0
      ? down.map((name) => `sudo ip link set ${quoted(name)} up`)
      : ['plug in a cable or join a Wi-Fi, then look: ip addr']
  if (platform === 'win32') return ['plug in a cable or join a Wi-Fi, then: ipconfig /renew']
  return ['plug in a cable or join a Wi-Fi, then look: ifconfig']
}

/** Each once. Firewalls leave loopback alone, so it counts only if there is no other network. */
function blocksOf(networks: readonly Network[]): readonly string[] {
  const outside = networks.filter(({ address }) => !isLoopback(address))
  return [...new Set((outside.length > 0 ? outside : networks).map(block))]
}

/** `192.168.1.0/24` */
export function block({ address, netmask }: Network): string {
  const masks = octets(netmask)
  const base = octets(address).map((octet, index) => octet & (masks[index] ?? 255))
  const bits = masks
    .map((mask) => mask.toString(2).replaceAll('0', '').length)
    .reduce((sum, each) => sum + each, 0)
  return `${base.join('.')}/${bits}`
}

function octets(address: string): number[] {
  return address.split('.').map(Number)
}

function orOne(blocks: readonly string[], otherwise: string): readonly string[] {
  return blocks.length > 0 ? blocks : [otherwise]
}
