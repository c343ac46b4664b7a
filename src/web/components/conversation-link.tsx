/** A line of the navigation: the title of a conversation and its unread counts. */
import type { ComponentChildren, VNode } from 'preact'
import { useChat, useView } from '../app/hooks.ts'
import { isDirect, shortCount, titleOf } from '../model/conversations.ts'
import { fragmentOf } from '../model/location.ts'
import { logOf } from '../model/view.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'

interface ConversationLinkProps {
  readonly conversation: Conversation
  /** Before the title. */
  readonly sign?: ComponentChildren
  /** After the title. */
  readonly children?: ComponentChildren
}

export function ConversationLink({ conversation, sign, children }: ConversationLinkProps): VNode {
  const chat = useChat()
  const isOpen = useView(({ open }) => open === conversation)
  const title = useView(({ local }) => titleOf(local, conversation))
  const unread = useView((view) => logOf(view, conversation).unread)
  const named = useView((view) => logOf(view, conversation).mentions)
  const mentions = isDirect(conversation) ? unread : named
  return (
    <a
      class={unread > 0 ? 'conversation-link has-unread' : 'conversation-link'}
      href={fragmentOf(conversation)}
      aria-current={isOpen ? 'page' : undefined}
      onClick={() => {
        chat.closePanel()
      }}
    >
      {sign}
      <span class="conversation-title" dir="auto">
        {title}
      </span>
      {children}
      <UnreadBadge unread={unread} mentions={mentions} />
    </a>
  )
}

function UnreadBadge({
  unread,
  mentions,
}: {
  readonly unread: number
  readonly mentions: number
}): VNode | null {
  if (unread === 0) return null
  return (
    <>
      {mentions > 0 && (
        <span class="badge badge-mention">
          <span aria-hidden="true">@{shortCount(mentions)}</span>
          <span class="only-heard">, {shortCount(mentions)} for you</span>
        </span>
      )}
      {unread > mentions && (
        <span class="badge">
          <span aria-hidden="true">{shortCount(unread)}</span>
          <span class="only-heard">, {shortCount(unread)} unread</span>
        </span>
      )}
    </>
  )
}
