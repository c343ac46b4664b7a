/** Shared by the tests of src/http: a server on a free port of 127.0.0.1, and a handler that echoes. */
import { Server, type ServerOptions } from '../../src/http/server.ts'
import type { Handler, Request, Response } from '../../src/http/message.ts'
import type { Platform } from '../../src/http/transport/platform.ts'
import type { Answer } from '../support/answers.ts'

/** The body of an answer of the echo handler. */
export interface Echo {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  /** Latin-1. */
  readonly body: string
}

export function echo({ method, path, query, host, body }: Request): Response {
  const seen: Echo = { method, path, query, host, body: Buffer.from(body).toString('latin1') }
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(seen) }
}

export function readEcho(answer: Answer | undefined): Echo {
  return JSON.parse(answer?.body ?? 'null') as Echo
}

/** A mistake of the program fails the test, unless the test passes its own onError. */
function unexpected(error: unknown): never {
  throw new Error('the server reported a mistake of the program', { cause: error })
}

/** A server on a free port of 127.0.0.1. */
export function serve(
  handler: Handler = echo,
  options: ServerOptions = {},
  platform?: Platform,
): Promise<Server> {
  return Server.listen(handler, { onError: unexpected, ...options }, platform)
}
