/** Statistics of a running tracker: gauges, requests by endpoint, refusals by reason. */
import { describe, expect, test } from 'vitest'
import { SeedPeer } from './support.ts'
import { EventReader } from '../support/event-reader.ts'
import { complete } from '../support/answers.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { until } from '../support/wait.ts'
import { ask, get, post, type Json } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

async function stats(port: number): Promise<{ gauges: Json; counters: Record<string, Json | number> }> {
  const { status, json } = await get(port, '/stats')
  expect(status).toBe(200)
  return json as { gauges: Json; counters: Record<string, Json | number> }
}

describe('GET /stats of a tracker', () => {
  test('a new one', async () => {
    await using running = await startTracker({ version: '9.9.9' })
    const { status, json } = await get(running.port, '/stats')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      version: '9.9.9',
      gauges: { peers: 0, channels: 0, connections: 1, feed: { readers: 0 }, stored: { bytes: 0 } },
      counters: {},
    })
  })

  test('gauges follow peers, channels, readers and stored messages', async () => {
    await using running = await startTracker()
    const { port } = running
    await post(port, '/submit-info', { port: 8000, name: 'alice', channels: ['general', 'ops'] })
    await post(port, '/submit-info', { port: 8001, name: 'bob', channels: ['general'] })
    await post(port, '/broadcast-peer', { from: 'web', channel: 'quiet', message: 'x'.repeat(100) })
    const feed = await EventReader.open(`http://127.0.0.1:${port}/events?channel=general`)
    await until(() => feed.events.length > 0, 'the first event')
    expect((await stats(port)).gauges).toEqual({
      peers: 2,
      channels: 3,
      connections: 2,
      feed: { readers: 1 },
      stored: { bytes: 2 * 100 + 256 },
    })
    feed.close()
    const readers = async (): Promise<unknown> => (await stats(port)).gauges['feed']
    await expect.poll(readers).toEqual({ readers: 0 })
    await post(port, '/leave', { port: 8000 })
    expect((await stats(port)).gauges).toMatchObject({ peers: 1, channels: 2 })
  })

  test('counts requests by endpoint, also refused ones, but none to /stats', async () => {
    await using running = await startTracker()
    const { port } = running
    await post(port, '/submit-info', { port: 8000, name: 'alice' })
    await ask(port, { method: 'PUT', target: '/submit-info', body: { port: 8000, name: 'alice' } })
    await get(port, '/get-list')
    await post(port, '/heartbeat', { port: 9999 })
    const { counters } = await stats(port)
    expect(counters['requests']).toEqual({ 'submit-info': 2, 'get-list': 1, heartbeat: 1 })
  })

  test('counts refusals by reason, those of the server and those of the endpoints', async () => {
    await using running = await startTracker()
    const { port } = running
    await raw(port, 'nonsense\r\n\r\n')
    await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n')
    await get(port, '/nowhere')
    await post(port, '/get-list', '{')
    await ask(port, { method: 'DELETE', target: '/get-list' })
    await post(port, '/heartbeat', { port: 9999 })
    await post(port, '/submit-info', { port: 22, name: 'alice' })
    await get(port, '/stats', { Origin: 'http://evil.example' })
    expect((await stats(port)).counters['refused']).toEqual({
      address_refused: 1,
      bad_request: 2,
      content_too_large: 1,
      forbidden_origin: 1,
      method_not_allowed: 1,
      not_found: 1,
      unknown_peer: 1,
    })
  })

  test('counts forwarded messages', async () => {
    await using running = await startTracker()
    const { port } = running
    await using bob = await SeedPeer.start('bob', port)
    const carol = await SeedPeer.start('carol', port)
    for (const peer of [bob, carol]) await peer.register()
    for (const peer of [bob, carol]) await peer.join('general')
    await carol.close()
    await post(port, '/broadcast-peer', { from: 'web', channel: 'general', message: 'hi' })
    expect((await stats(port)).counters['forwarded']).toEqual({ delivered: 1, failed: 1 })
  })

  test('counts rejected connections', async () => {
    await using running = await startTracker({ server: { caps: { perLoopback: 1 } } })
    await using speaker = await RawSocket.connect(running.port)
    await speaker.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await speaker.until(complete(1))
    // At work: an idle connection would make room.
    await speaker.send('GET ')
    await raw(running.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => running.tracker.counters.get('refused.too_many_connections') === 1, 'the 503')
  })

  test('has no rate limit', async () => {
    await using running = await startTracker({ requests: { perSecond: 0.1, burst: 0.1 } })
    const { port } = running
    expect((await get(port, '/healthz')).status).toBe(200)
    expect((await get(port, '/healthz')).status).toBe(429)
    expect((await stats(port)).counters).toMatchObject({ refused: { too_many_requests: 1 } })
  })
})

test('GET /metrics of a tracker', async () => {
  await using running = await startTracker()
  await post(running.port, '/submit-info', { port: 8000, name: 'alice', channels: ['general'] })
  const { status, text } = await get(running.port, '/metrics')
  expect(status).toBe(200)
  for (const line of ['parley_peers 1', 'parley_channels 1', 'parley_requests_total{kind="submit-info"} 1'])
    expect(text).toContain(`\n${line}\n`)
})
