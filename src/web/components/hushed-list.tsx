/** Who and what is muted, ignored or blocked, each with its undo. */
import type { VNode } from 'preact'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { setHushed, shareIgnored } from '../app/perform.ts'
import { person, titleInText } from '../model/conversations.ts'
import { hushedText } from '../model/hushed.ts'

export function HushedList(): VNode | null {
  const chat = useChat()
  const local = useView((view) => view.local)
  const open = useView((view) => view.open)
  const title = titleInText(local, open)
  const hushed = local?.hushed ?? []
  if (hushed.length === 0) return null
  return (
    <section>
      <h3>Muted, ignored and blocked</h3>
      <ul class="hushed-list">
        {hushed.map((each) => {
          const { target: id, kind } = each
          const name = id.startsWith('#')
            ? titleInText(local, id.slice(1))
            : sanitizeLine(person(local, id)?.name ?? id)
          return (
            <li key={id}>
              <span>
                <span dir="auto">{name}</span>: {hushedText(each)}
              </span>
              <button
                type="button"
                class="button button-quiet"
                aria-label={`Undo: ${name}`}
                onClick={() => void setHushed(chat, { id, name, now: kind, kind: undefined })}
              >
                Undo
              </button>
            </li>
          )
        })}
      </ul>
      {hushed.some(({ kind }) => kind !== 'mute') && (
        <p>
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              chat.closePanel()
              void shareIgnored(chat, open)
            }}
          >
            Tell {title} who is ignored
          </button>
        </p>
      )}
    </section>
  )
}
