import { describe, expect, test } from 'vitest'
import { bodyFields } from '../../src/http/body.ts'
import { ProtocolError, type Context, type Response } from '../../src/http/message.ts'
import { Router, decodePath, json, refuse } from '../../src/http/router.ts'
import { serve } from './support.ts'
import { request } from './values.ts'
import { turn } from '../support/wait.ts'
import { raw } from '../support/raw-socket.ts'
import { readAnswers } from '../support/answers.ts'

const context: Context = {
  signal: new AbortController().signal,
  remote: { host: '127.0.0.1', port: 1 },
  local: { host: '127.0.0.1', port: 2 },
}

const router = new Router({
  'GET /peers': () => json(200, { peers: [] }),
  'POST /peers': (asked) => json(200, bodyFields(asked)),
  'GET /': () => ({ status: 200, body: 'home' }),
  'DELETE /peers': async () => {
    await turn()
    throw refuse(404, 'unknown_peer', 'register first', { field: 'peer', headers: { 'Retry-After': '1' } })
  },
  'PUT /peers': () => {
    throw new ProtocolError(422, 'not like this')
  },
  'PATCH /peers': () => {
    throw new Error('a mistake of the program')
  },
  'GET /é': () => ({ status: 200, body: 'accent' }),
  'HEAD /own': () => ({ status: 200, headers: { X: 'head' } }),
  'GET /own': () => ({ status: 200, headers: { X: 'get' } }),
  'OPTIONS /own': () => ({ status: 200, body: 'mine' }),
})

async function ask(method: string, path: string, body?: string): Promise<Response> {
  return router.handle(request({ method, path, ...(body === undefined ? {} : { body }) }), context)
}

const parsed = ({ body }: Response): unknown => JSON.parse(body as string)

describe('Router', () => {
  test.each([
    ['a route', 'GET', '/peers', 200],
    ['a slash at the end', 'GET', '/peers/', 200],
    ['many slashes at the end', 'GET', '/peers///', 200],
    ['the root', 'GET', '/', 200],
    ['percent-encoding', 'GET', '/%70eers', 200],
    ['encoded UTF-8', 'GET', '/%C3%a9', 200],
    ['HEAD is GET', 'HEAD', '/peers', 200],
    ['HEAD of its own', 'HEAD', '/own', 200],
    ['an unknown path', 'GET', '/nothing', 404],
    ['a path in another case', 'GET', '/Peers', 404],
    ['two slashes before', 'GET', '//peers', 404],
    ['an empty path', 'GET', '', 404],
    ['the name of a property', 'GET', '/__proto__', 404],
    ['encoded twice', 'GET', '/%2570eers', 404],
    ['half an escape', 'GET', '/peers%2', 400],
    ['a wrong escape', 'GET', '/%zz', 400],
    ['malformed UTF-8', 'GET', '/%ff', 400],
    ['overlong UTF-8', 'GET', '/%c0%af', 400],
    ['NUL', 'GET', '/%00', 400],
    ['another method', 'POST', '/', 405],
    ['OPTIONS', 'OPTIONS', '/peers', 204],
    ['OPTIONS of its own', 'OPTIONS', '/own', 200],
  ])('%s', async (_name, method, path, status) => {
    expect((await ask(method, path)).status).toBe(status)
  })

  test('405 and OPTIONS say what is allowed', async () => {
    const Allow = 'GET, HEAD, OPTIONS'
    expect(await ask('POST', '/')).toMatchObject({ status: 405, headers: { Allow } })
    expect(await ask('OPTIONS', '/')).toEqual({ status: 204, headers: { Allow } })
    expect((await ask('POST', '/own')).headers).toMatchObject({ Allow: 'HEAD, GET, OPTIONS' })
  })

  test('a HEAD of its own is used', async () => {
    expect((await ask('HEAD', '/own')).headers).toEqual({ X: 'head' })
  })

  test('a refusal becomes its status, code, field, sentence and fields', async () => {
    const answer = await ask('DELETE', '/peers')
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'Retry-After': '1', 'X-Content-Type-Options': 'nosniff' },
    })
    expect(parsed(answer)).toEqual({ error: 'unknown_peer', field: 'peer', detail: 'register first' })
  })

  test('a refusal without a field has none', async () => {
    const one = new Router({ 'GET /': () => Promise.reject(refuse(429, 'slow_down', 'wait')) })
    const answer = await one.handle(request({}), context)
    expect(parsed(answer)).toEqual({ error: 'slow_down', detail: 'wait' })
  })

  test('a ProtocolError becomes its status and the name of it', async () => {
    expect(parsed(await ask('PUT', '/peers'))).toEqual({
      error: 'unprocessable_content',
      detail: 'not like this',
    })
    expect((await ask('PUT', '/peers')).status).toBe(422)
  })

  test('a mistake of the program is thrown on', async () => {
    await expect(ask('PATCH', '/peers')).rejects.toThrow('a mistake of the program')
  })

  test('bodies: 400 and 415 in words', async () => {
    expect(parsed(await ask('POST', '/peers', '{"a":1}'))).toEqual({ a: 1 })
    expect(await ask('POST', '/peers', '{')).toMatchObject({ status: 400 })
    expect(parsed(await ask('POST', '/peers', '{'))).toMatchObject({ error: 'bad_request' })
  })

  test('json() shares its fields until it gets others', () => {
    expect(json(200, {}).headers).toBe(json(201, {}).headers)
    expect(json(200, {}, { A: '1' }).headers).toEqual({ ...json(200, {}).headers, A: '1' })
  })
})

test.each([
  ['/a', '/a'],
  ['/%61', '/a'],
  ['/%2561', '/%61'],
  ['/%2F%2e', '//.'],
  ['/%C3%A9', '/é'],
  ['/+', '/+'],
])('decodePath(%s)', (path, expected) => {
  expect(decodePath(path)).toBe(expected)
})

test('on the wire: HEAD, OPTIONS, a wrong method, a wrong path, a wrong body', async () => {
  await using server = await serve(router.handle)
  const asked = [
    'HEAD /peers HTTP/1.1\r\nHost: a\r\n\r\n',
    'OPTIONS /peers HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    'GET /<x> HTTP/1.1\r\nHost: a\r\n\r\n'.replace('<x>', '%3Cx%3E'),
    'POST /peers HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 1\r\n\r\n<',
    'POST /peers HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\n<',
  ]
  const { answers, rest } = readAnswers(await raw(server.address.port, asked.join('')), ['HEAD'])
  expect(rest).toBe('')
  expect(answers.map(({ status }) => status)).toEqual([200, 204, 405, 404, 415, 400])
  const [head, options, wrongMethod] = answers
  expect(head?.fields).toMatchObject({
    'content-length': '12',
    'content-type': 'application/json; charset=utf-8',
  })
  expect(options?.fields['allow']).toBe('GET, POST, DELETE, PUT, PATCH, HEAD, OPTIONS')
  expect(options?.fields['content-length']).toBeUndefined()
  expect(wrongMethod?.fields['allow']).toBe('GET, HEAD, OPTIONS')
  for (const { body } of answers) expect(body).not.toContain('<')
})
