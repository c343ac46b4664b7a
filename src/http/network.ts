/**
 * HTTP as a value: where requests go out and where they come in. TCP is the network of this machine; a simulation
 * makes one of its own transports and its own clock by httpOver().
 */
import { Client, type ClientOptions, type ClientRequest } from './client.ts'
import { SYSTEM, type Platform } from './transport/platform.ts'
import { Server, type ServerOptions } from './server.ts'
import type { PipelinedConnection } from './connection/pipeline.ts'
import type { StreamedResponse } from './client-connection.ts'
import type { OutgoingRequest } from './codec/encode.ts'
import type { Address, Handler, ReceivedResponse, Target } from './message.ts'

/** As PipelinedConnection (pipeline.ts). */
export type HttpLine = Pick<PipelinedConnection, 'isOver' | 'isIdle' | 'request'>

/** A target with a key is reached over connections on which it was proved, and over no others. */
export interface HttpClient {
  /** Rejects with ClientError when no complete answer came. */
  request(target: Target, request: ClientRequest): Promise<ReceivedResponse>
  /** For requests that must arrive in the order in which they are made. */
  line(target: Target): HttpLine
  /** For an answer without end. */
  stream(target: Target, request: OutgoingRequest): Promise<StreamedResponse>
  /** Whether this server has answered a request, as far as is remembered. */
  hasAnswered(target: Target): boolean
  /** Requests without an answer are rejected. */
  close(): void
}

export interface HttpServer {
  readonly address: Address
  /** Open now. */
  readonly connections: number
  /** Stops accepting, lets exchanges in progress finish for `grace` milliseconds. */
  close(grace?: number): Promise<void>
}

export interface HttpNetwork {
  client(options?: ClientOptions): HttpClient
  /** Whether connections to this address are accepted, within so many milliseconds; nothing is sent over it. */
  accepts(address: Address, within: number): Promise<boolean>
  /** Rejects with the error of listen(2). */
  listen(handler: Handler, options: ServerOptions): Promise<HttpServer>
}

/** The real client and the real server on any platform. */
export function httpOver(platform: Platform): HttpNetwork {
  return {
    client: (options) => new Client(options, platform),
    accepts: (address, within) => accepts(platform, address, within),
    listen: (handler, options) => Server.listen(handler, options, platform),
  }
}

export const TCP = httpOver(SYSTEM)

function accepts({ network, clock }: Platform, address: Address, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const transport = network.connect(address)
    const settle = (isAccepted: boolean): void => {
      cancel()
      transport.destroy()
      resolve(isAccepted)
    }
    const cancel = clock.after(within, () => {
      settle(false)
    })
    transport.attach({
      connected: () => {
        settle(true)
      },
      received: () => undefined,
      ended: () => undefined,
      drained: () => undefined,
      closed: () => {
        settle(false)
      },
    })
  })
}
