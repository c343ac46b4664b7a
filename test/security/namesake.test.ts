/** A direct message by name goes to the peer that had the name first here, or to none: never to one that took the name. */
import { expect, test } from 'vitest'
import { fate, knows, newSelf, startPeer } from '../support/peers.ts'
import { until } from '../support/wait.ts'
import { Attacker } from './attacker.ts'

test.for([
  ['over a connection that proves another key', true],
  ['in clear, with the key and the identity of the first', false],
] as const)(
  'while bob is away a host calls itself bob %s: what is for bob waits for him',
  async ([, isProved]) => {
    const [ofBob, ofMallory] = [newSelf(), newSelf()]
    const first = await startPeer({ name: 'bob', secure: ofBob })
    const alice = await startPeer({ name: 'alice', peers: [first.peer.address] })
    await knows(alice, 'general', ['bob'])
    const { identity } = first.peer
    await first.peer.close()
    const peers = isProved ? [alice.peer.address] : []
    const mallory = await startPeer({ name: 'bob', secure: ofMallory, peers })
    const at = { ip: '127.0.0.1', port: mallory.peer.self.port, name: 'bob' }
    const claims = { app: 'parley', ...at, key: ofBob.keys.id, identity, channels: ['general'] }
    if (isProved)
      await until(
        () => alice.peer.members('general').some(({ key }) => key === ofMallory.keys.id),
        'the other bob is seen',
      )
    else expect(await new Attacker(ofMallory).inClear(alice, '/p2p/hello', claims)).toBe(200)
    const receipt = alice.peer.direct('bob', 'for bob alone')
    const bob = await startPeer({ name: 'bob', secure: ofBob, peers: [alice.peer.address] })
    expect(await fate(alice, receipt)).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: for bob alone'])
    expect(mallory.heard()).toEqual([])
  },
)
