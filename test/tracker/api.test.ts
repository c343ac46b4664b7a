/**
 * Every endpoint of a running tracker with every shape that the programs of this family send it.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { ask, get, post, type Json, type Question } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

type Running = Awaited<ReturnType<typeof startTracker>>

let running: Running
let port: number

beforeEach(async () => {
  running = await startTracker()
  port = running.port
})

afterEach(async () => {
  await running.tracker.close()
  expect(running.errors, 'nothing was a mistake of the tracker').toEqual([])
})

const alice = { ip: '127.0.0.1', port: 8000, name: 'alice' }
const bob = { ip: '127.0.0.1', port: 8001, name: 'bob' }

function form(fields: Record<string, string>): Partial<Question> {
  return { body: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' }
}

async function register(...peers: (typeof alice)[]): Promise<void> {
  for (const peer of peers) await post(port, '/submit-info', { ...peer, channels: ['general'] })
}

function members(channel: string): string[] {
  return running.tracker.registry.members(channel, running.clock.now()).map(({ peer }) => peer.name)
}

describe('/submit-info', () => {
  const shapes: [string, Partial<Question>, object][] = [
    ['the seed', { body: alice }, alice],
    ['username', { body: { username: 'alice', ip: '127.0.0.1', port: 8000 } }, alice],
    [
      'username and channels',
      { body: { username: 'alice', port: 8000, channels: ['general', '#Ops'] } },
      alice,
    ],
    [
      'peer_id and username',
      { body: { peer_id: 'p1', ip: '127.0.0.1', port: 8000, username: 'alice' } },
      alice,
    ],
    ['id alone', { body: { id: 'alice', ip: '127.0.0.1', port: 8000 } }, alice],
    ['no name', { body: { ip: '127.0.0.1', port: 8000 } }, { ...alice, name: '127.0.0.1:8000' }],
    ['display_name', { body: { display_name: 'alice', port: '8000' } }, alice],
    ['no ip', { body: { port: 8000, name: 'alice' } }, alice],
    ['0.0.0.0', { body: { ...alice, ip: '0.0.0.0' } }, alice],
    ['a form', form({ username: 'alice', ip: '127.0.0.1', port: '8000' }), alice],
    ['JSON that says it is a form', { ...form({}), body: JSON.stringify(alice) }, alice],
    ['JSON with a charset', { body: alice, type: 'application/json; charset=utf-8' }, alice],
    ['a prototype name', { body: { ...alice, name: '__proto__' } }, { ...alice, name: '__proto__' }],
  ]

  test.each(shapes)('%s', async (_name, question, peer) => {
    for (const method of ['POST', 'PUT']) {
      for (const target of ['/submit-info', '/submit-info/']) {
        const answer = await ask(port, { method, target, ...question })
        expect(answer.status).toBe(200)
        expect(answer.json).toMatchObject({
          ...{ status: 'ok', result: 'success', message: 'Registered', peers_count: 1, total_peers: 1 },
          ...{ peer_id: '127.0.0.1:8000', id: '127.0.0.1:8000', ttl: 30, interval: 10, peer },
        })
      }
    }
    expect(running.tracker.registry.size).toBe(1)
  })

  test('a peer that names no channel is in #general until it joins one', async () => {
    for (const channels of [undefined, []]) {
      await post(port, '/submit-info', { ...alice, channels })
      expect(members('general')).toEqual(['alice'])
      await post(port, '/submit-info', { ...alice, channels })
      expect(members('general')).toEqual(['alice'])
      await post(port, '/leave', alice)
    }
    await post(port, '/submit-info', alice)
    await post(port, '/add-list', { channel: 'ops', peer: alice })
    expect([members('general'), members('ops')]).toEqual([[], ['alice']])
    await post(port, '/remove-list', { channel: 'ops', peer: alice })
    await post(port, '/submit-info', alice)
    expect(members('general')).toEqual([])
  })

  test('joining #general explicitly, as legacy clients do, does not leave it', async () => {
    await post(port, '/submit-info', alice)
    await post(port, '/add-list', { channel: 'general', peer: alice })
    await post(port, '/add-list', { channel: 'ops', peer: alice })
    expect([members('general'), members('ops')]).toEqual([['alice'], ['alice']])
  })

  test('a Parley peer that names no channel is in none', async () => {
    const headers = { 'User-Agent': 'parley/0.1.0' }
    await ask(port, { method: 'POST', target: '/submit-info', body: { ...alice, channels: [] }, headers })
    expect(members('general')).toEqual([])
  })

  test('peers are counted', async () => {
    await register(alice)
    expect((await post(port, '/submit-info', bob)).json).toMatchObject({ peers_count: 2 })
  })

  test('channels are joined', async () => {
    await post(port, '/submit-info', { ...alice, channels: ['general', '#Ops'] })
    expect(members('general')).toEqual(['alice'])
    expect(members('ops')).toEqual(['alice'])
  })

  test('names and text of any script', async () => {
    const name = 'Nguy\u1ec5n \u5c0f\u660e \u{1f600}'
    const { json } = await post(port, '/submit-info', { ...alice, name })
    expect(json['peer']).toMatchObject({ name, username: name })
  })

  test.each<[string, object | string, number, string, string | undefined]>([
    ['no port', { ip: '127.0.0.1', name: 'alice' }, 400, 'missing_field', 'port'],
    ['a port in words', { ...alice, port: 'http' }, 400, 'invalid_field', 'port'],
    ['port 70000', { ...alice, port: 70000 }, 400, 'invalid_field', 'port'],
    ['port 22', { ...alice, port: 22 }, 422, 'address_refused', 'port'],
    ['an ip in words', { ...alice, ip: 'localhost' }, 400, 'invalid_field', 'ip'],
    ['a long name', { ...alice, name: 'x'.repeat(33) }, 422, 'invalid_field', 'name'],
    ['channels that are none', { ...alice, channels: ['a b'] }, 422, 'invalid_field', 'channels'],
    ['the reserved channel', { ...alice, channels: ['private'] }, 422, 'reserved', 'channels'],
    ['half an object', '{"ip":', 400, 'bad_request', undefined],
    ['a list', '[]', 400, 'bad_request', undefined],
    ['null', 'null', 400, 'bad_request', undefined],
    ['words', 'hello', 400, 'bad_request', undefined],
    ['nothing', '', 400, 'missing_field', 'port'],
  ])('refuses %s', async (_name, body, status, error, field) => {
    const answer = await post(port, '/submit-info', body)
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual({
      error,
      ...(field && { field }),
      detail: expect.stringMatching(/./) as string,
    })
    expect(running.tracker.registry.size).toBe(0)
  })
})

describe('/heartbeat and /leave', () => {
  test.each<[string, Partial<Question>]>([
    ['ip and port', { body: { ip: '127.0.0.1', port: 8000 } }],
    ['port alone', { body: { port: '8000' } }],
    ['a form', form({ ip: '127.0.0.1', port: '8000' })],
  ])('a heartbeat: %s', async (_name, question) => {
    await register(alice)
    running.clock.advanceSync(5000)
    const { status, json } = await ask(port, { target: '/heartbeat/', ...question })
    expect(status).toBe(200)
    expect(json).toEqual({ status: 'ok', ttl: 30, interval: 10, channels: ['general'] })
    expect(running.tracker.registry.get('127.0.0.1:8000')?.renewedAt).toBe(running.clock.now())
  })

  test('of a peer that is not registered: 404 says what to do', async () => {
    const { status, json } = await post(port, '/heartbeat', alice)
    expect(status).toBe(404)
    expect(json).toEqual({ error: 'unknown_peer', detail: expect.stringContaining('/submit-info') as string })
  })

  test.each<[string, object]>([
    ['the whole peer', alice],
    ['ip and port', { ip: '127.0.0.1', port: 8000 }],
    ['peer', { peer: alice }],
    ['peer as ip:port', { peer: '127.0.0.1:8000' }],
    ['peer_id', { peer_id: '127.0.0.1:8000' }],
    ['username', { username: 'alice' }],
  ])('leave: %s', async (_name, body) => {
    await register(alice, bob)
    expect((await post(port, '/leave', body)).json).toEqual({ status: 'ok' })
    expect(members('general')).toEqual(['bob'])
    expect((await post(port, '/leave', body)).status).toBe(404)
  })
})

describe('/add-list and /remove-list', () => {
  const shapes: [string, Partial<Question>][] = [
    ['the seed', { body: { channel: 'ops', peer: alice } }],
    ['username', { body: { username: 'alice', channel: 'ops' } }],
    ['name', { body: { name: 'alice', channel: '#Ops' } }],
    ['peer_id', { body: { peer_id: '127.0.0.1:8000', channel: 'ops' } }],
    ['ip and port', { body: { ip: '127.0.0.1', port: 8000, channel: 'ops' } }],
    ['channel_id', { body: { username: 'alice', channel_id: 'OPS' } }],
    ['a form', form({ username: 'alice', channel: 'ops' })],
  ]

  test.each(shapes)('%s', async (_name, question) => {
    await register(alice, bob)
    const joined = await ask(port, { target: '/add-list', ...question })
    expect(joined.status).toBe(200)
    expect(joined.json).toMatchObject({ status: 'ok', channel: 'ops', members: [alice], member_count: 1 })
    expect((await ask(port, { target: '/add-list/', ...question })).json).toEqual(joined.json)
    const left = await ask(port, { target: '/remove-list', ...question })
    expect(left.json).toEqual({ status: 'ok', channel: 'ops', members: [], member_count: 0 })
    expect((await ask(port, { target: '/remove-list/', ...question })).status).toBe(200)
    expect(members('general')).toEqual(['alice', 'bob'])
  })

  test('the seed joins without having registered', async () => {
    const { json } = await post(port, '/add-list', { channel: 'general', peer: alice })
    expect(json).toMatchObject({ status: 'ok', members: [alice] })
    expect(running.tracker.registry.size).toBe(1)
  })

  test.each<[string, object, number, string, string]>([
    ['no channel', { peer: alice }, 400, 'missing_field', 'channel'],
    ['an empty channel', { peer: alice, channel: '' }, 400, 'missing_field', 'channel'],
    ['a channel as a number', { peer: alice, channel: 7 }, 400, 'invalid_field', 'channel'],
    ['a channel with a slash', { peer: alice, channel: 'a/b' }, 422, 'invalid_field', 'channel'],
    ['the reserved channel', { peer: alice, channel: '#Private' }, 422, 'reserved', 'channel'],
    ['no peer', { channel: 'ops' }, 400, 'missing_field', 'peer'],
    ['a peer without a port', { channel: 'ops', peer: { ip: '127.0.0.1' } }, 400, 'missing_field', 'name'],
  ])('both refuse %s', async (_name, body, status, error, field) => {
    for (const target of ['/add-list', '/remove-list']) {
      const answer = await post(port, target, body)
      expect(answer.status).toBe(status)
      expect(answer.json).toMatchObject({ error, field })
    }
  })

  test('one channel too many is 429, with a Retry-After', async () => {
    await post(port, '/submit-info', alice)
    const join = (n: number) => post(port, '/add-list', { channel: `c${n}`, username: 'alice' })
    for (let n = 0; n < LIMITS.channelsPerPeer; n++) expect((await join(n)).status).toBe(200)
    const answer = await join(LIMITS.channelsPerPeer)
    expect(answer.status).toBe(429)
    expect(answer.json).toMatchObject({ error: 'too_many_channels' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('/get-list', () => {
  const entry = {
    ...alice,
    ...{ username: 'alice', id: '127.0.0.1:8000', peer_id: '127.0.0.1:8000', channels: ['general'] },
    ...{ ts: expect.any(Number) as number, last_seen: expect.any(Number) as number },
  }

  test.each<[string, Question]>([
    ['GET', { target: '/get-list' }],
    ['GET with a slash', { target: '/get-list/' }],
    ['POST without a body', { method: 'POST', target: '/get-list' }],
    ['POST with an empty object', { target: '/get-list/', body: {} }],
    ['POST with an empty form', { target: '/get-list', ...form({ a: '' }) }],
  ])('all peers: %s', async (_name, question) => {
    await register(alice)
    const { status, json } = await ask(port, question)
    expect(status).toBe(200)
    expect(json).toEqual({
      status: 'ok',
      peers: [entry],
      peer_count: 1,
      total_peers: 1,
      channels: ['general'],
    })
  })

  test.each<[string, Question]>([
    ['GET', { target: '/get-list?channel=general' }],
    ['GET with a sign', { target: '/get-list/?channel=%23General' }],
    ['POST', { target: '/get-list', body: { channel: 'general' } }],
    ['POST with a form', { target: '/get-list', ...form({ channel: '#general' }) }],
    ['POST with a query', { method: 'POST', target: '/get-list?channel=general' }],
  ])('of a channel: %s', async (_name, question) => {
    await register(alice)
    await post(port, '/submit-info', { ...bob, channels: ['ops'] })
    await post(port, '/broadcast-peer', { from: bob, message: 'hi', channel: 'ops' })
    const { json } = await ask(port, question)
    expect(json).toMatchObject({
      status: 'ok',
      channel: 'general',
      peers: [entry],
      messages: [],
      peer_count: 1,
    })
    expect(json['total_peers']).toBe(2)
  })

  test('ts is Unix time in seconds', async () => {
    await register(alice)
    running.clock.advanceSync(2500)
    await post(port, '/heartbeat', alice)
    const { peers } = (await get(port, '/get-list')).json as { peers: Json[] }
    expect(peers[0]?.['last_seen']).toBe(running.clock.now() / 1000)
    expect(peers[0]?.['ts']).toBe((running.clock.now() - 2500) / 1000)
  })

  test('an unknown channel: empty lists', async () => {
    const { status, json } = await get(port, '/get-list?channel=nowhere')
    expect(status).toBe(200)
    expect(json).toMatchObject({ status: 'ok', channel: 'nowhere', peers: [], messages: [], peer_count: 0 })
  })

  test('as a map', async () => {
    const strange = { ...bob, name: '__proto__' }
    await register(alice, strange)
    const { text } = await get(port, '/get-list?format=map')
    expect(text).toContain('"peers":{"alice":{"ip":"127.0.0.1","port":8000},"__proto__":{"ip":')
    expect((await post(port, '/get-list', { format: 'map', channel: 'general' })).json).toMatchObject({
      status: 'ok',
      peers: { alice: { ip: '127.0.0.1', port: 8000 } },
    })
  })

  test.each([
    ['a channel with a space', '/get-list?channel=a%20b', 422, 'channel'],
    ['a limit of 0', '/get-list?limit=0', 400, 'limit'],
    ['a limit in words', '/get-list?limit=all', 400, 'limit'],
    ['a cursor that is none', '/get-list?cursor=127.0.0.1:8000', 400, 'cursor'],
    ['a time that is none', '/get-list?channel=x&since=today', 400, 'since'],
  ])('refuses %s', async (_name, target, status, field) => {
    const answer = await get(port, target)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ error: 'invalid_field', field })
  })
})

describe('/connect-peer', () => {
  test.each<[string, Partial<Question>]>([
    ['the seed', { body: { to: { ip: '127.0.0.1', port: 8001 } } }],
    ['names', { body: { from: 'alice', to: 'bob' } }],
    ['usernames', { body: { username: 'alice', target_username: 'bob' } }],
    ['ids', { body: { from_id: '127.0.0.1:8000', target_id: '127.0.0.1:8001' } }],
    ['peer_id', { body: { peer_id: '127.0.0.1:8001' } }],
    ['a name as an object', { body: { to: { username: 'bob' } } }],
    ['a form', form({ username: 'alice', target_username: 'bob' })],
  ])('%s', async (_name, question) => {
    await register(alice, bob)
    for (const target of ['/connect-peer', '/connect-peer/']) {
      const { status, json } = await ask(port, { target, ...question })
      expect(status).toBe(200)
      expect(json).toMatchObject({ status: 'ok', peer: bob, to: bob, peers: [alice, bob] })
      expect(json['peer']).toHaveProperty('ts')
    }
  })

  test.each<[string, object, number, string, string]>([
    ['an unknown peer', { to: { ip: '127.0.0.1', port: 8001 } }, 404, 'peer_not_found', 'to'],
    ['an unknown name', { from: 'alice', to: 'bob' }, 404, 'peer_not_found', 'to'],
    ['nobody', { from: 'alice' }, 400, 'missing_field', 'to'],
    ['a list', { to: ['bob'] }, 400, 'invalid_field', 'to'],
    ['a wrong port', { to: { ip: '127.0.0.1', port: 0 } }, 400, 'invalid_field', 'port'],
  ])('refuses %s', async (_name, body, status, error, field) => {
    await register(alice)
    const answer = await post(port, '/connect-peer', body)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ error, field })
  })
})

describe('paths and methods', () => {
  const PATHS: [string, string][] = [
    ['/submit-info', 'POST, PUT, OPTIONS'],
    ['/heartbeat', 'POST, OPTIONS'],
    ['/leave', 'POST, OPTIONS'],
    ['/add-list', 'POST, OPTIONS'],
    ['/remove-list', 'POST, OPTIONS'],
    ['/get-list', 'GET, POST, HEAD, OPTIONS'],
    ['/connect-peer', 'POST, OPTIONS'],
    ['/broadcast-peer', 'POST, OPTIONS'],
    ['/events', 'GET, HEAD, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
  ]

  test.each(PATHS)('%s: OPTIONS and other methods name %s', async (path, allow) => {
    for (const target of [path, `${path}/`]) {
      const options = await ask(port, { method: 'OPTIONS', target })
      expect(options.status).toBe(204)
      expect(options.headers['allow']).toBe(allow)
      const other = await ask(port, { method: 'DELETE', target })
      expect(other.status).toBe(405)
      expect(other.headers['allow']).toBe(allow)
      expect(other.json).toMatchObject({ error: 'method_not_allowed' })
    }
  })

  test.each(PATHS.filter(([, allow]) => allow.includes('POST')))(
    '%s: a body that is no JSON',
    async (target) => {
      for (const body of ['{', '"text"', '[{}]', '\u0000', 'a=b']) {
        const answer = await post(port, target, body)
        expect(answer.status).toBe(400)
        expect(answer.json).toEqual({
          error: 'bad_request',
          detail: expect.stringContaining('JSON') as string,
        })
      }
      const other = await ask(port, { target, body: '{}', type: 'text/html' })
      expect(other.status).toBe(415)
    },
  )

  test('an unknown path', async () => {
    const answer = await get(port, '/nowhere')
    expect(answer.status).toBe(404)
    expect(answer.json).toMatchObject({ error: 'not_found' })
  })

  test.each([
    ['/', 200],
    ['/nowhere', 404],
  ])('a browser that opens %s gets a page that says what it is: %i', async (target, status) => {
    const answer = await ask(port, { target, headers: { Accept: 'text/html,*/*;q=0.8' } })
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('the tracker of a chat')])
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  })

  test('health', async () => {
    await register(alice)
    const key = expect.stringMatching(/^[\w-]{43}$/) as unknown
    expect((await get(port, '/healthz/')).json).toEqual({ status: 'ok', peers: 1, channels: 1, key })
  })

  test('too many requests of one host: 429, a Retry-After, and again when time has passed', async () => {
    await using limited = await startTracker({ requests: { perSecond: 1, burst: 0.5 } })
    for (let n = 0; n < 5; n++) expect((await get(limited.port, '/healthz')).status).toBe(200)
    const answer = await get(limited.port, '/get-list')
    expect(answer.status).toBe(429)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json).toMatchObject({ error: 'too_many_requests' })
    limited.clock.advanceSync(1000)
    expect((await get(limited.port, '/get-list')).status).toBe(200)
  })

  test('too many registrations of one host', async () => {
    await using limited = await startTracker({ registrations: { perSecond: 0.1, burst: 0.5 } })
    const register = (n: number) => post(limited.port, '/submit-info', { port: 8000 + n })
    for (let n = 0; n < 5; n++) expect((await register(n)).status).toBe(200)
    const answer = await register(5)
    expect(answer.status).toBe(429)
    expect(answer.headers['retry-after']).toBe('1')
    expect((await get(limited.port, '/get-list')).json).toMatchObject({ peer_count: 5 })
  })
})
