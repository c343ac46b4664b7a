/**
 * What users say on the LAN by datagram, with foreign programs; Parley peers talk over HTTP.
 *
 * Each kind of message is an object with its own rows of the handler tables. To add a kind: a row in the table of messages
 * (src/udp/lsnp/messages.ts), a file with its handlers here, and its object in the constructor.
 */
import { Acks } from './acks.ts'
import { DirectMessages } from './direct-messages.ts'
import { Files } from './files.ts'
import { Follows } from './follows.ts'
import { Groups } from './groups.ts'
import { Likes } from './likes.ts'
import { MessagingContext } from './messaging-context.ts'
import { Posts } from './posts.ts'
import { Replies } from './replies.ts'
import { Revocations } from './revocations.ts'
import { TicTacToe } from './tic-tac-toe.ts'
import type { Tokens } from './tokens.ts'
import type { LanContext } from '../context.ts'
import type { MessageKind } from '../handlers.ts'
import type { LanAnswers } from '../presence/answers.ts'
import type { LanLiveness } from '../presence/liveness.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

export class LsnpMessaging {
  readonly tokens: Tokens
  readonly acks: Acks
  readonly #context: MessagingContext
  readonly #replies: Replies
  readonly #kinds: readonly MessageKind[]
  readonly signals
  readonly messages
  readonly commands

  constructor(lan: LanContext, table: PeerTable, answers: LanAnswers, liveness: LanLiveness) {
    const context = new MessagingContext(lan, table, answers)
    const replies = new Replies(table)
    const posts = new Posts(context)
    const likes = new Likes(context, posts)
    const directMessages = new DirectMessages(context, replies)
    const follows = new Follows(context, replies)
    const groups = new Groups(context)
    const files = new Files(context)
    const ticTacToe = new TicTacToe(context)
    const revocations = new Revocations(context, liveness)
    this.#kinds = [revocations, posts, likes, directMessages, follows, groups, files, ticTacToe]
    this.signals = {
      ...directMessages.signals,
      ...follows.signals,
      ...groups.signals,
      ...revocations.signals,
    }
    this.messages = {
      ...posts.messages,
      ...likes.messages,
      ...directMessages.messages,
      ...follows.messages,
      ...groups.messages,
      ...files.messages,
      ...ticTacToe.messages,
    }
    this.commands = {
      ...posts.commands,
      ...likes.commands,
      ...directMessages.commands,
      ...follows.commands,
      ...groups.commands,
      ...revocations.commands,
    }
    this.tokens = context.tokens
    this.acks = new Acks(context)
    this.#context = context
    this.#replies = replies
  }

  /** How many entries each table has. */
  get sizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([
      ['seen', this.#context.duplicates.size],
      ['asked', this.#replies.size],
      ...this.#kinds.flatMap(({ sizes = {} }) => Object.entries(sizes)),
    ])
  }

  tick(now: number): void {
    this.#context.sender.sweep(now)
    for (const kind of this.#kinds) kind.tick?.(now)
  }

  peerLeft(peer: PeerEntry): void {
    for (const kind of this.#kinds) kind.peerLeft?.(peer)
  }

  quit(): void {
    for (const kind of this.#kinds) kind.quit?.()
  }
}
