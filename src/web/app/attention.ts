/** Calls the attention of a user who looks elsewhere: title, icon of the tab, notification, soft sound. */
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { isForUs } from '../model/announce.ts'
import { shortCount, titleInText, unreadInAll } from '../model/conversations.ts'
import type { Chat } from './chat.ts'
import { showIcon } from './icon.ts'
import { go } from './perform.ts'
import type { SettingsKeep } from './settings.ts'
import { playSound } from './sound.ts'

/** Characters of a message in a notification. */
const SHOWN = 200

export function callAttention(chat: Chat, settings: SettingsKeep): void {
  let shown = ''
  const show = (): void => {
    const { unread, mentions } = unreadInAll(chat.view)
    const title = titleInText(chat.view.local, chat.view.open)
    const count = unread === 0 ? '' : `(${shortCount(unread)}${mentions > 0 ? '!' : ''}) `
    const next = `${count}${title} · Parley`
    if (next === shown) return
    shown = next
    document.title = next
    showIcon(unread === 0 ? '' : shortCount(unread), mentions > 0)
  }
  chat.store.subscribe(show)
  chat.messageListeners.add((message, isLeading) => {
    if (!isForUs(message, chat.view.local?.self.name ?? '') || isLookedAt(chat, message)) return
    if (settings.current.sound && isLeading) playSound()
    if (settings.current.notifications) notify(chat, message)
  })
  show()
}

export function canNotify(): boolean {
  return 'Notification' in window && window.isSecureContext
}

function isLookedAt(chat: Chat, { conversation }: LocalMessage): boolean {
  return document.visibilityState === 'visible' && document.hasFocus() && chat.view.open === conversation
}

/** The tag merges the notifications of several tabs. */
function notify(chat: Chat, { key, conversation, from, text }: LocalMessage): void {
  if (!canNotify() || Notification.permission !== 'granted' || document.hasFocus()) return
  const body = sanitize(text).slice(0, SHOWN)
  const notification = new Notification(sanitizeLine(from.name), { body, tag: key })
  notification.onclick = () => {
    window.focus()
    go(chat, conversation)
    notification.close()
  }
}
