/** Peers with keys at the tracker: who may change what, where they are listed, and what becomes of them when they move. */
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { addressKey } from '../../src/chat/model.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { DirectTracker, type Proved } from './direct.ts'

const ALICE = new KeyPair(Buffer.alloc(32, 1)).id
const BOB = new KeyPair(Buffer.alloc(32, 2)).id
const [HOME, AWAY, HERE] = ['10.0.0.6', '10.0.0.5', '127.0.0.1'] as const
const bob = { ip: HOME, port: 8000, name: 'bob' }
const proved = (host: string, key = BOB): Proved => ({ host, key })

/** A tracker at which bob is registered, and in #general. */
async function withBob(from: string | Proved): Promise<DirectTracker> {
  const tracker = new DirectTracker()
  await tracker.ask(from, 'POST /submit-info', { ...bob, channels: ['general'] })
  tracker.clock.advanceSync(1_000)
  return tracker
}

/** All that a list shows of the peers, and what was said in #general. */
function state({ registry, clock, forwarded }: DirectTracker): unknown {
  const peers = registry
    .peers(clock.now())
    .map(({ peer, channels, renewedAt }) => ({ ...peer, channels: [...channels], renewedAt }))
  return JSON.parse(JSON.stringify({ peers, messages: registry.messages('general'), forwarded }))
}

const CHANGES: readonly [what: string, route: string, body?: object][] = [
  ['registers it again', 'POST /submit-info', bob],
  ['renames it', 'POST /submit-info', { ...bob, name: 'robert' }],
  ['renames it by PUT', 'PUT /submit-info', { ...bob, name: 'robert' }],
  ['sends a heartbeat', 'POST /heartbeat', bob],
  ['joins', 'POST /add-list', { channel: 'ops', peer: bob }],
  ['joins by name', 'POST /add-list', { channel: 'ops', username: 'bob' }],
  ['parts', 'POST /remove-list', { channel: 'general', peer: bob }],
  ['parts by id', 'POST /remove-list', { channel: 'general', peer_id: '10.0.0.6:8000' }],
  ['speaks', 'POST /broadcast-peer', { from: bob, channel: 'general', message: 'hi' }],
  ['speaks by name', 'POST /broadcast-peer', { from: 'bob', channel: 'general', message: 'hi' }],
  ['reads its feed', 'GET /events?channel=general&ip=10.0.0.6&port=8000'],
  ['leaves', 'POST /leave', bob],
  ['leaves by name', 'POST /leave', { username: 'bob' }],
]

describe.each(CHANGES)('one that %s', (_what, route, body) => {
  describe('bob is registered with a key', () => {
    test.each<[who: string, from: string | Proved, status: number, error?: string]>([
      ['in clear from its address', HOME, 403, 'key_required'],
      ['in clear from another host', AWAY, 422, 'address_mismatch'],
      ['in clear from the machine of the tracker', HERE, 403, 'key_required'],
      ['with another key from its address', proved(HOME, ALICE), 403, 'key_required'],
      ['with another key from another host', proved(AWAY, ALICE), 422, 'address_mismatch'],
      ['with another key from the machine of the tracker', proved(HERE, ALICE), 403, 'key_required'],
      ['with its key from another host', proved(AWAY), 422, 'address_mismatch'],
      ['with its key from its address', proved(HOME), 200],
      ['with its key from the machine of the tracker', proved(HERE), 200],
    ])('%s', async (_who, from, status, error) => {
      const tracker = await withBob(proved(HOME))
      const before = state(tracker)
      const answer = await tracker.ask(from, route, body)
      expect([answer.status, answer.json['error']]).toEqual([status, error])
      if (status === 200) expect(state(tracker)).not.toEqual(before)
      else expect(state(tracker)).toEqual(before)
    })
  })

  describe('bob is registered without a key', () => {
    test.each<[who: string, from: string | Proved, status: number]>([
      ['in clear from its address', HOME, 200],
      ['in clear from another host', AWAY, 422],
      ['in clear from the machine of the tracker', HERE, 200],
      ['with a key from its address', proved(HOME), 200],
      ['with a key from another host', proved(AWAY), 422],
      ['with a key from the machine of the tracker', proved(HERE), 200],
    ])('%s', async (_who, from, status) => {
      const tracker = await withBob(HOME)
      const before = state(tracker)
      expect((await tracker.ask(from, route, body)).status).toBe(status)
      if (status === 200) expect(state(tracker)).not.toEqual(before)
      else expect(state(tracker)).toEqual(before)
    })
  })
})

