/** Where several messages have failed: try all of them again. */
import type { VNode } from 'preact'
import { useChat, useView } from '../app/hooks.ts'
import { retryAll } from '../app/perform.ts'
import { failures } from '../model/delivery.ts'
import { logOf } from '../model/view.ts'

export function FailuresLine(): VNode | null {
  const chat = useChat()
  const count = useView((view) => failures(logOf(view, view.open).messages, view.outgoing))
  if (count < 2) return null
  return (
    <div class="failures">
      <span>
        <span aria-hidden="true">✗ </span>
        {count} messages were not delivered.
      </span>
      <button type="button" class="button button-quiet" onClick={() => void retryAll(chat)}>
        Retry all
      </button>
    </div>
  )
}
