/** Every endpoint of the local API over real sockets: what it answers, what it refuses. */
import { textOf } from '../../../src/chat/content.ts'
import { ChatError } from '../../../src/chat/errors.ts'
import { createHash } from 'node:crypto'
import { peerId } from '../../../src/chat/model.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Json } from '../../support/ask.ts'
import { readEvents, startTwo, startWeb, type RunningWeb } from './support.ts'
import { temporaryDirectory } from '../../support/files.ts'
import { XSS_PAYLOADS } from './xss-payloads.ts'
import { until } from '../../support/wait.ts'
import { ManualClock } from '../../support/clock.ts'
import { fileStore, memoryStore, newSelf } from '../../support/peers.ts'
import type { LocalState } from '../../../src/chat/wire/local-api.ts'

function directWith({ peer }: RunningWeb): string {
  return `@${peerId(peer.self)}`
}

function shortOf({ peer }: RunningWeb): string | undefined {
  return peer.self.key && shortId(peer.self.key)
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const HASH = createHash('sha256').update(PNG).digest('hex')

/** Texts of a page. */
function texts({ json }: { readonly json: Json }): unknown[] {
  return (json['messages'] as { text: string }[]).map(({ text }) => text)
}

async function heard({ peer }: RunningWeb, conversation: string, text: string): Promise<void> {
  await until(
    () => peer.history(conversation, 50).entries.some(({ message }) => textOf(message.content) === text),
    `${text} in ${conversation}`,
  )
}

describe('GET /api/state', () => {
  test('self, address and people', async () => {
    const { alice, bob } = await startTwo()
    const { status, json, headers } = await alice.ask('GET', '/api/state')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(json).toMatchObject({
      self: { id: alice.peer.self.key, short: shortOf(alice), name: 'alice', status: '' },
      channels: [{ name: 'general', isGroup: false }],
      directs: [],
      people: [
        {
          id: bob.peer.self.key,
          name: 'bob',
          key: bob.peer.self.key,
          short: shortOf(bob),
          addresses: [`127.0.0.1:${bob.peer.address.port}`],
          since: expect.any(Number) as number,
          channels: ['general'],
          sources: expect.arrayContaining(['static']) as string[],
          isHere: true,
          isLsnp: false,
        },
      ],
      tracker: { state: 'none', detail: '' },
      hushed: [],
      outbox: { waiting: 0, failed: 0 },
    })
    expect(json['eventId']).toMatch(/^[0-9a-f]{12}-[0-9]+$/)
  })
})

describe('POST /api/messages', () => {
  test('to a channel', async () => {
    const { alice, bob } = await startTwo()
    const { status, json } = await alice.ask('POST', '/api/messages', {
      conversation: 'general',
      text: 'hello',
    })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      conversation: 'general',
      text: 'hello',
      own: true,
      action: false,
      late: false,
    })
    // It may be there already.
    expect(json['delivery']).toMatchObject({ recipients: 1, unconfirmed: 0, failed: [] })
    await heard(bob, 'general', 'hello')
    const page = await bob.ask('GET', '/api/messages?conversation=general')
    expect(page.json['messages']).toMatchObject([
      { text: 'hello', own: false, from: { name: 'alice' }, key: json['key'] },
    ])
  })

  test('an action, to one peer', async () => {
    const { alice, bob } = await startTwo()
    const conversation = directWith(bob)
    const { json } = await alice.ask('POST', '/api/messages', { conversation, text: 'waves', action: true })
    expect(json).toMatchObject({ conversation, action: true })
    await heard(bob, directWith(alice), 'waves')
    expect((await bob.ask('GET', '/api/state')).json['directs']).toEqual([directWith(alice)])
    await until(async () => (await delivered(alice, conversation)) === 1, 'the receipt')
  })

  async function delivered({ ask }: RunningWeb, conversation: string): Promise<number | undefined> {
    const { json } = await ask('GET', `/api/messages?conversation=${conversation}`)
    const [message] = json['messages'] as { delivery?: { delivered: number } }[]
    return message?.delivery?.delivered
  }

  test('sent again with the same id: the first message, and nobody gets it twice', async () => {
    const { alice, bob } = await startTwo()
    const said = { conversation: 'general', text: 'hello', id: '0123456789abcdef' }
    const first = await alice.ask('POST', '/api/messages', said)
    expect(first.json).toMatchObject({ id: said.id, text: 'hello' })
    await heard(bob, 'general', 'hello')
    const again = await alice.ask('POST', '/api/messages', said)
    expect(again.status).toBe(200)
    expect(again.json).toMatchObject({ key: first.json['key'], at: first.json['at'] })
    await alice.ask('POST', '/api/messages', { conversation: 'general', text: 'something else' })
    await heard(bob, 'general', 'something else')
    for (const { peer } of [alice, bob])
      expect(peer.history('general', 9).entries.map(({ message }) => textOf(message.content))).toEqual([
        'hello',
        'something else',
      ])
    expect(alice.events.filter(({ kind }) => kind === 'message')).toHaveLength(2)
  })

  test('two at once with the same id are one message', async () => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    const said = { conversation: 'general', text: 'hello', id: 'x' }
    const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/api/messages', said)))
    expect(new Set(answers.map(({ json }) => json['at']))).toHaveLength(1)
    expect(peer.history('general', 9).entries).toHaveLength(1)
  })

  test('sent again after a restart of the peer with its history', async () => {
    const path = join(temporaryDirectory(), 'alice.db')
    const said = { conversation: 'general', text: 'hello', id: 'once' }
    const first = await startWeb({ name: 'alice', store: await fileStore(path) })
    const { json } = await first.ask('POST', '/api/messages', said)
    await first.peer.close()
    const second = await startWeb({ name: 'alice', store: await fileStore(path) })
    const again = await second.ask('POST', '/api/messages', said)
    expect(again.json).toMatchObject({ key: json['key'], at: json['at'] })
    expect(again.json).not.toHaveProperty('delivery')
    expect(second.peer.history('general', 9).entries).toHaveLength(1)
  })

  const SAID = { conversation: 'general', text: 'hello', action: false, id: 'x' }

  test.each<[string, object]>([
    ['text', { text: 'another' }],
    ['kind', { action: true }],
    ['channel', { conversation: 'ops' }],
  ])('the same id with another %s: 409', async (_, change) => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    await peer.join('ops')
    expect((await ask('POST', '/api/messages', SAID)).status).toBe(200)
    const other = await ask('POST', '/api/messages', { ...SAID, ...change })
    expect(other).toMatchObject({ status: 409, json: { error: 'id_conflict', field: 'id' } })
    expect(peer.history('ops', 9).entries).toEqual([])
    expect(peer.history('general', 9).entries).toHaveLength(1)
  })

  test('the same id to another person: 409', async () => {
    const { alice, bob } = await startTwo()
    const carol = await startWeb({ name: 'carol', peers: [alice.peer.address] })
    await until(() => alice.peer.peers.length === 2, 'alice sees both')
    const [one, other] = [bob, carol].map(directWith)
    expect((await alice.ask('POST', '/api/messages', { ...SAID, conversation: one })).status).toBe(200)
    expect((await alice.ask('POST', '/api/messages', { ...SAID, conversation: other })).status).toBe(409)
  })

  test.each<[string, unknown, number]>([
    ['at the limit', 'x'.repeat(128), 200],
    ['one over', 'x'.repeat(129), 422],
    ['a number', 17, 200],
    ['empty, as none', '', 200],
    ['a list', ['x'], 400],
    ['half a character', '\ud800', 422],
  ])('an id %s: %s', async (_, id, status) => {
    const { ask } = await startWeb({ name: 'alice' })
    const answer = await ask('POST', '/api/messages', { ...SAID, id })
    expect(answer.status).toBe(status)
    if (status !== 200) expect(answer.json['field']).toBe('id')
  })

  test('without recipients it is accepted, too', async () => {
    const { ask } = await startWeb({ name: 'alice' })
    const { json } = await ask('POST', '/api/messages', { conversation: 'general', text: 'hello' })
    expect(json['delivery']).toEqual({ recipients: 0, delivered: 0, unconfirmed: 0, waiting: [], failed: [] })
  })

  test.each<[string, unknown, number, string, string | undefined]>([
    ['no conversation', { text: 'x' }, 400, 'missing_field', 'conversation'],
    ['no text', { conversation: 'general' }, 400, 'invalid_field', 'text'],
    ['an empty text', { conversation: 'general', text: '' }, 422, 'invalid_field', 'text'],
    [
      'a text over the limit',
      { conversation: 'general', text: 'x'.repeat(4097) },
      422,
      'invalid_field',
      'text',
    ],
    ['a number for a text', { conversation: 'general', text: 5 }, 400, 'invalid_field', 'text'],
    [
      'a word for action',
      { conversation: 'general', text: 'x', action: 'yes' },
      400,
      'invalid_field',
      'action',
    ],
    ['null for action', { conversation: 'general', text: 'x', action: null }, 400, 'invalid_field', 'action'],
    ['null for a conversation', { conversation: null, text: 'x' }, 400, 'missing_field', 'conversation'],
    ['null for a text', { conversation: 'general', text: null }, 400, 'invalid_field', 'text'],
    [
      'a list for a conversation',
      { conversation: ['general'], text: 'x' },
      400,
      'invalid_field',
      'conversation',
    ],
    ['no name of a channel', { conversation: 'a b', text: 'x' }, 422, 'invalid_field', 'conversation'],
    ['a channel that we are not in', { conversation: 'ops', text: 'x' }, 404, 'not_joined', undefined],
    ['the channel of direct messages', { conversation: 'private', text: 'x' }, 404, 'not_joined', undefined],
    ['a peer never met', { conversation: '@127.0.0.1:9', text: 'x' }, 404, 'unknown_peer', undefined],
    ['a name for an id', { conversation: '@alice', text: 'x' }, 404, 'unknown_peer', undefined],
    [
      'an endless id',
      { conversation: `@${'x'.repeat(300)}`, text: 'x' },
      400,
      'invalid_field',
      'conversation',
    ],
    ['a list', [], 400, 'bad_request', undefined],
    ['broken JSON', '{"text":', 400, 'bad_request', undefined],
  ])('%s is refused', async (_, body, status, error, field) => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    const answer = await ask('POST', '/api/messages', body)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ error, detail: expect.stringMatching(/./) as string })
    expect(answer.json['field']).toBe(field)
    expect(peer.history('general', 9).entries).toEqual([])
  })

  test('a peer that uses the id of another as its name does not get its messages', async () => {
    const { alice, bob } = await startTwo()
    await bob.peer.rename('127.0.0.1:8999')
    bob.peer.direct('alice', 'it is me')
    await until(() => alice.peer.peers.some(({ name }) => name === '127.0.0.1:8999'), 'the new name')
    const { status } = await alice.ask('POST', '/api/messages', {
      conversation: '@127.0.0.1:8999',
      text: 'x',
    })
    expect(status).toBe(404)
  })

  test('a recipient who is away gets it when it is back, also after a restart of the sender', async () => {
    const [alicePath, bobPath] = [
      join(temporaryDirectory(), 'alice.db'),
      join(temporaryDirectory(), 'bob.db'),
    ]
    const [aliceSelf, bobSelf] = [newSelf(), newSelf()]
    const first = await startWeb({ name: 'alice', secure: aliceSelf, store: await fileStore(alicePath) })
    const { host, port } = first.peer.address
    const peers = [{ host, port }]
    const bob = await startWeb({ name: 'bob', secure: bobSelf, store: await fileStore(bobPath), peers })
    const conversation = directWith(bob)
    await until(() => bob.peer.peers.length === 1, 'bob sees alice')
    bob.peer.direct('alice', 'hello')
    await heard(first, conversation, 'hello')
    await bob.peer.close()
    await first.peer.close()
    const second = await startWeb({
      name: 'alice',
      port,
      secure: aliceSelf,
      store: await fileStore(alicePath),
    })
    expect(second.peer.peers).toEqual([])
    const { json } = await second.ask('POST', '/api/messages', { conversation, text: 'welcome back' })
    expect(json['delivery']).toMatchObject({ recipients: 1, waiting: ['bob'] })
    // At another address, under another name.
    const again = await startWeb({ name: 'robert', secure: bobSelf, store: await fileStore(bobPath), peers })
    await heard(again, directWith(second), 'welcome back')
    await until(() => second.peer.peers.length === 1, 'alice sees bob')
    const { directs, people } = (await second.ask('GET', '/api/state')).json as unknown as LocalState
    expect([directs, people.map(({ id, name }) => `${name} ${id}`)]).toEqual([
      [conversation],
      [`robert ${bobSelf.keys.id}`],
    ])
  })
})

