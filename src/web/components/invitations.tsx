/** Closed channels that the user is invited to. */
import type { VNode } from 'preact'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { joinOrComplain } from '../app/perform.ts'
import { titleInText, titleOf } from '../model/conversations.ts'
import { Lock } from './icons.tsx'

export function Invitations(): VNode | null {
  const chat = useChat()
  const local = useView((view) => view.local)
  const invitations = local?.invitations ?? []
  if (invitations.length === 0) return null
  return (
    <ul class="invitations">
      {invitations.map(({ name, from }) => {
        const title = titleInText(local, name)
        return (
          <li key={name}>
            <p>
              <span dir="auto">{sanitizeLine(from)}</span> invites you to <Lock />
              <span dir="auto">{titleOf(local, name)}</span>
            </p>
            <button
              type="button"
              class="button button-quiet"
              aria-label={`Join ${title}`}
              onClick={() => void joinOrComplain(chat, name)}
            >
              Join
            </button>{' '}
            <button
              type="button"
              class="button button-quiet"
              aria-label={`Decline ${title}`}
              onClick={() => void chat.attempt(() => chat.api.part(name))}
            >
              Decline
            </button>
          </li>
        )
      })}
    </ul>
  )
}
