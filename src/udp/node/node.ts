/**
 * A LAN node without sockets, clock or randomness: receive / command / tick (…, now) -> effects.
 *
 * receive() never throws, whatever arrives, and what it keeps is bounded by the tables of src/udp/node/limits.ts.
 */
import { LanContext, type LanNodeOptions } from './context.ts'
import { handleCommand, type CommandHandlers } from './handlers.ts'
import { Inbound } from './inbound.ts'
import { LAN_TIMES } from './limits.ts'
import { LsnpMessaging } from './messaging/messaging.ts'
import { PeerTable } from './peer-table.ts'
import { LanAnswers } from './presence/answers.ts'
import { LanLiveness } from './presence/liveness.ts'
import { PeerLists } from './presence/peer-lists.ts'
import { LanPresence } from './presence/presence.ts'
import { LanSelf } from './presence/self.ts'
import type { Address } from '../../http/message.ts'
import type { LanCommand, LanEffect, LanMachine, LanPeer } from './model.ts'

export class LanNode implements LanMachine {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #answers: LanAnswers
  readonly #messaging: LsnpMessaging
  readonly #presence: LanPresence
  readonly #inbound: Inbound
  readonly #commands: CommandHandlers
  #tickedAt: number | undefined

  constructor(options: LanNodeOptions) {
    const context = new LanContext(options)
    const table = new PeerTable(context.addresses)
    const self = new LanSelf(context, options.username)
    const answers = new LanAnswers(context, table, self)
    const liveness = new LanLiveness(context, table, self)
    const messaging = new LsnpMessaging(context, table, answers, liveness)
    const presence = new LanPresence(context, table, self, answers, liveness, messaging)
    const peerLists = new PeerLists(context, table, self, answers)
    this.#context = context
    this.#table = table
    this.#answers = answers
    this.#messaging = messaging
    this.#presence = presence
    this.#inbound = new Inbound(context, table, answers, presence, peerLists, messaging)
    this.#commands = { ...this.#ownCommands, ...messaging.commands }
  }

  /** The id by which Parley peers know this node. */
  get node(): string {
    return this.#context.node
  }

  /** Whether a user id is ours, in any form in which others may write it. */
  isUs(userId: string): boolean {
    return this.#context.addresses.isUs(userId)
  }

  /** The peers that are there. */
  get peers(): readonly LanPeer[] {
    return [...this.#table.entries].map(({ peer }) => peer)
  }

  /** How many entries each table has. */
  get sizes(): Readonly<Record<string, number>> {
    const addresses = [...this.#table.entries].map(({ seenAt }) => seenAt.size)
    return {
      peers: this.#table.size,
      addressesOfOnePeer: Math.max(0, ...addresses),
      answers: this.#answers.waiting,
      dropped: this.dropped.size,
      credits: this.#context.credit.size,
      ...this.#messaging.sizes,
    }
  }

  /** How many datagrams were dropped for each reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#inbound.dropped
  }

  /** Between `start` and `quit`. Before and after, the node is silent, or its goodbye would not be believed. */
  get #isOpen(): boolean {
    return this.#context.port !== 0
  }

  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[] {
    if (!this.#isOpen) return []
    this.#inbound.receive(bytes, from, now)
    return this.#context.takeEffects()
  }

  command(command: LanCommand, now: number): readonly LanEffect[] {
    try {
      handleCommand(this.#commands, command.kind, command, now)
    } catch (error) {
      // A command that is refused has no effect.
      this.#context.takeEffects()
      throw error
    }
    return this.#context.takeEffects()
  }

  tick(now: number): readonly LanEffect[] {
    if (!this.#isOpen) return []
    const gap = now - (this.#tickedAt ?? now)
    this.#tickedAt = now
    if (gap > LAN_TIMES.asleep) {
      this.#table.extendLeases(gap, now)
      this.#presence.begin(now)
    }
    this.#presence.tick(now)
    this.#messaging.tick(now)
    this.#presence.expire(now)
    this.#inbound.sweep(now)
    return this.#context.takeEffects()
  }

  /** The commands that are no message. */
  get #ownCommands(): CommandHandlers<
    'clock' | 'start' | 'networks' | 'profile' | 'reached' | 'verbose' | 'quit'
  > {
    const context = this.#context
    const presence = this.#presence
    return {
      clock: ({ offset }) => {
        context.clockOffset = offset
      },
      start: ({ port }) => {
        context.port = port
      },
      networks: ({ networks }, now) => {
        context.addresses.networks = networks
        presence.begin(now)
        if (this.#isOpen) presence.tick(now)
      },
      profile: (command, now) => {
        presence.describe(command, this.#isOpen, now)
      },
      reached: ({ address, node }) => {
        presence.reached(address, node)
      },
      verbose: ({ on }) => {
        context.verbose = on
      },
      quit: (_command, now) => {
        this.#messaging.quit()
        presence.sayGoodbye(now)
        context.port = 0
      },
    }
  }
}
