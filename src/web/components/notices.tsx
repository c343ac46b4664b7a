/** Notices of the local peer. One about a person who sends a lot has a button that ignores the person. */
import type { VNode } from 'preact'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { setHushed } from '../app/perform.ts'
import { Icon } from './icons.tsx'

export function Notices(): VNode {
  const chat = useChat()
  const { store } = chat
  const notices = useView((view) => view.notices)
  return (
    <div class="notices" role="status">
      {notices.map(({ id, text, flooding }) => (
        <div class="notice" key={id}>
          <p dir="auto">{sanitize(text)}</p>
          {flooding !== undefined && (
            <button
              type="button"
              class="button button-quiet"
              onClick={() => {
                store.dispatch({ kind: 'notice-closed', id })
                void setHushed(chat, {
                  ...flooding,
                  name: sanitizeLine(flooding.name),
                  now: undefined,
                  kind: 'ignore',
                })
              }}
            >
              Ignore {sanitizeLine(flooding.name)}
            </button>
          )}
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
