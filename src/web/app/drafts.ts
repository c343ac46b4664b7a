/**
 * The draft of each conversation. Each tab keeps its own drafts over a reload. The last written draft is also stored for
 * the next tab, after this one is closed.
 */
import * as v from 'valibot'
import { anyJson } from '../../chat/wire/json.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { sessionStore } from '../net/storage.ts'
import { hashOf } from '../model/hash.ts'
import { restoredDrafts, savedMap, withDraft } from '../model/saved.ts'
import type { Owner } from '../model/owner.ts'
import { KeptRecords } from './kept-records.ts'

const KEPT_AS = 'parley.drafts'

const KeptDraft = v.object({
  conversation: v.string(),
  text: v.string(),
  /** The draft of that tab before this one. */
  instead: v.string(),
})
type KeptDraft = Readonly<v.InferOutput<typeof KeptDraft>>

export class Drafts {
  /** The drafts of this tab. */
  #own = restoredDrafts(anyJson(sessionStore.get(KEPT_AS) ?? ''))
  readonly #kept = new KeptRecords('draft')
  #owner: Owner | undefined
  readonly #listeners = new Set<() => void>()

  /** The owner is known now: restores its drafts from closed tabs. */
  begin(owner: Owner): void {
    this.#owner = owner
    for (const [name, draft] of this.#kept.all(owner)) {
      if (!v.is(KeptDraft, draft)) continue
      const { conversation, text } = draft
      if (!this.#own.has(conversation)) this.#setOwn(conversation, text)
      // Stored by the same peer under another address or identity.
      if (name !== nameOf(owner, conversation)) this.#kept.remove(name)
    }
    for (const [conversation, text] of this.#own)
      if (!this.#kept.has(nameOf(owner, conversation))) this.#keep(owner, { conversation, text, instead: '' })
    this.#kept.onChangeElsewhere(owner, (before, after) => {
      this.#changedElsewhere(before, after)
    })
    this.#notify()
  }

  of(conversation: Conversation): string {
    return this.#own.get(conversation) ?? ''
  }

  set(conversation: Conversation, text: string): void {
    const instead = this.of(conversation)
    this.#setOwn(conversation, text)
    if (this.#owner === undefined) return
    if (text !== '') {
      this.#keep(this.#owner, { conversation, text, instead })
      return
    }
    const name = nameOf(this.#owner, conversation)
    const kept = this.#kept.all(this.#owner).get(name)
    // A draft of another tab stays.
    if (v.is(KeptDraft, kept) && kept.text === instead) this.#kept.remove(name)
  }

  /** Drafts of conversations that have another id now go there, unless there is one already. */
  move(successorOf: (conversation: Conversation) => Conversation): void {
    const moved = [...this.#own].filter(([conversation]) => successorOf(conversation) !== conversation)
    for (const [conversation, text] of moved) {
      this.set(conversation, '')
      if (this.of(successorOf(conversation)) === '') this.set(successorOf(conversation), text)
    }
    if (moved.length > 0) this.#notify()
  }

  /** Notifies of draft changes that were not made in this tab. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** A draft that is the same here and in another tab follows that one: sent there, it is gone here. */
  #changedElsewhere(before: unknown, after: unknown): void {
    if (!v.is(KeptDraft, before) || this.of(before.conversation) !== before.text) return
    if (v.is(KeptDraft, after) && after.instead !== before.text) return
    this.#setOwn(before.conversation, v.is(KeptDraft, after) ? after.text : '')
    this.#notify()
  }

  #keep(owner: Owner, draft: KeptDraft): void {
    this.#kept.set(owner, nameOf(owner, draft.conversation), draft)
  }

  #setOwn(conversation: Conversation, text: string): void {
    this.#own = withDraft(this.#own, conversation, text)
    sessionStore.set(KEPT_AS, savedMap(this.#own))
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** The owner is in the name, so peers that use the same address and port in turn do not overwrite each other's drafts. */
function nameOf({ identity, id, name }: Owner, conversation: Conversation): string {
  return `${hashOf(identity ?? `${id} ${name}`)}.${conversation}`
}
