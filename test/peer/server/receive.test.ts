/** What a peer answers to other peers, to legacy clients and to other programs, over the wire. */
import { isDeed, textOf } from '../../../src/chat/content.ts'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { Headers } from '../../../src/http/headers.ts'
import { Router } from '../../../src/http/router.ts'
import { messageRoutes } from '../../../src/peer/messages/routes.ts'
import { ask, post, type Answer, type Json } from '../../support/ask.ts'
import { knows, startPeer, type Watched } from '../../support/peers.ts'
import { answeringPeer, scriptedServer } from '../../support/scripted-server.ts'
import { PATIENCE } from '../../support/wait.ts'

const BOB = { ip: '127.0.0.1', port: 7002, name: 'bob' }
const OF_BOB = { from: BOB, channel: 'general', message: 'hi', id: 'b-1' }

function portOf({ peer }: Watched): number {
  return peer.address.port
}

/** A running peer called alice, in #general. */
function alice(): Promise<Watched> {
  return startPeer({ name: 'alice' })
}

/** The messages that a peer showed, without what differs from run to run. */
function messages({ events }: Watched): object[] {
  return events.flatMap((event) => {
    if (event.kind !== 'message') return []
    const { from, channel, content } = event.message
    return [{ from: from.name, channel, text: textOf(content), action: isDeed(content) }]
  })
}

describe('every form of a message is taken', () => {
  const hi = { from: 'bob', channel: 'general', text: 'hi', action: false }
  const direct = { ...hi, channel: 'private' }

  test.each<[name: string, path: string, body: object, shown: object]>([
    ['Parley', '/p2p/receive', OF_BOB, hi],
    ['an action', '/p2p/receive', { ...OF_BOB, kind: 'action' }, { ...hi, action: true }],
    ['legacy clients', '/p2p/receive', { from: BOB, channel: 'general', message: 'hi' }, hi],
    ['their broadcast, which leaves the channel out', '/p2p/receive', { from: BOB, message: 'hi' }, hi],
    ['their web app', '/p2p/receive', { from: 'webapp', message: 'hi' }, { ...hi, from: 'webapp' }],
    ['a slash at the end', '/p2p/receive/', OF_BOB, hi],
    ['from as a name', '/p2p/receive', { ...OF_BOB, from: 'bob' }, hi],
    [
      'from as an address',
      '/p2p/receive',
      { ...OF_BOB, from: '10.1.2.3:7002' },
      { ...hi, from: '10.1.2.3:7002' },
    ],
    ['a port in digits', '/p2p/receive', { ...OF_BOB, from: { ...BOB, port: '7002' } }, hi],
    ['text', '/p2p/receive', { from: BOB, text: 'hi' }, hi],
    ['content', '/p2p/receive', { from: BOB, content: 'hi' }, hi],
    ['a number as text', '/p2p/receive', { from: BOB, message: 7 }, { ...hi, text: '7' }],
    ['a channel with its sign', '/p2p/receive', { ...OF_BOB, channel: '#General' }, hi],
    ['/receive', '/receive', { from: 'bob', to: 'alice', message: 'hi', ts: 1_763_771_234 }, direct],
    ['/receive-message', '/receive-message', { sender: 'bob', message: 'hi', time_stamp: '12:00' }, hi],
    ['with group_name', '/receive-message', { sender: 'bob', message: 'hi', group_name: 'general' }, hi],
    ['/send-peer', '/send-peer', { from: 'bob', data: 'hi', timestamp: 1_763_771_234_567 }, hi],
    ['with channel_id', '/send-peer', { from: 'bob', data: 'hi', timestamp: 1, channel_id: 'general' }, hi],
    ['with user names', '/send-peer', { from_username: 'bob', to_username: 'alice', message: 'hi' }, direct],
  ])('%s', async (_name, path, body, shown) => {
    const watched = await alice()
    const answer = await post(portOf(watched), path, body)
    expect(answer.status).toBe(200)
    expect(answer.json['status']).toBe('ok')
    expect(answer.json['id']).toEqual(expect.stringMatching(/./))
    expect(messages(watched)).toEqual([shown])
  })

  test('a form', async () => {
    const watched = await alice()
    const form = { type: 'application/x-www-form-urlencoded', body: 'from=bob&message=hi+there%21' }
    const answer = await ask(portOf(watched), { method: 'POST', target: '/p2p/receive', ...form })
    expect(answer.json['status']).toBe('ok')
    expect(messages(watched)).toEqual([{ ...hi, text: 'hi there!' }])
  })

  test.each<[name: string, type: string]>([
    ['that says it is JSON', 'application/json'],
    ['that is plain text', 'text/plain; charset=utf-8'],
  ])('a body %s and is none is the text of a message from that address', async (_name, type) => {
    const watched = await alice()
    const question = { method: 'POST', target: '/p2p/receive', type, body: 'just text, ünïcode' }
    expect((await ask(portOf(watched), question)).json['status']).toBe('ok')
    expect(messages(watched)).toEqual([{ ...hi, from: '127.0.0.1', text: 'just text, ünïcode' }])
  })
})

