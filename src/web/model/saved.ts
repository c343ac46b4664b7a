/** Drafts and settings that survive a reload, checked when they are read back. */
import * as v from 'valibot'
import type { Conversation } from '../../chat/wire/local-api.ts'

/** Stored drafts; beyond that the oldest are dropped. */
const MAX_KEPT = 500

/** A setting that is missing or odd has its first value. */
const Settings = v.object({
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  sound: v.fallback(v.boolean(), false),
  notifications: v.fallback(v.boolean(), false),
})
export type Settings = Readonly<v.InferOutput<typeof Settings>>

export const FIRST_SETTINGS: Settings = v.parse(Settings, {})

export function restoredSettings(saved: unknown): Settings {
  const result = v.safeParse(Settings, saved)
  return result.success ? result.output : FIRST_SETTINGS
}

const Draft = v.tuple([v.string(), v.string()])

/** Entries that are no drafts are left out. */
export function restoredDrafts(saved: unknown): ReadonlyMap<Conversation, string> {
  const entries: unknown[] = Array.isArray(saved) ? saved : []
  return new Map(entries.filter((entry) => v.is(Draft, entry)).slice(-MAX_KEPT))
}

/** Moves the draft of a conversation to the end; an empty text removes it. */
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

/** As JSON: the newest of them. */
export function savedMap(map: ReadonlyMap<string, string>): string {
  return JSON.stringify([...map].slice(-MAX_KEPT))
}
