/** Notices of the local peer. */
import type { VNode } from 'preact'
import { sanitize } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { Icon } from './icons.tsx'

export function Notices(): VNode {
  const { store } = useChat()
  const notices = useView((view) => view.notices)
  return (
    <div class="notices" role="status">
      {notices.map(({ id, text }) => (
        <div class="notice" key={id}>
          <p dir="auto">{sanitize(text)}</p>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => {
              store.dispatch({ kind: 'notice-closed', id })
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