describe('GET /api/messages', () => {
  test('older pages, of at most 200 messages', async () => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    for (let number = 1; number <= 205; number++) peer.say('general', `${number}`)
    const last = await ask('GET', '/api/messages?conversation=%23General&limit=3')
    expect(texts(last)).toEqual(['203', '204', '205'])
    const before = await ask(
      'GET',
      `/api/messages?conversation=general&limit=2&before=${String(last.json['before'])}`,
    )
    expect(texts(before)).toEqual(['201', '202'])
    expect(texts(await ask('GET', '/api/messages?conversation=general'))).toHaveLength(50)
    const most = await ask('GET', '/api/messages?conversation=general&limit=9999')
    expect(texts(most)).toHaveLength(200)
    const rest = await ask('GET', `/api/messages?conversation=general&before=${String(most.json['before'])}`)
    expect(texts(rest)).toEqual(['1', '2', '3', '4', '5'])
    expect(rest.json).not.toHaveProperty('before')
  })

  test('around a time: half before it, half from then on, and pages in both directions', async () => {
    const clock = new ManualClock()
    const { ask, peer } = await startWeb({ name: 'alice', clock, store: await memoryStore(clock) })
    for (let number = 1; number <= 9; number++) {
      await clock.advance(1_000)
      peer.say('general', `${number}`)
    }
    const at = peer.history('general', 5).entries[0]?.at ?? 0
    const target = '/api/messages?conversation=general'
    const around = await ask('GET', `${target}&limit=4&around=${at}`)
    expect(texts(around)).toEqual(['3', '4', '5', '6'])
    const later = await ask('GET', `${target}&limit=2&after=${String(around.json['after'])}`)
    expect(texts(later)).toEqual(['7', '8'])
    expect(later.json).not.toHaveProperty('before')
    const last = await ask('GET', `${target}&limit=2&after=${String(later.json['after'])}`)
    expect([texts(last), last.json['after']]).toEqual([['9'], undefined])
    const earlier = await ask('GET', `${target}&limit=2&before=${String(around.json['before'])}`)
    expect(texts(earlier)).toEqual(['1', '2'])
    const future = await ask('GET', `${target}&limit=4&around=${at + 99_999_999}`)
    expect([texts(future), future.json['after']]).toEqual([['8', '9'], undefined])
    const past = await ask('GET', `${target}&limit=4&around=0`)
    expect([texts(past), past.json['before']]).toEqual([['1', '2'], undefined])
  })

  test('empty without messages, and for an unknown cursor', async () => {
    const { ask } = await startWeb({ name: 'alice' })
    expect((await ask('GET', '/api/messages?conversation=nowhere')).json).toEqual({ messages: [] })
    expect((await ask('GET', '/api/messages?conversation=general&before=x')).json).toEqual({ messages: [] })
  })

  test.each([
    ['/api/messages', 400, 'conversation'],
    ['/api/messages?conversation=', 400, 'conversation'],
    ['/api/messages?conversation=a%20b', 422, 'conversation'],
    ['/api/messages?conversation=general&limit=0', 400, 'limit'],
    ['/api/messages?conversation=general&limit=-1', 400, 'limit'],
    ['/api/messages?conversation=general&limit=many', 400, 'limit'],
    ['/api/messages?conversation=general&around=noon', 400, 'around'],
    ['/api/messages?conversation=general&around=-1', 400, 'around'],
    ['/api/messages?conversation=general&around=1e3', 400, 'around'],
    ['/api/messages?conversation=general&around=99999999999999999', 400, 'around'],
    ['/api/messages?conversation=general&around=5&before=x', 400, 'around'],
    ['/api/messages?conversation=general&after=y&before=x', 400, 'around'],
    ['/api/search', 400, 'words'],
    ['/api/search?words=x&conversation=a%20b', 422, 'conversation'],
  ])('%s: %s, %s', async (target, status, field) => {
    const { ask } = await startWeb({ name: 'alice' })
    expect(await ask('GET', target)).toMatchObject({ status, json: { field } })
  })
})

