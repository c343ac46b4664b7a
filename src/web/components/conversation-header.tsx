/** The header of the open conversation: title, detail, buttons. */
import type { VNode } from 'preact'
import { isClosedLabel } from '../../chat/closed-label.ts'
import { sanitizeSentence } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import {
  isDirect,
  membersOf,
  othersWords,
  partnerId,
  person,
  titleOf,
  unreadInAll,
} from '../model/conversations.ts'
import { clearWords } from '../model/privacy.ts'
import type { Panel } from '../model/view.ts'
import { Icon, Lock } from './icons.tsx'
import { Mark } from './mark.tsx'
import { Presence } from './presence.tsx'

export function ConversationHeader(): VNode {
  const chat = useChat()
  const open = useView((view) => view.open)
  const local = useView((view) => view.local)
  const unread = useView((view) => unreadInAll(view).unread)
  const show = (panel: Panel) => () => {
    chat.panel(panel)
  }
  return (
    <header class="conversation-header">
      <button
        type="button"
        class="icon-button only-narrow"
        aria-label={unread > 0 ? `Conversations, ${unread} unread` : 'Conversations'}
        onClick={show({ kind: 'navigation' })}
      >
        <Icon name="menu" />
        {unread > 0 && <span class="dot" aria-hidden="true" />}
      </button>
      <div class="conversation-name">
        <h1 dir="auto">
          {isClosedLabel(open) && <Lock />}
          {titleOf(local, open)}
        </h1>
        <HeaderDetail />
      </div>
      {isClosedLabel(open) && (
        <button
          type="button"
          class="icon-button"
          aria-label="Members of this closed channel"
          title="Members of this closed channel"
          onClick={show({ kind: 'members', channel: open })}
        >
          <Icon name="people" />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label="Search messages"
        title="Search messages"
        onClick={show({ kind: 'search', words: '' })}
      >
        <Icon name="search" />
      </button>
      <button
        type="button"
        class="icon-button not-wide"
        aria-label="Who is here"
        title="Who is here"
        onClick={show({ kind: 'people' })}
      >
        <Icon name="people" />
      </button>
    </header>
  )
}

function HeaderDetail(): VNode {
  const open = useView((view) => view.open)
  const local = useView((view) => view.local)
  if (!isDirect(open)) {
    const members = membersOf(local, open)
    const clear = clearWords(members)
    return (
      <p class="note">
        {othersWords(members.length)}
        {clear !== '' && `; ${clear}`}
      </p>
    )
  }
  const one = person(local, partnerId(open))
  return (
    <p class="note conversation-detail">
      <Presence isHere={one?.isHere ?? false} /> <Mark mark={one?.mark} />
      {one !== undefined && one.status !== '' && <span dir="auto">{sanitizeSentence(one.status)}</span>}
    </p>
  )
}
