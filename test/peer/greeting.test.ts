/** What a peer says of itself over the wire, and whom it meets by being greeted. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/cli/system-clock.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import { ask, get, post } from '../tracker/support.ts'
import { fast } from './fast-clock.ts'
import { eventually, names } from './lan-support.ts'
import { pictureOf, sha256 } from './picture-server.ts'
import { knows, startPeer, type Watched } from './support.ts'
import type { Clock } from '../../src/chat/clock.ts'

const BOB = { name: 'bob', port: 7002, channels: ['general'] }

function portOf({ peer }: Watched): number {
  return peer.address.port
}

function greet(watched: Watched, fields: object) {
  return post(portOf(watched), '/p2p/hello', fields)
}

describe('POST /p2p/hello', () => {
  test('is answered with who we are, and who greets is listed where both are', async () => {
    const alice = await startPeer({ name: 'alice' })
    await alice.peer.join('ops')
    const channels = ['#General', 'ops', 'elsewhere']
    const answer = await greet(alice, { ...BOB, ip: '127.0.0.1', node: 'b0bb0bb0bb0bb0b0', channels })
    expect(answer.status).toBe(200)
    const { version, node, ...rest } = answer.json
    expect(version).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+/)
    expect(node).toMatch(/^[0-9a-f]{16}$/)
    const self = { ip: '127.0.0.1', port: portOf(alice), name: 'alice' }
    expect(rest).toMatchObject({ app: 'parley', ...self, channels: ['general', 'ops'] })
    expect(alice.peer.peers).toEqual([{ ip: '127.0.0.1', port: 7002, name: 'bob' }])
    expect(names(alice, 'general')).toEqual(['bob'])
    expect(names(alice, 'ops')).toEqual(['bob'])
    expect(names(alice, 'elsewhere')).toEqual([])
    expect(alice.peer.find('bob').port).toBe(7002)
  })

  test.each<[name: string, fields: object, met: string]>([
    ['an address that is left empty', { ...BOB, ip: '' }, 'bob'],
    ['the address of a peer that listens everywhere', { ...BOB, ip: '0.0.0.0' }, 'bob'],
    ['a port in digits', { ...BOB, port: '7002' }, 'bob'],
    ['no name: its address is one', { ...BOB, name: undefined }, '127.0.0.1:7002'],
    ['channels in one word', { ...BOB, channels: 'ops,general' }, 'bob'],
  ])('with %s', async (_name, fields, met) => {
    const alice = await startPeer({ name: 'alice' })
    expect((await greet(alice, fields)).status).toBe(200)
    expect(names(alice)).toEqual([met])
  })

  test('as a form', async () => {
    const alice = await startPeer({ name: 'alice' })
    const form = { type: 'application/x-www-form-urlencoded', body: 'name=bob&port=7002&channels=general' }
    await ask(portOf(alice), { method: 'POST', target: '/p2p/hello', ...form })
    expect(names(alice)).toEqual(['bob'])
  })

  test.each<[name: string, fields: object]>([
    ['for somebody at another address', { ...BOB, ip: '10.1.2.3' }],
    ['for somebody at another address of this machine', { ...BOB, ip: '127.0.0.2' }],
    ['for a service', { ...BOB, port: 6379 }],
    ['for a port below 1024', { ...BOB, port: 80 }],
  ])('%s is answered, and nobody is met', async (_name, fields) => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await greet(alice, fields)
    expect(answer.status).toBe(200)
    expect(answer.json['name']).toBe('alice')
    expect(alice.peer.peers).toEqual([])
  })

  test('by ourselves is answered, and we do not meet ourselves', async () => {
    const alice = await startPeer({ name: 'alice' })
    const hello = await get(portOf(alice), '/p2p/hello')
    for (const node of [hello.json['node'], 'b0bb0bb0bb0bb0b0', undefined])
      expect((await greet(alice, { ...hello.json, node })).status).toBe(200)
    expect((await greet(alice, { ...hello.json, port: 7002 })).status).toBe(200)
    expect(alice.peer.peers).toEqual([])
  })

  test('by ourselves, listening everywhere', async () => {
    const alice = await startPeer({ name: 'alice', host: '0.0.0.0' })
    await greet(alice, { ...BOB, ip: '127.0.0.1', port: portOf(alice) })
    expect(alice.peer.peers).toEqual([])
  })

  test.each<[name: string, fields: object, field: string]>([
    ['no port', { ...BOB, port: undefined }, 'port'],
    ['the port 0', { ...BOB, port: 0 }, 'port'],
    ['a port that is too large', { ...BOB, port: 65_536 }, 'port'],
    ['a port that is no number', { ...BOB, port: 'http' }, 'port'],
    ['an address that is none', { ...BOB, ip: 'localhost' }, 'ip'],
    ['channels that are no list', { ...BOB, channels: 7 }, 'channels'],
  ])('with %s is refused with 400', async (_name, fields, field) => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await greet(alice, fields)
    expect(answer.status).toBe(400)
    expect(answer.json['field']).toBe(field)
    expect(alice.peer.peers).toEqual([])
  })

  test.each<[name: string, question: object, status: number]>([
    ['of a web page', { headers: { Origin: 'http://evil.example' }, body: BOB }, 403],
    ['of a page of this machine', { headers: { Origin: 'null' }, body: BOB }, 403],
    [
      'as text from a page, which it may send without asking',
      { type: 'text/plain', headers: { 'Sec-Fetch-Site': 'same-origin' }, body: JSON.stringify(BOB) },
      415,
    ],
    ['of another type', { type: 'text/html', body: JSON.stringify(BOB) }, 415],
    ['with a name over the limit', { body: { ...BOB, name: 'n'.repeat(LIMITS.nameBytes + 1) } }, 422],
    ['with nothing in it', { body: '' }, 400],
    ['that is no JSON', { body: '{"name":' }, 400],
  ])('%s is refused', async (_name, question, status) => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await ask(portOf(alice), { method: 'POST', target: '/p2p/hello', ...question })
    expect(answer.status).toBe(status)
    expect(alice.peer.peers).toEqual([])
  })

  test('whoever greets and is not heard of again is gone when its lease is over', async () => {
    const alice = await startPeer({ name: 'alice', clock: fast(100) })
    await greet(alice, BOB)
    await knows(alice, 'general', [])
    expect(alice.events.filter(({ kind }) => kind !== 'receipt').map(({ kind }) => kind)).toEqual([
      'joined',
      'parted',
    ])
  })

  test('what we slept through is no part of a lease', async () => {
    const offset = { ms: 0 }
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + offset.ms,
      after: (ms, task) => systemClock.after(ms / 100, task),
    }
    const alice = await startPeer({ name: 'alice', clock })
    await greet(alice, BOB)
    offset.ms = 60_000
    // Then the time passes a little at a time, and we are awake.
    await eventually(() => {
      offset.ms += 200
      return names(alice)
    }).toEqual([])
    expect(offset.ms).toBeGreaterThan(60_000 + 20_000)
  })

  test('whoever says it under another name has a new one', async () => {
    const alice = await startPeer({ name: 'alice' })
    await greet(alice, BOB)
    await greet(alice, { ...BOB, name: 'robert' })
    expect(names(alice)).toEqual(['robert'])
  })

  test(`no more than ${LIMITS.membersPerChannel}, and those who are there stay`, async () => {
    const alice = await startPeer({ name: 'alice' })
    const url = `http://127.0.0.1:${portOf(alice)}/p2p/hello`
    const headers = { 'Content-Type': 'application/json' }
    for (let first = 0; first <= LIMITS.membersPerChannel; first += 50) {
      const some = Array.from({ length: 50 }, (_, index) => 10_000 + first + index)
      await Promise.all(
        some.map(async (port) => {
          const body = JSON.stringify({ port, channels: ['general'] })
          await (await fetch(url, { method: 'POST', headers, body })).text()
        }),
      )
    }
    expect(alice.peer.members('general')).toHaveLength(LIMITS.membersPerChannel)
    expect(alice.peer.peers).toHaveLength(LIMITS.membersPerChannel)
    const [somebody] = alice.peer.peers
    await greet(alice, { name: 'still here', port: somebody?.port, channels: ['general'] })
    expect(names(alice)).toContain('still here')
    await greet(alice, { name: 'one too many', port: 9_999, channels: ['general'] })
    expect(names(alice)).not.toContain('one too many')
  })
})

describe('GET /p2p/hello', () => {
  test('names the node, new at every start, and the channels as they are', async () => {
    const alice = await startPeer({ name: 'alice' })
    const first = (await get(portOf(alice), '/p2p/hello')).json
    expect(first).toMatchObject({ app: 'parley', name: 'alice', ip: '127.0.0.1', channels: ['general'] })
    await alice.peer.join('ops')
    await alice.peer.part('general')
    const second = (await get(portOf(alice), '/p2p/hello')).json
    expect(second).toEqual({ ...first, channels: ['ops'] })
    await alice.peer.close()
    const again = await startPeer({ name: 'alice', port: portOf(alice) })
    const third = (await get(portOf(again), '/p2p/hello')).json
    expect(third['node']).toMatch(/^[0-9a-f]{16}$/)
    expect(third['node']).not.toBe(first['node'])
  })
})

describe('GET /p2p/avatar', () => {
  test('there is none: 404', async () => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await get(portOf(alice), '/p2p/avatar')
    expect(answer.status).toBe(404)
    expect(answer.json['error']).toBe('no_picture')
  })

  test('the bytes, their type and their hash, and nobody may take them for something else', async () => {
    const alice = await startPeer({ name: 'alice' })
    const url = `http://127.0.0.1:${portOf(alice)}/p2p/avatar`
    for (const kind of ['png', 'webp'] as const) {
      const bytes = pictureOf(kind, Buffer.from([0, 255, 10, 13]))
      alice.peer.show({ avatar: bytes })
      const answer = await fetch(url)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe(`image/${kind}`)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('etag')).toBe(`"${sha256(bytes)}"`)
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
    }
  })

  test('cannot be set from outside', async () => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await post(portOf(alice), '/p2p/avatar', BOB)
    expect(answer.status).toBe(405)
  })
})
