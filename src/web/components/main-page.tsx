/** The whole page: navigation, the open conversation, and on wide screens the people in it. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { isClosedLabel } from '../../chat/closed-label.ts'
import type { LocalState } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { joinOrComplain } from '../app/perform.ts'
import { isDirect, titleInText } from '../model/conversations.ts'
import { Announcer } from './announcer.tsx'
import { BannerLine } from './banner-line.tsx'
import { ComplaintLine } from './complaint-line.tsx'
import { OpenComposer } from './composer.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import { Details } from './details.tsx'
import { FailuresLine } from './failures-line.tsx'
import { OpenLog } from './log.tsx'
import { Navigation } from './navigation.tsx'
import { NeedsToken } from './needs-token.tsx'
import { Notices } from './notices.tsx'
import { Panels } from './panels.tsx'

export function MainPage(): VNode {
  const isRefused = useView(({ link }) => link.kind === 'refused')
  const title = useView(({ local, open }) => titleInText(local, open))
  if (isRefused) return <NeedsToken isOld />
  return (
    <>
      <a class="skip-link" href="#composer" onClick={skipToComposer}>
        Skip to the message field
      </a>
      <div class="page">
        <nav class="navigation" id="navigation" tabIndex={-1} aria-label="Conversations and people">
          <Navigation />
        </nav>
        <main class="conversation" aria-label={`Conversation: ${title}`}>
          <ConversationHeader />
          <BannerLine />
          <OpenLog />
          <FailuresLine />
          <ComplaintLine />
          <WritingPlace />
        </main>
        <aside class="details" id="details" tabIndex={-1} aria-label="Who is here">
          <Details />
        </aside>
      </div>
      <Notices />
      <Announcer />
      <Panels />
    </>
  )
}

/** A channel that the user is not in can be read, as far as it is stored, and joined. */
function WritingPlace(): VNode {
  const chat = useChat()
  const open = useView((view) => view.open)
  const isIn = useView(({ local }) => local === undefined || isDirect(open) || isMember(local, open))
  if (isIn) return <OpenComposer />
  if (isClosedLabel(open)) return <NotInClosed key={open} channel={open} />
  return (
    <div class="not-in">
      <p>You are not in this channel.</p>
      <button type="button" id="composer" class="button" onClick={() => void joinOrComplain(chat, open)}>
        Join {titleInText(undefined, open)}
      </button>
    </div>
  )
}

/** Nobody comes back into a closed channel by themselves: the peer says why the user is not in it, and what to do. */
function NotInClosed({ channel }: { readonly channel: string }): VNode {
  const chat = useChat()
  // Whatever changes in the state may be an invitation.
  const local = useView((view) => view.local)
  const [why, setWhy] = useState<string>()
  useEffect(() => {
    void chat
      .tried(async () => {
        await chat.api.members(channel)
      })
      .then((problem) => {
        setWhy(problem?.text)
      })
  }, [chat, channel, local])
  const isInvited = local?.invitations.some(({ name }) => name === channel) === true
  return (
    <div class="not-in">
      <p id={isInvited ? undefined : 'composer'} tabIndex={-1}>
        {why ?? 'You are not in this channel.'}
      </p>
      {isInvited && (
        <button type="button" id="composer" class="button" onClick={() => void joinOrComplain(chat, channel)}>
          Join {titleInText(undefined, channel)}
        </button>
      )}
    </div>
  )
}

function isMember({ channels }: LocalState, channel: string): boolean {
  return channels.some(({ name }) => name === channel)
}

/** The fragment of the address belongs to the conversation. */
function skipToComposer(event: Event): void {
  event.preventDefault()
  document.getElementById('composer')?.focus()
}
