/** LIKE: of a post, which is named by its second. */
import { ChatError } from '../../../chat/errors.ts'
import { A_COPY, type MessagingContext } from './messaging-context.ts'
import type { Posts } from './posts.ts'
import type { Command, CommandHandlers, MessageKind, UserMessageHandlers } from '../handlers.ts'

export class Likes implements MessageKind {
  readonly #context: MessagingContext
  readonly #posts: Posts

  constructor(context: MessagingContext, posts: Posts) {
    this.#context = context
    this.#posts = posts
  }

  readonly messages: UserMessageHandlers<'LIKE'> = {
    LIKE: ({ postTimestamp, action, messageId, timestamp }, sender, { now }) => {
      const id = messageId ?? timestamp
      const key = `${sender.key} LIKE ${id ?? ''} ${postTimestamp} ${action}`
      if (id !== undefined && !this.#context.duplicates.isNew(key, now)) return A_COPY
      const post = this.#posts.ownPostAt(Math.floor(postTimestamp))
      if (post === undefined) return 'no post was sent from here in the second that it names'
      const { id: postId, text } = post
      const liking = action === 'LIKE'
      this.#context.lan.event({ kind: 'liked', from: sender.peer, liking, postId, text })
      return undefined
    },
  }

  readonly commands: CommandHandlers<'like'> = {
    like: (command, now) => {
      this.#like(command, now)
    },
  }

  /** Likes the latest post of a user. */
  #like({ to, liking }: Command<'like'>, now: number): void {
    const { lan } = this.#context
    const recipient = this.#context.recipient(to)
    const { latestPost } = recipient
    if (latestPost === undefined)
      throw new ChatError(404, 'no_post', `${recipient.peer.name} has not posted anything yet`)
    const header = this.#context.header(recipient, 'LIKE', now)
    const action = liking ? 'LIKE' : 'UNLIKE'
    const messageId = lan.newId()
    const postTimestamp = Math.floor(latestPost)
    lan.sendTo(recipient, { type: 'LIKE', ...header, to, postTimestamp, action, messageId }, now)
  }
}
