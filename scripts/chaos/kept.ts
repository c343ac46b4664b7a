/** The messages that a stopped peer has on disk, read through its own store. */
import { join } from 'node:path'
import { textOf } from '../../src/chat/content.ts'
import { GENERAL } from '../../src/chat/model.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Kept } from './checker.ts'

const PAGE = 1_000

/** All messages in #general and direct ones in the profile folder `directory`. Rejects with StoreError. */
export async function keptIn(directory: string): Promise<Kept[]> {
  const store = await openStore({
    path: join(directory, 'parley.db'),
    clock: systemClock,
    random: Math.random,
    defer: setImmediate,
    keepHistory: true,
    onProblem: (sentence) => {
      throw new Error(sentence)
    },
  })
  try {
    const conversations = [GENERAL, ...store.directs().map(({ conversation }) => conversation)]
    const kept: Kept[] = []
    for (const conversation of conversations) {
      let before: string | undefined
      do {
        const page = store.page(conversation, PAGE, before)
        for (const { message, receivedAt } of page.entries)
          kept.push({ text: textOf(message.content), receivedAt })
        before = page.before
      } while (before !== undefined)
    }
    return kept
  } finally {
    store.close()
  }
}
