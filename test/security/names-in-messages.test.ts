/** What a message calls its author changes nothing of what the user was told of the author, and hides no warning. */
import { expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { isKeyId } from '../../src/identity/public-key.ts'
import { postRequest } from '../../src/peer/self/requests.ts'
import { securedBy } from '../../src/secure/initiator.ts'
import { eventsOf, knows, newSelf, startPeer, type Watched } from '../support/peers.ts'
import { until } from '../support/wait.ts'
import type { SecureSelf } from '../../src/secure/self.ts'

const notices = (watched: Watched): string[] => eventsOf(watched, 'notice').map(({ text }) => text)

/** Sends a message of this key, which calls its author so. */
async function sayAs(
  self: SecureSelf,
  to: Watched,
  { name, port }: { name: string; port: number },
): Promise<number> {
  const { key = '', port: at } = to.peer.self
  if (!isKeyId(key)) throw new Error('a peer without a key')
  const client = new Client(securedBy(self))
  const from = { ip: '127.0.0.1', port, name, key: self.keys.id, identity: 'a1a1a1a1a1a1a1a1' }
  const body = JSON.stringify({ id: name, from, channel: 'general', message: 'hi', seq: 1 })
  const { status } = await client.request(
    { host: '127.0.0.1', port: at, key },
    postRequest('/p2p/receive', body),
  )
  client.close()
  return status
}

test('a verified person has no other name by a message', async () => {
  const alice = await startPeer({ name: 'alice' })
  const self = newSelf()
  const bob = await startPeer({ name: 'bob', secure: self, peers: [alice.peer.address] })
  await knows(alice, 'general', ['bob'])
  const known = alice.peer.find('bob')
  alice.peer.verify(known)
  expect(await sayAs(self, alice, { name: 'robert', port: bob.peer.self.port })).toBe(200)
  expect(alice.peer.markOf(known)).toBe('verified')
  expect(alice.peer.contacts().map(({ peer }) => peer.name)).toEqual(['bob'])
})

test('a key that speaks before it is met is warned of when it is met', async () => {
  const alice = await startPeer({ name: 'alice' })
  const bob = await startPeer({ name: 'bob', peers: [alice.peer.address] })
  await knows(alice, 'general', ['bob'])
  alice.peer.verify(alice.peer.find('bob'))
  const mallory = newSelf()
  const impostor = await startPeer({ name: 'bob', secure: mallory })
  expect(await sayAs(mallory, alice, { name: 'bob', port: impostor.peer.self.port })).toBe(200)
  await until(() => notices(alice).length > 0, 'alice is warned')
  expect(notices(alice)[0]).toContain('WARNING: another key calls itself bob')
  expect(bob.heard()).toEqual([])
})
