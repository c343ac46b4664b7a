/** POST: texts to everybody. */
import { A_COPY, SENT, TOO_MUCH, type MessagingContext } from './messaging-context.ts'
import { LAN_LIMITS } from '../limits.ts'
import type { Command, CommandHandlers, MessageKind, UserMessageHandlers } from '../handlers.ts'

export interface OwnPost {
  readonly id: string
  /** TIMESTAMP, in seconds: what LIKE calls it. */
  readonly timestamp: number
  readonly text: string
}

export class Posts implements MessageKind {
  readonly #context: MessagingContext
  /** The last posts of our user, the oldest first. */
  readonly #own: OwnPost[] = []

  constructor(context: MessagingContext) {
    this.#context = context
  }

  readonly messages: UserMessageHandlers<'POST'> = {
    POST: (message, sender, { now }) => {
      const { content: text, timestamp } = message
      const id = this.#context.idOfNew(message, sender, now)
      if (id === undefined) return A_COPY
      sender.latestPost = timestamp ?? this.#context.lan.seconds(now)
      const sentAt = this.#context.sentAt(timestamp, now)
      this.#context.lan.event({ kind: 'post', from: sender.peer, id, text, sentAt })
      return undefined
    },
  }

  readonly commands: CommandHandlers<'post'> = {
    post: (command, now) => {
      this.#post(command, now)
    },
  }

  get sizes() {
    return { posts: this.#own.length }
  }

  /** The last post of our user in this second, in Unix seconds. */
  ownPostAt(second: number): OwnPost | undefined {
    return this.#own.findLast(({ timestamp }) => timestamp === second)
  }

  #post({ id, to, text }: Command<'post'>, now: number): void {
    const { sender, tokens, lan } = this.#context
    const recipient = this.#context.recipient(to)
    const userId = lan.addresses.userIdFor(recipient.peer.ip)
    // One post to several users has one time, because LIKE names it by its time.
    const timestamp = this.#own.find((post) => post.id === id)?.timestamp ?? lan.seconds(now)
    const scope = sender.goesToEverybody(recipient) ? 'broadcast' : recipient.capabilities.scopeFor('POST')
    const message = {
      type: 'POST',
      userId,
      content: text,
      ttl: tokens.ttl,
      timestamp,
      messageId: id,
      token: tokens.issue(userId, scope, timestamp),
    } as const
    this.#context.introduceTo(recipient, now)
    const isSent = sender.post(`${id} ${text}`, recipient, message, now)
    if (isSent) this.#remember({ id, timestamp, text })
    this.#context.report({ id, userId: to }, isSent ? SENT : TOO_MUCH)
  }

  #remember(post: OwnPost): void {
    if (this.#own.some(({ id }) => id === post.id)) return
    this.#own.push(post)
    if (this.#own.length > LAN_LIMITS.posts) this.#own.shift()
  }
}
