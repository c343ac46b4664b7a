/**
 * Answers that need the head alone: they come before the body, before `100 Continue`, and close the connection. And
 * refusals of a HEAD, which have no content.
 */
import { describe, expect, test } from 'vitest'
import { echo, serve } from './support.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { complete, readAnswers, statuses } from '../support/answers.ts'
import type { OnHead } from '../../src/http/server.ts'

const POST = 'POST / HTTP/1.1\r\nHost: a\r\n'
const LENGTH = 'Content-Length: 5\r\n\r\n'
const onHead: OnHead = ({ path }) => (path === '/closed' ? { status: 401, body: 'no' } : undefined)

describe('a request whose body has not come', () => {
  test.each<[string, string, number]>([
    ['an unknown expectation', `${POST}Expect: foo\r\n${LENGTH}`, 417],
    ['one known and one unknown', `${POST}Expect: 100-continue, foo\r\n${LENGTH}`, 417],
    ['an unknown expectation, chunked', `${POST}Expect: foo\r\nTransfer-Encoding: chunked\r\n\r\n`, 417],
    ['CONNECT', `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n${LENGTH}`, 405],
    ['CONNECT, chunked', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nTransfer-Encoding: chunked\r\n\r\n', 405],
    ['an unknown method', `FOO / HTTP/1.1\r\nHost: a\r\n${LENGTH}`, 501],
    ['TRACE', `TRACE / HTTP/1.1\r\nHost: a\r\n${LENGTH}`, 405],
    ['a body over the limit', `${POST}Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n`, 413],
    ['what the application refuses', `POST /closed HTTP/1.1\r\nHost: a\r\n${LENGTH}`, 401],
    ['and by 100-continue', `POST /closed HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n${LENGTH}`, 401],
    ['and with a part of the body here', `POST /closed HTTP/1.1\r\nHost: a\r\n${LENGTH}he`, 401],
  ])('is refused at once, and the connection closes: %s', async (_name, bytes, status) => {
    await using server = await serve(echo, { onHead })
    const { answers, rest } = readAnswers(await raw(server.address.port, bytes))
    expect(answers.map((answer) => [answer.status, answer.fields['connection']])).toEqual([[status, 'close']])
    expect(rest).toBe('')
  })

  test('is asked about once, and each time anew on a kept connection', async () => {
    const asked: string[] = []
    const counting: OnHead = ({ path }) => {
      asked.push(path)
      return asked.length < 2 ? undefined : { status: 401 }
    }
    await using server = await serve(echo, { onHead: counting })
    await using client = await RawSocket.connect(server.address.port)
    await client.send(`${POST}${LENGTH}`)
    await expect.poll(() => asked).toEqual(['/'])
    for (const piece of ['he', 'llo']) await client.send(piece)
    await client.until(complete(1))
    expect(asked).toEqual(['/'])
    await client.send(`${POST}${LENGTH}`)
    expect(statuses(await client.untilEnd())).toEqual([200, 401])
    expect(asked).toEqual(['/', '/'])
  })

  test('that is here whole goes to the handler alone', async () => {
    await using server = await serve(echo, { onHead: () => ({ status: 500 }) })
    await using client = await RawSocket.connect(server.address.port)
    await client.send(`${POST}${LENGTH}hello`)
    expect(statuses(await client.until(complete(1)))).toEqual([200])
  })

  test('what a refused client goes on to send is no request', async () => {
    const seen: string[] = []
    await using server = await serve(
      (request) => {
        seen.push(request.path)
        return echo(request)
      },
      { onHead },
    )
    const smuggled = 'GET /in HTTP/1.1\r\nHost: a\r\n\r\n'
    const bytes = `POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n${smuggled}`
    expect(statuses(await raw(server.address.port, bytes))).toEqual([401])
    expect(seen).toEqual([])
  })
})

describe('a HEAD that is refused has no content (RFC 9110 section 9.3.2)', () => {
  const failing = (): never => {
    throw new Error('a bug')
  }
  test.each<[string, string, number]>([
    ['no Host', 'HEAD / HTTP/1.1\r\n\r\n', 400],
    ['a malformed field', 'HEAD / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n', 400],
    ['a bad target', 'HEAD /% HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a byte that no target has', 'HEAD /\xff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['another version', 'HEAD / HTTP/2.0\r\n\r\n', 505],
    ['a target that is too long', `HEAD /${'a'.repeat(9_000)} HTTP/1.1\r\n\r\n`, 414],
    ['a field that is too long', `HEAD / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9_000)}\r\n\r\n`, 431],
    ['a body over the limit', 'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n', 413],
    ['a handler that throws', 'HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n', 500],
    ['after another request', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\n\r\n', 400],
    ['an unknown expectation', `HEAD / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n${LENGTH}`, 417],
  ])('%s', async (_name, bytes, status) => {
    await using server = await serve(failing, { onError: () => undefined })
    const received = await raw(server.address.port, bytes)
    expect(received).toMatch(new RegExp(`HTTP/1\\.1 ${status} [^]*\\r\\n\\r\\n$`))
    expect(received).toMatch(/Content-Length: [1-9]/)
  })

  test('and a GET after a HEAD has its own again', async () => {
    await using server = await serve(echo)
    const bytes = await raw(server.address.port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n')
    expect(readAnswers(bytes, ['HEAD']).answers[1]).toMatchObject({
      status: 400,
      body: '400 Bad Request: no Host\n',
    })
  })
})
