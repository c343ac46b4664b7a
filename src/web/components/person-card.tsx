/** The profile of a person. */
import type { VNode } from 'preact'
import { sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { go } from '../app/perform.ts'
import { directWith, person } from '../model/conversations.ts'
import { fullTime } from '../model/times.ts'
import { Avatar } from './avatar.tsx'
import { Presence } from './presence.tsx'

export function PersonCard({ id }: { readonly id: string }): VNode {
  const chat = useChat()
  const one = useView(({ local }) => person(local, id))
  const isOpen = useView(({ open }) => open === directWith(id))
  const name = sanitizeLine(one?.name ?? id)
  return (
    <div class="person-card">
      <Avatar id={id} name={name} picture={one?.picture} size="large" />
      <h2 dir="auto">{name}</h2>
      <Presence isHere={one?.isHere ?? false} />
      {one !== undefined && one.status !== '' && (
        <p class="person-status" dir="auto">
          {sanitizeSentence(one.status)}
        </p>
      )}
      <dl>
        <dt>Key</dt>
        <dd>{one?.short ?? 'none: any program at that address could be this one'}</dd>
        <dt>{one !== undefined && one.addresses.length > 1 ? 'Addresses' : 'Address'}</dt>
        <dd>{(one?.addresses ?? [id]).map(sanitizeLine).join(', ')}</dd>
        {one?.since !== undefined && (
          <>
            <dt>Known since</dt>
            <dd>{fullTime(one.since)}</dd>
          </>
        )}
        {one?.key !== undefined && (
          <>
            <dt>Key in full</dt>
            <dd>{one.key}</dd>
          </>
        )}
        {one !== undefined && one.channels.length > 0 && (
          <>
            <dt>With you in</dt>
            <dd>{one.channels.map((channel) => `#${sanitizeLine(channel)}`).join(' ')}</dd>
          </>
        )}
        {one?.isLsnp === true && (
          <>
            <dt>Reached by</dt>
            <dd>a program of another kind (LSNP): its delivery is not always confirmed</dd>
          </>
        )}
      </dl>
      {!isOpen && (
        <button
          type="button"
          class="button"
          onClick={() => {
            chat.closePanel()
            go(chat, directWith(id))
          }}
        >
          Write to {name}
        </button>
      )}
    </div>
  )
}
