/** Greets other peers: POST /p2p/hello says who this peer is, and the answer says who is there. */
import { ChatError } from '../../chat/errors.ts'
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import { ClientError } from '../../http/client-connection.ts'
import { ProtocolError, type Address } from '../../http/message.ts'
import { USER_AGENT } from '../self/version.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Self } from '../self/self.ts'
import type { HelloService } from './hello.ts'
import type { Vetting } from './vetting.ts'

export interface HelloClientOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly hello: Pick<HelloService, 'greeting'>
  readonly self: Pick<Self, 'node'>
  readonly vetting: Pick<Vetting, 'passed'>
}

const PLAIN_FIELDS = Object.freeze({ 'User-Agent': USER_AGENT })
const JSON_FIELDS = Object.freeze({ 'Content-Type': 'application/json', ...PLAIN_FIELDS })

export class HelloClient {
  readonly #options: HelloClientOptions

  constructor(options: HelloClientOptions) {
    this.#options = options
  }

  /** The peer that answers a greeting at this address; undefined if none does, or this peer itself. Never rejects. */
  async greet(address: Address): Promise<Registration | undefined> {
    const { client, hello, self, vetting } = this.#options
    try {
      const body = JSON.stringify(hello.greeting())
      const request = { method: 'POST', target: '/p2p/hello', headers: JSON_FIELDS, body, repeatable: true }
      const answer = await client.request(address, request)
      if (answer.status !== 200) return undefined
      const fields = jsonObject(answer.body.toString())
      if (fields['app'] !== 'parley' || fields['node'] === self.node) return undefined
      const { peer, channels } = greetingOf(fields, address.host)
      // It is met where it answered, whatever address it believes to have.
      const met = { ...peer, ip: address.host, port: address.port }
      vetting.passed(met)
      return { peer: met, channels }
    } catch (error) {
      if (isOfOther(error) || error instanceof ChatError) return undefined
      throw error
    }
  }

  /** Whether this node answers at this address. Nothing is said of this peer. Never rejects. */
  async isNode(address: Address, node: string): Promise<boolean> {
    try {
      const request = { method: 'GET', target: '/p2p/hello', headers: PLAIN_FIELDS, repeatable: true }
      const answer = await this.#options.client.request(address, request)
      return answer.status === 200 && jsonObject(answer.body.toString())['node'] === node
    } catch (error) {
      if (isOfOther(error)) return false
      throw error
    }
  }
}

/** Whether there was no answer, or one that is no JSON. */
function isOfOther(error: unknown): boolean {
  return error instanceof ClientError || error instanceof ProtocolError
}
