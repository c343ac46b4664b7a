/** Join a channel, or begin one. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useChat } from '../app/hooks.ts'
import { join } from '../app/perform.ts'
import { Dialog } from './dialog.tsx'

export function JoinPanel(): VNode {
  const chat = useChat()
  const [name, setName] = useState('')
  return (
    <Dialog title="Join a channel">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          const channel = name.trim().replace(/^#/, '')
          if (channel === '') return
          void join(chat, channel).then((isDone) => {
            if (isDone) chat.closePanel()
          })
        }}
      >
        <label class="label">
          Name of the channel
          <input
            class="field"
            type="text"
            placeholder="#channel"
            autoComplete="off"
            autoFocus
            value={name}
            onInput={({ currentTarget }) => {
              setName(currentTarget.value)
            }}
          />
        </label>
        <p class="note">Who joins the same name is in the same channel. Letters, digits, “_”, “.” and “-”.</p>
        <button type="submit" class="button">
          Join
        </button>
      </form>
    </Dialog>
  )
}