describe('once', () => {
  test('the same message again is answered again and shown once', async () => {
    const watched = await alice()
    const port = portOf(watched)
    expect((await post(port, '/p2p/receive', OF_BOB)).json).toEqual({
      status: 'ok',
      id: 'b-1',
      batch: LIMITS.batch,
    })
    const again = await post(port, '/receive', OF_BOB)
    expect(again.status).toBe(200)
    expect(again.json).toEqual({ status: 'duplicate_ignored', id: 'b-1', batch: LIMITS.batch })
    expect(messages(watched)).toHaveLength(1)
  })

  test.each<[name: string, body: object]>([
    ['another text', { ...OF_BOB, message: 'ho' }],
    ['another channel', { ...OF_BOB, channel: 'private' }],
  ])('the same id for %s is a conflict', async (_name, body) => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', OF_BOB)
    const conflict = await post(portOf(watched), '/p2p/receive', body)
    expect(conflict.status).toBe(409)
    expect(conflict.json).toMatchObject({ error: 'id_conflict', field: 'id' })
    expect(messages(watched)).toHaveLength(1)
  })

  test('the same id of another sender is another message', async () => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', OF_BOB)
    const other = { ...OF_BOB, from: { ...BOB, port: 7003, name: 'carol' } }
    expect((await post(portOf(watched), '/p2p/receive', other)).json['status']).toBe('ok')
    expect(messages(watched)).toHaveLength(2)
  })

  test('two equal messages without an id are two messages', async () => {
    const watched = await alice()
    for (let count = 0; count < 2; count++) {
      const answer = await post(portOf(watched), '/p2p/receive', { from: BOB, message: 'ok' })
      expect(answer.json['status']).toBe('ok')
    }
    expect(messages(watched)).toHaveLength(2)
  })
})

describe('refused', () => {
  const long = 'x'.repeat(LIMITS.textCharacters)

  test.each<[name: string, status: number, error: string, body: object | string]>([
    ['a channel that the peer is not in', 404, 'not_joined', { ...OF_BOB, channel: 'ops' }],
    ['no sender', 400, 'missing_field', { message: 'hi' }],
    ['no text', 400, 'missing_field', { from: BOB }],
    ['empty text', 400, 'missing_field', { from: BOB, message: '' }],
    ['text that is an object', 400, 'invalid_field', { from: BOB, message: {} }],
    ['text that is one character too long', 422, 'invalid_field', { from: BOB, message: `${long}x` }],
    ['a port that is none', 400, 'invalid_field', { from: { ...BOB, port: 70_000 }, message: 'hi' }],
    ['a name of a host', 400, 'invalid_field', { from: { ...BOB, ip: 'localhost' }, message: 'hi' }],
    ['a time before all time', 422, 'invalid_field', { ...OF_BOB, ts: -1 }],
    ['an id that is too long', 422, 'invalid_field', { ...OF_BOB, id: 'x'.repeat(LIMITS.idCharacters + 1) }],
    ['broken JSON', 400, 'bad_request', '{"from": "bob", "message": '],
    ['a list', 400, 'bad_request', '[]'],
    ['nothing', 400, 'bad_request', ' '],
  ])('%s: %d %s', async (_name, status, error, body) => {
    const watched = await alice()
    const answer = await post(portOf(watched), '/p2p/receive', body)
    expect([answer.status, answer.json['error']]).toEqual([status, error])
    expect(answer.json['detail']).toEqual(expect.stringMatching(/./))
    expect(messages(watched)).toEqual([])
  })

  test('text as long as it may be is taken', async () => {
    const watched = await alice()
    expect((await post(portOf(watched), '/p2p/receive', { from: BOB, message: long })).status).toBe(200)
  })

  test('a body over 64 KiB', async () => {
    const watched = await alice()
    const body = JSON.stringify({ from: BOB, message: 'hi', more: 'x'.repeat(64 * 1024) })
    expect((await post(portOf(watched), '/p2p/receive', body)).status).toBe(413)
  })

  test('a body of another kind', async () => {
    const watched = await alice()
    const question = { method: 'POST', target: '/p2p/receive', type: 'image/png', body: 'x' }
    expect((await ask(portOf(watched), question)).status).toBe(415)
  })

  test.each([
    ['POST', '/p2p/receive'],
    ['POST', '/receive'],
    ['POST', '/receive-message'],
    ['POST', '/send-peer'],
    ['GET', '/peer-inbox'],
  ])('a web page: %s %s with an Origin', async (method, target) => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', OF_BOB)
    const body = method === 'POST' ? { body: { ...OF_BOB, id: 'b-2' } } : {}
    const headers = { Origin: 'http://evil.example' }
    const answer = await ask(portOf(watched), { method, target, headers, ...body })
    expect([answer.status, answer.json['error']]).toEqual([403, 'forbidden_origin'])
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect(messages(watched)).toHaveLength(1)
    expect(await inbox(watched)).toHaveLength(1)
  })

  test('what it does not know: 404, and another method: 405', async () => {
    const watched = await alice()
    expect((await ask(portOf(watched), { target: '/nowhere' })).status).toBe(404)
    const other = await ask(portOf(watched), { target: '/p2p/receive' })
    expect(other.status).toBe(405)
    expect(other.headers['allow']).toBe('POST, OPTIONS')
  })

  test.each([
    ['/', 200],
    ['/nowhere', 404],
  ])('a user who opens %s in a browser gets a page that explains it: %i', async (target, status) => {
    const answer = await ask(portOf(await alice()), { target, headers: { Accept: 'text/html,*/*;q=0.8' } })
    expect([answer.status, answer.text]).toEqual([
      status,
      expect.stringContaining('a chat program for one network'),
    ])
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  })
})

