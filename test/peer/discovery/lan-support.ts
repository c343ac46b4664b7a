/**
 * What the tests of the LAN share: a LAN of loopback on ports of its own, and a foreign LSNP program on it.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { onTestFinished } from 'vitest'
import { decode, encode, type LsnpMessage, type LsnpMessages } from '../../../src/udp/lsnp/codec.ts'
import { formatToken, type Scope } from '../../../src/udp/lsnp/token.ts'
import { EVERYBODY, freePorts, LOCALHOST } from '../../udp/node/double.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanOptions } from '../../../src/peer/discovery/lan.ts'

const PEERS = 8

export interface TestLan {
  readonly options: LanOptions
  /** Where every program listens. */
  readonly everybody: Address
}

/** With room for a few peers. */
export async function testLan(): Promise<TestLan> {
  const ports = await freePorts(2 + PEERS)
  const [discoveryPort = 0, announcePort = 0, firstPort = 0] = ports
  return {
    options: {
      interfaces: ['lo'],
      ports: { discoveryPort, announcePort, firstPort, lastPort: firstPort + PEERS - 1 },
    },
    everybody: { host: EVERYBODY, port: discoveryPort },
  }
}

/** Unix time in seconds. */
const NOW = Math.floor((performance.timeOrigin + performance.now()) / 1000)
/** Also by a clock that is fast. */
const LATER = NOW + 86_400

let ids = 0

interface Habits {
  acknowledges: boolean
  /** It repeats the numbers that Parley peers are asked to repeat. */
  readonly repeats: boolean
}

/** Speaks the dialect of the RFC draft. */
export class LsnpProgram {
  readonly userId: string
  /** What it was sent, in order. */
  readonly heard: LsnpMessage[] = []
  readonly #socket: Socket
  readonly #lan: TestLan
  readonly #habits: Habits
  /** What it last announced, with which it repeats numbers if it says that it is a Parley peer. */
  #announced: Partial<LsnpMessages['PROFILE']> = {}
  /** Where the others are, by their user ids. */
  readonly #others = new Map<string, Address>()

  private constructor(name: string, socket: Socket, lan: TestLan, habits: Habits) {
    this.userId = `${name}@${socket.address().address}`
    this.#socket = socket
    this.#lan = lan
    this.#habits = habits
    socket.on('message', (bytes, from) => {
      this.#receive(bytes, from)
    })
  }

  /** Closed when the test is over. */
  static async start(
    name: string,
    lan: TestLan,
    { acknowledges = false, repeats = true, host = LOCALHOST } = {},
  ): Promise<LsnpProgram> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, host, resolve)
    })
    socket.setBroadcast(true)
    onTestFinished(() => new Promise<void>((resolve) => socket.close(resolve)))
    const program = new LsnpProgram(name, socket, lan, { acknowledges, repeats })
    await program.announce()
    return program
  }

  stopAcknowledging(): void {
    this.#habits.acknowledges = false
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** The messages of one type that it was sent. */
  of<Type extends LsnpMessage['type']>(type: Type): LsnpMessages[Type][] {
    return this.heard.filter((message): message is LsnpMessages[Type] => message.type === type)
  }

  /** The texts of those messages that have one. */
  texts(type: 'POST' | 'DM' | 'GROUP_MESSAGE'): string[] {
    return this.of(type).map(({ content }) => content)
  }

  knows(userId: string): boolean {
    return this.#others.has(userId)
  }

  announce(more: Partial<LsnpMessages['PROFILE']> = {}): Promise<void> {
    const [name = ''] = this.userId.split('@')
    const { userId, port } = this
    this.#announced = more
    return this.send({ type: 'PROFILE', userId, displayName: `${name} !`, status: 'here', port, ...more })
  }

  post(content: string, more: Partial<LsnpMessages['POST']> = {}): Promise<void> {
    const { userId } = this
    const common = { ttl: 3600, timestamp: NOW, messageId: newId(), token: this.#token('broadcast') }
    return this.send({ type: 'POST', userId, content, ...common, ...more })
  }

  dm(to: string, content: string): Promise<void> {
    const common = { timestamp: NOW, messageId: newId(), token: this.#token('chat') }
    return this.send({ type: 'DM', from: this.userId, to, content, ...common }, to)
  }

  createGroup(groupId: string, groupName: string, members: readonly string[]): Promise<void> {
    const common = { timestamp: NOW, token: this.#token('group') }
    return this.send({ type: 'GROUP_CREATE', from: this.userId, groupId, groupName, members, ...common })
  }

  updateGroup(groupId: string, change: Pick<LsnpMessages['GROUP_UPDATE'], 'add' | 'remove'>): Promise<void> {
    const common = { timestamp: NOW, token: this.#token('group') }
    return this.send({ type: 'GROUP_UPDATE', from: this.userId, groupId, ...change, ...common })
  }

  sayInGroup(groupId: string, content: string): Promise<void> {
    const common = { timestamp: NOW, messageId: newId(), token: this.#token('group') }
    return this.send({ type: 'GROUP_MESSAGE', from: this.userId, groupId, content, ...common })
  }

  /** To all programs, or to one that it has heard. */
  send(message: LsnpMessage, to?: string): Promise<void> {
    const { host, port } = (to === undefined ? undefined : this.#others.get(to)) ?? this.#lan.everybody
    return new Promise((resolve, reject) => {
      this.#socket.send(encode(message, 'rfc'), port, host, (error) => {
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  #repeat(echo: string, to: string): Promise<void> {
    const { node, key, httpPort } = this.#announced
    const { userId, port } = this
    return this.send({ type: 'PING', userId, port, node, key, httpPort, echo }, to)
  }

  #token(scope: Scope): string {
    return formatToken({ userId: this.userId, expiry: LATER, scope })
  }

  #receive(bytes: Buffer, { address: host, port }: RemoteInfo): void {
    const decoded = decode(bytes)
    if (!decoded.ok) throw new Error(`sent to an LSNP program: ${decoded.reason}`)
    const { message } = decoded
    this.heard.push(message)
    if ('userId' in message && message.userId !== undefined) this.#others.set(message.userId, { host, port })
    if ('nonce' in message && message.nonce !== undefined && this.#habits.repeats)
      void this.#repeat(message.nonce, message.userId)
    if (message.type !== 'DM' || !this.#habits.acknowledges || message.messageId === undefined) return
    void this.send({ type: 'ACK', messageId: message.messageId, status: 'RECEIVED' }, message.from)
  }
}

function newId(): string {
  return (++ids).toString(16).padStart(16, '0')
}
