/** Requests as values, for what needs no connection. */
import { Headers } from '../../src/http/headers.ts'
import type { Request } from '../../src/http/message.ts'

export interface Wanted {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
}

export function request({
  method = 'GET',
  path = '/',
  query = '',
  headers = {},
  body = '',
}: Wanted): Request {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => [name, each] as const),
  )
  return {
    method,
    target: query === '' ? path : `${path}?${query}`,
    path,
    query,
    host: '127.0.0.1',
    version: '1.1',
    headers: Headers.of(lines),
    body: Buffer.from(body),
    trailers: Headers.none,
    keepAlive: true,
  }
}
