/** The problem at the composer: shown until a command works or the user dismisses it. */
import type { VNode } from 'preact'
import { sanitize } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { Icon } from './icons.tsx'

export function ComplaintLine(): VNode {
  const chat = useChat()
  const complaint = useView((view) => view.complaint)
  return (
    <div role="alert">
      {complaint !== undefined && (
        <div class="complaint" key={complaint.id}>
          <p id="complaint" dir="auto">
            {sanitize(complaint.text)}
          </p>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => {
              chat.settle()
              document.getElementById('composer')?.focus()
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  )
}
