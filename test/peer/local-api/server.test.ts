/** The web port: the files of the page, the fields of every answer, ports and addresses. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startWeb, TOKEN, type RunningWeb } from './support.ts'
import { temporaryDirectory } from '../../support/files.ts'

/** A page as it is built. */
function pages(): string {
  const path = temporaryDirectory()
  mkdirSync(join(path, 'assets'))
  writeFileSync(join(path, 'index.html'), '<!doctype html><title>Parley</title>')
  writeFileSync(join(path, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(path, 'assets', 'index-B3x9.js'), 'start()')
  writeFileSync(join(path, '.secret'), 'secret')
  return path
}

function withPages(): Promise<RunningWeb> {
  return startWeb({ name: 'alice' }, { pages: pages() })
}

const WITHOUT_TOKEN = { Authorization: undefined }

describe('the page', () => {
  test.each(['/', '/chat', '/chat/', '/chat/index.html'])('is at %s, for everybody', async (path) => {
    const { ask } = await withPages()
    const { status, headers, text } = await ask('GET', path, undefined, WITHOUT_TOKEN)
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
    expect(text).toContain('<title>Parley</title>')
  })

  test.each([
    [
      '/chat/assets/index-B3x9.js',
      200,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
    ['/chat/icon.svg', 200, 'image/svg+xml', 'no-cache'],
    ['/chat/assets/none.js', 404, 'text/plain; charset=utf-8', 'no-cache'],
    ['/chat/.secret', 404, 'text/plain; charset=utf-8', 'no-cache'],
    ['/chat/../.secret', 404, 'text/plain; charset=utf-8', 'no-cache'],
    ['/chat/%2e%2e/api/state', 404, 'text/plain; charset=utf-8', 'no-cache'],
    ['/chat/%ff', 400, 'text/plain; charset=utf-8', 'no-cache'],
    ['/chat/%zz', 400, 'text/plain; charset=utf-8', 'no-store'],
  ])('%s: %s, %s, %s', async (path, status, type, caching) => {
    const { ask } = await withPages()
    const answer = await ask('GET', path, undefined, WITHOUT_TOKEN)
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({ 'content-type': type, 'cache-control': caching })
  })

  const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8'

  const CHAT_IS_ELSEWHERE = /The chat of this Parley is at \/chat/

  test.each<
    [
      name: string,
      path: string,
      headers: Record<string, string | undefined>,
      seen: readonly [status: number, words: RegExp],
      told: readonly [status: number, text: RegExp],
    ]
  >([
    [
      'an unknown path',
      '/nowhere',
      WITHOUT_TOKEN,
      [404, CHAT_IS_ELSEWHERE],
      [401, /^{"error":"unauthorized"/],
    ],
    ['the same with the token', '/nowhere', {}, [404, CHAT_IS_ELSEWHERE], [404, /^{"error":"not_found"/]],
    ['a malformed path', '/%ff', WITHOUT_TOKEN, [404, CHAT_IS_ELSEWHERE], [401, /^{"error":"unauthorized"/]],
    ['below the page', '/chat/nowhere', {}, [404, CHAT_IS_ELSEWHERE], [404, /^404 Not Found: no such file/]],
    [
      'the API',
      '/api/state',
      WITHOUT_TOKEN,
      [401, /for programs that have the key/],
      [401, /^{"error":"unauth/],
    ],
    [
      'another name',
      '/chat',
      { Host: 'evil.example' },
      [421, /not by another name/],
      [421, /^{"error":"misdir/],
    ],
    [
      'a link of another site',
      '/chat',
      { 'Sec-Fetch-Site': 'cross-site' },
      [403, /Another page has sent you here/],
      [403, /^{"error":"forbidden_site"/],
    ],
  ])(
    'people see a sentence, programs are told what they were: %s',
    async (_name, path, headers, seen, told) => {
      const { ask } = await withPages()
      const page = await ask('GET', path, undefined, { ...headers, Accept: BROWSER })
      expect([page.status, page.text]).toEqual([seen[0], expect.stringMatching(seen[1])])
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
      })
      expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; base-uri/)
      expect(page.text).not.toContain(TOKEN)
      const answer = await ask('GET', path, undefined, headers)
      expect([answer.status, answer.text]).toEqual([told[0], expect.stringMatching(told[1])])
    },
  )

  test('is revalidated with 304', async () => {
    const { ask } = await withPages()
    const { headers } = await ask('GET', '/chat')
    const again = await ask('GET', '/chat', undefined, { 'If-None-Match': headers['etag'] })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  test('without a build: a sentence says so, and everything else works', async () => {
    const { ask } = await startWeb({ name: 'alice' })
    for (const path of ['/', '/chat', '/chat/'])
      expect(await ask('GET', path)).toMatchObject({ status: 404, text: /npm run build/ })
    expect((await ask('GET', '/api/state')).status).toBe(200)
  })

  test('a directory without a page: the same sentence', async () => {
    const { ask } = await startWeb({ name: 'alice' }, { pages: temporaryDirectory() })
    expect(await ask('GET', '/chat')).toMatchObject({ status: 404, text: /npm run build/ })
  })
})

describe('every answer', () => {
  test.each<[string, string, string, unknown, Record<string, string | undefined>, number]>([
    ['the page', 'GET', '/chat', undefined, {}, 200],
    ['a missing file', 'GET', '/chat/none', undefined, {}, 404],
    ['the state', 'GET', '/api/state', undefined, {}, 200],
    ['a sign of life', 'GET', '/healthz', undefined, WITHOUT_TOKEN, 200],
    ['no content', 'OPTIONS', '/api/state', undefined, {}, 204],
    ['a foreign host', 'GET', '/chat', undefined, { Host: 'evil.example' }, 421],
    ['a foreign origin', 'GET', '/api/state', undefined, { Origin: 'http://evil.example' }, 403],
    ['a preflight', 'OPTIONS', '/api/state', undefined, { Origin: 'http://evil.example' }, 403],
    ['a foreign site', 'GET', '/chat', undefined, { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['no token', 'GET', '/api/state', undefined, WITHOUT_TOKEN, 401],
    ['no token for a program', 'POST', '/send-peer', { message: 'x' }, WITHOUT_TOKEN, 401],
    ['a wrong token', 'GET', '/api/state', undefined, { Authorization: `Bearer ${TOKEN}x` }, 401],
    [
      'a form',
      'POST',
      '/api/messages',
      'text=x',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      415,
    ],
    ['a mistake', 'POST', '/api/messages', {}, {}, 400],
    ['an unknown path', 'GET', '/api/none', undefined, {}, 404],
    ['another method', 'DELETE', '/api/state', undefined, {}, 405],
  ])('%s: is protected', async (_, method, target, body, headers, status) => {
    const { ask } = await withPages()
    const answer = await ask(method, target, body, headers)
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'cache-control': expect.stringMatching(/^no-/) as string,
    })
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
    expect(cors).toEqual([])
    expect(answer.text).not.toContain(TOKEN)
    expect(JSON.stringify(answer.headers)).not.toContain(TOKEN)
  })

  test('a refusal is JSON that says what to do', async () => {
    const { ask } = await withPages()
    const { headers, json } = await ask('GET', '/api/state', undefined, WITHOUT_TOKEN)
    expect(headers).toMatchObject({
      'www-authenticate': 'Bearer',
      'content-type': 'application/json; charset=utf-8',
    })
    expect(json).toEqual({ error: 'unauthorized', detail: expect.stringContaining('Bearer') as string })
  })

  test('the eleventh wrong token within a minute: 429', async () => {
    const { ask } = await withPages()
    const statuses: number[] = []
    for (let count = 0; count < 11; count++) {
      const { status } = await ask('GET', '/api/state', undefined, { Authorization: `Bearer ${count}` })
      statuses.push(status)
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
    expect((await ask('GET', '/api/state')).status, 'with the right one').toBe(200)
  })
})

describe('ports and addresses', () => {
  test('the first free port of 8080 to 8179', async () => {
    const first = await startWeb({ name: 'alice' }, { port: undefined })
    const second = await startWeb({ name: 'bob' }, { port: undefined })
    expect(first.port).toBeGreaterThanOrEqual(8080)
    expect(second.port).toBeGreaterThan(first.port)
    expect(second.port).toBeLessThan(8180)
  })

  test('a taken port is an error', async () => {
    const { port } = await withPages()
    await expect(startWeb({ name: 'bob' }, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test.each([
    ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/chat#token=/],
    ['::1', /^http:\/\/\[::1\]:\d+\/chat#token=/],
  ])('the address of the page on %s', async (host, url) => {
    const { web } = await startWeb({ name: 'alice' }, { host })
    expect(web.url).toMatch(url)
    expect(web.url.endsWith(TOKEN)).toBe(true)
    const answer = await fetch(web.url.replace('/chat', '/healthz'))
    expect(await answer.json()).toEqual({ status: 'ok' })
  })
})
