/** A closed network: members reach each other, and every other program gets one sentence and the end of the connection. */
import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { NetworkKey } from '../../src/identity/network-key.ts'
import { Client } from '../../src/http/client.ts'
import { Headers } from '../../src/http/headers.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { DEFAULT_LIMITS, type Context } from '../../src/http/message.ts'
import { TCP as HTTP } from '../../src/http/network.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { closedNetwork } from '../../src/secure/closed-network.ts'
import { isOfClosedNetwork, onlySentence, refuseStrangers } from '../../src/secure/closed.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { securedBy } from '../../src/secure/initiator.ts'
import { SECURE_LIMITS } from '../../src/secure/limits.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { upgradeRequest } from '../../src/secure/upgrade.ts'
import { newSelf } from '../support/peers.ts'
import { FakeServer, RawSocket, raw } from '../support/raw-socket.ts'

const NETWORK = new NetworkKey(randomBytes(32))
const OTHER = new NetworkKey(randomBytes(32))
const bob = newSelf(NETWORK)

/** Bob's server, and the codes of what he refused. */
async function serving(self = bob) {
  const refused: string[] = []
  const onRefused = (code: string): void => {
    refused.push(code)
  }
  const routes = {
    ...new SecureDoor({ self, clock: SYSTEM.clock }).routes,
    'GET /who': (_request: unknown, { peer }: Context) => json(200, { id: peer?.id ?? null }),
    'POST /p2p/receive': () => json(200, { status: 'ok' }),
    'GET /stats': () => json(200, { gauges: {} }),
    'GET /healthz': () => json(200, { status: 'ok', key: self.keys.id }),
  }
  const guard = (head: Parameters<typeof refuseStrangers>[1], context: Context) =>
    refuseStrangers(self, head, context)
  const router = new Router(routes, { guard, onRefused })
  const server = await Server.listen(router.handle, {
    onHead: router.early,
    onRefused,
    onlyAnswer: onlySentence(self),
    timeouts: { head: 300 },
  })
  onTestFinished(() => server.close(0))
  return { server, port: server.address.port, refused }
}

function clientOf(self: SecureSelf): Client {
  const client = new Client(securedBy(self))
  onTestFinished(() => {
    client.close()
  })
  return client
}

const WHO = { method: 'GET', target: '/who' }
const first = (self: SecureSelf): string => upgradeRequest('127.0.0.1', self.begin('initiator').writeFirst())
const rubbish = (bytes: number): string => upgradeRequest('127.0.0.1', randomBytes(bytes))
const request = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...fields, '', ''].join('\r\n')

