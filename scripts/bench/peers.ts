/** A peer for a benchmark, with all that it must be given. */
import { join } from 'node:path'
import { systemClock } from '../../src/cli/system/clock.ts'
import { ChatPeer, type PeerOptions } from '../../src/peer/peer.ts'
import { openStore } from '../../src/store/sqlite-store.ts'

export type PeerWanted = Partial<PeerOptions> & Pick<PeerOptions, 'name' | 'onEvent'>

/** On loopback; its history is in a directory, or in memory when none is given. */
export async function startPeer(wanted: PeerWanted, data?: string): Promise<ChatPeer> {
  const store = await openStore({
    path: data === undefined ? ':memory:' : join(data, `${wanted.name}.db`),
    clock: systemClock,
    random: Math.random,
    defer: setImmediate,
    keepHistory: true,
  })
  return ChatPeer.start({ host: '127.0.0.1', port: undefined, clock: systemClock, store, ...wanted })
}
