/** What the answer of a peer means for the message. */
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { transmitter } from '../../src/peer/transmit.ts'
import { freePort, scriptedTracker, type Scripted } from './support.ts'
import type { Peer } from '../../src/chat/model.ts'
import type { Outcome } from '../../src/peer/delivery.ts'

function transmit(): (port: number, body: string) => Promise<Outcome> {
  const client = new Client()
  onTestFinished(() => {
    client.close()
  })
  const send = transmitter(client)
  const from = { ip: '127.0.0.1', port: 8000, name: 'alice' }
  const message = { id: '1', from, channel: 'general', text: 'hi', sentAt: 0, action: false }
  return (port, body) => send({ ip: '127.0.0.1', port, name: 'bob' } satisfies Peer, { message, body })
}

test('a message is posted as JSON, whole', async () => {
  const bob = await scriptedTracker(() => [200, { status: 'ok' }])
  expect(await transmit()(bob.port, '{"message":"hi"}')).toEqual({ ok: true })
  expect(bob.asked).toEqual([
    { method: 'POST', target: '/p2p/receive', body: { message: 'hi' }, whole: true },
  ])
})

test.each<[name: string, answer: Scripted, outcome: Outcome]>([
  ['a double is delivered too', [200, { status: 'duplicate_ignored' }], { ok: true }],
  ['whatever is in a 200', [200, 'thanks'], { ok: true }],
  [
    'not in the channel',
    [404, { error: 'not_joined', detail: 'bob is not in #ops' }],
    { ok: false, final: true, reason: 'refused with 404: bob is not in #ops' },
  ],
  ['too large', [413, {}], { ok: false, final: true, reason: 'refused with 413' }],
  ['a conflict', [409, { detail: 7 }], { ok: false, final: true, reason: 'refused with 409' }],
  ['a redirect', [302, 'elsewhere'], { ok: false, final: true, reason: 'refused with 302' }],
  ['created, which is no promise', [201, {}], { ok: false, final: true, reason: 'refused with 201' }],
  ['too slow', [408, {}], { ok: false, final: false, reason: 'refused with 408' }],
  ['too much', [429, { detail: 'slowly' }], { ok: false, final: false, reason: 'refused with 429: slowly' }],
  ['in trouble', [500, ''], { ok: false, final: false, reason: 'refused with 500' }],
  ['too many', [503, {}], { ok: false, final: false, reason: 'refused with 503' }],
  [
    'a sentence without end',
    [400, { detail: 'x'.repeat(1_000) }],
    { ok: false, final: true, reason: `refused with 400: ${'x'.repeat(200)}` },
  ],
  ['nothing', '', { ok: false, final: false, reason: 'the connection was closed' }],
])('%s', async (_name, answer, outcome) => {
  const bob = await scriptedTracker(() => answer)
  expect(await transmit()(bob.port, '{}')).toEqual(outcome)
})

test('nobody listens', async () => {
  const reason = 'connection refused: nothing listens there'
  expect(await transmit()(await freePort(), '{}')).toEqual({ ok: false, final: false, reason })
})

test('a kept connection that the peer has just closed: sent once more, on another', async () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
  let connections = 0
  const server = createServer((socket) => {
    const isFirst = ++connections === 1
    let requests = 0
    socket.on('data', () => {
      if (isFirst && ++requests > 1) socket.destroy()
      else socket.write(ok)
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const send = transmit()
  expect(await send(port, '{}')).toEqual({ ok: true })
  expect(await send(port, '{}')).toEqual({ ok: true })
  expect(connections).toBe(2)
})
