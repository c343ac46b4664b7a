/**
 * Which host may act for which peer, and how often: requests from several hosts.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DirectTracker } from './direct.ts'
import { TIMES } from '../../src/chat/limits.ts'

const HERE = '10.0.0.5'
const alice = { ip: HERE, port: 8000, name: 'alice' }
const bob = { ip: '10.0.0.6', port: 8000, name: 'bob' }
const MISMATCH = { status: 422, json: { error: 'address_mismatch', field: 'ip' } }

describe('a host acts for its own address', () => {
  test.each([
    ['its address', alice],
    ['no address', { port: 8000, name: 'alice' }],
    ['0.0.0.0', { ...alice, ip: '0.0.0.0' }],
    ['its address in IPv6', { ...alice, ip: `::ffff:${HERE}` }],
  ])('it registers with %s', async (_name, body) => {
    const tracker = new DirectTracker()
    expect(await tracker.ask(HERE, 'POST /submit-info', body)).toMatchObject({
      status: 200,
      json: { peer_id: `${HERE}:8000` },
    })
    expect(tracker.registry.peers(tracker.clock.now())[0]?.peer).toEqual(alice)
  })

  test.each<[string, string, object]>([
    ['registers another', 'POST /submit-info', bob],
    ['registers loopback', 'POST /submit-info', { ...alice, ip: '127.0.0.1' }],
    ['beats for another', 'POST /heartbeat', bob],
    ['makes another leave', 'POST /leave', bob],
    ['makes another leave by name', 'POST /leave', { username: 'bob' }],
    ['makes another leave by id', 'POST /leave', { peer_id: '10.0.0.6:8000' }],
    ['joins for another', 'POST /add-list', { channel: 'x', peer: bob }],
    ['joins for another by name', 'POST /add-list', { channel: 'x', username: 'bob' }],
    ['joins for an unknown peer', 'POST /add-list', { channel: 'x', peer: { ...bob, port: 9999 } }],
    ['parts for another', 'POST /remove-list', { channel: 'general', peer: bob }],
    ['parts for another by name', 'POST /remove-list', { channel: 'general', username: 'bob' }],
    ['speaks for another', 'POST /broadcast-peer', { from: bob, channel: 'general', message: 'hi' }],
    ['speaks for another by name', 'POST /broadcast-peer', { from: 'bob', message: 'hi' }],
    ['speaks for another by id', 'POST /broadcast-peer', { from_id: '10.0.0.6:8000', message: 'hi' }],
    [
      'acts for an unknown peer elsewhere',
      'POST /broadcast-peer',
      { from: { ...bob, port: 9 }, message: 'x' },
    ],
  ])('refused when it %s', async (_name, route, body) => {
    const tracker = new DirectTracker()
    await tracker.ask(bob.ip, 'POST /submit-info', { ...bob, channels: ['general'] })
    const before = tracker.registry.get('10.0.0.6:8000')?.renewedAt
    tracker.clock.advanceSync(1000)
    expect(await tracker.ask(HERE, route, body)).toMatchObject(MISMATCH)
    const now = tracker.clock.now()
    expect(tracker.registry.members('general', now).map(({ peer }) => peer)).toEqual([bob])
    expect(tracker.registry.get('10.0.0.6:8000')?.renewedAt, 'and nothing was renewed').toBe(before)
    expect(tracker.registry.size).toBe(1)
    expect(tracker.registry.messages('general')).toEqual([])
    expect(tracker.forwarded).toEqual([])
  })

  test('the refusal says what to do', async () => {
    const { json } = await new DirectTracker().ask(HERE, 'POST /submit-info', bob)
    expect(json['detail']).toContain(HERE)
    expect(json['detail']).toContain('--allow-announce')
  })

  test('the feed of another cannot be claimed', async () => {
    const tracker = new DirectTracker()
    expect(await tracker.ask(HERE, 'GET /events?channel=general&port=8000&ip=10.0.0.6')).toMatchObject(
      MISMATCH,
    )
    expect(await tracker.ask(HERE, 'GET /events?channel=general&port=8000')).toMatchObject({ status: 200 })
  })

  test('any host may look up any peer', async () => {
    const tracker = new DirectTracker()
    await tracker.ask(bob.ip, 'POST /submit-info', bob)
    expect(await tracker.ask(HERE, 'POST /connect-peer', { to: bob })).toMatchObject({
      status: 200,
      json: { peer: bob },
    })
  })

  test.each(['127.0.0.1', '::1', '127.0.0.9'])('%s, this machine, acts for any peer', async (host) => {
    const tracker = new DirectTracker()
    expect(await tracker.ask(host, 'POST /submit-info', bob)).toMatchObject({ status: 200 })
    expect(await tracker.ask(host, 'POST /heartbeat', bob)).toMatchObject({ status: 200 })
    expect(await tracker.ask(host, 'POST /leave', { username: 'bob' })).toMatchObject({ status: 200 })
  })

  test('a host of an allowed block acts for any peer, and no other host does', async () => {
    const tracker = new DirectTracker({ allowAnnounce: ['172.16.0.0/12', '192.168.1.7/32'] })
    expect(await tracker.ask('172.17.0.2', 'POST /submit-info', bob)).toMatchObject({ status: 200 })
    expect(await tracker.ask('192.168.1.7', 'POST /heartbeat', bob)).toMatchObject({ status: 200 })
    expect(await tracker.ask('192.168.1.8', 'POST /heartbeat', bob)).toMatchObject(MISMATCH)
    expect(await tracker.ask(HERE, 'POST /heartbeat', bob)).toMatchObject(MISMATCH)
  })
})

describe('names are labels', () => {
  test('a name that several peers have means the peer of the host that asks', async () => {
    const tracker = new DirectTracker()
    const other = { ...bob, name: 'alice' }
    await tracker.ask(bob.ip, 'POST /submit-info', other)
    await tracker.ask(HERE, 'POST /submit-info', alice)
    const joined = await tracker.ask(HERE, 'POST /add-list', { channel: 'x', username: 'alice' })
    expect(joined).toMatchObject({ status: 200, json: { member_count: 1, members: [alice] } })
    await tracker.ask(HERE, 'POST /broadcast-peer', { from: 'alice', channel: 'x', message: 'hi' })
    expect(tracker.registry.messages('x')[0]?.from).toEqual(alice)
    await tracker.ask(HERE, 'POST /leave', { username: 'alice' })
    expect(tracker.registry.named('alice').map(({ peer }) => peer)).toEqual([other])
  })

  test('a browser, which is no peer, sends under its name alone', async () => {
    const tracker = new DirectTracker()
    await tracker.ask(bob.ip, 'POST /submit-info', { ...bob, channels: ['general'] })
    const answer = await tracker.ask(HERE, 'POST /broadcast-peer', { from: 'web', message: 'hi' })
    expect(answer).toMatchObject({ status: 200, json: { forwarded: [{ peer: 'bob', ok: true }] } })
    expect(tracker.forwarded).toMatchObject([{ peer: bob, body: { from: 'web', message: 'hi' } }])
    expect(tracker.registry.messages('general')[0]?.from).toEqual({ ip: HERE, port: 0, name: 'web' })
  })
})

describe('addresses that no peer may connect to', () => {
  test.each<[string, object, string]>([
    ['a mail server', { ...alice, port: 25 }, 'port'],
    ['ssh', { ...alice, port: 22 }, 'port'],
    ['a database', { ...alice, port: 6379 }, 'port'],
    ['multicast', { ...alice, ip: '224.0.0.1' }, 'ip'],
    ['broadcast', { ...alice, ip: '255.255.255.255' }, 'ip'],
    ['link-local', { ...alice, ip: '169.254.1.1' }, 'ip'],
    ['IPv6 multicast', { ...alice, ip: 'ff02::1' }, 'ip'],
    ['IPv6 link-local', { ...alice, ip: 'fe80::1' }, 'ip'],
  ])('%s', async (_name, peer, field) => {
    const tracker = new DirectTracker()
    const refused = { status: 422, json: { error: 'address_refused', field } }
    expect(await tracker.ask('127.0.0.1', 'POST /submit-info', peer)).toMatchObject(refused)
    expect(await tracker.ask('127.0.0.1', 'POST /add-list', { channel: 'x', peer })).toMatchObject(refused)
    expect(tracker.registry.size).toBe(0)
  })
})

describe('rates', () => {
  /** How many of these requests were answered before the first 429, and that answer. */
  async function flood(tracker: DirectTracker, host: string, route: string, body?: () => object) {
    for (let count = 0; count < 1000; count++) {
      const answer = await tracker.ask(host, route, body?.())
      if (answer.status === 429) return { count, answer }
      expect(answer.status).toBe(200)
    }
    throw new Error('never refused')
  }

  const limited = (): DirectTracker =>
    new DirectTracker({ requests: { perSecond: 20, burst: 40 }, registrations: { perSecond: 1, burst: 10 } })

  test.each([
    ['a host', HERE, 40],
    ['this machine', '127.0.0.1', 400],
  ])('requests of %s: at the limit, one over, and again in time', async (_name, host, most) => {
    const tracker = limited()
    const { count, answer } = await flood(tracker, host, 'GET /healthz')
    expect(count).toBe(most)
    expect(answer.json).toMatchObject({ error: 'too_many_requests' })
    expect(answer.headers).toMatchObject({ 'Retry-After': '1' })
    expect((await tracker.ask('10.0.0.77', 'GET /healthz')).status, 'others do not suffer').toBe(200)
    tracker.clock.advanceSync(1000)
    expect((await tracker.ask(host, 'GET /healthz')).status).toBe(200)
  })

  test.each([
    ['a host', HERE, 10],
    ['this machine', '127.0.0.1', 100],
  ])('registrations of %s', async (_name, host, most) => {
    const tracker = limited()
    let port = 20_000
    const { count, answer } = await flood(tracker, host, 'POST /submit-info', () => ({
      ip: host,
      port: port++,
    }))
    expect(count).toBe(most)
    expect(answer.headers).toMatchObject({ 'Retry-After': '1' })
    expect(tracker.registry.size).toBe(most)
    expect((await tracker.ask(host, 'GET /get-list')).status, 'other requests go on').toBe(200)
  })

  test('/add-list that registers is a registration, one of a known peer is not', async () => {
    const tracker = limited()
    let port = 20_000
    const unknown = () => ({ channel: 'x', peer: { ip: HERE, port: port++, name: 'n' } })
    expect((await flood(tracker, HERE, 'POST /add-list', unknown)).count).toBe(10)
    const known = { channel: 'y', peer: { ip: HERE, port: 20_000, name: 'n' } }
    expect((await tracker.ask(HERE, 'POST /add-list', known)).status).toBe(200)
  })

  test('a body that is not JSON counts as well', async () => {
    const tracker = limited()
    for (let n = 0; n < 40; n++)
      expect((await tracker.ask(HERE, 'POST /submit-info', [n])).status).toBeLessThan(500)
    expect((await tracker.ask(HERE, 'GET /healthz')).status).toBe(429)
  })
})

