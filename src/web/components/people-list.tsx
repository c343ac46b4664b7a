/** A list of people, cut when it is very long. */
import type { VNode } from 'preact'
import { sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import type { LocalPerson } from '../../chat/wire/local-api.ts'
import { useChat } from '../app/hooks.ts'
import { Avatar } from './avatar.tsx'
import { Mark } from './mark.tsx'
import { Presence } from './presence.tsx'

const MOST_SHOWN = 200

export function PeopleList({ people }: { readonly people: readonly LocalPerson[] }): VNode {
  const more = people.length - MOST_SHOWN
  return (
    <>
      <ul>
        {people.slice(0, MOST_SHOWN).map((one) => (
          <li key={one.id}>
            <PersonButton one={one} />
          </li>
        ))}
      </ul>
      {more > 0 && <p class="note">and {more} more: Ctrl + K finds them by name</p>}
    </>
  )
}

function PersonButton({ one }: { readonly one: LocalPerson }): VNode {
  const chat = useChat()
  return (
    <button
      type="button"
      class="person-button"
      onClick={() => {
        chat.panel({ kind: 'person', id: one.id })
      }}
    >
      <Avatar id={one.id} name={one.name} picture={one.picture} />
      <span class="person-words">
        <span class="name" dir="auto">
          {sanitizeLine(one.name)} <Mark mark={one.mark} />
        </span>
        {one.status !== '' && (
          <span class="status" dir="auto">
            {sanitizeSentence(one.status)}
          </span>
        )}
      </span>
      <Presence isHere={one.isHere} />
    </button>
  )
}
