/** POST /p2p/check: whether who asks can be reached; and that it helps no caller to scan a network. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { ChatError } from '../../../src/chat/errors.ts'
import { json } from '../../../src/http/router.ts'
import { Server } from '../../../src/http/server.ts'
import { ReachCheck } from '../../../src/peer/self/reach-check.ts'
import { ask, post, type Json } from '../../support/ask.ts'
import { FakeServer } from '../../support/raw-socket.ts'
import { freePort } from '../../support/ports.ts'
import { startPeer } from '../../support/peers.ts'
import type { Handler } from '../../../src/http/message.ts'
import type { HttpNetwork } from '../../../src/http/network.ts'

const NONCE = '00c0ffee00c0ffee'

/** A caller that wants to be reached, on a free port of 127.0.0.1. */
async function asker(handler: Handler): Promise<number> {
  const server = await Server.listen(handler, { host: '127.0.0.1' })
  onTestFinished(() => server.close(0))
  return server.address.port
}

/** A server that sends these bytes to every client, and then nothing. */
async function strange(bytes: string): Promise<number> {
  const server = await FakeServer.listen((client) => client.send(bytes))
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server.address.port
}

/** What a new peer answers to one question. */
async function answerTo(body: Json, headers: Readonly<Record<string, string>> = {}) {
  const { peer } = await startPeer({ name: 'alice' })
  return ask(peer.address.port, { method: 'POST', target: '/p2p/check', body, headers })
}

describe('who asks is told whether it was reached', () => {
  test('it was: at the address that the question came from, on a path with its nonce, with nothing of its own', async () => {
    const asked: string[] = []
    const port = await asker(({ method, target, body }, { remote }) => {
      asked.push(`${method} ${target} ${body.length} ${remote.host}`)
      return json(200, { nonce: NONCE })
    })
    const { status, json: answer } = await answerTo({ port, nonce: NONCE })
    expect({ status, answer }).toEqual({
      status: 200,
      answer: { reachable: true, now: expect.closeTo(Date.now(), -4) as number },
    })
    expect(asked).toEqual([`GET /p2p/check/${NONCE} 0 127.0.0.1`])
  })

  test('another peer can be the one that was asked for', async () => {
    const bob = await startPeer({ name: 'bob' })
    const { json: answer } = await answerTo({ port: bob.peer.address.port, nonce: NONCE })
    expect(answer['reachable']).toBe(true)
  })

  test.each<[name: string, port: () => Promise<number>, reason: string]>([
    ['nothing listens there', freePort, 'refused'],
    ['it takes the connection and says nothing', () => strange(''), 'timeout'],
    ['it speaks something else', () => strange('220 mail.example.org ESMTP\r\n'), 'other_program'],
    [
      'it answers with another nonce',
      () => asker(() => json(200, { nonce: 'f'.repeat(16) })),
      'other_program',
    ],
    ['it answers, but not as JSON', () => asker(() => ({ status: 200, body: NONCE })), 'other_program'],
    [
      'its answer has no end',
      () => asker(() => ({ status: 200, body: 'x'.repeat(100_000) })),
      'other_program',
    ],
  ])('it was not: %s', async (_name, port, reason) => {
    const { status, json: answer } = await answerTo({ port: await port(), nonce: NONCE })
    expect(status).toBe(200)
    expect(answer).toMatchObject({ reachable: false, reason })
  })
})

describe('it helps no caller to scan a network', () => {
  test.each<[name: string, body: Json, status: number]>([
    ['an administrator’s port', { port: 22, nonce: NONCE }, 422],
    ['a database', { port: 5432, nonce: NONCE }, 422],
    ['no port', { nonce: NONCE }, 400],
    ['a port that is none', { port: 70_000, nonce: NONCE }, 400],
    ['no nonce', { port: 8_000 }, 400],
    ['a nonce that would be another path', { port: 8_000, nonce: '../../p2p/hello?aaaaaaaa' }, 400],
    ['a nonce with a line end in it', { port: 8_000, nonce: `${NONCE}\r\nX: y` }, 400],
    ['a nonce of any length', { port: 8_000, nonce: 'f'.repeat(65) }, 400],
  ])('refuses %s', async (_name, body, status) => {
    expect((await answerTo(body)).status).toBe(status)
  })

  test('an address in the question counts for nothing', async () => {
    const port = await asker(() => json(200, { nonce: NONCE }))
    const { json: answer } = await answerTo({ port, nonce: NONCE, ip: '192.0.2.1', host: '192.0.2.1' })
    expect(answer['reachable']).toBe(true)
  })

  test('no web pages', async () => {
    const { status, json: answer } = await answerTo(
      { port: 8_000, nonce: NONCE },
      { Origin: 'http://example.org' },
    )
    expect({ status, error: answer['error'] }).toEqual({ status: 403, error: 'forbidden_origin' })
  })

  test('two questions of one host, and then one every two seconds', async () => {
    const { peer } = await startPeer({ name: 'alice' })
    const port = await freePort()
    const statuses: number[] = []
    for (let count = 0; count < 4; count++)
      statuses.push((await post(peer.address.port, '/p2p/check', { port, nonce: NONCE })).status)
    expect(statuses).toEqual([200, 200, 429, 429])
    // Messages and what was said are counted apart.
    expect((await ask(peer.address.port, { target: '/p2p/history?channel=general' })).status).toBe(200)
  })

  test('eight answers are waited for at a time, over all hosts; one more is refused, and later it is not', async () => {
    const waiting: (() => void)[] = []
    const never: HttpNetwork = {
      accepts: () => Promise.reject(new Error('not used')),
      client: () => ({
        request: () =>
          new Promise((_resolve, reject) =>
            waiting.push(() => {
              reject(new ChatError(500, 'x', 'x'))
            }),
          ),
        line: () => ({
          isOver: true,
          isIdle: true,
          request: () => Promise.reject(new Error('not used')),
        }),
        stream: () => Promise.reject(new Error('not used')),
        close: () => undefined,
        hasAnswered: () => true,
      }),
      listen: () => Promise.reject(new Error('not used')),
    }
    const reach = new ReachCheck(never, { wall: () => 0 })
    const check = (host: number) => reach.check({ port: 8_000, nonce: NONCE }, `10.0.0.${host}`)
    const first = Array.from({ length: 8 }, (_, host) => check(host).catch(() => 'over'))
    await expect(check(9)).rejects.toMatchObject({ status: 503, code: 'busy' })
    for (const end of waiting) end()
    await Promise.all(first)
    const later = check(9)
    expect(waiting).toHaveLength(9)
    waiting[8]?.()
    await expect(later).rejects.toMatchObject({ status: 500 })
  })
})

test.each<[path: string, status: number]>([
  [`/p2p/check/${NONCE}`, 200],
  [`/p2p/check/${'f'.repeat(65)}`, 404],
  ['/p2p/check/hello', 404],
  ['/p2p/check', 405],
])('GET %s: %i', async (path, status) => {
  const { peer } = await startPeer({ name: 'alice' })
  const answer = await ask(peer.address.port, { target: path })
  expect(answer.status).toBe(status)
  if (status === 200) expect(answer.json).toEqual({ status: 'ok', nonce: NONCE })
})
