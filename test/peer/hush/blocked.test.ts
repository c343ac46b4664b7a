/** A blocked person finds this peer as if it were not there, and gets no request of it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { addressKey, peerId } from '../../../src/chat/model.ts'
import { Client } from '../../../src/http/client.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { PeerClient } from '../../../src/peer/contacts/peer-client.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { Hush } from '../../../src/peer/hush/hush.ts'
import { getRequest, postRequest } from '../../../src/peer/self/requests.ts'
import { securedBy } from '../../../src/secure/initiator.ts'
import { requestBytes } from '../../support/ask.ts'
import { knows, memoryStore, newSelf, startPeer } from '../../support/peers.ts'
import { raw } from '../../support/raw-socket.ts'
import { ManualClock } from '../../support/clock.ts'
import { selfAt } from '../parts.ts'
import { BOB, SELF } from '../messages/support.ts'
import type { Target } from '../../../src/http/message.ts'
import type { HttpClient } from '../../../src/http/network.ts'

type Mallory = Awaited<ReturnType<typeof aliceAndMallory>>

/** Alice, and a client that proves the key of mallory, who has met her. */
async function aliceAndMallory() {
  const { peer: alice } = await startPeer({ name: 'alice' })
  const mallory = newSelf()
  const client = new Client(securedBy(mallory))
  onTestFinished(() => {
    client.close()
  })
  const key = mallory.keys.id
  const { ip: host, port } = alice.self
  const fields = { app: 'parley', name: 'mallory', ip: host, port: 7099, key, channels: ['general'] }
  const target = { host, port, key: peerId(alice.self) }
  const message = { id: '1', from: { ...fields }, channel: 'general', message: 'hi' }
  return { alice, key, client, target, fields, message, port }
}

describe('over a connection that proves the key of a blocked person', () => {
  const requests = ['/healthz', '/p2p/hello', '/p2p/avatar', '/p2p/history?channel=general&within=1000', '/x']
  test.each(requests)('GET %s has no answer, before the undo', async (path) => {
    const { alice, key, client, target } = await aliceAndMallory()
    const status = async (): Promise<number> => (await client.request(target, getRequest(path))).status
    const before = await status()
    alice.hush(key, 'block')
    await expect(status()).rejects.toMatchObject({ name: 'ClientError', code: 'closed' })
    // On a new connection, too.
    await expect(status()).rejects.toMatchObject({ name: 'ClientError', code: 'closed' })
    alice.unhush(key, 'block')
    expect(await status()).toBe(before)
  })

  test.each(['/p2p/hello', '/p2p/receive', '/p2p/batch', '/p2p/signatures', '/p2p/check'])(
    'POST %s has no answer',
    async (path) => {
      const { alice, key, client, target, fields } = await aliceAndMallory()
      alice.hush(key, 'block')
      const posted = client.request(target, postRequest(path, JSON.stringify(fields)))
      await expect(posted).rejects.toMatchObject({ name: 'ClientError', code: 'closed' })
      expect(alice.peers).toEqual([])
    },
  )
})

describe('in clear, a request that names a blocked person ends without a byte', () => {
  test.each<[string, 'key' | 'address', (named: Mallory) => Promise<string>]>([
    [
      'a greeting with its key',
      'key',
      ({ port, fields }) => raw(port, requestBytes({ target: '/p2p/hello', body: fields })),
    ],
    [
      'a greeting with its address',
      'address',
      ({ port, fields }) =>
        raw(port, requestBytes({ target: '/p2p/hello', body: { ...fields, key: undefined } })),
    ],
    [
      'a message with its key',
      'key',
      ({ port, message }) => raw(port, requestBytes({ target: '/p2p/receive', body: message })),
    ],
    [
      'messages in one request',
      'key',
      ({ port, message }) => raw(port, requestBytes({ target: '/p2p/batch', body: { messages: [message] } })),
    ],
    [
      'a request for history with its port',
      'address',
      ({ port }) => raw(port, requestBytes({ target: '/p2p/history?channel=general&within=1000&port=7099' })),
    ],
  ])('%s', async (_what, by, ask) => {
    const named = await aliceAndMallory()
    expect(await ask(named)).toMatch(/^HTTP\/1\.1 200 /)
    const { alice, key } = named
    alice.hush(by === 'key' ? key : addressKey({ ip: alice.self.ip, port: 7099 }), 'block')
    expect(await ask(named)).toBe('')
  })
})

describe('requests of this peer', () => {
  const { id: KEY } = new KeyPair(Buffer.alloc(32, 7))
  const AT = { host: BOB.ip, port: BOB.port }

  async function clientOf() {
    const [clock, routes, sent] = [new ManualClock(), new Routes(), [] as Target[]]
    const store = await memoryStore(clock)
    const hush = new Hush({ clock, store, self: selfAt(SELF), routes })
    const never = (target: Target): Promise<never> => {
      sent.push(target)
      return Promise.reject(new ClientError('timeout', 'nothing answers in this test'))
    }
    const inner: HttpClient = {
      request: never,
      stream: never,
      line: (target) => ({ isOver: false, isIdle: true, request: () => never(target) }),
      hasAnswered: () => true,
      close: () => undefined,
    }
    return { hush, routes, sent, client: new PeerClient(inner, hush, routes) }
  }

  test.each<[string, Target]>([
    ['its key, at any address', { host: '10.9.9.9', port: 1, key: KEY }],
    ['its address, where its key was proved', AT],
    ['a blocked address', { host: '10.8.8.8', port: 80 }],
  ])('none goes to a blocked person: %s', async (_what, target) => {
    const { hush, routes, sent, client } = await clientOf()
    const line = client.line(target)
    routes.proved(KEY, AT)
    const ask = async (): Promise<unknown[]> => {
      const asked = [
        client.request(target, getRequest('/')),
        client.stream(target, getRequest('/')),
        line.request(getRequest('/')),
      ]
      const failed = await Promise.allSettled(asked)
      return failed.map((each) =>
        each.status === 'rejected' ? (each.reason as ClientError).code : 'answered',
      )
    }
    hush.set(KEY, 'block')
    hush.set('10.8.8.8:80', 'block')
    expect(await ask()).toEqual(['refused', 'refused', 'refused'])
    expect(sent).toEqual([])
    hush.lift(KEY, 'block')
    hush.lift('10.8.8.8:80', 'block')
    expect(await ask()).toEqual(['timeout', 'timeout', 'timeout'])
  })

  test('another key at an address where the blocked one was is asked', async () => {
    const { hush, routes, sent, client } = await clientOf()
    const { id: other } = new KeyPair(Buffer.alloc(32, 8))
    hush.set(KEY, 'block')
    routes.proved(KEY, AT)
    const target = { ...AT, key: other }
    await expect(client.request(target, getRequest('/'))).rejects.toMatchObject({ code: 'timeout' })
    expect(sent).toEqual([target])
  })
})

test('a blocked person sees who blocks it leave like one who is away, and come back after the undo', async () => {
  const bob = await startPeer({ name: 'bob' })
  const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
  await knows(bob, 'general', ['alice'])
  alice.peer.hush(peerId(bob.peer.self), 'block')
  const away = bob.peer.direct('alice', 'hello?')
  await expect
    .poll(() => bob.peer.receipt(away.messageId))
    .toMatchObject({ failed: [], queued: [{ name: 'alice' }] })
  await alice.peer.rename('alicia')
  alice.peer.unhush(peerId(bob.peer.self), 'block')
  await expect.poll(() => alice.heard(), { timeout: 20_000 }).toEqual(['bob: hello?'])
})
