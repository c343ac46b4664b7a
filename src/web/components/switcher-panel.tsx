/** The switcher dialog: go to a conversation or a person by a few letters. */
import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { useChat, useView } from '../app/hooks.ts'
import { go } from '../app/perform.ts'
import { shortCount } from '../model/conversations.ts'
import { destinations, moved, type Destination } from '../model/switcher.ts'
import { Dialog } from './dialog.tsx'

export function SwitcherPanel(): VNode {
  const chat = useChat()
  const view = useView((all) => all)
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const found = destinations(view, words)
  const take = (destination: Destination | undefined): void => {
    if (destination === undefined) return
    chat.closePanel()
    go(chat, destination.conversation)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return
    if (event.key === 'ArrowDown') setChosen(moved(chosen, 1, found.length))
    else if (event.key === 'ArrowUp') setChosen(moved(chosen, -1, found.length))
    else if (event.key === 'Enter') take(found[chosen])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Go to" kind="top">
      <input
        class="field"
        type="text"
        role="combobox"
        aria-label="Channel or person"
        aria-expanded={found.length > 0}
        aria-autocomplete="list"
        aria-controls={id}
        aria-invalid={found.length === 0}
        aria-describedby={`${id}-note`}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        placeholder="Channel or person"
        autoComplete="off"
        autoFocus
        value={words}
        onInput={({ currentTarget }) => {
          setWords(currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="options" id={id} role="listbox" aria-label="Conversations and people">
        {found.map((destination, index) => (
          <li
            key={destination.conversation}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            class="option"
            onClick={() => {
              take(destination)
            }}
          >
            <span dir="auto">{destination.title}</span>
            <span class="note">
              {destination.unread > 0 ? `${shortCount(destination.unread)} unread` : destination.detail}
            </span>
          </li>
        ))}
      </ul>
      <p class="note" id={`${id}-note`} role="status">
        {found.length === 0 &&
          'Nothing has this name. Write /join #name to join a channel that is not listed.'}
      </p>
    </Dialog>
  )
}
