/** The interfaces and ports on which a peer takes part in the LAN. */
import { networkInterfaces } from 'node:os'
import { isLoopback } from '../../http/ip.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../udp/lsnp/ports.ts'
import type { LanEffect, LanMachine } from '../../udp/node/model.ts'
import type { Interfaces } from '../../udp/networks.ts'
import type { LanPorts } from '../../udp/socket.ts'

/** The interfaces of this machine that have this address; for a loopback address, all loopback interfaces. */
export function interfacesWith(host: string, interfaces: Interfaces = networkInterfaces()): Interfaces {
  const isMeant = (address: string): boolean => address === host || (isLoopback(host) && isLoopback(address))
  return Object.fromEntries(
    Object.entries(interfaces).map(([name, addresses = []]) => [
      name,
      addresses.filter(({ address }) => isMeant(address)),
    ]),
  )
}

/** The same machine, which sends to these ports instead of the well-known ones. */
export function remapPorts(machine: LanMachine, { discoveryPort, announcePort }: LanPorts): LanMachine {
  const instead = new Map([
    [DISCOVERY_PORT, discoveryPort ?? DISCOVERY_PORT],
    [ANNOUNCE_PORT, announcePort ?? ANNOUNCE_PORT],
  ])
  const redirected = (effects: readonly LanEffect[]): readonly LanEffect[] =>
    effects.map((effect) => {
      if (effect.kind !== 'send') return effect
      const { host, port } = effect.to
      return { kind: 'send', bytes: effect.bytes, to: { host, port: instead.get(port) ?? port } }
    })
  return {
    receive: (bytes, from, now) => redirected(machine.receive(bytes, from, now)),
    command: (command, now) => redirected(machine.command(command, now)),
    tick: (now) => redirected(machine.tick(now)),
  }
}
