/** The dialog to join or create a channel. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useChat } from '../app/hooks.ts'
import { createClosed, join } from '../app/perform.ts'
import { isLink } from '../model/input.ts'
import { channelIn } from '../model/channel-name.ts'
import type { Problem } from '../model/problem.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './text-field.tsx'

export function JoinPanel(): VNode {
  const chat = useChat()
  const [written, setWritten] = useState('')
  const [isClosed, setClosed] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const submit = async (): Promise<void> => {
    const channel = isLink(written) ? { name: written.trim() } : channelIn(written)
    const found =
      'problem' in channel
        ? { text: channel.problem, field: 'name' }
        : isClosed
          ? await chat.tried(() => createClosed(chat, channel.name))
          : await join(chat, channel.name)
    if (found === undefined) chat.closePanel()
    else setProblem({ ...found })
  }
  return (
    <Dialog title="Join a channel">
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <TextField
          label="Name of the channel"
          placeholder="#channel"
          autoFocus
          note="Others join the same channel by the same name. A space becomes “-”. A link into a closed channel goes here, too."
          value={written}
          onWrite={setWritten}
          problem={problem}
        />
        <label class="choice">
          <input
            type="checkbox"
            checked={isClosed}
            onChange={({ currentTarget }) => {
              setClosed(currentTarget.checked)
            }}
          />{' '}
          A new closed channel: only people I invite see it
        </label>
        <button type="submit" class="button">
          {isClosed ? 'Create' : 'Join'}
        </button>
      </form>
    </Dialog>
  )
}
