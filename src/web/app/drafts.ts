/**
 * What is half written, for each conversation. Each tab keeps its own over a reload; what was written last is kept for
 * the next tab as well, after this one is closed.
 */
import type { Conversation } from '../../chat/local.ts'
import { sessionKeep } from '../net/keep.ts'
import { restoredDrafts, savedMap, withDraft } from '../model/saved.ts'
import type { Owner } from '../model/owner.ts'
import { parsed } from '../model/shapes.ts'
import { KeptRecords } from './kept-records.ts'

const KEPT_AS = 'parley.drafts'

interface KeptDraft {
  readonly text: string
  /** What stood in that tab before it. */
  readonly instead: string
}

export class Drafts {
  /** Of this tab. */
  #own = restoredDrafts(parsed(sessionKeep.get(KEPT_AS) ?? ''))
  readonly #kept = new KeptRecords('draft')
  #owner: Owner | undefined
  readonly #listeners = new Set<() => void>()

  /** Whose page this is, is known: what was kept by tabs that are closed is here, too. */
  begin(owner: Owner): void {
    this.#owner = owner
    const kept = this.#kept.all(owner)
    for (const [conversation, value] of kept)
      if (isKeptDraft(value) && !this.#own.has(conversation)) this.#setOwn(conversation, value.text)
    for (const [conversation, text] of this.#own)
      if (!kept.has(conversation))
        this.#kept.set(owner, conversation, { text, instead: '' } satisfies KeptDraft)
    this.#kept.onChangeElsewhere(owner, (conversation, before, after) => {
      this.#changedElsewhere(conversation, before, after)
    })
    this.#tell()
  }

  of(conversation: Conversation): string {
    return this.#own.get(conversation) ?? ''
  }

  set(conversation: Conversation, text: string): void {
    const instead = this.of(conversation)
    this.#setOwn(conversation, text)
    if (this.#owner === undefined) return
    if (text !== '') {
      this.#kept.set(this.#owner, conversation, { text, instead } satisfies KeptDraft)
      return
    }
    const kept = this.#kept.all(this.#owner).get(conversation)
    // That of another tab stays.
    if (isKeptDraft(kept) && kept.text === instead) this.#kept.remove(conversation)
  }

  /** Told when drafts change that were not written in this tab. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** A draft that is the same here and in another tab goes on with it: sent there, it is no draft here. */
  #changedElsewhere(conversation: Conversation, before: unknown, after: unknown): void {
    if (!isKeptDraft(before) || this.of(conversation) !== before.text) return
    if (isKeptDraft(after) && after.instead !== before.text) return
    this.#setOwn(conversation, isKeptDraft(after) ? after.text : '')
    this.#tell()
  }

  #setOwn(conversation: Conversation, text: string): void {
    this.#own = withDraft(this.#own, conversation, text)
    sessionKeep.set(KEPT_AS, savedMap(this.#own))
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function isKeptDraft(value: unknown): value is KeptDraft {
  if (typeof value !== 'object' || value === null) return false
  const draft: Partial<Record<keyof KeptDraft, unknown>> = value
  return typeof draft.text === 'string' && typeof draft.instead === 'string'
}
