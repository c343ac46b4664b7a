/** Web pages at a tracker: those of the origins it was given use it and read its refusals, all others are refused. */
import { describe, expect, test } from 'vitest'
import { readAnswers } from '../support/answers.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { ask, type Answer } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

const PAGE = 'http://10.0.0.5:8080'
const OTHER = 'http://evil.example'
const CROSS = { Origin: PAGE, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }

async function started(allowOrigins: readonly string[] = [PAGE]) {
  return startTracker({ allowOrigins })
}

function shown({ status, headers }: Answer): readonly [number, string | undefined, string | undefined] {
  return [status, headers['access-control-allow-origin'], headers['vary']]
}

describe('a page of an allowed origin', () => {
  test.each<[what: string, method: string, target: string, body: object | undefined, status: number]>([
    ['registers', 'POST', '/submit-info', { ip: '127.0.0.1', port: 8001, name: 'page' }, 200],
    ['registers by PUT', 'PUT', '/submit-info', { ip: '127.0.0.1', port: 8001, name: 'page' }, 200],
    ['lists', 'GET', '/get-list', undefined, 200],
    ['lists by POST', 'POST', '/get-list', { channel: 'general' }, 200],
    [
      'joins a channel',
      'POST',
      '/add-list',
      { channel: 'ops', peer: { ip: '127.0.0.1', port: 8001, name: 'page' } },
      200,
    ],
    [
      'has a message passed on',
      'POST',
      '/broadcast-peer',
      { from: { ip: '127.0.0.1', port: 8001, name: 'page' }, channel: 'general', message: 'Hello' },
      200,
    ],
    ['reads that a field is wrong', 'POST', '/submit-info', { ip: '127.0.0.1', port: 0, name: 'page' }, 400],
    ['reads that a field is missing', 'POST', '/submit-info', { ip: '127.0.0.1' }, 400],
    ['reads that a peer is unknown', 'POST', '/connect-peer', { to: { ip: '127.0.0.1', port: 8009 } }, 404],
    ['reads that there is no such path', 'GET', '/nowhere', undefined, 404],
    ['reads that there is no such method', 'PUT', '/get-list', {}, 405],
    ['reads that numbers are not for pages', 'GET', '/stats', undefined, 403],
  ])('%s', async (_what, method, target, body, status) => {
    await using tracker = await started()
    const answer = await ask(tracker.port, {
      ...{ method, target, headers: CROSS },
      ...(body === undefined ? {} : { body }),
    })
    expect(shown(answer)).toEqual([status, PAGE, 'Origin'])
  })

  test('can read a refusal of the server itself: a body that is too large, before it was sent', async () => {
    await using tracker = await started()
    await using socket = await RawSocket.connect(tracker.port)
    await socket.send(
      `POST /submit-info HTTP/1.1\r\nHost: a\r\nOrigin: ${PAGE}\r\nContent-Length: 9999999\r\n\r\n`,
    )
    const { answers } = readAnswers(await socket.untilEnd())
    expect(answers.map(({ status, fields }) => [status, fields['access-control-allow-origin']])).toEqual([
      [413, PAGE],
    ])
  })

  test('sends a preflight request, and gets what it may do', async () => {
    await using tracker = await started()
    const headers = {
      ...CROSS,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
      'Access-Control-Request-Private-Network': 'true',
    }
    const answer = await ask(tracker.port, { method: 'OPTIONS', target: '/submit-info', headers })
    expect(shown(answer)).toEqual([204, PAGE, 'Origin'])
    expect(answer.headers).toMatchObject({
      'access-control-allow-methods': 'POST, PUT, GET',
      'access-control-allow-headers': 'Content-Type',
      'access-control-allow-private-network': 'true',
      'access-control-max-age': '600',
    })
  })

  test('names another host than the tracker: 421, as for a program', async () => {
    await using tracker = await started()
    const headers = { ...CROSS, Host: 'rebound.example' }
    expect((await ask(tracker.port, { target: '/get-list', headers })).status).toBe(421)
  })
})

describe('every other page is refused, and cannot read why', () => {
  const ASKING = { 'Access-Control-Request-Method': 'POST' }

  test.each<[what: string, allowed: readonly string[], method: string, headers: Record<string, string>]>([
    ['of another origin', [PAGE], 'POST', { Origin: OTHER }],
    ['of another origin, that only reads', [PAGE], 'GET', { Origin: OTHER }],
    ['of another origin, that asks first', [PAGE], 'OPTIONS', { ...ASKING, Origin: OTHER }],
    ['from a file', [PAGE], 'POST', { Origin: 'null' }],
    ['that sends no origin', [PAGE], 'GET', { 'Sec-Fetch-Site': 'cross-site' }],
    ['when none was let in', [], 'POST', { Origin: PAGE }],
    ['when none was let in, that asks first', [], 'OPTIONS', { ...ASKING, Origin: PAGE }],
  ])('%s', async (_what, allowed, method, headers) => {
    await using tracker = await started(allowed)
    const target = method === 'GET' ? '/get-list' : '/submit-info'
    const body = method === 'POST' ? { body: { ip: '127.0.0.1', port: 8001, name: 'page' } } : {}
    const answer = await ask(tracker.port, { method, target, headers, ...body })
    expect([answer.status, answer.json['error']]).toEqual([403, 'forbidden_origin'])
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(tracker.tracker.registry.size).toBe(0)
  })
})

test('a program, which sends no origin, gets the same answers, apart from Vary', async () => {
  await using open = await started()
  await using closed = await started([])
  const [one, other] = [
    await ask(open.port, { target: '/get-list' }),
    await ask(closed.port, { target: '/get-list' }),
  ]
  expect([one.text, one.headers['vary'], other.headers['vary']]).toEqual([other.text, 'Origin', undefined])
})
