/** Static files: section 8 of the requirements, from a directory with everything that must not be served. */
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { Files } from '../../src/http/files.ts'
import { serve } from './support.ts'
import { request, type Wanted } from './values.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { readAnswers, statuses } from '../support/answers.ts'
import type { Context, Response } from '../../src/http/message.ts'

const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT'
const PAGE = `<!doctype html><title>Parley</title>${'<p>hello</p>'.repeat(50)}`
const SECRET = 'top secret'

let directory: string
let root: string
let files: Files

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
  root = join(directory, 'www')
  await mkdir(join(root, 'dir/deep'), { recursive: true })
  await mkdir(join(root, 'empty'))
  await mkdir(join(root, '.git'))
  await mkdir(join(directory, 'www-secret'))
  const contents: Record<string, string | Uint8Array> = {
    'www/index.html': PAGE,
    'www/app.js': '0123456789',
    'www/empty.txt': '',
    'www/a b?c%d#é.txt': 'odd name',
    'www/image.png': Uint8Array.of(0x89, 0x50),
    'www/noise': 'no extension',
    'www/UPPER.CSS': 'a{}',
    'www/dir/index.html': 'in dir',
    'www/dir/deep/file.json': '{}',
    'www/.env': SECRET,
    'www/.git/config': SECRET,
    'www-secret/file.txt': SECRET,
    'outside.txt': SECRET,
  }
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(directory, name), content)
    await utimes(join(directory, name), 0, Date.parse(MODIFIED) / 1000 + 0.5)
  }
  await symlink(join(directory, 'outside.txt'), join(root, 'link.txt'))
  await symlink(join(directory, 'www-secret'), join(root, 'linked'))
  await symlink('app.js', join(root, 'alias.js'))
  await symlink('..', join(root, 'dir/loop'))
  files = await Files.load(root)
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

const context: Context = {
  signal: new AbortController().signal,
  remote: { host: '127.0.0.1', port: 1 },
  local: { host: '127.0.0.1', port: 2 },
}

async function ask(wanted: Wanted, from = files): Promise<Response> {
  return from.handle(request(wanted), context)
}

const text = ({ body }: Response): string => Buffer.from((body ?? '') as string | Uint8Array).toString()
const get = (path: string, headers: NonNullable<Wanted['headers']> = {}) => ask({ path, headers })

describe('paths', () => {
  test.each([
    ['a file', '/app.js', '0123456789'],
    ['a file further down', '/dir/deep/file.json', '{}'],
    ['the index of the root', '/', PAGE],
    ['the index of a directory', '/dir/', 'in dir'],
    ['the index by its name', '/dir/index.html', 'in dir'],
    ['percent-encoding', '/%61pp%2ejs', '0123456789'],
    ['an encoded slash is a slash', '/dir%2fdeep/file.json', '{}'],
    ['a name with everything in it', '/a%20b%3Fc%25d%23%C3%A9.txt', 'odd name'],
    ['an empty file', '/empty.txt', ''],
  ])('%s: 200', async (_name, path, body) => {
    const answer = await get(path)
    expect([answer.status, text(answer)]).toEqual([200, body])
  })

  test('a query is no part of the path', async () => {
    expect(text(await ask({ path: '/app.js', query: 'v=1/../../outside.txt' }))).toBe('0123456789')
  })

  test.each([
    ['an unknown file', '/nothing.txt'],
    ['a path in another case', '/APP.js'],
    ['a slash after a file', '/app.js/'],
    ['a directory without an index', '/empty/'],
    ['the same without its slash', '/empty'],
    ['a dot-file', '/.env'],
    ['a directory with a dot', '/.git/config'],
    ['a link out of the directory', '/link.txt'],
    ['a directory that is a link', '/linked/file.txt'],
    ['a link to a file inside', '/alias.js'],
    ['a link in a circle', '/dir/loop/app.js'],
    ['one up', '/../outside.txt'],
    ['many up', '/../../../../../../etc/passwd'],
    ['one up from below', '/dir/../../outside.txt'],
    ['up and down again', '/dir/../app.js'],
    ['a dot', '/./app.js'],
    ['encoded dots', '/%2e%2e/outside.txt'],
    ['encoded dots and slash', '/%2e%2e%2foutside.txt'],
    ['encoded twice', '/%252e%252e/outside.txt'],
    ['backslashes', '/..%5coutside.txt'],
    ['a parameter', '/..;/outside.txt'],
    ['a directory beside', '/../www-secret/file.txt'],
    ['the name of the directory and more', '-secret/file.txt'],
    ['two slashes', '//app.js'],
    ['two slashes inside', '/dir//index.html'],
    ['an absolute path', '//etc/passwd'],
    ['the name of a property', '/__proto__'],
    ['a drive', '/C:/windows'],
  ])('%s: 404', async (_name, path) => {
    const answer = await get(path)
    expect(answer.status).toBe(404)
    expect(text(answer)).not.toContain(SECRET)
  })

  test.each([
    '/%',
    '/%2',
    '/%zz',
    '/%00',
    '/app.js%00.txt',
    '/%ff',
    '/%c0%ae%c0%ae/outside.txt',
    '/%e0%80%af',
    '/%ed%a0%80',
  ])('%s: 400', async (path) => {
    const answer = await get(path)
    expect(answer.status).toBe(400)
    expect(answer.close).not.toBe(true)
  })

  test.each([
    ['/dir', '', '/dir/'],
    ['/dir', 'a=b&c', '/dir/?a=b&c'],
    ['/%64ir', '', '/dir/'],
  ])('a directory without its slash: %s?%s', async (path, query, location) => {
    const answer = await ask({ path, query })
    expect(answer).toMatchObject({ status: 301, headers: { Location: location } })
  })
})

