/**
 * src/http alone as a plain HTTP server, for conformance suites and for curl.
 *
 *   npm run echo-server -- PORT [DOCROOT]
 *
 * - `/` answers `OK`, or the body of the request when it has one; every other path does the same;
 * - `/echo` answers the received field lines as `name: value`, one a line;
 * - `/cookie` answers each cookie as `key=value`, one a line;
 * - `/static/...` serves the files below DOCROOT, read at the start.
 */
import { Files } from '../src/http/files.ts'
import { plainText } from '../src/http/server-responses.ts'
import { Server } from '../src/http/server.ts'
import type { Handler, Request, Response } from '../src/http/message.ts'

const [portArgument = '', docroot] = process.argv.slice(2)
const port = Number(portArgument)
if (!/^[0-9]+$/.test(portArgument) || port > 65535) {
  console.error('usage: echo-server PORT [DOCROOT]   PORT being a number up to 65535, 0 for any free one')
  process.exit(2)
}
const files = docroot === undefined ? undefined : await Files.load(docroot, { prefix: '/static' })

const TEXT = Object.freeze({
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
})
const BYTES = Object.freeze({ ...TEXT, 'Content-Type': 'application/octet-stream' })
const ALLOW = { Allow: 'GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH' }

const handle: Handler = (request, context) => {
  if (files !== undefined && /^\/static(?:\/|$)/.test(request.path)) return files.handle(request, context)
  if (request.method === 'DELETE' && request.body.length === 0)
    return plainText(405, 'there is nothing here to delete', ALLOW)
  if (request.method === 'OPTIONS' && request.body.length === 0) return { status: 204, headers: ALLOW }
  if (request.path === '/echo')
    return text([...request.headers].map(([name, value]) => `${name}: ${value}\n`))
  if (request.path === '/cookie') return text(cookies(request))
  if (request.body.length > 0) return { status: 200, headers: BYTES, body: request.body }
  return text(['OK'])
}

/** Field values are bytes, read as Latin-1: they go out as they came in. */
function text(lines: readonly string[]): Response {
  return { status: 200, headers: TEXT, body: Buffer.from(lines.join(''), 'latin1') }
}

/** `cookie-string = cookie-pair *( ";" SP cookie-pair )` (RFC 6265 section 4.2.1) */
function cookies({ headers }: Request): string[] {
  return headers
    .getAll('cookie')
    .flatMap((line) => line.split(';'))
    .map((pair) => `${pair.trim()}\n`)
}

const limits = { body: 1024 * 1024 }
const caps = { total: 20_000, perHost: 20_000, perLoopback: 20_000, silent: 20_000 }
const server = await Server.listen(handle, { port, limits, caps })
console.log(`listening on http://127.0.0.1:${server.address.port}/`)