describe('the key of an entry', () => {
  test('is in lists, in the answer to a registration, in events and in answers to /connect-peer', async () => {
    const tracker = await withBob(proved(HOME))
    const entry = { ...bob, key: BOB }
    const registered = await tracker.ask(proved(HOME), 'POST /submit-info', bob)
    expect(registered.json['peer']).toMatchObject(entry)
    expect((await tracker.ask(AWAY, 'GET /get-list')).json['peers']).toMatchObject([entry])
    expect((await tracker.ask(AWAY, 'GET /get-list?channel=general&limit=5')).json['peers']).toMatchObject([
      entry,
    ])
    expect((await tracker.ask(AWAY, 'POST /connect-peer', { to: 'bob' })).json['peer']).toMatchObject(entry)
    const joined = await tracker.ask(AWAY, 'POST /add-list', {
      channel: 'general',
      peer: { ip: AWAY, port: 8000, name: 'classic' },
    })
    expect(joined.json['members']).toMatchObject([entry, { name: 'classic' }])
  })

  test('is the one that the connection proved, whatever the request says', async () => {
    const tracker = new DirectTracker()
    await tracker.ask(proved(HOME), 'POST /submit-info', { ...bob, key: ALICE })
    expect(tracker.registry.get('10.0.0.6:8000')?.peer.key).toBe(BOB)
  })

  test.each<[way: string, route: string, body: object]>([
    ['/submit-info', 'POST /submit-info', { ...bob, key: BOB }],
    ['/add-list', 'POST /add-list', { channel: 'general', peer: { ...bob, key: BOB } }],
  ])('a request in clear that names one registers without: %s', async (_way, route, body) => {
    const tracker = new DirectTracker()
    expect((await tracker.ask(HOME, route, body)).status).toBe(200)
    expect(tracker.registry.get('10.0.0.6:8000')?.peer).toEqual(bob)
    expect((await tracker.ask(AWAY, 'GET /get-list')).json['peers']).not.toMatchObject([
      { key: expect.anything() as unknown },
    ])
  })

  test('is not given on with a message: recipients believe it of a connection or a signature only', async () => {
    const tracker = await withBob(proved(HOME))
    await tracker.ask(proved(AWAY, ALICE), 'POST /add-list', {
      channel: 'general',
      peer: { ip: AWAY, port: 8000, name: 'alice' },
    })
    await tracker.ask(proved(HOME), 'POST /broadcast-peer', { from: { ...bob, key: ALICE }, message: 'hi' })
    expect(tracker.forwarded).toMatchObject([{ peer: { key: ALICE }, body: { from: bob } }])
    expect(tracker.forwarded[0]?.body['from']).toEqual(bob)
  })

  test('of a client that is not registered is not stored from its word', async () => {
    const tracker = new DirectTracker()
    const from = { ip: HOME, port: 8000, name: 'web', key: BOB }
    await tracker.ask(HOME, 'POST /broadcast-peer', { from, channel: 'general', message: 'hi' })
    expect(tracker.registry.messages('general')[0]?.from).toEqual({ ip: HOME, port: 8000, name: 'web' })
  })

  test('is not in answers that must fit into 8 KiB when there are many peers', async () => {
    const tracker = new DirectTracker()
    for (let index = 0; index < 60; index++) {
      const { id } = new KeyPair(Buffer.alloc(32, index))
      await tracker.ask(proved(HOME, id), 'POST /submit-info', { ...bob, port: 8000 + index })
    }
    const { json } = await tracker.ask(AWAY, 'GET /get-list')
    expect(json['peers']).toHaveLength(60)
    expect(JSON.stringify(json)).not.toContain('"key"')
  })
})

