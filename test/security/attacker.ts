/** An attacker: a host of the network that has a key of its own, and says what it likes over a proved connection or in clear. */
import { onTestFinished } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { Router, json } from '../../src/http/router.ts'
import { Server } from '../../src/http/server.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { connectorOf } from '../../src/secure/initiator.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { newSelf, type Watched } from '../support/peers.ts'
import { post } from '../support/ask.ts'
import type { Clock } from '../../src/chat/clock.ts'
import type { Address, Handler, Request } from '../../src/http/message.ts'
import type { SecureSelf } from '../../src/secure/self.ts'
import type { Entry } from '../../src/store/store.ts'

/** Over a connection that proves the key of the attacker, or without one. */
export type How = 'in clear' | 'proved'

export class Attacker {
  readonly self: SecureSelf
  readonly #client: Client

  constructor(self = newSelf()) {
    this.self = self
    this.#client = new Client({ secure: connectorOf(self) })
    onTestFinished(() => {
      this.#client.close()
    })
  }

  /** A POST over a connection that proves the key of the attacker. Returns the status. */
  async proved(to: Watched, target: string, fields: object): Promise<number> {
    const { port, key } = to.peer.self
    const body = JSON.stringify(fields)
    const headers = { 'Content-Type': 'application/json' }
    const at = { host: '127.0.0.1', port, ...(key === undefined ? {} : { key }) }
    return (await this.#client.request(at, { method: 'POST', target, headers, body })).status
  }

  /** A message. Returns the status. */
  posts(how: How, to: Watched, message: object): Promise<number> {
    const target = '/p2p/receive'
    return how === 'proved' ? this.proved(to, target, message) : this.inClear(to, target, message)
  }

  /** A POST in clear. Returns the status. */
  async inClear(to: Watched, target: string, fields: object): Promise<number> {
    return (await post(to.peer.self.port, target, fields)).status
  }
}

/** What a program at an address was sent, and where it is. */
export interface Listening extends Address {
  /** Path and body of each request, whether its connection was proved or in clear. */
  readonly heard: readonly string[]
  /** Requests for a secure connection, with which a key could be proved. */
  readonly tried: number
}

/**
 * A program that answers as its attacker likes, in clear and over connections that prove `self`. It notes everything that it
 * is sent, apart from questions who is there.
 */
export async function listening(
  answers: Readonly<Record<string, Handler>>,
  { self = newSelf(), port = 0 }: { readonly self?: SecureSelf; readonly port?: number } = {},
): Promise<Listening> {
  const heard: string[] = []
  const noting: Handler = (request) => {
    heard.push(noted(request))
    return json(200, { status: 'ok' })
  }
  const door = new SecureDoor({ self, clock: SYSTEM.clock })
  let tried = 0
  const secure: Handler = (request, context) => {
    tried++
    return door.handle(request, context)
  }
  const routes = { 'POST /p2p/receive': noting, 'POST /p2p/batch': noting, 'POST /p2p/signatures': noting }
  const server = await Server.listen(
    new Router({ 'GET /p2p/secure': secure, ...routes, ...answers }).handle,
    { port },
  )
  onTestFinished(() => server.close(0))
  return {
    host: '127.0.0.1',
    port: server.address.port,
    heard,
    get tried() {
      return tried
    },
  }
}

function noted({ path, body }: Request): string {
  return `${path} ${body.toString()}`
}

/** The time of this machine, whose timers run only while it is not held. */
export class HeldClock implements Clock {
  #held: (() => void)[] | undefined

  now(): number {
    return systemClock.now()
  }

  wall(): number {
    return systemClock.wall()
  }

  after(ms: number, task: () => void): () => void {
    let isCancelled = false
    const run = (): void => {
      if (isCancelled) return
      if (this.#held === undefined) task()
      else this.#held.push(run)
    }
    const cancel = systemClock.after(ms, run)
    return () => {
      isCancelled = true
      cancel()
    }
  }

  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const run of held) run()
  }
}

/** Everything that a peer keeps of a conversation, oldest first. */
export function kept({ peer }: Watched, conversation = 'general'): readonly Entry[] {
  return peer.history(conversation, 1_000).entries
}