describe('methods', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s: 405', async (method) => {
    for (const path of ['/app.js', '/dir']) {
      expect(await ask({ method, path })).toMatchObject({
        status: 405,
        headers: { Allow: 'GET, HEAD, OPTIONS' },
      })
    }
    expect((await ask({ method, path: '/nothing' })).status).toBe(404)
  })

  test('OPTIONS: 204', async () => {
    expect(await ask({ method: 'OPTIONS', path: '/app.js' })).toEqual({
      status: 204,
      headers: { Allow: 'GET, HEAD, OPTIONS' },
    })
  })
})

describe('fields', () => {
  test('of a file', async () => {
    const { headers } = await get('/app.js')
    expect(headers).toMatchObject({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Last-Modified': MODIFIED,
      'Cache-Control': 'no-cache',
      'Accept-Ranges': 'bytes',
      'X-Content-Type-Options': 'nosniff',
    })
    expect(headers?.['ETag']).toMatch(/^"[\w-]{22}"$/)
  })

  test.each([
    ['/index.html', 'text/html; charset=utf-8'],
    ['/', 'text/html; charset=utf-8'],
    ['/UPPER.CSS', 'text/css; charset=utf-8'],
    ['/image.png', 'image/png'],
    ['/dir/deep/file.json', 'application/json'],
    ['/empty.txt', 'text/plain; charset=utf-8'],
    ['/noise', 'application/octet-stream'],
  ])('the type of %s', async (path, type) => {
    expect((await get(path)).headers).toMatchObject({ 'Content-Type': type })
  })

  test('the entity-tag is that of the content', async () => {
    const again = await Files.load(root)
    const etag = async (path: string, from = files): Promise<unknown> =>
      (await ask({ path }, from)).headers?.['ETag']
    expect(await etag('/app.js', again)).toBe(await etag('/app.js'))
    expect(await etag('/dir/')).toBe(await etag('/dir/index.html'))
    expect(await etag('/app.js')).not.toBe(await etag('/index.html'))
  })

  test('a file from the future was modified now', async () => {
    const now = Date.parse('Sun, 06 Nov 1994 08:49:30 GMT') + 700
    const early = await Files.load(root, { now: () => now })
    expect((await ask({ path: '/app.js' }, early)).headers).toMatchObject({
      'Last-Modified': 'Sun, 06 Nov 1994 08:49:30 GMT',
    })
  })
})

