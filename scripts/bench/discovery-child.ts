/**
 * A peer that tells its parent when it was started and when it knew each of the others: moments of the clock that
 * all processes of a machine share, in nanoseconds. Ends with its parent.
 */
import type { LocalPeer as Peer } from '../../src/peer/peer.ts'

/** The built program is measured, as it is installed. */
const { LocalPeer } = (await import(new URL('../../dist/peer/peer.js', import.meta.url).href)) as {
  LocalPeer: typeof Peer
}
const { systemClock } = (await import(
  new URL('../../dist/cli/system-clock.js', import.meta.url).href
)) as typeof import('../../src/cli/system-clock.ts')

const { openStore } = (await import(
  new URL('../../dist/peer/store.js', import.meta.url).href
)) as typeof import('../../src/peer/store.ts')

const [name = '', discoveryPort = '50999', announcePort = '9002', ...interfaces] = process.argv.slice(2)

/** The parent may have seen enough and be gone. */
function tell(what: string): void {
  const message = { name, what, at: process.hrtime.bigint().toString() }
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

tell('start')
const peer = await LocalPeer.start({
  name,
  host: '0.0.0.0',
  port: undefined,
  clock: systemClock,
  store: await openStore({
    path: ':memory:',
    clock: systemClock,
    random: Math.random,
    defer: setImmediate,
    keepHistory: true,
  }),
  lan: { interfaces, ports: { discoveryPort: Number(discoveryPort), announcePort: Number(announcePort) } },
  onEvent: (event) => {
    if (event.kind === 'joined') tell(event.peer.name)
  },
})
process.once('disconnect', () => {
  void peer.close().then(() => process.exit())
})
