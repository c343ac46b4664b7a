/** HttpNetwork for one program of the simulation: the real client and the real server over simulated TCP. */
import { authority, ClientError } from '../../src/http/client-connection.ts'
import { httpOver, type HttpClient, type HttpNetwork } from '../../src/http/network.ts'
import { tcpFor, type Internet } from './tcp.ts'
import type { OutgoingRequest } from '../../src/http/codec/encode.ts'
import type { ReceivedResponse, Target } from '../../src/http/message.ts'
import type { Life } from './life.ts'

/** Gets a line for each request that ends, with its status or error. */
export type OnRequest = (line: string) => void

/** Gets the body of each request with messages before it leaves: a program that is killed meanwhile learns of no answer. */
export type OnMessages = (to: Target, messages: string) => void

const OF_MESSAGES = ['/p2p/receive', '/p2p/batch']

export function networkFor(
  life: Life,
  internet: Internet,
  onRequest: OnRequest,
  onMessages?: OnMessages,
): HttpNetwork {
  const http = httpOver({ network: tcpFor(life, internet), clock: life.clock })
  const outcome = async (
    to: Target,
    { method, target, body }: OutgoingRequest,
    send: () => Promise<ReceivedResponse>,
  ): Promise<ReceivedResponse> => {
    const line = `${life.machine.name} -> ${authority(to)} ${method} ${target}`
    if (OF_MESSAGES.includes(target)) onMessages?.(to, String(body))
    try {
      const response = await send()
      onRequest(`${line}: ${response.status}`)
      return response
    } catch (error) {
      const outcome = error instanceof ClientError ? error.code : String(error)
      onRequest(`${line}: ${outcome}`)
      throw error
    }
  }
  return {
    ...http,
    // The open files of the machine that runs the simulation must not limit a simulated one.
    listen: (handler, options) => http.listen(handler, { ...options, openFiles: Infinity }),
    client: (options) => noted(http.client({ ...options, openFiles: Infinity }), outcome),
  }
}

type Note = (
  target: Target,
  request: OutgoingRequest,
  send: () => Promise<ReceivedResponse>,
) => Promise<ReceivedResponse>

function noted(client: HttpClient, note: Note): HttpClient {
  return {
    request: (target, request) => note(target, request, () => client.request(target, request)),
    line: (target) => {
      const line = client.line(target)
      return {
        get isOver() {
          return line.isOver
        },
        get isIdle() {
          return line.isIdle
        },
        request: (request) => note(target, request, () => line.request(request)),
      }
    },
    stream: (target, request) => client.stream(target, request),
    hasAnswered: (target) => client.hasAnswered(target),
    close: () => {
      client.close()
    },
  }
}
