/** Ends of secure connections that do what an honest end would not, over real sockets. */
import { onTestFinished } from 'vitest'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { Client, type ClientOptions } from '../../src/http/client.ts'
import { DEFAULT_LIMITS, type Address, type Context, type Target } from '../../src/http/message.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server, type ServerOptions } from '../../src/http/server.ts'
import { SYSTEM, type Platform } from '../../src/http/transport/platform.ts'
import { TCP } from '../../src/http/transport/tcp.ts'
import { SecureDoor, type SecureDoorOptions } from '../../src/secure/door.ts'
import { connectSecurely, connectorOf } from '../../src/secure/initiator.ts'
import { newSelf } from '../support/peers.ts'
import { Recorder } from './pair.ts'
import type { SecureTransport, Wear } from '../../src/secure/secure-transport.ts'
import type { Transport } from '../../src/http/transport/transport.ts'

export const alice = newSelf()
const bob = newSelf()

/** What an answer to `GET /who` says. */
export interface Who {
  readonly id: string | null
  /** Of the connection that the request came by. */
  readonly port: number
}

export const WHO = { method: 'GET', target: '/who' }

export async function whoAsks(client: Client, target: Target): Promise<Who> {
  const { body } = await client.request(target, WHO)
  return JSON.parse(body.toString()) as Who
}

/** Bob's server: says who asked. A mistake of the program fails the test. */
export async function serving(
  platform: Platform = SYSTEM,
  door: Partial<SecureDoorOptions> = {},
  options: ServerOptions = {},
): Promise<Server> {
  const { routes } = new SecureDoor({ self: bob, clock: platform.clock, ...door })
  const who = (_request: unknown, { peer, remote }: Context) =>
    json(200, { id: peer?.id ?? null, port: remote.port })
  const onError = (error: unknown): void => {
    throw new Error('a mistake of the program', { cause: error })
  }
  const router = new Router({ ...routes, 'GET /who': who })
  const server = await Server.listen(router.handle, { onHead: router.early, onError, ...options }, platform)
  onTestFinished(() => server.close(0))
  return server
}

/** Alice's client. */
export function asking(platform: Platform = SYSTEM, options: ClientOptions = {}, wear?: Wear): Client {
  const secure: ClientOptions['secure'] =
    wear === undefined
      ? connectorOf(alice)
      : (on, { host, port, key }) =>
          connectSecurely(on, alice, { address: { host, port }, expected: key, wear })
  const client = new Client({ secure, ...options }, platform)
  onTestFinished(() => {
    client.close()
  })
  return client
}

export const bobAt = ({ address }: { readonly address: Address }): Target => ({
  ...address,
  key: bob.keys.id,
})

/** Alice's end of a proved connection, and the transport below it, into which a test writes what it likes. */
export async function connected(
  address: Address,
): Promise<{ readonly secure: SecureTransport; readonly below: Transport; readonly seen: Recorder }> {
  let below: Transport | undefined
  const network = {
    ...TCP,
    connect: (to: Address) => {
      below = TCP.connect(to)
      return below
    },
  }
  const seen = new Recorder()
  const secure = connectSecurely({ network, clock: SYSTEM.clock }, alice, { address })
  await new Promise<void>((resolve, reject) => {
    secure.attach({
      connected: resolve,
      closed: (error) => {
        reject(error ?? new Error('closed'))
      },
      received: () => undefined,
      ended: () => undefined,
      drained: () => undefined,
    })
  })
  secure.attach(seen)
  if (below === undefined) throw new Error('nothing was connected')
  const made = below
  onTestFinished(() => {
    made.destroy()
  })
  return { secure, below: made, seen }
}

/** Bob's end of secure connections, which speaks as its test says once a request has come. */
export async function speaking(
  speak: (secure: Transport, below: Transport) => void,
): Promise<{ readonly address: Address }> {
  const door = new SecureDoor({ self: bob, clock: SYSTEM.clock })
  const listener = await TCP.listen(
    { host: '127.0.0.1', port: 0 },
    {
      failed: () => undefined,
      accept: (below) => {
        const parser = new RequestParser(DEFAULT_LIMITS)
        below.attach({
          connected: () => undefined,
          drained: () => undefined,
          ended: () => undefined,
          closed: () => undefined,
          received: (chunk) => {
            parser.push(chunk)
            const request = parser.next()
            if (request === undefined) return
            const signal = new AbortController().signal
            const { upgrade } = door.handle(request, { signal, remote: below.remote, local: below.local })
            below.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade?.fields ?? ''}\r\n`)
            void upgrade?.take(below, 0).then((proved) => {
              proved?.transport.attach({
                connected: () => undefined,
                drained: () => undefined,
                ended: () => undefined,
                closed: () => undefined,
                received: () => {
                  speak(proved.transport, below)
                },
              })
            })
          },
        })
      },
    },
  )
  onTestFinished(() => {
    listener.close()
  })
  return { address: listener.address }
}
