/** HttpNetwork for one program of the simulation: the real client and the real server over simulated TCP. */
import { authority, ClientError } from '../../src/http/client-connection.ts'
import { httpOver, type HttpClient, type HttpNetwork } from '../../src/http/network.ts'
import { tcpFor, type Internet } from './tcp.ts'
import type { OutgoingRequest } from '../../src/http/codec/encode.ts'
import type { Address, ReceivedResponse } from '../../src/http/message.ts'
import type { Life } from './life.ts'

/** `onRequest` gets a line for each request, with its status or error. */
export function networkFor(life: Life, internet: Internet, onRequest: (line: string) => void): HttpNetwork {
  const http = httpOver({ network: tcpFor(life, internet), clock: life.clock })
  const outcome = async (
    address: Address,
    { method, target }: OutgoingRequest,
    answer: Promise<ReceivedResponse>,
  ): Promise<ReceivedResponse> => {
    const line = `${life.machine.name} -> ${authority(address)} ${method} ${target}`
    try {
      const response = await answer
      onRequest(`${line}: ${response.status}`)
      return response
    } catch (error) {
      onRequest(`${line}: ${error instanceof ClientError ? error.code : String(error)}`)
      throw error
    }
  }
  return {
    ...http,
    // The open files of the machine that runs the simulation must not limit a simulated one.
    listen: (handler, options) => http.listen(handler, { ...options, openFiles: Infinity }),
    client: (options) => noted(http.client(options), outcome),
  }
}

type Note = (
  address: Address,
  request: OutgoingRequest,
  answer: Promise<ReceivedResponse>,
) => Promise<ReceivedResponse>

function noted(client: HttpClient, note: Note): HttpClient {
  return {
    request: (address, request) => note(address, request, client.request(address, request)),
    line: (address) => {
      const line = client.line(address)
      return {
        get isOver() {
          return line.isOver
        },
        get isIdle() {
          return line.isIdle
        },
        request: (request) => note(address, request, line.request(request)),
      }
    },
    stream: (address, request) => client.stream(address, request),
    hasAnswered: (address) => client.hasAnswered(address),
    close: () => {
      client.close()
    },
  }
}