describe('only /add-list registers an unknown peer', () => {
  test.each([
    ['/remove-list', { channel: 'x', peer: alice }],
    ['/leave', { peer: alice }],
    ['/heartbeat', alice],
  ])('%s says 404', async (path, body) => {
    const tracker = new DirectTracker()
    expect(await tracker.ask(HERE, `POST ${path}`, body)).toMatchObject({
      status: 404,
      json: { error: 'unknown_peer' },
    })
    expect(tracker.registry.size).toBe(0)
  })

  test('/add-list by name or id alone cannot', async () => {
    const tracker = new DirectTracker()
    for (const subject of [{ username: 'alice' }, { peer_id: `${HERE}:8000` }]) {
      expect(await tracker.ask(HERE, 'POST /add-list', { channel: 'x', ...subject })).toMatchObject({
        status: 404,
      })
    }
  })
})

describe('the feed of a peer', () => {
  async function beating(tracker: DirectTracker): Promise<void> {
    await tracker.ask(HERE, 'POST /submit-info', alice)
    await tracker.ask(HERE, 'POST /heartbeat', alice)
  }

  async function follow(tracker: DirectTracker): Promise<AbortController> {
    const connection = new AbortController()
    await tracker.ask(HERE, 'GET /events?channel=general&port=8000', undefined, connection.signal)
    return connection
  }

  function isThereAfter(tracker: DirectTracker, ms: number): boolean {
    for (let passed = 0; passed < ms; passed += TIMES.sweep) {
      tracker.clock.advanceSync(TIMES.sweep)
      tracker.registry.sweep(tracker.clock.now())
    }
    return tracker.registry.get(`${HERE}:8000`) !== undefined
  }

  test('that breaks and does not come back: the peer is removed after TIMES.suspicion', async () => {
    const tracker = new DirectTracker()
    await beating(tracker)
    const connection = await follow(tracker)
    expect(isThereAfter(tracker, TIMES.suspicion)).toBe(true)
    connection.abort()
    expect(isThereAfter(tracker, TIMES.suspicion - TIMES.sweep)).toBe(true)
    expect(isThereAfter(tracker, TIMES.sweep)).toBe(false)
  })

  test('that breaks and comes back: opening a feed is a sign of life', async () => {
    const tracker = new DirectTracker()
    await beating(tracker)
    const broken = await follow(tracker)
    broken.abort()
    await follow(tracker)
    expect(isThereAfter(tracker, 2 * TIMES.suspicion)).toBe(true)
  })

  test('that comes back before the old connection is found dead', async () => {
    const tracker = new DirectTracker()
    await beating(tracker)
    const old = await follow(tracker)
    const fresh = await follow(tracker)
    old.abort()
    expect(isThereAfter(tracker, 2 * TIMES.suspicion)).toBe(true)
    fresh.abort()
    expect(isThereAfter(tracker, TIMES.suspicion)).toBe(false)
  })

  test('that breaks while heartbeats go on', async () => {
    const tracker = new DirectTracker()
    await beating(tracker)
    const connection = await follow(tracker)
    connection.abort()
    tracker.clock.advanceSync(TIMES.suspicion - 1)
    await tracker.ask(HERE, 'POST /heartbeat', alice)
    expect(isThereAfter(tracker, 2 * TIMES.suspicion)).toBe(true)
  })

  test('of an unknown peer makes no peer a suspect', async () => {
    const tracker = new DirectTracker()
    const connection = await follow(tracker)
    connection.abort()
    await beating(tracker)
    expect(isThereAfter(tracker, 2 * TIMES.suspicion)).toBe(true)
  })
})

