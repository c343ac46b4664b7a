/**
 * The UDP sockets of LAN discovery; the one file that knows node:dgram.
 *
 * All sockets are on 0.0.0.0. The own socket has its port to itself: everything is sent from it, and unicast datagrams
 * arrive there. The others, two for LSNP and one in a closed network, share their ports with other programs (SO_REUSEADDR):
 * a broadcast reaches all of them, but a unicast datagram only the program that was the last to bind, so peers are not asked
 * to send there.
 *
 * One socket is enough to send to all networks. The broadcast address of a network is in the routing table, so the kernel
 * picks the interface and uses its address as the source. Only 255.255.255.255 belongs to no network and would need a
 * socket bound to each interface; it is not used.
 */
import { systemCode } from '../chat/errors.ts'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import type { Address } from '../http/message.ts'

export interface LanPorts {
  /** Where LSNP programs receive broadcasts: 50999 unless given. */
  readonly discoveryPort?: number
  /** Where legacy clients announce themselves as JSON: 9002 unless given. */
  readonly announcePort?: number
  /** The preferred own port. */
  readonly ownPort?: number
  /** If that is taken, the first free port of these: 8000 to 9999 unless given. */
  readonly firstPort?: number
  readonly lastPort?: number
}

/** A port that this program shares with others, and what does not work without it: a clause for users. */
interface SharedPort {
  readonly port: number
  readonly loss: string
}

export interface LanSocketsOptions extends LanPorts {
  /** The ports for broadcasts. Default: those of LSNP. */
  readonly shared?: readonly SharedPort[]
  /** Called with a datagram of another program. */
  readonly onDatagram: (bytes: Buffer, from: Address) => void
  /** Called with an error whose message is a sentence for our user; once for each failure until it works again. */
  readonly onError: (error: Error) => void
}

/** Counts of datagrams since the start. */
export interface LanCounts {
  sent: number
  /** Not sent, for any reason. */
  failed: number
  received: number
  /** Received from this program itself: a broadcast reaches its sender, too. */
  own: number
}

/** In bytes; the first that the system grants is used. Its default would lose most of a burst while this process is busy. */
const RECEIVE_BUFFERS = [4 * 1024 * 1024, 1024 * 1024]

/** How many datagrams wait for the kernel; more are not sent. */
const MAX_WAITING = 4_096

/** How many different failures are reported; more are only counted. */
const MAX_REPORTED = 256

/** How long close() waits for the kernel to take the datagrams to be sent, in milliseconds. */
const CLOSING_TIME = 1_000

/** What LanDiscovery needs of the sockets. */
export interface Datagrams {
  /** Where unicast datagrams arrive, and from where everything is sent. */
  readonly ownPort: number
  /** Sentences for our user: what does not work because a port cannot be opened. */
  readonly problems: readonly string[]
  setOwnAddresses(addresses: Iterable<string>): void
  send(to: Address, bytes: Buffer): void
  close(): Promise<void>
}

export class LanSockets implements AsyncDisposable, Datagrams {
  /** Where unicast datagrams arrive, and from where everything is sent. */
  readonly ownPort: number
  /** Sentences for our user: what does not work because a port cannot be opened. */
  readonly problems: readonly string[]
  readonly #own: Socket
  readonly #all: readonly Socket[]
  readonly #options: LanSocketsOptions
  readonly #counts: LanCounts = { sent: 0, failed: 0, received: 0, own: 0 }
  #ownAddresses: ReadonlySet<string> = new Set()
  /** The error codes that were reported, by what failed. */
  readonly #reported = new Map<string, Set<string>>()
  #waiting = 0
  #whenSent = (): void => undefined
  #closed: Promise<void> | undefined