test('GET /api/search: oldest first, of one conversation or of all', async () => {
  const { ask, peer } = await startWeb({ name: 'alice' })
  await peer.join('ops')
  peer.say('general', 'green tea')
  peer.say('ops', 'black tea')
  peer.say('general', 'coffee')
  expect(texts(await ask('GET', '/api/search?words=tea'))).toEqual(['green tea', 'black tea'])
  expect(texts(await ask('GET', '/api/search?words=tea&conversation=ops'))).toEqual(['black tea'])
  expect(texts(await ask('GET', '/api/search?words=tea&limit=1'))).toEqual(['black tea'])
  expect(texts(await ask('GET', '/api/search?words='))).toEqual([])
})

describe('PUT /api/read', () => {
  const read = ({ json }: { readonly json: Json }): unknown => json['read']

  test('moves forward only; the state and every reader have it', async () => {
    const alice = await startWeb({ name: 'alice' })
    const reader = await readEvents(alice)
    const put = (upTo: number) => alice.ask('PUT', '/api/read', { conversation: 'general', upTo })
    expect(read(await alice.ask('GET', '/api/state'))).toEqual([])
    expect(await put(1_000.5)).toMatchObject({
      status: 200,
      json: { conversation: 'general', upTo: 1_000.5 },
    })
    expect(await put(900)).toMatchObject({ status: 200, json: { upTo: 1_000.5 } })
    expect(await put(2_000)).toMatchObject({ status: 200, json: { upTo: 2_000 } })
    await reader.gets('read', ({ upTo }) => upTo === 2_000)
    expect(reader.of('read').map(({ upTo }) => upTo)).toEqual([1_000.5, 2_000])
    expect(read(await alice.ask('GET', '/api/state'))).toEqual([{ conversation: 'general', upTo: 2_000 }])
  })

  test('moves to the present at most: later messages are unread', async () => {
    const alice = await startWeb({ name: 'alice' })
    const put = async (upTo: number) =>
      (await alice.ask('PUT', '/api/read', { conversation: 'general', upTo })).json
    const until = Number((await put(4e12))['upTo'])
    expect(Math.abs(until - Date.now())).toBeLessThan(60_000)
    expect(Number((await put(until + 1_000))['upTo'])).toBeGreaterThanOrEqual(until)
  })

  test('survives a restart', async () => {
    const path = join(temporaryDirectory(), 'alice.db')
    const first = await startWeb({ name: 'alice', store: await fileStore(path) })
    await first.ask('PUT', '/api/read', { conversation: '#General', upTo: 1_000 })
    await first.peer.close()
    const second = await startWeb({ name: 'alice', store: await fileStore(path) })
    expect(read(await second.ask('GET', '/api/state'))).toEqual([{ conversation: 'general', upTo: 1_000 }])
  })

  test('works for direct conversations, too', async () => {
    const { alice, bob } = await startTwo()
    bob.peer.direct('alice', 'psst')
    const conversation = directWith(bob)
    await heard(alice, conversation, 'psst')
    expect((await alice.ask('PUT', '/api/read', { conversation, upTo: 5 })).status).toBe(200)
    expect(read(await alice.ask('GET', '/api/state'))).toEqual([{ conversation, upTo: 5 }])
  })

  test.each<[string, object, number, string | undefined]>([
    ['no conversation', { upTo: 1 }, 400, 'conversation'],
    ['no time', { conversation: 'general' }, 400, 'upTo'],
    ['a time that is none', { conversation: 'general', upTo: 'noon' }, 400, 'upTo'],
    ['a time before 1970', { conversation: 'general', upTo: -1 }, 400, 'upTo'],
    ['a time beyond all', { conversation: 'general', upTo: 1e300 }, 400, 'upTo'],
    ['a channel that we are not in', { conversation: 'elsewhere', upTo: 1 }, 404, undefined],
    ['an unknown peer', { conversation: '@10.0.0.9:1', upTo: 1 }, 404, undefined],
  ])('%s is refused', async (_, body, status, field) => {
    const { ask } = await startWeb({ name: 'alice' })
    const answer = await ask('PUT', '/api/read', body)
    expect([answer.status, answer.json['field']]).toEqual([status, field])
    expect(read(await ask('GET', '/api/state'))).toEqual([])
  })
})

