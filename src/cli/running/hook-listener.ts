/** Runs a hook for messages of other users that the user wants to hear. */
import { hushMark } from '../../chat/hush.ts'
import { placeOf } from '../../chat/moment.ts'
import { conversationOf, localMessage } from '../../peer/local-api/serialize.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { Hook } from './hook.ts'
import type { PeerListener } from './peer-events.ts'

export class HookListener implements PeerListener {
  readonly #hook: Pick<Hook, 'push' | 'close'>
  readonly #since: number

  /** `since`: the first place in the order of stored messages (src/chat/moment.ts) that counts, in milliseconds. */
  constructor(hook: Pick<Hook, 'push' | 'close'>, since: number) {
    this.#hook = hook
    this.#since = since
  }

  /** The JSON of a message is that of the local API. */
  show(event: ChatEvent): void {
    if (event.kind !== 'message' || event.own || placeOf(event) < this.#since) return
    if (hushMark(event.hushed) !== undefined) return
    const conversation = conversationOf(event)
    const message = localMessage(event.message, { ...event, conversation, delivery: undefined })
    const { id, from, text } = message
    const json = JSON.stringify(message)
    this.#hook.push({ id, from: from.name, fromId: from.id, conversation, text, json })
  }

  close(): Promise<void> {
    return this.#hook.close()
  }
}
