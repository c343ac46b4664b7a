/** What a peer answers with 200 is kept: a program that is killed after its answer loses nothing of it. */
import { randomBytes } from 'node:crypto'
import { onTestFinished, expect, test } from 'vitest'
import { ChatError } from '../../../src/chat/errors.ts'
import { peerId } from '../../../src/chat/model.ts'
import { Client } from '../../../src/http/client.ts'
import { postRequest } from '../../../src/peer/self/requests.ts'
import { SecureSelf } from '../../../src/secure/self.ts'
import { securedBy } from '../../../src/secure/initiator.ts'
import { memoryStore, startPeer, type Watched } from '../../support/peers.ts'
import type { KeyId } from '../../../src/identity/public-key.ts'
import { ALICE as CREATOR, channelOf } from '../closed/support.ts'

/** Alice, whose disk may be full, and a program that proves its key to her. */
async function aliceAndAnother() {
  const store = await memoryStore()
  const disk = { isFull: false }
  const saved = store.saved.bind(store)
  store.saved = () =>
    disk.isFull ? Promise.reject(new ChatError(507, 'disk_full', 'no space left')) : saved()
  const alice = await startPeer({ name: 'alice', store })
  const other = new SecureSelf({ keys: CREATOR, kind: 'peer', random: randomBytes })
  const client = new Client(securedBy(other))
  onTestFinished(() => {
    client.close()
  })
  const { ip: host, port } = alice.peer.self
  const target = { host, port, key: peerId(alice.peer.self) }
  const post = async (path: string, body: object): Promise<number> =>
    (await client.request(target, postRequest(path, JSON.stringify(body)))).status
  return { alice, disk, post }
}

const MESSAGE = {
  id: '1',
  from: { ip: '127.0.0.1', port: 7099, name: 'bob', key: CREATOR.id },
  channel: 'general',
  message: 'hi',
}

test.each<[path: string, body: (alice: Watched) => object, again?: number]>([
  ['/p2p/receive', () => MESSAGE],
  ['/p2p/batch', () => ({ messages: [MESSAGE] })],
  [
    '/p2p/signatures',
    () => ({ signatures: [{ id: '1', signature: Buffer.alloc(64).toString('base64url') }] }),
  ],
  ['/p2p/closed/epoch', ({ peer }) => ({ epoch: channelOf([peerId(peer.self) as KeyId]) })],
  [
    '/p2p/closed/redeem',
    ({ peer }) => {
      const link = peer.inviteByLink(peer.createClosed('ops'))
      return { token: new URL(link).searchParams.get('token') }
    },
    // The link was used; the creator, who keeps what the person is now, tells it.
    404,
  ],
])('%s is answered when it is kept, and else refused', async (path, body, again = 200) => {
  const { alice, disk, post } = await aliceAndAnother()
  const asked = body(alice)
  disk.isFull = true
  expect(await post(path, asked)).toBe(507)
  disk.isFull = false
  expect(await post(path, asked)).toBe(again)
})
