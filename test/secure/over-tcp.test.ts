/** HTTP within secure connections, over real sockets: the same server, client and handlers, and a peer that is proved. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { Client, type ClientOptions } from '../../src/http/client.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'
import { SYSTEM, type Platform } from '../../src/http/transport/platform.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { connectSecurely } from '../../src/secure/initiator.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { Recorder } from './pair.ts'
import type { KeyId } from '../../src/identity/public-key.ts'
import type { Context } from '../../src/http/message.ts'

const self = () => new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes })
const alice = self()
const bob = self()

/** TCP on which each connection is a secure one. */
function secured(expected?: KeyId, from = alice): Platform {
  const { network, clock } = SYSTEM
  return {
    clock,
    network: {
      connect: (address) => connectSecurely({ network, clock }, from, { address, expected }),
      listen: (address, accepting) => network.listen(address, accepting),
    },
  }
}

let server: Server
let streaming: Promise<void>
const closing: (() => void)[] = []

beforeEach(async () => {
  const door = new SecureDoor({ self: bob, clock: SYSTEM.clock })
  let streams: () => void = () => undefined
  streaming = new Promise((resolve) => (streams = resolve))
  const router = new Router({
    'GET /p2p/secure': door.handle,
    'POST /echo': ({ body }, { peer }: Context) => json(200, { peer, text: body.toString() }),
    'GET /large': () => ({ status: 200, body: 'x'.repeat(900_000) }),
    'GET /stream': () => ({
      status: 200,
      body: (async function* () {
        for (let piece = 0; piece < 100; piece++) {
          await Promise.resolve()
          streams()
          yield 'y'.repeat(3_000)
        }
      })(),
    }),
  })
  server = await Server.listen(router.handle)
})

afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await server.close(0)
})

function client(expected: KeyId | undefined = bob.keys.id, options: ClientOptions = {}): Client {
  const made = new Client(options, secured(expected))
  closing.push(() => {
    made.close()
  })
  return made
}

const echo = (text: string) => ({ method: 'POST', target: '/echo', body: text })

describe('a proved client', () => {
  test('is known to the handler, and the server to it', async () => {
    const response = await client().request(server.address, echo('hello'))
    expect(JSON.parse(response.body.toString())).toMatchObject({
      peer: { id: alice.keys.id, kind: 'peer' },
      text: 'hello',
    })
  })

  test('sends many requests on one connection', async () => {
    const one = client()
    for (let count = 0; count < 50; count++) {
      const response = await one.request(server.address, echo(String(count)))
      expect(JSON.parse(response.body.toString())).toMatchObject({ text: String(count) })
    }
    expect(server.connections).toBe(1)
  })

  test('sends requests behind one another, answered in order', async () => {
    const line = client().line(server.address)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, count) => line.request(echo(String(count)))),
    )
    expect(answers.map(({ body }) => (JSON.parse(body.toString()) as { text: string }).text)).toEqual(
      Array.from({ length: 20 }, (_, count) => String(count)),
    )
  })

  test('gets large answers and streams whole', async () => {
    const one = client()
    const large = await one.request(server.address, { method: 'GET', target: '/large' })
    expect(large.body).toHaveLength(900_000)
    const stream = await one.request(server.address, { method: 'GET', target: '/stream' })
    expect(stream.body).toHaveLength(300_000)
  })

  test('sends a body of the most that is taken', async () => {
    const text = 'z'.repeat(64 * 1024)
    const response = await client().request(server.address, echo(text))
    expect(JSON.parse(response.body.toString())).toMatchObject({ text })
  })

  test('may not ask for a secure connection within one', async () => {
    const response = await client().request(server.address, {
      method: 'GET',
      target: '/p2p/secure',
    })
    expect(response.status).toBe(400)
    expect(response.body.toString()).toContain('secure one already')
  })
})

test('a client in clear is served by the same server, without a peer', async () => {
  await using plain = new Client()
  const response = await plain.request(server.address, echo('hello'))
  expect(JSON.parse(response.body.toString())).toEqual({ text: 'hello' })
})