describe('a peer with a key that moves', () => {
  test('has one entry, at its new address; the others are told', async () => {
    const tracker = await withBob(proved(HOME))
    await tracker.ask(AWAY, 'POST /submit-info', {
      ip: AWAY,
      port: 8001,
      name: 'alice',
      channels: ['general'],
    })
    const moved = { ...bob, ip: AWAY }
    await tracker.ask(proved(AWAY), 'POST /submit-info', { ...moved, channels: ['general'] })
    const members = tracker.registry.members('general', tracker.clock.now()).map(({ peer }) => peer)
    expect(members).toEqual([
      { ip: AWAY, port: 8001, name: 'alice' },
      { ...moved, key: BOB },
    ])
    expect(tracker.changes.slice(-2)).toMatchObject([
      { kind: 'parted', peer: { ...bob, key: BOB }, channel: 'general', reason: 'now at 10.0.0.5:8000' },
      { kind: 'joined', peer: { ...moved, key: BOB }, channel: 'general' },
    ])
    expect(tracker.registry.named('bob')).toHaveLength(1)
  })

  test('leaves its old address to others', async () => {
    const tracker = await withBob(proved(HOME))
    await tracker.ask(proved(AWAY), 'POST /submit-info', { ...bob, ip: AWAY })
    expect((await tracker.ask(HOME, 'POST /submit-info', { ...bob, name: 'carol' })).status).toBe(200)
    expect(tracker.registry.peers(tracker.clock.now()).map(({ peer }) => peer)).toEqual([
      { ...bob, ip: AWAY, key: BOB },
      { ...bob, name: 'carol' },
    ])
  })

  test('the end of its old feed says nothing of the next peer at its old address', async () => {
    const tracker = await withBob(proved(HOME))
    const old = new AbortController()
    await tracker.ask(proved(HOME), 'GET /events?channel=general&port=8000', undefined, old.signal)
    await tracker.ask(proved(AWAY), 'POST /submit-info', { ...bob, ip: AWAY })
    const carol = { ...bob, name: 'carol' }
    await tracker.ask(HOME, 'POST /submit-info', carol)
    old.abort()
    tracker.clock.advanceSync(TIMES.suspicion)
    tracker.registry.sweep(tracker.clock.now())
    expect(tracker.registry.get(addressKey(carol))?.peer).toEqual(carol)
  })

  test('the end of its feed is the end of its entry, as for every peer', async () => {
    const tracker = await withBob(proved(HOME))
    const feed = new AbortController()
    await tracker.ask(proved(HOME), 'GET /events?channel=general&port=8000', undefined, feed.signal)
    feed.abort()
    tracker.clock.advanceSync(TIMES.suspicion)
    tracker.registry.sweep(tracker.clock.now())
    expect(tracker.registry.size).toBe(0)
  })
})

describe('the place of a peer with a key that is gone', () => {
  test.each([
    ['after it has left', (tracker: DirectTracker): unknown => tracker.ask(proved(HOME), 'POST /leave', bob)],
    [
      'when its lease ran out, although its port still answers',
      (tracker: DirectTracker): void => {
        for (let passed = 0; passed < TIMES.lease; passed += TIMES.sweep) {
          tracker.clock.advanceSync(TIMES.sweep)
          expect(tracker.registry.sweep(tracker.clock.now()), 'no port is checked').toEqual([])
        }
      },
    ],
  ])('is free for a program without a key %s', async (_when, goes) => {
    const tracker = await withBob(proved(HOME))
    const carol = { ...bob, name: 'carol' }
    const refused = await tracker.ask(HOME, 'POST /submit-info', carol)
    expect(refused.json['detail']).toContain('bob at 10.0.0.6:8000 is registered with a key')
    expect(refused.json['detail']).toContain('30 s after its last heartbeat')
    await goes(tracker)
    expect((await tracker.ask(HOME, 'POST /submit-info', carol)).status).toBe(200)
    expect(tracker.registry.peers(tracker.clock.now()).map(({ peer }) => peer)).toEqual([carol])
  })
})

