/** What the end of a request says of the address that it went to, whatever was asked. */
import { describe, expect, test } from 'vitest'
import { ClientError, type ClientErrorCode } from '../../../src/http/client-connection.ts'
import { PeerClient } from '../../../src/peer/contacts/peer-client.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { getRequest } from '../../../src/peer/self/requests.ts'
import { newSelf } from '../../support/peers.ts'
import type { Target } from '../../../src/http/message.ts'
import type { HttpClient } from '../../../src/http/network.ts'

const KEY = newSelf().keys.id
const OLD = { host: '10.0.0.1', port: 8000 }
const NEW = { host: '10.0.0.2', port: 8000 }
const ROOM = 'the-id-of-a-closed-channel 1'

/** A client whose requests to `NEW` end like this, and the routes of KEY: NEW first, then OLD. */
function clientThat(end: () => Promise<never>) {
  const inner: HttpClient = {
    request: end,
    stream: end,
    line: () => ({ isOver: false, isIdle: true, request: end }),
    hasAnswered: () => true,
    close: () => undefined,
  }
  const routes = new Routes()
  routes.proved(KEY, OLD)
  routes.proved(KEY, NEW)
  return { routes, client: new PeerClient(inner, { isBlockedAt: () => false }, routes) }
}

const failsWith =
  (code: ClientErrorCode, isStale = false) =>
  () =>
    Promise.reject(new ClientError(code, 'as the test wants it', isStale))

const WAYS: [name: string, ask: (client: HttpClient, target: Target) => Promise<unknown>][] = [
  ['a request', (client, target) => client.request(target, getRequest('/'))],
  ['a stream', (client, target) => client.stream(target, getRequest('/'))],
  ['a request of a line', (client, target) => client.line(target).request(getRequest('/'))],
]

describe.each(WAYS)('%s', (_way, ask) => {
  test.each<[what: string, end: () => Promise<never>, addresses: object[]]>([
    ['nothing listens there', failsWith('refused'), [OLD, NEW]],
    ['there is no route', failsWith('unreachable'), [OLD, NEW]],
    ['no answer in time', failsWith('timeout'), [OLD, NEW]],
    ['the connection breaks', failsWith('closed'), [OLD, NEW]],
    ['another key is there', failsWith('another_key'), [OLD]],
    ['a program without keys is there', failsWith('not_offered'), [OLD]],
    ['a connection in use was closed', failsWith('closed', true), [NEW, OLD]],
    ['the member lets nothing in', failsWith('not_admitted'), [NEW, OLD]],
  ])('%s: the address that is tried next is the first', async (_what, end, addresses) => {
    for (const room of [undefined, ROOM]) {
      const { client, routes } = clientThat(end)
      const target: Target = { ...NEW, key: KEY, ...(room === undefined ? {} : { room }) }
      await expect(ask(client, target)).rejects.toThrow('as the test wants it')
      expect(routes.addresses(KEY)).toEqual(addresses)
    }
  })

  test('an answer proves the address', async () => {
    const answer = { status: 404, reason: '', body: Buffer.alloc(0) }
    const { client, routes } = clientThat(() => Promise.resolve(answer as never))
    const third = { host: '10.0.0.3', port: 8000 }
    await ask(client, { ...third, key: KEY })
    expect(routes.addresses(KEY)).toEqual([third, NEW, OLD])
    expect(routes.isProvedAt(KEY, third)).toBe(true)
  })

  test('nothing is learned of an address without a key', async () => {
    const { client, routes } = clientThat(failsWith('refused'))
    await expect(ask(client, NEW)).rejects.toThrow('as the test wants it')
    expect(routes.addresses(KEY)).toEqual([NEW, OLD])
  })
})
