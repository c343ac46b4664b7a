/** What is kept over a reload (drafts, settings), read back with care. Pure. */
import type { Conversation } from '../../chat/wire/local-api.ts'

/** Drafts that are kept; then the oldest go. */
const MOST_KEPT = 500

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  readonly sound: boolean
  readonly notifications: boolean
}

export const FIRST_SETTINGS: Settings = { theme: 'system', sound: false, notifications: false }

export function restoredSettings(saved: unknown): Settings {
  if (!isRecord(saved)) return FIRST_SETTINGS
  const { theme, sound, notifications } = saved
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    sound: sound === true,
    notifications: notifications === true,
  }
}

export function restoredDrafts(saved: unknown): ReadonlyMap<Conversation, string> {
  return new Map(entriesOf(saved).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The draft of a conversation is the last that was changed; an empty one is none. */
export function withDraft(
  drafts: ReadonlyMap<Conversation, string>,
  conversation: Conversation,
  text: string,
): ReadonlyMap<Conversation, string> {
  const next = new Map(drafts)
  next.delete(conversation)
  if (text !== '') next.set(conversation, text)
  return next
}

/** As JSON. */
export function savedMap(map: ReadonlyMap<string, string>): string {
  return JSON.stringify([...map].slice(-MOST_KEPT))
}

function entriesOf(saved: unknown): [string, unknown][] {
  if (!Array.isArray(saved)) return []
  return saved.filter(isEntry).slice(-MOST_KEPT)
}

function isEntry(value: unknown): value is [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
