/** Direct messages belong to a key: they follow it to another address, and the program that is at the old one gets none. */
import { expect, test } from 'vitest'
import { json } from '../../src/http/router.ts'
import { fate, knows, newSelf, startPeer } from '../support/peers.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/wait.ts'
import { listening } from './attacker.ts'

const COUNT = 1_000

test.for([
  ['proves a key of its own', true],
  ['claims the key of the one that was there', false],
] as const)(
  `${COUNT} of ${COUNT} after a move, once, in order; a successor that %s gets none`,
  async ([, isHonest]) => {
    const [ofBob, ofCarol, port] = [newSelf(), newSelf(), await freePort()]
    const first = await startPeer({ name: 'bob', secure: ofBob, port })
    const alice = await startPeer({ name: 'alice', peers: [first.peer.address] })
    await knows(alice, 'general', ['bob'])
    const { peer: before } = first
    await before.close()
    const bobsId = ofBob.keys.id
    const waiting = Array.from({ length: COUNT / 2 }, (_, index) =>
      alice.peer.directTo(bobsId, `line ${index}`),
    )

    const hello = () => {
      const key = isHonest ? ofCarol.keys.id : bobsId
      const identity = isHonest ? undefined : before.identity
      const name = isHonest ? 'carol' : 'bob'
      return json(200, {
        app: 'parley',
        node: 'c',
        ip: '127.0.0.1',
        port,
        name,
        key,
        identity,
        channels: ['general'],
      })
    }
    const successor = await listening(
      { 'GET /p2p/hello': hello, 'POST /p2p/hello': hello, 'GET /healthz': () => json(200, {}) },
      { self: ofCarol, port },
    )
    alice.peer.retry()
    for (let index = COUNT / 2; index < COUNT; index++)
      waiting.push(alice.peer.directTo(bobsId, `line ${index}`))
    await until(() => successor.tried > 0, 'alice has tried the old address')

    const bob = await startPeer({ name: 'bobby', secure: ofBob, peers: [alice.peer.address] })
    await until(() => bob.heard().length >= COUNT, 'everything is there')
    for (const receipt of waiting) expect(await fate(alice, receipt)).toBe('1/1')
    expect(bob.heard()).toEqual(waiting.map((_, index) => `alice: line ${index}`))
    expect(successor.heard).toEqual([])
  },
)
