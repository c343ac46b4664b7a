/** What is half written, for each conversation; kept for this tab, over a reload too. */
import type { Conversation } from '../../chat/local.ts'
import { sessionKeep } from '../net/keep.ts'
import { restoredDrafts, savedMap, withDraft } from '../model/saved.ts'
import { parsed } from '../model/shapes.ts'

const KEPT_AS = 'parley.drafts'

export class Drafts {
  #drafts = restoredDrafts(parsed(sessionKeep.get(KEPT_AS) ?? ''))

  of(conversation: Conversation): string {
    return this.#drafts.get(conversation) ?? ''
  }

  set(conversation: Conversation, text: string): void {
    this.#drafts = withDraft(this.#drafts, conversation, text)
    sessionKeep.set(KEPT_AS, savedMap(this.#drafts))
  }
}