describe('the address of a peer with a key whose feed broke', () => {
  async function lost(): Promise<DirectTracker> {
    const tracker = await withBob(proved(HOME))
    const feed = new AbortController()
    await tracker.ask(proved(HOME), 'GET /events?channel=general&port=8000', undefined, feed.signal)
    feed.abort()
    return tracker
  }

  test.each<[who: string, from: string | Proved, key: string | undefined]>([
    ['a program without a key', HOME, undefined],
    ['another key', proved(HOME, ALICE), ALICE],
  ])('is free at once for %s', async (_who, from, key) => {
    const tracker = await lost()
    expect((await tracker.ask(from, 'POST /submit-info', { ...bob, name: 'carol' })).status).toBe(200)
    const [entry, ...others] = tracker.registry.peers(tracker.clock.now())
    expect(entry?.peer).toEqual({ ...bob, name: 'carol', ...(key === undefined ? {} : { key }) })
    expect(others).toEqual([])
    expect(tracker.changes).toMatchObject([{ kind: 'joined' }, { kind: 'parted', reason: 'connection lost' }])
  })

  test.each<[what: string, from: string | Proved, route: string, status: number]>([
    ['another host registers there', AWAY, 'POST /submit-info', 422],
    ['a program without a key makes it leave', HOME, 'POST /leave', 403],
    ['another key makes it leave', proved(HOME, ALICE), 'POST /leave', 403],
  ])('is still its own when %s', async (_what, from, route, status) => {
    const tracker = await lost()
    expect((await tracker.ask(from, route, bob)).status).toBe(status)
    expect(tracker.registry.get(addressKey(bob))?.peer.key).toBe(BOB)
  })

  test('is its own again after a sign of life', async () => {
    const tracker = await lost()
    await tracker.ask(proved(HOME), 'POST /heartbeat', bob)
    expect((await tracker.ask(HOME, 'POST /submit-info', bob)).status).toBe(403)
  })

  test('stays with the same key, in its channels', async () => {
    const tracker = await lost()
    await tracker.ask(proved(HOME), 'POST /submit-info', bob)
    expect(tracker.registry.members('general', tracker.clock.now()).map(({ peer }) => peer.key)).toEqual([
      BOB,
    ])
  })
})

describe('names', () => {
  test('several keys and programs without one may have the same name', async () => {
    const tracker = await withBob(proved(HOME))
    await tracker.ask(proved(AWAY, ALICE), 'POST /submit-info', { ...bob, ip: AWAY })
    await tracker.ask(HERE, 'POST /submit-info', { ...bob, ip: '10.0.0.7' })
    expect(tracker.registry.named('bob').map(({ peer }) => peer.key)).toEqual([BOB, ALICE, undefined])
  })

  test('a program without a key that names itself means its own entry, not one of a key', async () => {
    const tracker = await withBob(proved(HOME))
    const classic = { ...bob, port: 8001 }
    await tracker.ask(HOME, 'POST /submit-info', classic)
    expect((await tracker.ask(HOME, 'POST /leave', { username: 'bob' })).status).toBe(200)
    expect(tracker.registry.peers(tracker.clock.now()).map(({ peer }) => peer)).toEqual([
      { ...bob, key: BOB },
    ])
  })

  test('a proved peer that names itself means its own entry', async () => {
    const tracker = await withBob(HOME)
    await tracker.ask(proved(HOME), 'POST /submit-info', { ...bob, port: 8001 })
    await tracker.ask(proved(HOME), 'POST /add-list', { channel: 'ops', username: 'bob' })
    expect(tracker.registry.members('ops', tracker.clock.now()).map(({ peer }) => peer.port)).toEqual([8001])
  })
})

test('a key that takes over the address of a program without one begins anew', async () => {
  const tracker = await withBob(HOME)
  await tracker.ask(proved(HOME), 'POST /submit-info', bob)
  expect(tracker.registry.peers(tracker.clock.now()).map(({ peer }) => peer)).toEqual([{ ...bob, key: BOB }])
  expect(tracker.registry.members('general', tracker.clock.now())).toEqual([])
})
