/**
 * Loads the layers of the program one by one where few files may be open. Node opens all modules of one level of imports
 * at once, and a command that imports more modules than files may be open fails to start.
 */
import { openFiles } from '../../http/transport/open-files.ts'

/** A process that may open this many files opens all modules of a command at once. */
const ENOUGH = 256

/** Each imports those before it, and few modules of its own at one level. */
const LAYERS = [
  () => import('../../http/network.ts'),
  () => import('../../chat/wire/messages.ts'),
  () => import('../../store/sqlite-store.ts'),
  () => import('../../udp/discovery.ts'),
  () => import('../../secure/door.ts'),
  () => import('../../peer/contacts/contacts.ts'),
  () => import('../../peer/discovery/closed/beacon-source.ts'),
  () => import('../../peer/discovery/lan-source.ts'),
  () => import('../../peer/discovery/tracker-source.ts'),
  () => import('../../peer/profiles/routes.ts'),
  () => import('../../peer/self/routes.ts'),
  () => import('../../peer/messages/delivery/peer-transport.ts'),
  () => import('../../peer/messages/delivery/delivery.ts'),
  () => import('../../peer/messages/inbox.ts'),
  () => import('../../peer/messages/history-sync.ts'),
  () => import('../../peer/messages/routes.ts'),
  () => import('../../peer/messages/outgoing.ts'),
  () => import('../../peer/messages/signatures/signer.ts'),
  () => import('../../peer/server/quotas.ts'),
  () => import('../../peer/server/server.ts'),
  () => import('../../peer/peer.ts'),
  () => import('../../peer/local-api/server.ts'),
]

export async function loadLayers(): Promise<void> {
  if (openFiles() >= ENOUGH) return
  for (const load of LAYERS) await load()
}
