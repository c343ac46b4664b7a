/** Routes that end in a star: everything one step below a path. */
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, type Context, type Response } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { Router, decodePath } from '../../src/http/router.ts'

const router = new Router({
  'GET /things': () => ({ status: 200, body: 'all' }),
  'GET /things/new': () => ({ status: 200, body: 'the new one' }),
  'GET /things/*': (request) => ({ status: 200, body: decodePath(request.path) }),
  'DELETE /things/*': () => ({ status: 204 }),
})

async function answer(method: string, target: string): Promise<Response> {
  const parser = new RequestParser(DEFAULT_LIMITS)
  parser.push(Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`))
  const request = parser.next()
  if (request === undefined) throw new Error('half a request')
  const address = { host: '127.0.0.1', port: 1 }
  const context: Context = { signal: new AbortController().signal, remote: address, local: address }
  return router.handle(request, context)
}

test.each([
  ['/things', 'all'],
  ['/things/', 'all'],
  ['/things/new', 'the new one'],
  ['/things/a', '/things/a'],
  ['/things/a/', '/things/a/'],
  ['/things/%C3%A9', '/things/é'],
  ['/things/a%20b', '/things/a b'],
])('GET %s: %s', async (target, body) => {
  expect(await answer('GET', target)).toMatchObject({ status: 200, body })
})

test.each([
  ['GET', '/things/a/b', 404],
  ['GET', '/things/a%2Fb', 404],
  ['GET', '/others/a', 404],
  ['GET', '/*', 404],
  ['DELETE', '/things/a', 204],
  ['DELETE', '/things', 405],
  ['POST', '/things/a', 405],
  ['OPTIONS', '/things/a', 204],
  ['HEAD', '/things/a', 200],
])('%s %s: %s', async (method, target, status) => {
  expect((await answer(method, target)).status).toBe(status)
})
