/** A host that names the identity of another program gets nothing of that one. */
import { expect, test } from 'vitest'
import { textOf } from '../../src/chat/content.ts'
import { json } from '../../src/http/router.ts'
import { startPeer } from '../support/peers.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/wait.ts'
import { Attacker, kept, listening } from './attacker.ts'
import type { Peer } from '../../src/chat/model.ts'

const IDENTITY = 'b0b0b0b0b0b0b0b0'

test('met in clear and then with a key, it neither replaces nor hides what the program says', async () => {
  const alice = await startPeer({ name: 'alice' })
  const attacker = new Attacker()
  const at = { ip: '127.0.0.1', identity: IDENTITY }
  const bob: Peer = { ...at, port: await freePort(), name: 'bob' }
  const inClear: Peer = { ...at, port: await freePort(), name: 'mallory' }
  const mallory: Peer = { ...inClear, key: attacker.self.keys.id }
  let shown = inClear
  const greeting = (peer: Peer) => ({ app: 'parley', version: '0.1.0', channels: ['general'], ...peer })
  const answers = (peer: () => Peer) => ({
    'GET /p2p/hello': () => json(200, greeting(peer())),
    'POST /p2p/hello': () => json(200, greeting(peer())),
  })
  await listening(
    answers(() => bob),
    { port: bob.port },
  )
  await listening(
    answers(() => shown),
    { port: inClear.port, self: attacker.self },
  )
  const isListed = (peer: Peer) => (): boolean =>
    alice.peer.members('general').some(({ name, key }) => name === peer.name && key === peer.key)
  const saidBy = (from: Peer, id: string, message: string) => ({
    ...{ id, from, channel: 'general', message, seq: 1_000 * Date.now() },
  })

  await attacker.inClear(alice, '/p2p/hello', greeting(bob))
  await until(isListed(bob), 'bob is listed')
  await attacker.posts('in clear', alice, saidBy(bob, 'm1', 'one'))
  await attacker.inClear(alice, '/p2p/hello', greeting(inClear))
  await until(isListed(inClear), 'mallory is listed without a key')
  shown = mallory
  await attacker.proved(alice, '/p2p/hello', greeting(mallory))
  await until(isListed(mallory), 'mallory is listed with a key')
  await attacker.posts('proved', alice, saidBy(mallory, 'm1', 'not one'))
  await attacker.posts('proved', alice, saidBy(mallory, 'm2', 'not two'))
  await attacker.posts('in clear', alice, saidBy(bob, 'm2', 'two'))

  const genuine = kept(alice).filter(({ message }) => message.from.key === undefined)
  expect(genuine.map(({ message }) => textOf(message.content))).toEqual(['one', 'two'])
})

test('it replaces nothing that others told of a program that was never met', async () => {
  const alice = await startPeer({ name: 'alice' })
  const attacker = new Attacker()
  const carl: Peer = { ip: '127.0.0.1', port: await freePort(), name: 'carl', identity: IDENTITY }
  const mallory: Peer = { ...carl, port: await freePort(), key: attacker.self.keys.id }
  const said = (from: Peer, message: string) => ({
    id: 'm1',
    from,
    channel: 'general',
    message,
    seq: 1_000 * Date.now(),
  })
  await listening(
    {
      'POST /p2p/hello': () =>
        json(200, { app: 'parley', version: '0.1.0', channels: ['general'], ...mallory }),
    },
    { port: mallory.port, self: attacker.self },
  )
  await attacker.inClear(alice, '/p2p/receive', { ...said(carl, 'one'), hops: 1 })
  await attacker.posts('proved', alice, said(mallory, 'not one'))
  const genuine = kept(alice).filter(({ message }) => message.from.key === undefined)
  expect(genuine.map(({ message }) => textOf(message.content))).toEqual(['one'])
})