describe('any request', () => {
  const ROUTES = [
    ...['submit-info', 'heartbeat', 'leave', 'add-list', 'remove-list', 'get-list', 'connect-peer'],
    'broadcast-peer',
  ]
  const KEYS = [
    ...[
      'ip',
      'port',
      'name',
      'username',
      'peer_id',
      'id',
      'channels',
      'channel',
      'peer',
      'from',
      'to',
      'target',
    ],
    ...[
      'message',
      'text',
      'ts',
      'since',
      'limit',
      'cursor',
      'format',
      '__proto__',
      'constructor',
      'toString',
    ],
  ]
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(
        'alice',
        HERE,
        `${HERE}:8000`,
        '8000',
        8000,
        'general',
        'private',
        'map',
        '1',
        '\ud800',
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
    ),
  }))
  const body = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 8 })
  const host = fc.constantFrom(HERE, '10.0.0.6', '127.0.0.1', '::1', 'fe80::1%eth0', '')

  test.each(ROUTES)('/%s answers, and never 500', async (path) => {
    const tracker = new DirectTracker()
    await tracker.ask(HERE, 'POST /submit-info', { ...alice, channels: ['general'] })
    await fc.assert(
      fc.asyncProperty(host, body, async (from, fields) => {
        const { status, json } = await tracker.ask(from, `POST /${path}`, fields)
        expect(status).toBeLessThan(500)
        if (status === 200) expect(json).toMatchObject({ status: 'ok' })
        else
          expect(json).toMatchObject({
            error: expect.any(String) as string,
            detail: expect.any(String) as string,
          })
      }),
      { numRuns: 400 },
    )
  })

  test('/get-list and /events with any query', async () => {
    const tracker = new DirectTracker()
    const query = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.string({ unit: 'binary' })), {
      maxLength: 6,
    })
    const path = fc.constantFrom('/get-list', '/events', '/healthz')
    await fc.assert(
      fc.asyncProperty(path, query, async (target, fields) => {
        const search = fields.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&')
        expect((await tracker.ask(HERE, `GET ${target}?${search}`)).status).toBeLessThan(500)
      }),
      { numRuns: 400 },
    )
  })

  test.each([
    ['limit', { limit: { toString: 1, valueOf: 1 } }],
    ['since', { channel: 'general', since: { toString: 1, valueOf: 1 } }],
    ['cursor', { cursor: { toString: 1, valueOf: 1 } }],
  ])('/get-list with a %s that cannot be made a number', async (field, fields) => {
    expect(await new DirectTracker().ask(HERE, 'POST /get-list', fields)).toMatchObject({
      status: 400,
      json: { error: 'invalid_field', field },
    })
  })
})
