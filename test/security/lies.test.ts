/** A tracker that lists keys at wrong addresses, and clocks that are wrong by more than a year. */
import { expect, test } from 'vitest'
import { json } from '../../src/http/router.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { fate, knows, newSelf, startPeer } from '../support/peers.ts'
import { scriptedServer } from '../support/scripted-server.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/wait.ts'
import { listening } from './attacker.ts'
import type { Clock } from '../../src/chat/clock.ts'

test('a tracker that lists the key of bob where another program is: bob alone is sent his messages', async () => {
  const [ofBob, port] = [newSelf(), await freePort()]
  const { id: key } = ofBob.keys
  const hello = () =>
    json(200, {
      app: 'parley',
      node: 'm',
      ip: '127.0.0.1',
      port,
      name: 'bob',
      key,
      channels: ['general'],
    })
  const mallory = await listening({ 'GET /p2p/hello': hello, 'POST /p2p/hello': hello }, { port })
  const listed = { ip: '127.0.0.1', port, name: 'bob', key, channels: ['general'] }
  let isListed = false
  const tracker = await scriptedServer(({ target }) => {
    if (!/get-list|list|channels|join|submit-info|connect-peer/.test(target))
      return [404, { error: 'not_found' }]
    isListed = true
    return [200, { status: 'ok', peers: [listed], members: [listed], ...listed }]
  })
  const alice = await startPeer({ name: 'alice', tracker: { host: '127.0.0.1', port: tracker.port } })
  await until(() => isListed, 'the tracker has lied')
  alice.peer.say('general', 'one')
  const bob = await startPeer({ name: 'bob', secure: ofBob, peers: [alice.peer.address] })
  await knows(bob, 'general', ['alice'])
  await until(() => alice.peer.members('general').some((peer) => peer.key === key), 'alice knows bob')
  expect(await fate(alice, alice.peer.directTo(key, 'two'))).toBe('1/1')
  expect(await fate(alice, alice.peer.say('general', 'three'))).toBe('1/1')
  expect(bob.heard()).toEqual(expect.arrayContaining(['alice: two', 'alice: three']))
  expect(mallory.heard).toEqual([])
  expect(mallory.tried).toBeGreaterThan(0)
})

/** The clock of a machine that is wrong by so many days. */
function wrongBy(days: number): Clock {
  const ms = days * 86_400_000
  return {
    now: () => systemClock.now() + ms,
    wall: () => systemClock.wall() + ms,
    after: (wait, task) => systemClock.after(wait, task),
  }
}

test.for([400, -400])(
  'a peer whose clock is wrong by %i days: nothing is lost, and a newcomer is told everything',
  async (days) => {
    const bob = await startPeer({ name: 'bob' })
    const alice = await startPeer({ name: 'alice', clock: wrongBy(days), peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    for (const text of ['one', 'two', 'three'])
      expect(await fate(alice, alice.peer.say('general', text))).toBe('1/1')
    expect(await fate(bob, bob.peer.say('general', 'four'))).toBe('1/1')
    expect(await fate(alice, alice.peer.direct('bob', 'five'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: one', 'alice: two', 'alice: three', 'alice: five'])
    expect(alice.heard()).toEqual(['bob: four'])
    const carol = await startPeer({ name: 'carol', peers: [bob.peer.address, alice.peer.address] })
    await until(() => carol.heard().length === 4, 'carol has caught up')
    expect(carol.heard().filter((line) => line.startsWith('alice'))).toEqual([
      'alice: one',
      'alice: two',
      'alice: three',
    ])
  },
)