test('a server that closes lets a secure exchange finish', async () => {
  const asking = client().request(server.address, { method: 'GET', target: '/stream' })
  await streaming
  const [answer] = await Promise.all([asking, server.close(5_000)])
  expect(answer.body).toHaveLength(300_000)
})

describe('a request fails, and nothing was sent', () => {
  test('to another peer than the one that was meant', async () => {
    await expect(client(alice.keys.id).request(server.address, echo('secret'))).rejects.toThrow('another key')
  })

  test('to a server that makes no secure connections', async () => {
    await using old = await Server.listen(new Router({ 'POST /echo': () => json(200, {}) }).handle)
    await expect(client().request(old.address, echo('secret'))).rejects.toThrow('404')
  })
})

/** A man in the middle, through which all bytes go. */
async function proxy(
  alter: (bytes: Buffer, fromServer: boolean, socket: Socket) => Buffer | undefined,
): Promise<{ readonly address: { readonly host: string; readonly port: number }; readonly seen: Buffer[] }> {
  const seen: Buffer[] = []
  const middle = createServer((near) => {
    const far = connect(server.address.port, '127.0.0.1')
    for (const [from, to, isFromServer] of [
      [near, far, false],
      [far, near, true],
    ] as const) {
      from.on('data', (bytes: Buffer) => {
        seen.push(bytes)
        const altered = alter(bytes, isFromServer, to)
        if (altered !== undefined) to.write(altered)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => middle.listen(0, '127.0.0.1', resolve))
  closing.push(() => middle.close())
  return { address: { host: '127.0.0.1', port: (middle.address() as AddressInfo).port }, seen }
}

describe('with somebody in the middle', () => {
  test('who only listens: the words are not in what goes over the wire', async () => {
    const { address, seen } = await proxy((bytes) => bytes)
    await client().request(address, echo('a secret word'))
    const wire = Buffer.concat(seen).toString('latin1')
    expect(wire).toContain('GET /p2p/secure')
    for (const word of ['secret', 'echo', 'POST', alice.keys.id, bob.keys.id])
      expect(wire).not.toContain(word)
  })

  test('who counts: the answers of a burst are one record', async () => {
    let fromServer = Buffer.alloc(0)
    const { address } = await proxy((bytes, isFromServer) => {
      if (isFromServer) fromServer = Buffer.concat([fromServer, bytes])
      return bytes
    })
    const secure = connectSecurely(SYSTEM, alice, { address })
    const seen = new Recorder()
    secure.attach(seen)
    secure.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx'.repeat(20))
    await expect.poll(() => seen.text.match(/HTTP\/1\.1 200 /g)?.length).toBe(20)
    secure.destroy()
    const records = fromServer.subarray(fromServer.indexOf('\r\n\r\n') + 4)
    expect(records).toHaveLength(2 + records.readUInt16BE())
  })

  test('who cuts an answer: an error, and never a shorter answer', async () => {
    let bytesOut = 0
    const { address } = await proxy((bytes, isFromServer, socket) => {
      if (!isFromServer) return bytes
      bytesOut += bytes.length
      if (bytesOut < 100_000) return bytes
      socket.end()
      return undefined
    })
    await expect(client().request(address, { method: 'GET', target: '/large' })).rejects.toThrow()
  })

  test('who alters one byte of an answer: an error', async () => {
    const { address } = await proxy((bytes, isFromServer) => {
      if (isFromServer && !bytes.includes('101')) bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20)
      return bytes
    })
    await expect(client().request(address, echo('x'))).rejects.toThrow()
  })

  test('who says that there are no secure connections: nothing leaves in clear', async () => {
    const { address, seen } = await proxy((bytes, isFromServer) =>
      isFromServer ? Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n') : bytes,
    )
    await expect(client().request(address, echo('secret'))).rejects.toThrow('404')
    expect(Buffer.concat(seen).toString()).not.toContain('secret')
  })
})