test('POST /api/posts: to everybody, also after leaving #general', async () => {
  const { ask, peer } = await startWeb({ name: 'alice' })
  await peer.part('general')
  const { status, json } = await ask('POST', '/api/posts', { text: 'hello all' })
  expect(status).toBe(200)
  expect(json).toMatchObject({ conversation: 'general', text: 'hello all', own: true })
  expect(peer.channels).toEqual(['general'])
  expect(await ask('POST', '/api/posts', {})).toMatchObject({ status: 400, json: { field: 'text' } })
})

test('POST /api/retry: the number of retried messages', async () => {
  const bob = await startWeb({ name: 'bob' })
  const { host, port } = bob.peer.address
  const alice = await startWeb({ name: 'alice', peers: [{ host, port }], giveUp: 0 })
  await until(() => alice.peer.members('general').length === 1, 'alice sees bob')
  expect((await alice.ask('POST', '/api/retry', {})).json).toEqual({ retried: 0 })
  await bob.peer.close()
  alice.peer.say('general', 'lost')
  const failed = async (): Promise<unknown> => (await alice.ask('GET', '/api/state')).json['outbox']
  await until(async () => JSON.stringify(await failed()) === '{"waiting":0,"failed":1}', 'the failure')
  expect((await alice.ask('POST', '/api/retry', {})).json).toEqual({ retried: 1 })
})