describe('a stranger', () => {
  test.each<[what: string, bytes: string]>([
    ['asks who is there', request('GET /who')],
    ['asks for a path that is none', request('GET /nothing')],
    ['asks by another method', request('PUT /who', 'Content-Length: 0')],
    ['asks what is offered', request('OPTIONS /who')],
    ['is a browser', request('GET /', 'Accept: text/html', 'Sec-Fetch-Mode: navigate')],
    ['is a legacy client', request('POST /p2p/receive', 'Content-Length: 2') + '{}'],
    ['sends a body that it does not finish', request('POST /p2p/receive', 'Content-Length: 20000') + '{'],
    ['wants a secure connection by another method', request('POST /p2p/secure', 'Content-Length: 0')],
    ['wants one without a message', request('GET /p2p/secure')],
    ['wants one from a page', first(newSelf(NETWORK)).replace('Host:', 'Origin: http://x\r\nHost:')],
    ['is a peer of an open network', first(newSelf())],
    ['is a peer of another closed network', first(newSelf(OTHER))],
    ['sends random bytes as message 1', rubbish(48)],
    ['sends an empty message 1', rubbish(0)],
    ['asks about the server', request('OPTIONS *')],
    ['asks for a tunnel', 'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    ['wants its request back', request('TRACE /who')],
    ['asks by a method that is none', request('BREW /who')],
    ['expects something', request('POST /p2p/receive', 'Expect: tea', 'Content-Length: 2')],
    ['expects something of the door', request('GET /p2p/secure', 'Expect: tea')],
    ['wants to send too much', request('POST /p2p/receive', 'Content-Length: 90000000')],
    ['wants to send too much to the door', request('GET /p2p/secure', 'Content-Length: 90000000')],
    ['frames its body twice', request('POST /who', 'Content-Length: 2', 'Transfer-Encoding: chunked')],
    ['codes its body', request('POST /who', 'Transfer-Encoding: gzip')],
    ['speaks HTTP/3.0', 'GET /who HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n'],
    ['speaks HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['speaks HTTP/1.0', 'GET /who HTTP/1.0\r\n\r\n'],
    ['names no host', 'GET /who HTTP/1.1\r\n\r\n'],
    ['asks for a long path', request(`GET /${'a'.repeat(20_000)}`)],
    ['sends a long field', request('GET /who', `A: ${'a'.repeat(100_000)}`)],
    ['asks for a path that is not UTF-8', request('GET /%ff%zz')],
    ['speaks TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['speaks SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['sends anything', `${randomBytes(200).toString('hex')}\r\n\r\n`],
    ['sends bytes behind a message 1', `${first(newSelf(NETWORK))}behind`],
  ])('that %s gets one sentence, and no byte after it', async (_what, bytes) => {
    const { port, refused } = await serving()
    const answer = await raw(port, `${bytes}${request('GET /who')}${request('GET /who')}`)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(head).toContain('\r\nConnection: close')
    expect(JSON.parse(body)).toEqual({
      error: 'closed_network',
      detail:
        'this network has a key, which this program did not prove: start Parley with --network-key FILE, with the file of a member',
    })
    expect(refused).toEqual(['closed_network'])
    const fields = head.split('\r\n').map((field) => field.slice(0, field.search(/:|$/)))
    const usual = ['Connection', 'Content-Length', 'Content-Type', 'Date', 'X-Content-Type-Options']
    expect(fields.slice(1).sort()).toEqual(usual)
  })

  test('that does not end what it asks gets the sentence, too', async () => {
    const { port } = await serving()
    expect(await raw(port, 'GET /who HTTP/1.1\r\n')).toMatch(/^HTTP\/1\.1 403 [^]*"closed_network"/)
  })

  test('that asks for a head alone gets that of the sentence', async () => {
    const { port } = await serving()
    expect(await raw(port, request('HEAD /who'))).toMatch(/^HTTP\/1\.1 403 [^]*\r\n\r\n$/)
  })

  test('is refused before any curve is computed', async () => {
    let made = 0
    const random = (length: number): Buffer => {
      made++
      return randomBytes(length)
    }
    const keys = new KeyPair(randomBytes(32))
    const { port } = await serving(new SecureSelf({ keys, kind: 'peer', random, network: NETWORK }))
    const atStart = made
    for (const bytes of [first(newSelf()), first(newSelf(OTHER)), rubbish(48)]) await raw(port, bytes)
    expect(made).toBe(atStart)
    await using member = await RawSocket.connect(port)
    await member.send(first(newSelf(NETWORK)))
    await member.until((received) => received.startsWith('HTTP/1.1 101 '))
    expect(made).toBe(atStart + 1)
  })

  test('takes nothing of what a host may ask for: members behind the same address get in', () => {
    const clock = { ...SYSTEM.clock, now: () => 0 }
    const door = new SecureDoor({ self: bob, clock })
    const ask = (message: string) => {
      const parser = new RequestParser(DEFAULT_LIMITS)
      parser.push(Buffer.from(message))
      const asked = parser.next()
      if (asked === undefined) throw new Error('no request')
      const remote = { host: '10.0.0.9', port: 1 }
      return door.handle(asked, { remote, local: remote, signal: new AbortController().signal }).status
    }
    for (let count = 0; count < 5 * SECURE_LIMITS.perHost.burst; count++)
      expect(() => ask(rubbish(48))).toThrow('this network has a key')
    expect(ask(first(newSelf(NETWORK)))).toBe(101)
  })

  test('that sends a recorded message 1 again gets a message that only a member can read, and nothing more', async () => {
    const { port } = await serving()
    const recorded = first(newSelf(NETWORK))
    await using replay = await RawSocket.connect(port)
    await replay.send(recorded)
    const answer = await replay.until((received) => received.endsWith('\r\n\r\n'))
    await replay.send(`\x00\xa3${randomBytes(163).toString('latin1')}${request('GET /who')}`)
    expect(await replay.untilClosed()).toBe(answer)
    const stranger = newSelf().begin('initiator')
    stranger.writeFirst()
    const [, encoded = ''] = /Sec-Parley-Noise: (\S+)/.exec(answer) ?? []
    expect(Buffer.from(encoded, 'base64url')).toHaveLength(195)
    expect(answer).not.toContain(bob.keys.id)
    expect(() => stranger.readProof(Buffer.from(encoded, 'base64url'))).toThrow()
  })

  test('that waits to be let on by the door gets the sentence at once', async () => {
    const { port } = await serving()
    const waiting = request('GET /p2p/secure', 'Expect: 100-continue', 'Content-Length: 5')
    expect(await raw(port, waiting)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
  })

  test('of the same machine may ask whether it runs and how it is doing', async () => {
    const { port } = await serving()
    const close = 'Connection: close'
    const health = await raw(port, request('GET /healthz', close))
    expect(health).toMatch(/^HTTP\/1\.1 200 [^]*\{"status":"ok"\}$/)
    expect(await raw(port, request('GET /stats', close))).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('of another machine may not', () => {
    const remote = { host: '10.0.0.9', port: 1 }
    const context = { remote, local: { host: '10.0.0.1', port: 2 }, signal: new AbortController().signal }
    for (const path of ['/healthz', '/health', '/stats', '/metrics'])
      expect(() =>
        refuseStrangers(
          bob,
          { method: 'GET', path, version: '1.1', query: '', headers: Headers.none },
          context,
        ),
      ).toThrow('this network has a key')
  })
})

describe('a member', () => {
  test('reaches another, and each knows the key of the other', async () => {
    const { server } = await serving()
    const alice = newSelf(NETWORK)
    const { body } = await clientOf(alice).request({ ...server.address, key: bob.keys.id }, WHO)
    expect(JSON.parse(body.toString())).toEqual({ id: alice.keys.id })
  })

  test('says nothing in clear, also where it knows no key', async () => {
    const { server } = await serving()
    const alice = newSelf(NETWORK)
    const { body } = await clientOf(alice).request(server.address, WHO)
    expect(JSON.parse(body.toString())).toEqual({ id: alice.keys.id })
  })

  test.each<[where: string, self: SecureSelf]>([
    ['in an open network', newSelf()],
    ['in another closed network', newSelf(OTHER)],
  ])('finds that a program is %s', async (_where, self) => {
    const { server } = await serving(self)
    await expect(clientOf(newSelf(NETWORK)).request(server.address, WHO)).rejects.toMatchObject({
      code: 'other_network',
      message: 'the program there is not in your network',
    })
  })

  test('sends a legacy program nothing but the request for a secure connection', async () => {
    await using legacy = await FakeServer.listen((peer) => {
      peer.when(
        (received) => received.includes('\r\n\r\n'),
        () => peer.send('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
      )
    })
    const asked = { method: 'POST', target: '/p2p/receive', body: 'a word for members' }
    await expect(clientOf(newSelf(NETWORK)).request(legacy.address, asked)).rejects.toMatchObject({
      code: 'other_network',
    })
    expect(legacy.peers[0]?.received).toMatch(
      /^GET \/p2p\/secure HTTP\/1\.1\r\n(?:Host|Connection|Upgrade): [^\r]*\r\n(?:[A-Za-z-]+: [^\r]*\r\n)*\r\n$/,
    )
    expect(legacy.peers).toHaveLength(1)
  })
})

test('a peer of an open network learns that another has a key, by a hint and in clear', async () => {
  const { server } = await serving()
  const client = clientOf(newSelf())
  await expect(client.request({ ...server.address, key: bob.keys.id }, WHO)).rejects.toMatchObject({
    code: 'other_network',
    message: 'the program there is in a network with a key',
  })
  expect(isOfClosedNetwork(await client.request(server.address, WHO))).toBe(true)
})

describe('a program that is no peer', () => {
  test('answers members only, and asks as one', async () => {
    const network = closedNetwork(HTTP, newSelf(NETWORK), SYSTEM.clock)
    const server = await network.listen(() => json(200, { answer: 42 }), { host: '127.0.0.1' })
    onTestFinished(() => server.close(0))
    const { body } = await clientOf(newSelf(NETWORK)).request(server.address, WHO)
    expect(JSON.parse(body.toString())).toEqual({ answer: 42 })
    expect(await raw(server.address.port, request('GET /who'))).toContain('closed_network')
    const { port } = (await serving()).server.address
    const asking = network.client()
    onTestFinished(() => {
      asking.close()
    })
    const answer = await asking.request({ host: '127.0.0.1', port }, WHO)
    expect(JSON.parse(answer.body.toString())).not.toEqual({ id: null })
  })
})
