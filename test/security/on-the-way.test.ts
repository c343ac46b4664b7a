/** What an attacker between two peers reads and alters: no word can be read, and a message that is held up arrives once. */
import { expect, test } from 'vitest'
import { httpOver } from '../../src/http/network.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { TCP } from '../../src/http/transport/tcp.ts'
import { fate, knows, startPeer } from '../support/peers.ts'
import { liveTracker } from '../support/trackers.ts'
import { until } from '../support/wait.ts'
import type { HttpNetwork } from '../../src/http/network.ts'
import type { Transport } from '../../src/http/transport/transport.ts'

type Way = 'there' | 'back'
/** What becomes of the bytes of one connection on their way; undefined: its end. */
type Alter = (bytes: Buffer, way: Way) => Buffer | undefined

/** A host between a peer and all others, for the connections that the peer makes. */
class Middle {
  /** Everything that went by, as it was sent. */
  readonly seen: Buffer[] = []
  /** For each new connection. */
  attack: (() => Alter) | undefined
  readonly #open = new Set<Transport>()

  readonly network: HttpNetwork = httpOver({
    clock: SYSTEM.clock,
    network: { ...TCP, connect: (to) => this.#between(TCP.connect(to)) },
  })

  /** Cuts all connections. */
  cut(): void {
    for (const transport of this.#open) transport.destroy()
  }

  text(): string {
    return Buffer.concat(this.seen).toString('latin1')
  }

  #between(inner: Transport): Transport {
    const alter = this.attack?.() ?? ((bytes: Buffer) => bytes)
    this.#open.add(inner)
    const passing = (bytes: Buffer, way: Way, pass: (altered: Buffer) => void): void => {
      this.seen.push(Buffer.from(bytes))
      const altered = alter(Buffer.from(bytes), way)
      if (altered === undefined) inner.destroy()
      else pass(altered)
    }
    return {
      get remote() {
        return inner.remote
      },
      get local() {
        return inner.local
      },
      get isPaused() {
        return inner.isPaused
      },
      get isDestroyed() {
        return inner.isDestroyed
      },
      get isClosed() {
        return inner.isClosed
      },
      get unsent() {
        return inner.unsent
      },
      attach: (holder) => {
        inner.attach({
          connected: () => {
            holder.connected()
          },
          received: (chunk) => {
            passing(chunk, 'back', (altered) => {
              holder.received(altered)
            })
          },
          ended: () => {
            holder.ended()
          },
          drained: () => {
            holder.drained()
          },
          closed: (error) => {
            this.#open.delete(inner)
            holder.closed(error)
          },
        })
      },
      write: (bytes, taken) => {
        let hasRoom = true
        passing(
          typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes),
          'there',
          (altered) => {
            hasRoom = inner.write(altered, taken)
          },
        )
        return hasRoom
      },
      end: (taken) => {
        inner.end(taken)
      },
      destroy: () => {
        inner.destroy()
      },
      reset: () => {
        inner.reset()
      },
      pause: () => {
        inner.pause()
      },
      resume: () => {
        inner.resume()
      },
    }
  }
}

test.for([
  ['with a tracker', true],
  ['without one', false],
] as const)('nothing that two peers say to each other can be read: %s', async ([, hasTracker]) => {
  const [ofAlice, ofBob, ofCarol] = [new Middle(), new Middle(), new Middle()]
  const tracker = hasTracker ? (await liveTracker()).address : undefined
  const at = tracker === undefined ? {} : { tracker }
  const alice = await startPeer({ name: 'alice', network: ofAlice.network, ...at })
  const peers = hasTracker ? [] : [alice.peer.address]
  const bob = await startPeer({ name: 'bob', network: ofBob.network, peers, ...at })
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  for (const text of ['xyzzy one', 'xyzzy two'])
    expect(await fate(alice, alice.peer.say('general', text))).toBe('1/1')
  expect(await fate(bob, bob.peer.say('general', 'xyzzy three'))).toBe('1/1')
  expect(await fate(bob, bob.peer.direct('alice', 'xyzzy direct'))).toBe('1/1')
  expect(await fate(alice, alice.peer.direct('bob', 'xyzzy reply'))).toBe('1/1')
  const carol = await startPeer({ name: 'carol', network: ofCarol.network, peers, ...at })
  await until(() => carol.heard().length === 3, 'carol has caught up')
  const all = [ofAlice, ofBob, ofCarol].map((middle) => middle.text()).join('')
  expect(all).toContain('GET /p2p/secure')
  expect(all).not.toContain('xyzzy')
  expect(all).not.toContain(Buffer.from('xyzzy').toString('base64').slice(0, 6))
})

const isSwitch = (bytes: Buffer): boolean => bytes.includes('101 Switching')
const NOT_FOUND = Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
let recorded: Buffer | undefined

function flipped(bytes: Buffer, at: number): Buffer {
  const altered = Buffer.from(bytes)
  altered.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return altered
}

/** Alters the first chunk of a way that fits. */
function first(
  wanted: Way,
  fits: (bytes: Buffer) => boolean,
  change: (bytes: Buffer) => Buffer | undefined,
): Alter {
  let isDone = false
  return (bytes, way) => {
    if (isDone || way !== wanted || !fits(bytes)) return bytes
    isDone = true
    return change(bytes)
  }
}

const isRecord = (bytes: Buffer): boolean => !bytes.includes('HTTP/1.1')
const ATTACKS: readonly (readonly [what: string, attack: () => Alter])[] = [
  [
    'message 1 is altered',
    () =>
      first(
        'there',
        () => true,
        (bytes) => flipped(bytes, bytes.indexOf('Noise: ') + 9),
      ),
  ],
  ['the 101 is taken away', () => first('back', isSwitch, () => NOT_FOUND)],
  [
    'the 101 is altered',
    () => first('back', isSwitch, (bytes) => flipped(bytes, bytes.indexOf('Noise: ') + 60)),
  ],
  ['the 101 comes twice', () => first('back', isSwitch, (bytes) => Buffer.concat([bytes, bytes]))],
  ['the 101 is that of an earlier connection', () => first('back', isSwitch, (bytes) => recorded ?? bytes)],
  ['the connection ends behind the 101', () => first('there', isRecord, () => undefined)],
  ['message 3 is altered', () => first('there', isRecord, (bytes) => flipped(bytes, 70))],
  ['the answer is altered', () => first('back', isRecord, (bytes) => flipped(bytes, 9))],
  ['the answer comes twice', () => first('back', isRecord, (bytes) => Buffer.concat([bytes, bytes]))],
  ['the answer is cut', () => first('back', isRecord, () => undefined)],
]

test.for(ATTACKS)('%s: nothing is read, nothing hangs, and the message arrives once', async ([, attack]) => {
  const middle = new Middle()
  const bob = await startPeer({ name: 'bob' })
  const alice = await startPeer({ name: 'alice', network: middle.network, peers: [bob.peer.address] })
  await knows(alice, 'general', ['bob'])
  recorded = middle.seen.find(isSwitch)
  let attacked = 0
  middle.attack = () => {
    const alter = attack()
    return (bytes, way) => {
      const altered = alter(bytes, way)
      if (!altered?.equals(bytes)) attacked++
      return altered
    }
  }
  middle.cut()
  const receipt = alice.peer.direct('bob', 'xyzzy')
  await until(() => attacked >= 1, 'the attack is made')
  middle.attack = undefined
  expect(await fate(alice, receipt)).toBe('1/1')
  expect(bob.heard()).toEqual(['alice: xyzzy'])
  expect(middle.text()).not.toContain('xyzzy')
})