async function inbox(watched: Watched): Promise<Json[]> {
  const answer = await ask(portOf(watched), { target: '/peer-inbox' })
  return JSON.parse(answer.text) as Json[]
}

describe('the inbox', () => {
  test('holds what came, and is empty when it was read', async () => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', OF_BOB)
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, id: 'b-2', channel: 'private', message: 'psst' })
    const [first, second, ...rest] = await inbox(watched)
    expect(first).toMatchObject({ from: BOB, channel: 'general', message: 'hi' })
    expect(second).toMatchObject({ from: BOB, channel: 'private', message: 'psst' })
    expect(Math.abs(Number(first?.['ts']) - Date.now() / 1000)).toBeLessThan(60)
    expect(rest).toEqual([])
    expect(await inbox(watched)).toEqual([])
  })

  test('holds neither doubles nor what was refused', async () => {
    const watched = await alice()
    for (let count = 0; count < 2; count++) await post(portOf(watched), '/p2p/receive', OF_BOB)
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, id: 'b-2', channel: 'ops' })
    expect(await inbox(watched)).toHaveLength(1)
  })

  test('holds no own messages', async () => {
    const watched = await alice()
    watched.peer.say('general', 'hello')
    expect(await inbox(watched)).toEqual([])
  })

  test(`keeps the last ${LIMITS.inbox}`, async () => {
    const watched = await alice()
    for (let count = 0; count <= LIMITS.inbox; count++) {
      await post(portOf(watched), '/p2p/receive', { ...OF_BOB, id: `b-${count}`, message: String(count) })
    }
    const texts = (await inbox(watched)).map(({ message }) => message)
    expect(texts).toHaveLength(LIMITS.inbox)
    expect([texts[0], texts.at(-1)]).toEqual(['1', String(LIMITS.inbox)])
  })

  /** Asks as if from another machine, which loopback cannot show. */
  async function askFrom(host: string, local: string): Promise<Pick<Answer, 'status'>> {
    const refuse = (): never => {
      throw new Error('nothing is sent here')
    }
    const secret = { from: BOB, channel: 'general', message: 'secret', ts: 0 }
    const routes = messageRoutes({
      inbox: { receive: refuse, takePolled: () => [secret] },
      history: { answer: refuse },
      store: { saved: refuse },
      quotas: { consume: refuse },
      counters: { count: refuse },
      signatures: { take: refuse, arrived: refuse },
      entrances: { localized: refuse },
    })
    const request = {
      method: 'GET',
      target: '/peer-inbox',
      path: '/peer-inbox',
      query: '',
      host: local.includes(':') ? `[${local}]:7001` : `${local}:7001`,
      version: '1.1' as const,
      headers: Headers.none,
      body: Buffer.alloc(0),
      trailers: Headers.none,
      keepAlive: true,
    }
    const { signal } = new AbortController()
    const context = { signal, remote: { host, port: 50_000 }, local: { host: local, port: 7001 } }
    return new Router(routes).handle(request, context)
  }

  test.each([
    ['this machine, by loopback', '127.0.0.1', '127.0.0.1', 200],
    ['this machine, by IPv6', '::1', '::1', 200],
    ['this machine, by its own address', '192.168.1.5', '192.168.1.5', 200],
    ['another machine', '192.168.1.9', '192.168.1.5', 403],
  ])('may be read by %s: %s -> %s', async (_name, remote, local, status) => {
    expect((await askFrom(remote, local)).status).toBe(status)
  })
})