describe('channels', () => {
  test('are joined and left', async () => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    const joined = await ask('POST', '/api/channels', { name: '#Öffentlich' })
    expect(joined).toMatchObject({ status: 200, json: { name: 'öffentlich', isGroup: false } })
    expect(peer.channels).toEqual(['general', 'öffentlich'])
    const left = await ask('DELETE', '/api/channels/%C3%B6ffentlich')
    expect([left.status, left.text]).toEqual([204, ''])
    expect(peer.channels).toEqual(['general'])
  })

  test.each<[string, string, unknown, number, string]>([
    ['POST', '/api/channels', {}, 400, 'invalid_field'],
    ['POST', '/api/channels', { name: 'a b' }, 422, 'invalid_field'],
    ['POST', '/api/channels', { name: 'private' }, 422, 'reserved'],
    ['DELETE', '/api/channels/ops', undefined, 404, 'not_joined'],
    ['DELETE', '/api/channels/a%20b', undefined, 422, 'invalid_field'],
    ['DELETE', '/api/channels/%ff', undefined, 400, 'bad_request'],
    ['DELETE', '/api/channels', undefined, 405, 'method_not_allowed'],
    ['DELETE', '/api/channels/a/b', undefined, 404, 'not_found'],
    ['GET', '/api/channels/general', undefined, 405, 'method_not_allowed'],
    ['PUT', '/api/state', undefined, 405, 'method_not_allowed'],
    ['GET', '/api/nothing', undefined, 404, 'not_found'],
  ])('%s %s %j: %s %s', async (method, target, body, status, error) => {
    const { ask } = await startWeb({ name: 'alice' })
    expect(await ask(method, target, body)).toMatchObject({ status, json: { error } })
  })
})

