/** Keys that work wherever the focus is. */
import { neighbour } from '../model/conversations.ts'
import { keyAction, type KeyAction } from '../model/keys.ts'
import type { Chat } from './chat.ts'
import { go } from './perform.ts'

/** In the order of F6. */
const REGIONS = ['navigation', 'log', 'composer', 'details'] as const

export function listenForKeys(chat: Chat): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    const action = keyAction(event)
    if (action === undefined || !perform(chat, action)) return
    event.preventDefault()
  })
}

/** False when the key keeps its usual meaning. */
function perform(chat: Chat, action: KeyAction): boolean {
  const isCovered = chat.view.panel.kind !== 'none'
  switch (action) {
    case 'previous':
    case 'previous-unread':
      return !isCovered && step(chat, -1, action === 'previous-unread')
    case 'next':
    case 'next-unread':
      return !isCovered && step(chat, 1, action === 'next-unread')
    case 'switcher':
      chat.panel({ kind: 'switcher' })
      return true
    case 'search':
      chat.panel({ kind: 'search', words: '' })
      return true
    case 'keys':
      chat.panel({ kind: 'keys' })
      return true
    case 'next-region':
      return !isCovered && goRound(1)
    case 'previous-region':
      return !isCovered && goRound(-1)
    case 'escape':
      if (isCovered) return false
      chat.readAll()
      document.getElementById('composer')?.focus()
      return true
  }
}

function step(chat: Chat, direction: 1 | -1, unread: boolean): boolean {
  const conversation = neighbour(chat.view, direction, unread)
  if (conversation !== undefined) go(chat, conversation)
  return true
}

function goRound(direction: 1 | -1): boolean {
  const shown = REGIONS.flatMap((id) => document.getElementById(id) ?? []).filter(isShown)
  const here = shown.findIndex((region) => region.contains(document.activeElement))
  const next = shown[(Math.max(here, direction === 1 ? -1 : 0) + direction + shown.length) % shown.length]
  next?.focus()
  return true
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0
}
