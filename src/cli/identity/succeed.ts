/**
 * Gives a person another key, to which the old one hands over.
 *
 * Invariant: the old key is replaced after the statement that it signed is on the disk, and the new one is there before. A
 * process that is killed between two steps leaves a person that starts, with the old key or with the new one.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { SEED_BYTES, KeyPair } from '../../identity/key-pair.ts'
import { replaceKeyFile } from '../../identity/key-file.ts'
import { succeed } from '../../identity/succession.ts'
import { keepSuccession } from '../../peer/self/kept-successions.ts'
import { KEY_FILE, type LocalPerson } from '../running/local-person.ts'
import { KEY, openPeerStore } from '../running/open-store.ts'
import { systemClock } from '../system/clock.ts'

/** Returns the old and the new key. Rejects with ExitError; the person is as before. */
export async function succeedPerson(
  person: LocalPerson,
  warn: (sentence: string) => void,
): Promise<{ readonly old: KeyPair; readonly now: KeyPair }> {
  const flags = { data: person.directory, history: true, ephemeral: false, network: undefined }
  const { store, secure } = await openPeerStore(person.label ?? '', flags, warn, false)
  try {
    const old = secure.keys
    const seed = randomBytes(SEED_BYTES)
    const now = new KeyPair(seed)
    await replaceKeyFile(join(person.directory, KEY_FILE), seed, randomBytes, async () => {
      keepSuccession(store, succeed(old, now, systemClock.wall()))
      store.set(KEY, now.id)
      await store.saved()
    })
    return { old, now }
  } finally {
    store.close()
  }
}
