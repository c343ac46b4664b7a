/** DM: texts to one user, with the acknowledgements that come for them. */
import { A_COPY, SENT, TOO_MUCH, type MessagingContext } from './messaging-context.ts'
import { LanOutbox } from './outbox.ts'
import type { Replies } from './replies.ts'
import type {
  Command,
  CommandHandlers,
  MessageKind,
  SignalHandlers,
  UserMessageHandlers,
} from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'

export class DirectMessages implements MessageKind {
  readonly #context: MessagingContext
  readonly #replies: Replies
  readonly #outbox = new LanOutbox()

  constructor(context: MessagingContext, replies: Replies) {
    this.#context = context
    this.#replies = replies
  }

  readonly signals: SignalHandlers<'ACK'> = {
    ACK: ({ messageId }, { from }) => {
      const sent = this.#replies.received(messageId, from.host)
      const message = this.#outbox.acknowledge(messageId, from.host)
      // A late ACK, and that of a FOLLOW, also show that the program acknowledges.
      sent?.to.capabilities.acknowledged(sent.type)
      if (message !== undefined) this.#context.report(message, { ok: true, confirmed: true })
      return undefined
    },
  }

  readonly messages: UserMessageHandlers<'DM'> = {
    DM: (message, sender, { now }) => {
      const { content: text, timestamp } = message
      const id = this.#context.idOfNew(message, sender, now)
      if (id === undefined) return A_COPY
      const sentAt = this.#context.sentAt(timestamp, now)
      this.#context.lan.event({ kind: 'dm', from: sender.peer, id, text, sentAt })
      return undefined
    },
  }

  readonly commands: CommandHandlers<'dm'> = {
    dm: (command, now) => {
      this.#send(command, now)
    },
  }

  get sizes() {
    return { waiting: this.#outbox.size }
  }

  tick(now: number): void {
    for (const due of this.#outbox.due(now)) {
      if (due.kind === 'again') {
        const { ip: host, port } = due.to.peer
        this.#context.lan.sendBytes({ host, port }, due.bytes, 'DM', now)
      } else {
        this.#context.report(due, { ...SENT, reason: 'no acknowledgement came' })
      }
    }
  }

  peerLeft(peer: PeerEntry): void {
    for (const message of this.#outbox.abandon(peer))
      this.#context.report(message, { ok: false, confirmed: false, reason: 'it has left' })
  }

  /** A message that was sent once counts as sent, so that it is not sent again after the next start. */
  quit(): void {
    for (const message of this.#outbox.takeUnacknowledged()) this.#context.report(message, SENT)
  }

  /** A program that is not known to acknowledge is sent each message once. */
  #send({ id, to, text }: Command<'dm'>, now: number): void {
    const { sender, lan } = this.#context
    const recipient = this.#context.recipient(to)
    const header = this.#context.header(recipient, 'DM', now)
    const message = { type: 'DM', ...header, to, content: text, messageId: id } as const
    const key = `DM ${id} ${text}`
    if (recipient.capabilities.acknowledges !== true && sender.wasSent(key, recipient)) {
      this.#context.report({ id, userId: to }, SENT)
      return
    }
    if (!sender.allows(recipient, message, now)) {
      this.#context.report({ id, userId: to }, TOO_MUCH)
      return
    }
    this.#context.introduceTo(recipient, now)
    const bytes = lan.sendTo(recipient, message, now)
    sender.markSent(key, recipient)
    this.#replies.expect(id, { type: 'DM', to: recipient })
    if (!this.#outbox.add(id, recipient, bytes, now)) this.#context.report({ id, userId: to }, SENT)
  }
}
