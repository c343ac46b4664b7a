/** Shown when several messages have failed: retries all of them. */
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { useChat, useView } from '../app/hooks.ts'
import { retryAll } from '../app/perform.ts'
import { failures } from '../model/delivery.ts'
import { logOf } from '../model/view.ts'

export function FailuresLine(): VNode | null {
  const chat = useChat()
  const log = useView((view) => logOf(view, view.open))
  const outgoing = useView((view) => view.outgoing)
  const count = useMemo(() => failures(log.messages, outgoing), [log, outgoing])
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
