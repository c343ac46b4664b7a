/** Keyboard shortcuts of the whole page. Keys without a modifier are never letters. */

export interface Key {
  readonly key: string
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
}

export type KeyAction =
  | 'previous'
  | 'next'
  | 'previous-unread'
  | 'next-unread'
  | 'switcher'
  | 'search'
  | 'next-region'
  | 'previous-region'
  | 'keys'
  | 'escape'

/** The list of keys as the page shows it. */
export const KEY_LIST: readonly (readonly [keys: string, what: string])[] = [
  ['Enter', 'send'],
  ['Shift + Enter', 'a new line'],
  ['Alt + ↑ / ↓', 'the conversation above or below'],
  ['Alt + Shift + ↑ / ↓', 'the same, with something unread'],
  ['Ctrl + K', 'go to a conversation or a person by name'],
  ['Ctrl + Shift + F', 'search messages'],
  ['F6 / Shift + F6', 'the next or previous part of the page'],
  ['Esc', 'close what is open; else: all read, back to the newest'],
  ['@ # /', 'people, channels and commands while you write; Tab takes one'],
  ['Ctrl + /', 'these keys'],
]

export function keyAction({ key, altKey, ctrlKey, metaKey, shiftKey }: Key): KeyAction | undefined {
  const isCommand = (ctrlKey || metaKey) && !altKey
  if (isCommand && !shiftKey && key.toLowerCase() === 'k') return 'switcher'
  if (isCommand && shiftKey && key.toLowerCase() === 'f') return 'search'
  if (isCommand && (key === '/' || key === '?')) return 'keys'
  if (altKey && !ctrlKey && !metaKey && key === 'ArrowUp') return shiftKey ? 'previous-unread' : 'previous'
  if (altKey && !ctrlKey && !metaKey && key === 'ArrowDown') return shiftKey ? 'next-unread' : 'next'
  if (ctrlKey || metaKey || altKey) return undefined
  if (key === 'F6') return shiftKey ? 'previous-region' : 'next-region'
  return key === 'Escape' ? 'escape' : undefined
}
