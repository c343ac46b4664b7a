/** Copying from the log: several messages are copied as lines; a selection in one message is left to the browser. */
import { copiedText, type Copied } from '../model/copied.ts'
import { shownLog } from '../model/view.ts'
import type { Chat } from './chat.ts'

/** Handles a copy event of the log. */
export function copyMessages(chat: Chat, log: HTMLElement, event: ClipboardEvent): void {
  const selection = document.getSelection()
  if (selection === null || event.clipboardData === null) return
  const rows = [...log.querySelectorAll<HTMLElement>('.message')].filter((row) =>
    selection.containsNode(row.querySelector('.text') ?? row, true),
  )
  const messages = messagesIn(chat, new Set(rows.map((row) => row.dataset['key'])))
  if (messages.length < 2) return
  event.clipboardData.setData('text/plain', copiedText(messages))
  event.preventDefault()
}

/** In the order of the log: accepted messages, then waiting ones. */
function messagesIn({ view }: Chat, keys: ReadonlySet<string | undefined>): Copied[] {
  const said = shownLog(view)
    .messages.filter(({ key }) => keys.has(key))
    .map(({ at, from, text, action }) => ({ at, name: from.name, text, action }))
  const name = view.local?.self.name ?? ''
  const waiting = view.outgoing.filter(({ id }) => keys.has(id))
  return [...said, ...waiting.map(({ at, text, action }) => ({ at, name, text, action }))]
}
