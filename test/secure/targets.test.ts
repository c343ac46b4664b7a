/** A target with a key: reached over connections on which the key was proved, and over no others. */
import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Client, type ClientOptions } from '../../src/http/client.ts'
import { ClientError, type ClientErrorCode } from '../../src/http/client-connection.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server, type ServerOptions } from '../../src/http/server.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { connectSecurely, connectorOf } from '../../src/secure/initiator.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { Tracker } from '../../src/tracker/tracker.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { Recorder } from './pair.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { newSelf, startPeer } from '../support/peers.ts'
import { FakeServer } from '../support/raw-socket.ts'
import { freePort } from '../support/ports.ts'
import type { Context, Target } from '../../src/http/message.ts'

const alice = newSelf()
const bob = newSelf()
const ASK = { method: 'GET', target: '/who' }

/** Bob's server: says who asked. */
async function serving(options: ServerOptions = {}): Promise<Server> {
  const door = new SecureDoor({ self: bob, clock: SYSTEM.clock })
  const who = (_request: unknown, { peer, remote }: Context) =>
    json(200, { id: peer?.id ?? null, port: remote.port })
  const server = await Server.listen(new Router({ ...door.routes, 'GET /who': who }).handle, options)
  onTestFinished(() => server.close(0))
  return server
}

function clientOf(self = alice, options: ClientOptions = {}): Client {
  const client = new Client({ secure: connectorOf(self), ...options })
  onTestFinished(() => {
    client.close()
  })
  return client
}

const withKey = (server: { readonly address: Target }, key: string = bob.keys.id): Target => ({
  ...server.address,
  key,
})

async function codeOf(asking: Promise<unknown>): Promise<ClientErrorCode> {
  const error: unknown = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ClientError)) throw new Error('no ClientError', { cause: error })
  return error.code
}

describe('connections with a key and in clear', () => {
  test('to one address are kept apart', async () => {
    const server = await serving()
    const client = clientOf()
    const asked = async (target: Target) => {
      const { body } = await client.request(target, ASK)
      return JSON.parse(body.toString()) as { readonly id: string | null; readonly port: number }
    }
    const [clear, proved] = [await asked(server.address), await asked(withKey(server))]
    expect([clear.id, proved.id]).toEqual([null, alice.keys.id])
    expect(proved.port).not.toBe(clear.port)
    // Each is used again for its own kind.
    expect(await asked(server.address)).toEqual(clear)
    expect(await asked(withKey(server))).toEqual(proved)
    expect(server.connections).toBe(2)
  })

  test('are remembered apart as having answered', async () => {
    const server = await serving()
    const client = clientOf()
    await client.request(withKey(server), ASK)
    expect(client.hasAnswered(withKey(server))).toBe(true)
    expect(client.hasAnswered(server.address)).toBe(false)
    expect(client.hasAnswered(withKey(server, alice.keys.id))).toBe(false)
  })

  test('a line with a key takes no connection in clear, nor one of another key', async () => {
    const server = await serving()
    const client = clientOf()
    await client.request(server.address, ASK)
    const line = client.line(withKey(server))
    const { body } = await line.request(ASK)
    expect(JSON.parse(body.toString())).toMatchObject({ id: alice.keys.id })
    expect(await codeOf(client.line(withKey(server, newSelf().keys.id)).request(ASK))).toBe('another_key')
  })
})

describe('what fails says why, and nothing is sent', () => {
  /** A program that answers the first request with this, and notes what it got. */
  const answering = async (answer: string): Promise<FakeServer> => {
    const server = await FakeServer.listen((peer) => {
      peer.when(
        (received) => received.includes('\r\n\r\n'),
        () => peer.send(answer),
      )
    })
    onTestFinished(() => server[Symbol.asyncDispose]())
    return server
  }

  test.each<[ClientErrorCode, string]>([
    ['not_offered', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
    ['not_offered', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'],
    ['not_offered', 'HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n'],
    ['busy', 'HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n'],
    ['busy', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    ['broken_handshake', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    [
      'broken_handshake',
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: parley-noise/1\r\n' +
        `Sec-Parley-Noise: ${Buffer.alloc(195, 7).toString('base64url')}\r\n\r\n`,
    ],
    ['broken_handshake', '220 mail.example.org ESMTP\r\n'],
  ])('%s: %j', async (code, answer) => {
    const server = await answering(answer)
    const asking = clientOf().request(withKey(server), { method: 'POST', target: '/secret', body: 'secret' })
    expect(await codeOf(asking)).toBe(code)
    const [first, ...others] = server.peers
    expect(others).toEqual([])
    // The request for a secure connection, and not one byte behind it.
    await first?.untilEnd()
    expect(first?.received).toMatch(/^GET \/p2p\/secure HTTP\/1\.1\r\n(?:[^\r\n]+\r\n){4}\r\n$/)
    expect(first?.received).not.toContain(alice.keys.id)
  })

  test('another_key: the end has another key than the one that was meant', async () => {
    const server = await serving()
    const other = new KeyPair(randomBytes(32)).id
    expect(await codeOf(clientOf().request(withKey(server, other), ASK))).toBe('another_key')
  })

  test('refused: nothing listens there', async () => {
    const address = { host: '127.0.0.1', port: await freePort() }
    expect(await codeOf(clientOf().request({ ...address, key: bob.keys.id }, ASK))).toBe('refused')
  })

  test('unreachable: the client makes no secure connections', async () => {
    const server = await serving()
    await using plain = new Client()
    expect(await codeOf(plain.request(withKey(server), ASK))).toBe('unreachable')
    expect(await codeOf(plain.line(withKey(server)).request(ASK))).toBe('unreachable')
    expect(await codeOf(plain.stream(withKey(server), ASK))).toBe('unreachable')
    expect(server.connections).toBe(0)
  })
})

describe('a tracker', () => {
  test('proves its key as that of a tracker, and knows who asks', async () => {
    const self = new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'tracker', random: randomBytes })
    await using tracker = await Tracker.start({
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      secure: self,
    })
    const secure = connectSecurely(SYSTEM, alice, { address: tracker.address })
    await new Promise<void>((resolve) => {
      secure.attach(Object.assign(new Recorder(), { connected: resolve }))
    })
    expect(secure.other).toEqual({ id: self.keys.id, kind: 'tracker' })
    secure.destroy()
    const health = { method: 'GET', target: '/healthz' }
    expect((await clientOf().request(withKey(tracker, self.keys.id), health)).status).toBe(200)
  })

  test('without a key makes no secure connections', async () => {
    await using tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
    expect(await codeOf(clientOf().request(withKey(tracker), ASK))).toBe('not_offered')
  })
})

describe('two peers', () => {
  test('each proves its key to the other, and to no third key', async () => {
    const [one, other] = [newSelf(), newSelf()]
    const { peer } = await startPeer({ name: 'alice', secure: one })
    await startPeer({ name: 'bob', secure: other })
    const address = { host: peer.self.ip, port: peer.self.port }
    const client = clientOf(other)
    const hello = { method: 'GET', target: '/p2p/hello' }
    expect((await client.request({ ...address, key: one.keys.id }, hello)).status).toBe(200)
    expect(await codeOf(client.request({ ...address, key: alice.keys.id }, hello))).toBe('another_key')
    // Its own key: somebody pretends to be this peer.
    expect(await codeOf(clientOf(one).request({ ...address, key: one.keys.id }, hello))).toBe('own_key')
  })
})