describe('conditions', () => {
  test.each([['/app.js'], ['/']])('304 repeats what identifies, and nothing else: %s', async (path) => {
    const whole = await get(path, { 'Accept-Encoding': 'br' })
    const etag = whole.headers?.['ETag'] as string
    const ofTheBody = ['Content-Type', 'Content-Encoding', 'Accept-Ranges']
    const brief = Object.entries(whole.headers ?? {}).filter(([name]) => !ofTheBody.includes(name))
    const conditions = [
      { 'If-None-Match': etag },
      { 'If-None-Match': `W/${etag}, "x"` },
      { 'If-Modified-Since': MODIFIED },
    ]
    for (const headers of conditions) {
      const answer = await get(path, { 'Accept-Encoding': 'br', ...headers })
      expect(answer).toEqual({ status: 304, headers: Object.fromEntries(brief) })
    }
  })

  test('412', async () => {
    for (const headers of [
      { 'If-Match': '"x"' },
      { 'If-Unmodified-Since': 'Sun, 06 Nov 1994 08:49:36 GMT' },
    ]) {
      expect((await get('/app.js', headers)).status).toBe(412)
    }
    expect((await get('/app.js', { 'If-Match': '*', 'If-Unmodified-Since': MODIFIED })).status).toBe(200)
  })
})

describe('ranges', () => {
  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=0-999', '0123456789', 'bytes 0-9/10'],
    ['bytes=-999', '0123456789', 'bytes 0-9/10'],
  ])('%s: 206', async (range, body, contentRange) => {
    const answer = await get('/app.js', { Range: range })
    expect([answer.status, text(answer)]).toEqual([206, body])
    expect(answer.headers).toMatchObject({ 'Content-Range': contentRange, 'Last-Modified': MODIFIED })
    expect(answer.headers?.['ETag']).toBe((await get('/app.js')).headers?.['ETag'])
  })

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s: 416', async (range) => {
    const answer = await get('/app.js', { Range: range })
    expect(answer).toMatchObject({ status: 416, headers: { 'Content-Range': 'bytes */10' } })
  })

  test.each(['bytes=4-2', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,2-3', 'bytes=0-,0-,0-,0-,0-', ''])(
    '%j: 200',
    async (range) => {
      const answer = await get('/app.js', { Range: range })
      expect([answer.status, text(answer)]).toEqual([200, '0123456789'])
    },
  )

  test('HEAD has no ranges', async () => {
    expect((await ask({ method: 'HEAD', path: '/app.js', headers: { Range: 'bytes=2-4' } })).status).toBe(200)
  })

  test('If-Range: another file is sent whole', async () => {
    const etag = (await get('/app.js')).headers?.['ETag'] as string
    const status = async (value: string): Promise<number> =>
      (await get('/app.js', { Range: 'bytes=2-4', 'If-Range': value })).status
    expect(await status(etag)).toBe(206)
    expect(await status(MODIFIED)).toBe(206)
    expect(await status('"x"')).toBe(200)
    expect(await status(`W/${etag}`)).toBe(200)
  })

  test('a condition that fails comes first', async () => {
    expect((await get('/app.js', { Range: 'bytes=2-4', 'If-None-Match': '*' })).status).toBe(304)
    expect((await get('/app.js', { Range: 'bytes=2-4', 'If-Match': '"x"' })).status).toBe(412)
  })
})

describe('content codings', () => {
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync }

  test.each(['br', 'gzip'] as const)('%s, with its own entity-tag', async (coding) => {
    const plain = await get('/')
    const answer = await get('/', { 'Accept-Encoding': coding })
    const bytes = answer.body as Uint8Array
    expect(decoders[coding](bytes).toString()).toBe(PAGE)
    expect(bytes.length).toBeLessThan(PAGE.length)
    expect(answer.headers).toMatchObject({ 'Content-Encoding': coding, Vary: 'Accept-Encoding' })
    expect(plain.headers).toMatchObject({ Vary: 'Accept-Encoding' })
    expect(plain.headers?.['Content-Encoding']).toBeUndefined()
    expect(answer.headers?.['ETag']).not.toBe(plain.headers?.['ETag'])
    expect(
      (await get('/', { 'Accept-Encoding': coding, 'If-None-Match': plain.headers?.['ETag'] as string }))
        .status,
    ).toBe(200)
  })

  test('what does not become smaller is sent as it is', async () => {
    for (const path of ['/app.js', '/empty.txt', '/image.png']) {
      const { headers } = await get(path, { 'Accept-Encoding': 'gzip, br' })
      expect(headers?.['Content-Encoding']).toBeUndefined()
      expect(headers?.['Vary']).toBeUndefined()
    }
  })

  test('a range of the coded bytes', async () => {
    const whole = (await get('/', { 'Accept-Encoding': 'gzip' })).body as Uint8Array
    const part = await get('/', { 'Accept-Encoding': 'gzip', Range: 'bytes=3-9' })
    expect(Buffer.from(part.body as Uint8Array)).toEqual(Buffer.from(whole.subarray(3, 10)))
    expect(part.headers).toMatchObject({
      'Content-Range': `bytes 3-9/${whole.length}`,
      'Content-Encoding': 'gzip',
    })
  })
})

