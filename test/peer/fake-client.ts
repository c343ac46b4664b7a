/** A client whose requests a test answers, in whatever order it likes. */
import { ClientError, type ClientErrorCode } from '../../src/http/client-connection.ts'
import { Headers } from '../../src/http/headers.ts'
import { turn } from '../support/wait.ts'
import type { ClientRequest } from '../../src/http/client.ts'
import type { Address, ReceivedResponse } from '../../src/http/message.ts'

export class FakeClient {
  readonly asked: { readonly address: Address; readonly request: ClientRequest }[] = []
  readonly #waiting: {
    readonly resolve: (answer: ReceivedResponse) => void
    readonly reject: (error: Error) => void
  }[] = []

  request(address: Address, request: ClientRequest): Promise<ReceivedResponse> {
    this.asked.push({ address, request })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Answers the request of this number, from 0; what that leads to is done then. An object is sent as JSON. */
  async answer(number: number, body: Buffer | string | object, status = 200): Promise<void> {
    const bytes = Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    this.#waiting[number]?.resolve({
      ...{ status, reason: '', version: '1.1', body: bytes, keepAlive: true },
      ...{ headers: Headers.none, trailers: Headers.none },
    })
    await turn()
  }

  /** Fails the request of this number; without a code there is no listener. */
  async refuse(number: number, code: ClientErrorCode = 'refused'): Promise<void> {
    this.#waiting[number]?.reject(new ClientError(code, `connection ${code}: nothing listens there`))
    await turn()
  }
}
