/** Peers that are known by name, for tests of what they are called and who is meant: on no network. */
import { Presence } from '../../../src/chat/presence.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { Labels } from '../../../src/peer/contacts/labels.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { Directory } from '../../../src/peer/contacts/directory.ts'
import { opened } from '../../store/support.ts'
import { selfAt } from '../parts.ts'
import type { HushKind } from '../../../src/chat/hush.ts'
import type { Peer } from '../../../src/chat/model.ts'
import type { Self } from '../../../src/peer/self/self.ts'
import type { Store } from '../../../src/store/store.ts'

export const ME: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }

/** A peer with a key of its own, at an address of its own. */
export function keyed(number: number, name: string): Peer & { readonly key: NonNullable<Peer['key']> } {
  return { key: new KeyPair(Buffer.alloc(32, number)).id, ip: `10.0.1.${number}`, port: 8000, name }
}

export interface Known {
  readonly presence: Presence
  readonly store: Store
  readonly routes: Routes
  readonly labels: Labels
  readonly directory: Directory
  readonly self: Self
  /** What holds for each person. */
  readonly hushed: Map<string, HushKind>
  readonly hush: { readonly kindOf: (id: string) => HushKind | undefined }
}

/** `met`: in the order in which they were met; `here`: in #general. */
export async function knowing(met: readonly Peer[], here: readonly Peer[] = []): Promise<Known> {
  const { store } = await opened()
  const presence = new Presence(() => undefined)
  const [routes, self] = [new Routes(), selfAt(ME)]
  for (const [at, peer] of met.entries()) store.remember(peer, at)
  for (const peer of here) presence.add('tracker', peer, 'general', 100)
  const labels = new Labels({ self, store, presence })
  const directory = new Directory({ presence, store, routes, labels, self })
  const hushed = new Map<string, HushKind>()
  const hush = { kindOf: (id: string): HushKind | undefined => hushed.get(id) }
  return { presence, store, routes, labels, directory, self, hushed, hush }
}
