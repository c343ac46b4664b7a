/** The dialog with the people who have keys and were met, here or away. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { LocalContacts } from '../../chat/wire/local-api.ts'
import { useChat } from '../app/hooks.ts'
import { fullTime } from '../model/times.ts'
import type { Problem } from '../model/problem.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { Mark } from './mark.tsx'
import { ProblemLine } from './problem-line.tsx'

type Contact = LocalContacts['contacts'][number]

export function ContactsPanel(): VNode {
  const chat = useChat()
  const [contacts, setContacts] = useState<readonly Contact[]>()
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    void chat
      .tried(async () => {
        const answer = await chat.api.contacts()
        setContacts(answer.contacts)
      })
      .then(setProblem)
  }, [chat])
  return (
    <Dialog title="People with keys that you met">
      <ProblemLine id="contacts-problem" problem={problem} />
      {contacts?.length === 0 && <p class="note">You met none yet.</p>}
      <ul>
        {(contacts ?? []).map((contact) => (
          <li key={contact.person.id}>
            <ContactButton contact={contact} />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function ContactButton({ contact: { person, waiting } }: { readonly contact: Contact }): VNode {
  const chat = useChat()
  const { id, name, short, picture, mark } = person
  return (
    <button
      type="button"
      class="person-button"
      onClick={() => {
        chat.panel({ kind: 'person', id, known: person })
      }}
    >
      <Avatar id={id} name={name} picture={picture} />
      <span class="person-words">
        <span class="name" dir="auto">
          {sanitizeLine(name)} <Mark mark={mark} />
        </span>
        <span class="status">
          {[short, seen(person), waiting > 0 ? `${waiting} of your messages wait` : '']
            .filter(Boolean)
            .join(', ')}
        </span>
      </span>
    </button>
  )
}

function seen({ isHere, lastMet }: Contact['person']): string {
  if (isHere) return 'here'
  return lastMet === undefined ? 'away' : `last seen ${fullTime(lastMet)}`
}
