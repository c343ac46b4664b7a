/**
 * What the tests of the sockets share: a LanMachine that records its calls and returns the effects that a test wants, free
 * UDP ports, and a socket of another program. Broadcasts go to 127.255.255.255 only.
 */
import { portProblem } from '../../../src/chat/address.ts'
import { createSocket, type Socket } from 'node:dgram'
import { onTestFinished } from 'vitest'
import { LanSockets, type LanPorts, type LanSocketsOptions } from '../../../src/udp/socket.ts'
import { until } from '../../support/wait.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanCommand, LanEffect, LanMachine } from '../../../src/udp/node/model.ts'

export const LOCALHOST = '127.0.0.1'
export const EVERYBODY = '127.255.255.255'

/** A call of a machine. */
export type MachineCall =
  | { readonly kind: 'command'; readonly command: LanCommand; readonly now: number }
  | { readonly kind: 'receive'; readonly text: string; readonly from: Address; readonly now: number }
  | { readonly kind: 'tick'; readonly now: number }

export class LanDouble implements LanMachine {
  readonly calls: MachineCall[] = []
  /** The effects of a call, given by a test. May throw. */
  wants: (call: MachineCall) => readonly LanEffect[] = () => []

  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[] {
    return this.#note({ kind: 'receive', text: bytes.toString(), from, now })
  }

  command(command: LanCommand, now: number): readonly LanEffect[] {
    return this.#note({ kind: 'command', command, now })
  }

  tick(now: number): readonly LanEffect[] {
    return this.#note({ kind: 'tick', now })
  }

  /** The commands, in order. */
  get commands(): LanCommand[] {
    return this.calls.flatMap((call) => (call.kind === 'command' ? [call.command] : []))
  }

  /** The datagrams, in order. */
  get received(): string[] {
    return this.calls.flatMap((call) => (call.kind === 'receive' ? [call.text] : []))
  }

  /** The times of its ticks. */
  get ticks(): number[] {
    return this.calls.flatMap((call) => (call.kind === 'tick' ? [call.now] : []))
  }

  #note(call: MachineCall): readonly LanEffect[] {
    this.calls.push(call)
    return this.wants(call)
  }
}

export function sendEffect(text: string, to: Address): LanEffect {
  return { kind: 'send', to, bytes: Buffer.from(text) }
}

export function noticeEffect(text: string): LanEffect {
  return { kind: 'event', event: { kind: 'notice', text } }
}

// --- ports ------------------------------------------------------------------------------------------

/** Below the range of ephemeral ports; each file of tests begins at another place. */
const PORTS = { first: 10_100, last: 32_000 }
let nextPort = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first - 2_000))

/** This many free UDP ports in a row. None is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const ports = Array.from({ length: count }, () => nextPort++)
    // A program that announces the port of another service is not answered there.
    if (ports.some((port) => portProblem(port) !== undefined)) continue
    const areFree = await Promise.all(ports.map(isFree))
    if (!areFree.includes(false)) return ports
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await closed(await bound(port))
    return true
  } catch {
    return false
  }
}

/** A port for each purpose. */
export async function lanPorts(): Promise<Required<LanPorts>> {
  const [discoveryPort = 0, announcePort = 0, ownPort = 0, firstPort = 0, lastPort = 0] = await freePorts(5)
  return { discoveryPort, announcePort, ownPort, firstPort, lastPort }
}

/** Occupies a port until the test is over, alone unless it is shared. Rejects if it is taken. */
export async function occupy(port: number, { shared = false } = {}): Promise<void> {
  const socket = await bound(port, shared)
  onTestFinished(() => closed(socket))
}

function bound(port: number, reuseAddr = false): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr })
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.bind(port, '0.0.0.0', () => {
      resolve(socket)
    })
  })
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve))
}

// --- sockets ----------------------------------------------------------------------------------------

/** A socket of another program. */
export interface ForeignSocket {
  readonly address: Address
  /** The datagrams that it received. */
  readonly received: readonly string[]
  readonly send: (bytes: string | Buffer, to: Address) => Promise<void>
}

export async function foreignSocket(): Promise<ForeignSocket> {
  const socket = await bound(0)
  socket.setBroadcast(true)
  onTestFinished(() => closed(socket))
  const received: string[] = []
  socket.on('message', (bytes) => received.push(bytes.toString()))
  return {
    address: { host: LOCALHOST, port: socket.address().port },
    received,
    send: (bytes, { host, port }) =>
      new Promise((resolve, reject) => {
        socket.send(bytes, port, host, (error) => {
          if (error === null) resolve()
          else reject(error)
        })
      }),
  }
}

/** LanSockets, what they received and which errors they reported. */
export interface Opened {
  readonly sockets: LanSockets
  readonly received: readonly string[]
  readonly from: readonly Address[]
  readonly errors: readonly Error[]
}

/** Closed when the test is over. Own addresses: those of loopback. */
export async function openSockets(ports: LanPorts, more: Partial<LanSocketsOptions> = {}): Promise<Opened> {
  const received: string[] = []
  const from: Address[] = []
  const errors: Error[] = []
  const sockets = await LanSockets.open({
    ...ports,
    onDatagram: (bytes, sender) => {
      received.push(bytes.toString())
      from.push(sender)
    },
    onError: (error) => {
      errors.push(error)
    },
    ...more,
  })
  onTestFinished(() => sockets.close())
  sockets.setOwnAddresses([LOCALHOST])
  return { sockets, received, from, errors }
}

/** Waits until a socket or a machine has received this text. */
export async function receives(who: { readonly received: readonly string[] }, text: string): Promise<void> {
  await until(() => who.received.includes(text), `${text} is received`)
}