describe('load', () => {
  test('below a prefix, with fields of the application', async () => {
    const headers = { 'Cache-Control': 'max-age=60', 'Content-Security-Policy': "default-src 'self'" }
    const mounted = await Files.load(root, { prefix: '/static', headers })
    const status = async (path: string): Promise<number> => (await ask({ path }, mounted)).status
    expect(await status('/static/app.js')).toBe(200)
    expect(await status('/static/')).toBe(200)
    expect(await status('/app.js')).toBe(404)
    expect(await status('/staticapp.js')).toBe(404)
    expect(await status('/static/../outside.txt')).toBe(404)
    expect(await ask({ path: '/static' }, mounted)).toMatchObject({
      status: 301,
      headers: { Location: '/static/' },
    })
    expect((await ask({ path: '/static/dir/' }, mounted)).headers).toMatchObject(headers)
  })

  test('is a picture of that moment', async () => {
    const moment = join(directory, 'moment')
    await mkdir(moment)
    await writeFile(join(moment, 'a.txt'), 'before')
    const then = await Files.load(moment)
    await writeFile(join(moment, 'a.txt'), 'after')
    await writeFile(join(moment, 'b.txt'), 'new')
    expect(text(await ask({ path: '/a.txt' }, then))).toBe('before')
    expect((await ask({ path: '/b.txt' }, then)).status).toBe(404)
  })

  test('rejects without a directory, and with too much in it', async () => {
    await expect(Files.load(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(Files.load(root, { maxBytes: 100 })).rejects.toThrow(RangeError)
  })
})

describe('on the wire', () => {
  test('HEAD has the head of GET', async () => {
    await using server = await serve(files.handle)
    const ask = (method: string): string => `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const [head] = readAnswers(await raw(server.address.port, ask('HEAD')), ['HEAD']).answers
    const [whole] = readAnswers(await raw(server.address.port, ask('GET'))).answers
    expect({ ...head?.fields, date: '' }).toEqual({ ...whole?.fields, date: '' })
    expect([head?.body, whole?.body]).toEqual(['', PAGE])
  })

  test('a file, a part of it, and "you have it", on one connection', async () => {
    await using server = await serve(files.handle)
    await using client = new Client()
    const ask = (headers = {}) =>
      client.request(server.address, { method: 'GET', target: '/app.js', headers })
    const { headers, body } = await ask()
    const etag = headers.get('etag') ?? ''
    expect(Buffer.from(body).toString()).toBe('0123456789')
    expect(Buffer.from((await ask({ Range: 'bytes=5-' })).body).toString()).toBe('56789')
    expect((await ask({ 'If-None-Match': etag })).status).toBe(304)
    expect((await ask({ Range: 'bytes=50-' })).headers.get('content-range')).toBe('bytes */10')
    expect(server.connections).toBe(1)
  })

  test('paths that lead nowhere, as they come from the wire', async () => {
    await using server = await serve(files.handle)
    await using client = await RawSocket.connect(server.address.port)
    const paths = ['/../outside.txt', '/%2e%2e/outside.txt', '/app.js?../x', '/dir', '/app.js', '/%zz']
    await client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    expect(statuses(await client.untilEnd())).toEqual([404, 404, 200, 301, 200, 400])
    expect(client.received).not.toContain(SECRET)
  })
})
