/** Greets other peers: POST /p2p/hello says who this peer is, and the answer says who is there. */
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import type { Address } from '../../http/message.ts'
import { getRequest, isBadAnswer, postRequest } from '../self/requests.ts'
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
      const request = postRequest('/p2p/hello', body)
      const answer = await client.request(address, { ...request, repeatable: true })
      if (answer.status !== 200) return undefined
      const fields = jsonObject(answer.body.toString())
      if (fields['app'] !== 'parley' || fields['node'] === self.node) return undefined
      const { peer, channels } = greetingOf(fields, address.host)
      // It is met where it answered, whatever address it believes to have.
      const met = { ...peer, ip: address.host, port: address.port }
      vetting.passed(met)
      return { peer: met, channels }
    } catch (error) {
      if (isBadAnswer(error)) return undefined
      throw error
    }
  }

  /** Whether this node answers at this address. Nothing is said of this peer. Never rejects. */
  async isNode(address: Address, node: string): Promise<boolean> {
    try {
      const answer = await this.#options.client.request(address, getRequest('/p2p/hello'))
      return answer.status === 200 && jsonObject(answer.body.toString())['node'] === node
    } catch (error) {
      if (isBadAnswer(error)) return false
      throw error
    }
  }
}