describe('POST /api/profile', () => {
  test('named members change; the picture can be fetched under its hash', async () => {
    const { ask, peer } = await startWeb({ name: 'alice' })
    const picture = PNG.toString('base64')
    const shown = await ask('POST', '/api/profile', { name: 'Alicia', status: 'in the lab', picture })
    const id = peer.self.key
    expect(shown).toMatchObject({
      status: 200,
      json: { id, name: 'Alicia', status: 'in the lab', picture: HASH },
    })
    expect((await ask('POST', '/api/profile', { status: '' })).json).toMatchObject({
      name: 'Alicia',
      status: '',
      picture: HASH,
    })
    const { status, headers } = await ask('GET', `/api/pictures/${HASH}`)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-length': '16',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(await ask('GET', '/api/pictures/00')).toMatchObject({ status: 404, json: { error: 'no_picture' } })
  })

  test('an empty picture removes it', async () => {
    const { ask } = await startWeb({ name: 'alice' })
    await ask('POST', '/api/profile', { picture: PNG.toString('base64') })
    const { status, json } = await ask('POST', '/api/profile', { picture: '' })
    expect(status).toBe(200)
    expect(json).not.toHaveProperty('picture')
    expect((await ask('GET', `/api/pictures/${HASH}`)).status).toBe(404)
    expect((await ask('POST', '/api/profile', { picture: '' })).status, 'none, again').toBe(200)
  })

  test.each<[string, unknown, number, string]>([
    ['an empty name of blanks', { name: '  ' }, 422, 'name'],
    ['a name that is none', { name: 5 }, 400, 'name'],
    ['a long status', { status: 'x'.repeat(161) }, 422, 'status'],
    ['a status that is none', { status: {} }, 400, 'status'],
    ['a picture that is none', { picture: Buffer.from('<svg/>').toString('base64') }, 415, 'picture'],
    ['no base64', { picture: '%%%' }, 400, 'picture'],
    ['a picture over the limit', { picture: Buffer.alloc(20_481, PNG).toString('base64') }, 413, 'picture'],
  ])('%s: nothing changes', async (_, body, status, field) => {
    const { ask } = await startWeb({ name: 'alice' })
    const fields = { status: 'changed', ...(body as object) }
    expect(await ask('POST', '/api/profile', fields)).toMatchObject({ status, json: { field } })
    const { json } = await ask('GET', '/api/state')
    expect(json['self']).toMatchObject({ name: 'alice', status: '' })
  })

  test('a name that is refused: nothing changes', async () => {
    const onRename = (): void => {
      throw new ChatError(409, 'name_taken', 'bob is another person of this machine', { field: 'name' })
    }
    const { ask } = await startWeb({ name: 'alice', onRename })
    const picture = PNG.toString('base64')
    await ask('POST', '/api/profile', { status: 'before', picture })
    const refused = await ask('POST', '/api/profile', { name: 'bob', status: 'after', picture: '' })
    expect(refused).toMatchObject({ status: 409, json: { error: 'name_taken', field: 'name' } })
    const { json } = await ask('GET', '/api/state')
    expect(json['self']).toMatchObject({ name: 'alice', status: 'before', picture: HASH })
  })

  test('other peers see it', async () => {
    const { alice, bob } = await startTwo()
    await alice.ask('POST', '/api/profile', { name: 'Alicia' })
    alice.peer.say('general', 'hello')
    await until(() => bob.peer.peers.some(({ name }) => name === 'Alicia'), 'the new name')
  })
})

