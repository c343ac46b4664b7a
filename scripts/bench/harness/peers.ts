/** A peer for a benchmark. */
import { join } from 'node:path'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { ChatPeer, type PeerOptions } from '../../../src/peer/peer.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'

export type PeerWanted = Partial<PeerOptions> & Pick<PeerOptions, 'name' | 'onEvent'>

/** On loopback, with its history in the folder `data`, or in memory. */
export async function startPeer(wanted: PeerWanted, data?: string): Promise<ChatPeer> {
  const store =
    wanted.store ?? (await storeIn(data === undefined ? ':memory:' : join(data, `${wanted.name}.db`)))
  return ChatPeer.start({ host: '127.0.0.1', port: undefined, clock: systemClock, store, ...wanted })
}

export function storeIn(path: string): Promise<Store> {
  const [clock, random, defer] = [systemClock, Math.random, setImmediate]
  return openStore({ path, clock, random, defer, keepHistory: true })
}
