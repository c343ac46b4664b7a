/**
 * The network as a value: where requests go out and where they come in. TCP is the real one; a simulation passes
 * another.
 */
import { connect } from 'node:net'
import { Client, type ClientOptions, type ClientRequest } from './client.ts'
import { Server, type ServerOptions } from './server.ts'
import type { PipelinedConnection } from './pipeline.ts'
import type { StreamedResponse } from './client-connection.ts'
import type { OutgoingRequest } from './encode.ts'
import type { Address, Handler, ReceivedResponse } from './message.ts'

/** As Line (line.ts). */
export type HttpLine = Pick<PipelinedConnection, 'isOver' | 'request'>

export interface HttpClient {
  /** Rejects with ClientError when no complete answer came. */
  request(address: Address, request: ClientRequest): Promise<ReceivedResponse>
  /** For requests that must arrive in the order in which they are made. */
  line(address: Address): HttpLine
  /** For an answer without end. */
  stream(address: Address, request: OutgoingRequest): Promise<StreamedResponse>
  /** Whether this server has answered a request, as far as is remembered. */
  hasAnswered(address: Address): boolean
  /** Requests without an answer are rejected. */
  close(): void
}

export interface HttpServer {
  readonly address: Address
  /** Open now; a simulated network has none. */
  readonly connections?: number
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

export const TCP: HttpNetwork = {
  client: (options) => new Client(options),
  accepts: tcpAccepts,
  listen: (handler, options) => Server.listen(handler, options),
}

function tcpAccepts({ host, port }: Address, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (isAccepted: boolean) => (): void => {
      socket.destroy()
      resolve(isAccepted)
    }
    socket.setTimeout(within, end(false))
    socket.once('connect', end(true))
    // Stays: without any listener a late error would end the process.
    socket.on('error', end(false))
  })
}