describe('POST /send-peer', () => {
  test.each<[string, (port: number, key: string, short: string) => object, 'general' | 'direct']>([
    ['to a name', () => ({ from: 'webapp', to: 'bob', message: 'hi' }), 'direct'],
    ['to a key', (_port, key) => ({ to: key, message: 'hi' }), 'direct'],
    ['to a short id', (_port, _key, short) => ({ to: short, message: 'hi' }), 'direct'],
    ['to an object with a key', (_port, key) => ({ to: { key }, message: 'hi' }), 'direct'],
    ['to an address', (port) => ({ ip: '127.0.0.1', port, message: 'hi' }), 'direct'],
    ['to a peer', (port) => ({ to: { ip: '127.0.0.1', port: String(port) }, data: 'hi' }), 'direct'],
    ['to the channel of direct messages', () => ({ to: 'bob', channel: 'private', message: 'hi' }), 'direct'],
    ['to a channel', () => ({ from: 'x', channel: 'general', message: 'hi' }), 'general'],
    ['to a channel id', () => ({ from: 'x', data: 'hi', channel_id: '#general' }), 'general'],
    ['to nobody in particular', () => ({ message: 'hi' }), 'general'],
  ])('%s', async (_, body, where) => {
    const { alice, bob } = await startTwo()
    const { json, status } = await alice.ask(
      'POST',
      '/send-peer',
      body(bob.peer.address.port, peerId(bob.peer.self), shortOf(bob) ?? ''),
    )
    const conversation = where === 'general' ? 'general' : directWith(bob)
    expect(status).toBe(200)
    expect(json).toEqual({
      status: 'ok',
      id: expect.stringMatching(/./) as string,
      conversation,
      recipients: 1,
    })
    await heard(bob, where === 'general' ? 'general' : directWith(alice), 'hi')
  })

  test('to a name whose owner is away, while another one of that name is here: it waits, and says so', async () => {
    const { alice, bob } = await startTwo()
    await bob.peer.close()
    await until(() => alice.peer.peers.length === 0, 'bob is away')
    const { host, port } = alice.peer.address
    const other = await startWeb({ name: 'bob', peers: [{ host, port }] })
    await until(() => alice.peer.peers.length === 1, 'the other one is here')
    const { json } = await alice.ask('POST', '/send-peer', { to: 'bob', message: 'to the first' })
    expect(json).toMatchObject({
      conversation: directWith(bob),
      note: expect.stringContaining(`bob is away, so this waits for bob; bob·${shortOf(other)}`) as string,
    })
  })

  test.each<[string, object, number]>([
    ['no message', { to: 'bob' }, 400],
    ['too long a word', { to: 'x'.repeat(257), message: 'x' }, 400],
    ['an unknown peer', { to: 'nobody', message: 'x' }, 404],
    ['an address where nobody is', { ip: '127.0.0.1', port: 9, message: 'x' }, 404],
    ['a channel that we are not in', { channel: 'ops', message: 'x' }, 404],
    ['the channel of direct messages, to nobody', { channel: 'private', message: 'x' }, 400],
  ])('%s is refused', async (_, body, status) => {
    const { ask } = await startWeb({ name: 'alice' })
    expect((await ask('POST', '/send-peer', body)).status).toBe(status)
  })
})

test.each(XSS_PAYLOADS)('%s goes through as it is, as JSON', async (payload) => {
  const { ask } = await startWeb({ name: 'alice' })
  await ask('POST', '/api/messages', { conversation: 'general', text: payload })
  const { headers, text, json } = await ask('GET', '/api/messages?conversation=general')
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  expect(texts({ json })).toEqual([payload])
  expect(text.startsWith('{')).toBe(true)
})
