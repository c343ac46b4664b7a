/** The people in the open conversation, and the way to leave it. */
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { useChat, useView } from '../app/hooks.ts'
import { part } from '../app/perform.ts'
import {
  aloneWords,
  isDirect,
  membersOf,
  othersWords,
  partnerId,
  titleInText,
} from '../model/conversations.ts'
import { Icon } from './icons.tsx'
import { PeopleList } from './people-list.tsx'
import { PersonCard } from './person-card.tsx'

export function Details(): VNode {
  const open = useView((view) => view.open)
  return isDirect(open) ? <PersonCard id={partnerId(open)} /> : <ChannelDetails channel={open} />
}

function ChannelDetails({ channel }: { readonly channel: string }): VNode {
  const chat = useChat()
  const local = useView((view) => view.local)
  const members = useMemo(() => membersOf(local, channel), [local, channel])
  const title = titleInText(local, channel)
  return (
    <>
      <h2 class="details-title">
        In {title} <span class="note">{othersWords(members.length)}</span>
      </h2>
      {members.length === 0 ? (
        <p class="note details-note">{aloneWords(channel)}</p>
      ) : (
        <PeopleList people={members} />
      )}
      <button
        type="button"
        class="button button-quiet leave-button"
        onClick={() => {
          chat.closePanel()
          void part(chat, channel)
        }}
      >
        <Icon name="leave" /> Leave {title}
      </button>
    </>
  )
}
