/** Pages of sentences: for which requests, and with which text. */
import { describe, expect, test, vi } from 'vitest'
import type { Context, Response } from '../../src/http/message.ts'
import { Router } from '../../src/http/router.ts'
import { portPage, sentencePage, wantsPage } from '../../src/http/sentence-page.ts'
import { serve } from './support.ts'
import { request } from './values.ts'
import { raw } from '../support/raw-socket.ts'
import { readAnswers } from '../support/answers.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe('a page is for', () => {
  test.each<[name: string, method: string, accept: readonly string[], isFor: boolean]>([
    ['a browser', 'GET', [BROWSER], true],
    ['a browser that asks for the head', 'HEAD', [BROWSER], true],
    ['in capital letters', 'GET', ['TEXT/HTML'], true],
    ['html in a second field', 'GET', ['image/png', 'text/html'], true],
    ['html as likely as JSON', 'GET', ['text/html, application/json'], true],
    ['no Accept field', 'GET', [], false],
    ['an empty Accept field', 'GET', [''], false],
    ['a program that takes everything', 'GET', ['*/*'], false],
    ['a program that takes any text', 'GET', ['text/*'], false],
    ['JSON', 'GET', ['application/json'], false],
    ['rather JSON', 'GET', ['application/json, text/html;q=0.5'], false],
    ['rather no html', 'GET', ['text/html;q=0'], false],
    ['a weight that is none', 'GET', ['text/html;q=x'], false],
    ['a form', 'POST', [BROWSER], false],
    ['a picture of a page', 'GET', ['image/avif,image/webp,*/*;q=0.8'], false],
  ])('%s: %s', (_name, method, accept, isFor) => {
    expect(wantsPage(request({ method, headers: { Accept: accept } }))).toBe(isFor)
  })
})

describe('where a path has no route', () => {
  const onRefused = vi.fn()
  const router = new Router(
    { 'GET /known': () => ({ status: 200, body: 'for programs' }) },
    { onRefused, page: portPage('A & B', ['One <two>.', 'Three.']) },
  )
  const context: Context = {
    signal: new AbortController().signal,
    remote: { host: '127.0.0.1', port: 1 },
    local: { host: '127.0.0.1', port: 2 },
  }
  const ask = async (path: string, accept: string): Promise<Response> =>
    router.handle(request({ path, headers: { Accept: accept } }), context)

  test.each<[name: string, path: string, accept: string, status: number, body: RegExp]>([
    ['the root', '/', BROWSER, 200, /<h1>A &amp; B<\/h1>\n<p>One &lt;two&gt;\.<\/p>\n<p>Three\.<\/p>/],
    ['another path', '/nowhere', BROWSER, 404, /<h1>Nothing is here<\/h1>/],
    ['the root, for a program', '/', '*/*', 404, /^{"error":"not_found","detail":"no such path"}$/],
    ['another path, for a program', '/nowhere', 'application/json', 404, /^{"error":"not_found"/],
    ['what is there', '/known', BROWSER, 200, /^for programs$/],
    ['a malformed escape', '/%zz', BROWSER, 400, /^{"error":"bad_request"/],
  ])('%s', async (_name, path, accept, status, body) => {
    const answer = await ask(path, accept)
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(body)])
  })

  test('a refusal that is a page is counted as one; the root is none', async () => {
    onRefused.mockClear()
    await ask('/', BROWSER)
    expect(onRefused).not.toHaveBeenCalled()
    await ask('/nowhere', BROWSER)
    expect(onRefused.mock.calls).toEqual([['not_found', 404]])
  })

  test('HEAD has the fields of GET and no body', async () => {
    await using server = await serve(router.handle)
    const asked = ['GET', 'HEAD'].map(
      (method) => `${method} /nowhere HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n`,
    )
    const last = 'HEAD / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n'
    for (const order of [asked, asked.toReversed()]) {
      const methods = [...order.map((line) => line.split(' ')[0] ?? ''), 'HEAD']
      const { answers, rest } = readAnswers(await raw(server.address.port, order.join('') + last), methods)
      expect(rest).toBe('')
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 200])
      const [one, other] = answers
      expect(one?.fields['content-length']).toBe(other?.fields['content-length'])
      expect(one?.fields['content-type']).toBe('text/html; charset=utf-8')
    }
  })
})

test('there is text on it and nothing else, and the policy says so', () => {
  const page = sentencePage(404, {
    title: 'T',
    sentences: ['a "b" & <script>c'],
    link: { path: '/x?"', words: '<y>' },
  })
  expect(page.body).toContain('<p>a &quot;b&quot; &amp; &lt;script&gt;c</p>')
  expect(page.body).toContain('<a href="/x?&quot;">&lt;y&gt;</a>')
  expect(page.body).not.toMatch(/<(?:script|style|img|link|iframe|form)|\son[a-z]+=|javascript:/i)
  expect(page.headers).toMatchObject({
    'Content-Security-Policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  })
})