describe('the sender', () => {
  test('a name without an address is the peer of that name at the address it came from', async () => {
    const watched = await alice()
    const bob = { ...BOB, port: await answeringPeer() }
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: bob })
    await knows(watched, 'general', ['bob'])
    await post(portOf(watched), '/receive', { from: 'bob', message: 'again' })
    const [, second] = watched.events.filter(({ kind }) => kind === 'message')
    expect(second).toMatchObject({ message: { from: bob, content: { text: 'again' } } })
  })

  test('an address without a name has the name under which it is listed', async () => {
    const watched = await alice()
    const port = await answeringPeer()
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: { ...BOB, port } })
    await knows(watched, 'general', ['bob'])
    await post(portOf(watched), '/p2p/receive', { from: { ip: BOB.ip, port }, message: 'again' })
    expect(messages(watched).at(-1)).toMatchObject({ from: 'bob' })
  })

  test('a peer that writes from its own address is listed, and can be answered', async () => {
    const watched = await alice()
    const bob = await startPeer({ name: 'bob' })
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: bob.peer.self })
    await knows(watched, 'general', ['bob'])
    expect(watched.peer.members('general')).toMatchObject([bob.peer.self])
    watched.peer.direct('bob', 'got it')
    expect(await watched.peer.settled(PATIENCE)).toBe(true)
    expect(bob.heard()).toEqual(['alice: got it'])
  })

  test('a name with hidden characters is shown cleaned, and what it says is shown', async () => {
    const watched = await alice()
    const from = { ...BOB, name: '\x1b[2Jal\u00adice' }
    expect((await post(portOf(watched), '/p2p/receive', { from, message: 'hi' })).status).toBe(200)
    expect(messages(watched)).toMatchObject([{ from: '[2Jalice', text: 'hi' }])
  })

  test('a message from a port where no peer answers is shown, and nothing is sent there', async () => {
    const service = await scriptedServer(() => [200, '<title>router</title>'])
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: { ...BOB, port: service.port } })
    await expect.poll(() => service.asked.length).toBe(1)
    const there = await answeringPeer()
    await post(portOf(watched), '/p2p/receive', {
      from: { ...BOB, name: 'carol', port: there },
      message: 'hi',
    })
    await knows(watched, 'general', ['carol'])
    expect(watched.peer.say('general', 'hello').recipients).toBe(1)
    expect(service.asked.map(({ method }) => method)).toEqual(['GET'])
    expect(messages(watched)).toMatchObject([{ from: 'bob' }, { from: 'carol' }])
  })

  test.each<[name: string, ip: string, port: number]>([
    ['another address than its own', '10.1.2.3', 7002],
    ['a port of a service', '127.0.0.1', 6379],
    ['a port for administrators', '127.0.0.1', 22],
    ['no address', '0.0.0.0', 22],
  ])('a message from %s is shown, and its sender never connected to', async (_name, ip, port) => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: { ip, port, name: 'mallory' } })
    expect(messages(watched)).toMatchObject([{ from: 'mallory' }])
    expect(watched.peer.peers).toEqual([])
    expect(watched.peer.say('general', 'hello').recipients).toBe(0)
  })

  test('a message that claims to be an own one does not make the peer send to itself', async () => {
    const watched = await alice()
    await post(portOf(watched), '/p2p/receive', { ...OF_BOB, from: watched.peer.self })
    expect(watched.peer.say('general', 'hello').recipients).toBe(0)
  })
})
