/** UDP between the machines: the sockets that LAN discovery asks for, and broadcasts to a whole /24 network. */
import type { Address } from '../../src/http/message.ts'
import type { Interfaces } from '../../src/udp/networks.ts'
import type { Datagrams, LanSocketsOptions } from '../../src/udp/socket.ts'
import type { Life } from './life.ts'
import type { Machine } from './machine.ts'
import type { Wire } from './wire.ts'

const NETMASK = '255.255.255.0'
/** The port on which all programs of a machine receive broadcasts, and the first of their own ports. */
const DISCOVERY_PORT = 50_999
const FIRST_PORT = 8_000

export interface DatagramSocket extends Datagrams {
  receive(bytes: Buffer, from: Address): void
}

/** `LanOptions.network` for one program. */
export function datagramsFor(life: Life, machines: readonly Machine[], wire: Wire) {
  const { machine } = life
  return {
    openSockets: (options: LanSocketsOptions): Promise<Datagrams> =>
      Promise.resolve(openSocket(life, machines, wire, options)),
    readInterfaces: (): Interfaces => ({
      eth0: [{ family: 'IPv4', address: machine.ip, netmask: NETMASK, internal: false }],
    }),
  }
}

function openSocket(
  life: Life,
  machines: readonly Machine[],
  wire: Wire,
  { onDatagram }: LanSocketsOptions,
): Datagrams {
  const { machine } = life
  const taken = [...machine.sockets].map(({ ownPort }) => ownPort)
  let ownPort = FIRST_PORT
  while (taken.includes(ownPort)) ownPort++
  const socket: DatagramSocket = {
    ownPort,
    problems: [],
    setOwnAddresses: () => undefined,
    send: (to, bytes) => {
      const from = { host: machine.ip, port: ownPort }
      for (const other of machines.filter(({ ip }) => isFor(to.host, ip)))
        wire.datagram(machine, other, () => {
          for (const receiver of receivers(other, to.port)) receiver.receive(bytes, from)
        })
    },
    // A broadcast also reaches its sender, which recognises it by the port.
    receive: (bytes, from) => {
      if (from.host === machine.ip && from.port === ownPort) return
      life.run(() => {
        onDatagram(bytes, from)
      })
    },
    close: () => {
      machine.sockets.delete(socket)
      return Promise.resolve()
    },
  }
  machine.sockets.add(socket)
  life.onEnd(() => machine.sockets.delete(socket))
  return socket
}

function isFor(host: string, ip: string): boolean {
  return host === ip || host === `${networkOf(ip)}.255`
}

/** The first three numbers of an address. */
function networkOf(ip: string): string {
  return ip.slice(0, ip.lastIndexOf('.'))
}

function receivers({ sockets }: Machine, port: number): DatagramSocket[] {
  return [...sockets].filter(({ ownPort }) => port === DISCOVERY_PORT || port === ownPort)
}
