/** TCP between the machines, for one program: it connects, and listens on ports of its machine. */
import { TcpEnd } from './tcp-end.ts'
import type { Address } from '../../src/http/message.ts'
import type {
  Accepting,
  Transport,
  TransportListener,
  TransportNetwork,
} from '../../src/http/transport/transport.ts'
import type { Life } from './life.ts'
import type { Machine } from './machine.ts'
import type { Wire } from './wire.ts'

/** Accepts connections to a port of a machine. */
export interface PortListener {
  accept(client: TcpEnd): void
}

export interface Internet {
  readonly machines: readonly Machine[]
  readonly wire: Wire
}

export function tcpFor(life: Life, internet: Internet): TransportNetwork {
  return {
    connect: (address) => connect(life, internet, address),
    listen: (address, accepting) =>
      new Promise((resolve) => {
        resolve(listen(life, address, accepting))
      }),
  }
}

/** An address without a machine that is online gives no answer. */
function connect(life: Life, { machines, wire }: Internet, address: Address): Transport {
  const { machine } = life
  const client = new TcpEnd(life, { host: machine.ip, port: machine.freePort() }, address, wire)
  const there = machines.find(({ ip }) => ip === address.host)
  const isWanted = (): boolean => client.isSending && !client.isDestroyed
  const refuse = (): void => {
    client.break('ECONNREFUSED')
  }
  if (there !== undefined)
    wire.bytes(
      machine,
      there,
      () => {
        const listener = there.listeners.get(address.port)
        if (listener === undefined) wire.bytes(there, machine, refuse, isWanted)
        else listener.accept(client)
      },
      isWanted,
    )
  return client
}

/** Throws as listen(2) does when the port is taken. */
function listen(life: Life, { host, port: wanted }: Address, { accept }: Accepting): TransportListener {
  const { machine } = life
  const { listeners } = machine
  if (listeners.has(wanted)) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' })
  const port = wanted === 0 ? machine.freePort() : wanted
  const listener: PortListener = {
    accept: (client) => {
      const server = TcpEnd.accept(client, life)
      life.run(() => {
        accept(server)
      })
    },
  }
  const close = (): void => {
    if (listeners.get(port) === listener) listeners.delete(port)
  }
  listeners.set(port, listener)
  life.onEnd(close)
  return { address: { host, port }, close }
}
