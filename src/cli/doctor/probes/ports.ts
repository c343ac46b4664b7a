/** Probes the ports that a peer needs: is each available, and if not, which program has it? */
import { systemCode } from '../../../chat/errors.ts'
import { createSocket } from 'node:dgram'
import { isForAdministrator } from '../../../peer/self/listen.ts'
import { CallbackListener } from './callback.ts'
import { holderOfPort } from './port-owner.ts'
import type { HttpNetwork } from '../../../http/network.ts'
import type { Holder, TakenPort, TcpFinding, UdpFinding } from '../findings.ts'
import type { Protocol } from '../fixes.ts'

export type HolderOf = (protocol: Protocol, port: number) => Holder | undefined

export interface TcpProbe {
  readonly finding: TcpFinding
  /** Listens where a peer would, and stays open. Undefined: no port is free. */
  readonly listener: CallbackListener | undefined
}

export interface TcpWanted {
  readonly ip: string
  /** Undefined: the first free one of the range. */
  readonly port: number | undefined
}

export interface Neighbour extends Pick<TakenPort, 'otherNetwork'> {
  readonly name: string
}

/** A peer searches these ports for a free one. */
const RANGE = { first: 8_000, last: 9_999 }

/** Taken ports that are described. */
const MAX_TAKEN = 16

/** Listens where a peer would. `peerAt`: the peer of this machine that listens there. */
export async function probeTcp(
  network: HttpNetwork,
  { ip, port }: TcpWanted,
  peerAt: (port: number, holder: Holder | undefined) => Promise<Neighbour | undefined>,
  holderOf: HolderOf = holderOfPort,
): Promise<TcpProbe> {
  const search = new PortSearch(network, ip)
  if (port !== undefined) await search.tryPort(port)
  for (let next = RANGE.first; next <= RANGE.last && !search.isOver; next++)
    if (next !== port) await search.tryPort(next)
  const described = search.taken.slice(0, MAX_TAKEN).map(async (each): Promise<TakenPort> => {
    if (each.isReserved) return { ...each, holder: undefined, peer: undefined }
    const holder = holderOf('tcp', each.port)
    const peer = await peerAt(each.port, holder)
    return { ...each, holder, peer: peer?.name, otherNetwork: peer?.otherNetwork }
  })
  const { listener, problem } = search
  return { listener, finding: { port: listener?.port, taken: await Promise.all(described), problem } }
}

/** Tries one port after the other, as a starting peer does. */
class PortSearch {
  readonly #network: HttpNetwork
  #host: string
  listener: CallbackListener | undefined
  problem: TcpFinding['problem']
  /** In the order in which they were tried. */
  readonly taken: Pick<TakenPort, 'port' | 'isReserved'>[] = []

  constructor(network: HttpNetwork, host: string) {
    this.#network = network
    this.#host = host
  }

  get isOver(): boolean {
    return this.listener !== undefined || this.problem === 'no_permission'
  }

  /** Rejects with errors of listen(2) that it does not know. */
  async tryPort(port: number): Promise<void> {
    try {
      this.listener = await CallbackListener.open(this.#network, { host: this.#host, port })
    } catch (error) {
      await this.#failed(port, error)
    }
  }

  async #failed(port: number, error: unknown): Promise<void> {
    switch (systemCode(error)) {
      case 'EADDRINUSE':
        this.taken.push({ port, isReserved: false })
        return
      case 'EACCES':
        if (isForAdministrator(port)) this.problem = 'no_permission'
        else this.taken.push({ port, isReserved: true })
        return
      case 'EADDRNOTAVAIL':
        if (this.problem === 'no_address') throw error
        // Other problems are found by listening at all addresses.
        this.problem = 'no_address'
        this.#host = '0.0.0.0'
        await this.tryPort(port)
        return
      default:
        throw error
    }
  }
}

/** Whether a program that shares this port can have it. */
export async function probeUdp(port: number, holderOf: HolderOf = holderOfPort): Promise<UdpFinding> {
  const code = await bindProblem(port)
  const isTaken = code === 'EADDRINUSE'
  return { port, isFree: code === undefined, code, holder: isTaken ? holderOf('udp', port) : undefined }
}

function bindProblem(port: number): Promise<string | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  return new Promise((resolve) => {
    socket.on('error', (error) => {
      socket.close()
      resolve(systemCode(error))
    })
    socket.bind(port, '0.0.0.0', () => {
      socket.close(() => {
        resolve(undefined)
      })
    })
  })
}
