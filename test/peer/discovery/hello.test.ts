/** What a peer says of itself over the wire, and the peers that it lists because they greet. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { LIMITS } from '../../../src/chat/limits.ts'
import { ask, get, post } from '../../support/ask.ts'
import { fastClock } from '../../support/clock.ts'
import { pictureOf, sha256 } from '../profiles/picture-server.ts'
import { answeringPeer, scriptedServer } from '../../support/scripted-server.ts'
import { turn } from '../../support/wait.ts'
import { knows, startPeer, type Watched, names } from '../../support/peers.ts'
import type { Clock } from '../../../src/chat/clock.ts'

const BOB = { name: 'bob', port: 7002, channels: ['general'] }

function portOf({ peer }: Watched): number {
  return peer.address.port
}

function greet(watched: Watched, fields: object) {
  return post(portOf(watched), '/p2p/hello', fields)
}

describe('POST /p2p/hello', () => {
  test('is answered with the identity of this peer, and the greeting peer is listed in common channels', async () => {
    const alice = await startPeer({ name: 'alice' })
    await alice.peer.join('ops')
    const channels = ['#General', 'ops', 'elsewhere']
    const port = await answeringPeer()
    const bob = { ...BOB, port, ip: '127.0.0.1', node: 'b0bb0bb0bb0bb0b0', channels }
    const answer = await greet(alice, bob)
    expect(answer.status).toBe(200)
    const { version, node, ...rest } = answer.json
    expect(version).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+/)
    expect(node).toMatch(/^[0-9a-f]{16}$/)
    const self = { ip: '127.0.0.1', port: portOf(alice), name: 'alice' }
    expect(rest).toMatchObject({ app: 'parley', ...self, channels: ['general', 'ops'] })
    await expect.poll(() => alice.peer.peers).toEqual([{ ip: '127.0.0.1', port, name: 'bob' }])
    expect(names(alice, 'general')).toEqual(['bob'])
    expect(names(alice, 'ops')).toEqual(['bob'])
    expect(names(alice, 'elsewhere')).toEqual([])
    expect(alice.peer.find('bob').port).toBe(port)
  })

  test.each<[name: string, fields: (port: number) => object, met: (port: number) => string]>([
    ['an address that is left empty', (port) => ({ port, ip: '' }), () => 'bob'],
    ['the address of a peer that listens everywhere', (port) => ({ port, ip: '0.0.0.0' }), () => 'bob'],
    ['a port in digits', (port) => ({ port: String(port) }), () => 'bob'],
    ['no name: its address is one', (port) => ({ port, name: undefined }), (port) => `127.0.0.1:${port}`],
    ['channels in one word', (port) => ({ port, channels: 'ops,general' }), () => 'bob'],
  ])('with %s', async (_name, fields, met) => {
    const alice = await startPeer({ name: 'alice' })
    const port = await answeringPeer()
    expect((await greet(alice, { ...BOB, ...fields(port) })).status).toBe(200)
    await expect.poll(() => names(alice)).toEqual([met(port)])
  })

  test.each<[name: string, answer: [status: number, body: unknown] | string]>([
    ['no chat peer answers', [200, '<title>router</title>']],
    ['another program answers', [200, { app: 'grafana' }]],
    ['a server refuses it', [401, { error: 'unauthorized' }]],
    ['no HTTP is answered', 'SSH-2.0-OpenSSH\r\n'],
    ['another peer answers', [200, { app: 'parley', name: 'carol', port: 7002, node: 'ca501ca501ca501c' }]],
  ])('from a port where %s: it is probed by one GET, and no peer is listed', async (_name, answer) => {
    const service = await scriptedServer(() => answer)
    const alice = await startPeer({ name: 'alice' })
    const bob = { ...BOB, port: service.port, node: 'b0bb0bb0bb0bb0b0' }
    expect((await greet(alice, bob)).status).toBe(200)
    await expect.poll(() => service.asked.length).toBe(1)
    // A peer that comes later has been met by the time that this one would have been.
    const port = await answeringPeer()
    await greet(alice, { ...BOB, name: 'carol', port })
    await expect.poll(() => names(alice)).toEqual(['carol'])
    alice.peer.say('general', 'hello')
    await turn()
    expect(service.asked.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /p2p/hello'])
  })

  test('as a form', async () => {
    const alice = await startPeer({ name: 'alice' })
    const body = `name=bob&port=${await answeringPeer()}&channels=general`
    const form = { type: 'application/x-www-form-urlencoded', body }
    await ask(portOf(alice), { method: 'POST', target: '/p2p/hello', ...form })
    await expect.poll(() => names(alice)).toEqual(['bob'])
  })

  test.each<[name: string, fields: object]>([
    ['for a peer at another address', { ...BOB, ip: '10.1.2.3' }],
    ['for a peer at another address of this machine', { ...BOB, ip: '127.0.0.2' }],
    ['for a service', { ...BOB, port: 6379 }],
    ['for a port below 1024', { ...BOB, port: 80 }],
  ])('%s is answered, and no peer is listed', async (_name, fields) => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await greet(alice, fields)
    expect(answer.status).toBe(200)
    expect(answer.json['name']).toBe('alice')
    expect(alice.peer.peers).toEqual([])
  })

  test('from this peer itself is answered, and the peer is not listed', async () => {
    const alice = await startPeer({ name: 'alice' })
    const hello = await get(portOf(alice), '/p2p/hello')
    for (const node of [hello.json['node'], 'b0bb0bb0bb0bb0b0', undefined])
      expect((await greet(alice, { ...hello.json, node })).status).toBe(200)
    expect((await greet(alice, { ...hello.json, port: 7002 })).status).toBe(200)
    expect(alice.peer.peers).toEqual([])
  })

  test('from this peer itself, listening on every address', async () => {
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

  test('a peer that greets and is not heard again is gone when its lease is over', async () => {
    const alice = await startPeer({ name: 'alice', clock: fastClock(100) })
    await greet(alice, { ...BOB, port: await answeringPeer() })
    await expect
      .poll(() => alice.events.filter(({ kind }) => kind !== 'receipt').map(({ kind }) => kind))
      .toEqual(['joined', 'parted'])
    expect(names(alice)).toEqual([])
  })

  test('time that the machine slept is no part of a lease', async () => {
    const offset = { ms: 0 }
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + offset.ms,
      after: (ms, task) => systemClock.after(ms / 100, task),
    }
    const alice = await startPeer({ name: 'alice', clock })
    await greet(alice, { ...BOB, port: await answeringPeer() })
    await knows(alice, 'general', ['bob'])
    offset.ms = 60_000
    // Then the time passes a little at a time, and the machine is awake.
    await expect
      .poll(() => {
        offset.ms += 200
        return names(alice)
      })
      .toEqual([])
    expect(offset.ms).toBeGreaterThan(60_000 + 20_000)
  })

  test('a peer that greets under another name has a new one', async () => {
    const alice = await startPeer({ name: 'alice' })
    const port = await answeringPeer()
    await greet(alice, { ...BOB, port })
    await knows(alice, 'general', ['bob'])
    await greet(alice, { ...BOB, port, name: 'robert' })
    expect(names(alice)).toEqual(['robert'])
  })

  test('many of one host at once: few are answered, none is listed, and another peer that greets meanwhile is', async () => {
    const alice = await startPeer({ name: 'alice' })
    const statuses: number[] = []
    for (let first = 0; first < 200; first += 50) {
      const some = Array.from({ length: 50 }, (_, index) => 10_000 + first + index)
      const answers = some.map((port) => greet(alice, { name: `g${port}`, port, channels: ['general'] }))
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status))
    }
    const taken = statuses.filter((status) => status === 200).length
    expect(taken).toBeGreaterThanOrEqual(LIMITS.ownGreetings.burst)
    expect(statuses.filter((status) => ![200, 429, 503].includes(status))).toEqual([])
    const carol = await startPeer({ name: 'carol' })
    carol.peer.say('general', 'nobody is here yet')
    const hello = { id: 'c-1', from: carol.peer.self, channel: 'general', message: 'hello' }
    await post(portOf(alice), '/p2p/receive', hello)
    await knows(alice, 'general', ['carol'])
    alice.peer.say('general', 'welcome')
    await expect.poll(() => carol.heard()).toContain('alice: welcome')
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

  test('the bytes, their type and their hash, and no browser may guess another type', async () => {
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
