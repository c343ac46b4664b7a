/** The navigation: own profile, channels, direct conversations, and everybody who is here. */
import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { isClosedLabel } from '../../chat/closed-label.ts'
import { sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import type { LocalState } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { allConversations, byPresenceAndName, isDirect, partnerId, person } from '../model/conversations.ts'
import { Avatar } from './avatar.tsx'
import { ConversationLink } from './conversation-link.tsx'
import { Icon, Lock } from './icons.tsx'
import { Invitations } from './invitations.tsx'
import { PeopleList } from './people-list.tsx'
import { Presence } from './presence.tsx'

export function Navigation(): VNode {
  const local = useView((view) => view.local)
  return (
    <>
      <OwnProfile local={local} />
      <Channels local={local} />
      <Directs local={local} />
      <People local={local} />
    </>
  )
}

function OwnProfile({ local }: { readonly local: LocalState | undefined }): VNode | null {
  const chat = useChat()
  if (local === undefined) return null
  const { id, name, status, picture } = local.self
  return (
    <div class="own-profile">
      <button
        type="button"
        class="own-profile-button"
        onClick={() => {
          chat.panel({ kind: 'profile' })
        }}
      >
        <Avatar id={id} name={name} picture={picture} />
        <span class="own-profile-words">
          <span class="name" dir="auto">
            {sanitizeLine(name)}
          </span>
          <span class="status" dir="auto">
            {status === '' ? 'Set a status' : sanitizeSentence(status)}
          </span>
        </span>
        <span class="only-heard">, change your profile</span>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Settings"
        onClick={() => {
          chat.panel({ kind: 'settings' })
        }}
      >
        <Icon name="settings" />
      </button>
    </div>
  )
}

function Channels({ local }: { readonly local: LocalState | undefined }): VNode {
  const chat = useChat()
  const button = (
    <button
      type="button"
      class="icon-button"
      aria-label="Join a channel"
      title="Join a channel"
      onClick={() => {
        chat.panel({ kind: 'join' })
      }}
    >
      <Icon name="add" />
    </button>
  )
  return (
    <Section title="Channels" action={button}>
      <Invitations />
      <ul>
        {(local?.channels ?? []).map(({ name, isGroup }) => (
          <li key={name}>
            <ConversationLink conversation={name} sign={isClosedLabel(name) && <Lock />}>
              {isGroup && <span class="tag">group</span>}
            </ConversationLink>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Directs({ local }: { readonly local: LocalState | undefined }): VNode | null {
  const chat = useChat()
  const open = useView((view) => view.open)
  const directs = useMemo(
    () => allConversations({ ...chat.view, local, open }).filter(isDirect),
    [chat, local, open],
  )
  if (directs.length === 0) return null
  return (
    <Section title="Direct messages">
      <ul>
        {directs.map((conversation) => {
          const id = partnerId(conversation)
          const one = person(local, id)
          return (
            <li key={conversation}>
              <ConversationLink
                conversation={conversation}
                sign={<Avatar id={id} name={one?.name ?? id} picture={one?.picture} />}
              >
                <Presence isHere={one?.isHere ?? false} />
              </ConversationLink>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

function People({ local }: { readonly local: LocalState | undefined }): VNode | null {
  const here = useMemo(
    () => (local?.people ?? []).filter(({ isHere }) => isHere).sort(byPresenceAndName),
    [local],
  )
  if (local === undefined) return null
  if (here.length > 0)
    return (
      <Section title={`People, ${here.length} here`}>
        <PeopleList people={here} />
      </Section>
    )
  return (
    <Section title="People">
      <p class="note">No one else is here yet.</p>
    </Section>
  )
}

interface SectionProps {
  readonly title: string
  readonly action?: ComponentChildren
  readonly children: ComponentChildren
}

function Section({ title, action, children }: SectionProps): VNode {
  return (
    <section class="nav-section">
      <div class="nav-heading">
        <h2>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  )
}
