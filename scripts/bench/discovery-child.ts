/**
 * A peer that tells its parent when it was started and when it knew each of the others: moments of the clock that
 * all processes of a machine share, in nanoseconds. Ends with its parent.
 */
import { startPeer } from './peers.ts'

const [name = '', discoveryPort = '50999', announcePort = '9002', ...interfaces] = process.argv.slice(2)

/** The parent may have seen enough and be gone. */
function tell(what: string): void {
  const message = { name, what, at: process.hrtime.bigint().toString() }
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

tell('start')
const peer = await startPeer({
  name,
  host: '0.0.0.0',
  lan: { interfaces, ports: { discoveryPort: Number(discoveryPort), announcePort: Number(announcePort) } },
  onEvent: (event) => {
    if (event.kind === 'joined') tell(event.peer.name)
  },
})
process.once('disconnect', () => {
  void peer.close().then(() => process.exit())
})
