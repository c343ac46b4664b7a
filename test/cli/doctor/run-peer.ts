/** A peer as a process of its own, in whatever network it is started; its name is the first argument. Prints where it is. */
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { ChatPeer } from '../../../src/peer/peer.ts'
import { SecureSelf } from '../../../src/secure/self.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'

const [name = 'bob', path = ':memory:'] = process.argv.slice(2)
const store = await openStore({
  path,
  clock: systemClock,
  random: Math.random,
  defer: setImmediate,
  keepHistory: true,
})
const peer = await ChatPeer.start({
  name,
  secure: new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes }),
  host: '0.0.0.0',
  port: undefined,
  store,
  clock: systemClock,
  lan: { interfaces: (process.env['PARLEY_INTERFACE'] ?? '').split(',').filter((each) => each !== '') },
  onEvent: (event) => {
    process.stdout.write(`${JSON.stringify(event)}\n`)
  },
})
process.stdout.write(`listening on ${peer.address.port}\n`)