  private constructor(
    own: Socket,
    shared: readonly Socket[],
    problems: string[],
    options: LanSocketsOptions,
  ) {
    this.#own = own
    this.#all = [own, ...shared]
    this.ownPort = own.address().port
    this.problems = problems
    this.#options = options
    for (const socket of this.#all) this.#listen(socket)
  }

  /** Rejects only if there is no own port: with a sentence, or with the error of bind(2). */
  static async open(options: LanSocketsOptions): Promise<LanSockets> {
    const shared: Socket[] = []
    const problems: string[] = []
    for (const { port, loss } of options.shared ?? lsnpPorts(options)) {
      try {
        shared.push(await bind(port, { reuseAddr: true }))
      } catch (error) {
        problems.push(bindProblem(port, systemCode(error), loss))
      }
    }
    try {
      // After the others, so that it cannot take one of their ports.
      return new LanSockets(await bindOwn(options), shared, problems, options)
    } catch (error) {
      await Promise.all(shared.map(closeSocket))
      throw error
    }
  }

  get counts(): Readonly<LanCounts> {
    return this.#counts
  }

  /** Sets the addresses of this machine. A datagram from one of them and from the own port is this program's own. */
  setOwnAddresses(addresses: Iterable<string>): void {
    this.#ownAddresses = new Set(addresses)
  }

  /** Sends to an IPv4 address. Never throws: a failure is counted and reported. `bytes` must not change afterwards. */
  send(to: Address, bytes: Buffer): void {
    if (this.#closed !== undefined) return
    // Names are not looked up, so that no datagram can cause a DNS query.
    if (!isIPv4(to.host)) this.#failed(to, bytes, 'EINVAL')
    else if (this.#waiting >= MAX_WAITING) this.#failed(to, bytes, 'ENOBUFS')
    else this.#handOver(to, bytes)
  }

  /** Waits until all datagrams have left, for a second at most, then closes. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    if (this.#waiting > 0) {
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(resolve, CLOSING_TIME)
        this.#whenSent = () => {
          clearTimeout(deadline)
          resolve()
        }
      })
    }
    await Promise.all(this.#all.map(closeSocket))
  }

  #listen(socket: Socket): void {
    const { port } = socket.address()
    socket.on('error', (error) => {
      const code = systemCode(error)
      this.#reportOnce(`port ${port}`, code, `UDP port ${port} fails (${code})`, error)
    })
    socket.on('message', (bytes, from) => {
      this.#receive(bytes, from)
    })
  }

  #receive(bytes: Buffer, { address, port }: RemoteInfo): void {
    if (this.#closed !== undefined) return
    this.#counts.received++
    if (port === this.ownPort && this.#ownAddresses.has(address)) {
      this.#counts.own++
      return
    }
    try {
      this.#options.onDatagram(bytes, { host: address, port })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#reportOnce('onDatagram', reason, `Internal error with a datagram of ${address}: ${reason}`, error)
    }
  }

  #handOver(to: Address, bytes: Buffer): void {
    this.#waiting++
    try {
      this.#own.send(bytes, to.port, to.host, (error) => {
        this.#handedOver()
        if (error === null) this.#sent(to)
        else this.#failed(to, bytes, systemCode(error), error)
      })
    } catch (error) {
      this.#handedOver()
      this.#failed(to, bytes, systemCode(error), error)
    }
  }

  #handedOver(): void {
    this.#waiting--
    if (this.#waiting === 0) this.#whenSent()
  }

  #sent({ host, port }: Address): void {
    this.#counts.sent++
    if (this.#reported.size > 0) this.#reported.delete(`${host}:${port}`)
  }

  #failed({ host, port }: Address, bytes: Buffer, code: string, cause?: unknown): void {
    this.#counts.failed++
    const to = `${host}:${port}`
    const reason = reasonFor(code, bytes)
    this.#reportOnce(to, code, `Nothing can be sent to ${to} by UDP (${code})${reason}`, cause)
  }

  #reportOnce(what: string, code: string, sentence: string, cause: unknown): void {
    const codes = this.#reported.get(what) ?? new Set()
    const isFull = Math.max(this.#reported.size, codes.size) >= MAX_REPORTED
    if (codes.has(code) || isFull) return
    this.#reported.set(what, codes.add(code))
    this.#options.onError(new Error(sentence, { cause }))
  }
}

function lsnpPorts({ discoveryPort = 50_999, announcePort = 9_002 }: LanPorts): readonly SharedPort[] {
  return [
    { port: discoveryPort, loss: 'peers are not found automatically' },
    { port: announcePort, loss: 'peers that announce themselves there are not found' },
  ]
}

/** A bound socket. Rejects with the error of bind(2). */
async function bind(port: number, { reuseAddr }: { readonly reuseAddr: boolean }): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr })
  try {
    await new Promise<void>((resolve, reject) => {
      // The listener stays, because an error without a listener would end the process.
      socket.on('error', reject)
      socket.bind(port, '0.0.0.0', resolve)
    })
    socket.setBroadcast(true)
  } catch (error) {
    socket.close()
    throw error
  }
  growReceiveBuffer(socket)
  return socket
}

async function bindOwn({ ownPort, firstPort = 8_000, lastPort = 9_999 }: LanPorts): Promise<Socket> {
  const wanted = ownPort === undefined ? [] : [ownPort]
  const range = Array.from({ length: lastPort - firstPort + 1 }, (_, index) => firstPort + index)
  for (const port of [...wanted, ...range]) {
    try {
      return await bind(port, { reuseAddr: false })
    } catch (error) {
      if (!['EADDRINUSE', 'EACCES'].includes(systemCode(error))) throw error
    }
  }
  throw new Error(`None of the UDP ports ${firstPort} to ${lastPort} is free`)
}

function growReceiveBuffer(socket: Socket): void {
  for (const size of RECEIVE_BUFFERS) {
    try {
      socket.setRecvBufferSize(size)
      return
    } catch {
      // Some systems refuse a size over their limit; others grant as much as they can.
    }
  }
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve))
}

/** A sentence for our user. `loss`: what does not work without this port. */
export function bindProblem(
  port: number,
  code: string,
  loss: string,
  platform: string = process.platform,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `UDP port ${port} is taken by a program that does not share it (${code}): ${loss}; end that program and start again, or use a tracker: parley peer --tracker-ip ADDRESS`
    case 'EACCES': {
      const look =
        platform === 'win32'
          ? ` ("netsh int ipv4 show excludedportrange protocol=udp" lists what Windows keeps back)`
          : ''
      return `UDP port ${port} is reserved by the system (${code})${look}: ${loss}; use a tracker: parley peer --tracker-ip ADDRESS`
    }
    default:
      return `UDP port ${port} cannot be opened (${code}): ${loss}; use a tracker: parley peer --tracker-ip ADDRESS`
  }
}

function reasonFor(code: string, { length }: Buffer): string {
  switch (code) {
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
      return ': there is no way to it from here'
    case 'EPERM':
    case 'EACCES':
      return ': this machine does not allow it, perhaps a firewall'
    case 'EMSGSIZE':
      return `: ${length} bytes are too many for one datagram`
    case 'EINVAL':
    case 'ERR_SOCKET_BAD_PORT':
      return ': that is no address for datagrams'
    case 'ENOBUFS':
      return ': too much is waiting to be sent'
    default:
      return ''
  }
}
