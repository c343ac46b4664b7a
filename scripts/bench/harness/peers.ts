/** A peer for a benchmark. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { ChatPeer, type PeerOptions } from '../../../src/peer/peer.ts'
import { SecureSelf } from '../../../src/secure/self.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'

export type PeerWanted = Partial<PeerOptions> & Pick<PeerOptions, 'name' | 'onEvent'>

/** On loopback, with its history in the folder `data`, or in memory. */
export async function startPeer(wanted: PeerWanted, data?: string): Promise<ChatPeer> {
  const store =
    wanted.store ?? (await storeIn(data === undefined ? ':memory:' : join(data, `${wanted.name}.db`)))
  const secure = new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes })
  return ChatPeer.start({ secure, host: '127.0.0.1', port: undefined, clock: systemClock, store, ...wanted })
}

export function storeIn(path: string): Promise<Store> {
  const [clock, random, defer] = [systemClock, Math.random, setImmediate]
  return openStore({ path, clock, random, defer, keepHistory: true })
}
