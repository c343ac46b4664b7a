/** FOLLOW and UNFOLLOW. Whether a peer follows us, and we it, stands in its entry in the table of peers. */
import type { MessagingContext } from './messaging-context.ts'
import type { Replies } from './replies.ts'
import type {
  Arrival,
  Command,
  CommandHandlers,
  DropReason,
  MessageKind,
  SignalHandlers,
  UserMessageHandlers,
} from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export class Follows implements MessageKind {
  readonly #context: MessagingContext
  readonly #replies: Replies

  constructor(context: MessagingContext, replies: Replies) {
    this.#context = context
    this.#replies = replies
  }

  readonly signals: SignalHandlers<'FOLLOW_RESPONSE' | 'UNFOLLOW_RESPONSE'> = {
    FOLLOW_RESPONSE: ({ messageId }, { from }) => {
      this.#replies.received(messageId, from.host)
      return undefined
    },
    UNFOLLOW_RESPONSE: ({ messageId }, { from }) => {
      this.#replies.received(messageId, from.host)
      return undefined
    },
  }

  readonly messages: UserMessageHandlers<'FOLLOW' | 'UNFOLLOW'> = {
    FOLLOW: (message, sender, arrival) => this.#followed(message, sender, arrival),
    UNFOLLOW: (message, sender, arrival) => this.#followed(message, sender, arrival),
  }

  readonly commands: CommandHandlers<'follow'> = {
    follow: (command, now) => {
      this.#follow(command, now)
    },
  }

  #followed(
    { type, messageId }: LsnpMessages['FOLLOW' | 'UNFOLLOW'],
    sender: PeerEntry,
    { dialect, now }: Arrival,
  ): DropReason {
    // Legacy clients wait for a response.
    if (messageId !== undefined && dialect === 'seed') this.#respond(type, messageId, sender, now)
    const following = type === 'FOLLOW'
    if (sender.peer.followsUs === following) return undefined
    sender.peer = { ...sender.peer, followsUs: following }
    this.#context.lan.event({ kind: 'followed', from: sender.peer, following })
    return undefined
  }

  #respond(type: 'FOLLOW' | 'UNFOLLOW', messageId: string, to: PeerEntry, now: number): void {
    const { lan } = this.#context
    const ends = { from: lan.addresses.userIdFor(to.peer.ip), to: to.peer.userId }
    const timestamp = lan.seconds(now)
    const response = { type: `${type}_RESPONSE`, ...ends, messageId, timestamp, accepted: true } as const
    lan.answer(to, response, now)
  }

  #follow({ to, following }: Command<'follow'>, now: number): void {
    const { lan } = this.#context
    const recipient = this.#context.recipient(to)
    const type = following ? 'FOLLOW' : 'UNFOLLOW'
    const messageId = lan.newId()
    this.#context.introduceTo(recipient, now)
    const header = this.#context.header(recipient, type, now)
    lan.sendTo(recipient, { type, ...header, messageId, to }, now)
    this.#replies.expect(messageId, { type, to: recipient })
    recipient.peer = { ...recipient.peer, followed: following }
  }
}
