/** The tracker client against the tracker, against a legacy tracker, and against one that lies. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { Client } from '../../../src/http/client.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import {
  peers,
  TrackerClient,
  TrackerError,
  type Registrant,
} from '../../../src/peer/discovery/tracker-client.ts'
import { seedTracker } from './seed-tracker.ts'
import { scriptedServer, type Asked, type Scripted } from '../../support/scripted-server.ts'
import { freePort } from '../../support/ports.ts'
import { startTracker } from '../../support/trackers.ts'
import { until } from '../../support/wait.ts'
import type { ServerSentEvent } from '../../../src/http/event-stream.ts'

const ALICE: Registrant = { ip: '127.0.0.1', port: 7001, name: 'alice' }
const BOB: Registrant = { ip: '127.0.0.1', port: 7002, name: 'bob' }

function clientOf(port: number): TrackerClient {
  const client = new Client()
  onTestFinished(() => {
    client.close()
  })
  return new TrackerClient(client, { target: { host: '127.0.0.1', port } })
}

/** What a call was rejected with. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`not rejected: ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

function names(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name)
}

describe('with a tracker', () => {
  test('registering: it lists the peer at its address, and keeps leases', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    expect(await tracker.register(ALICE, ['general', 'ops'])).toEqual({ ip: '127.0.0.1', leases: true })
    const entry = running.tracker.registry.get('127.0.0.1:7001')
    expect(entry?.peer).toEqual(ALICE)
    expect([...(entry?.channels ?? [])]).toEqual(['general', 'ops'])
  })

  test('registering without an address: it says which it sees', async () => {
    await using running = await startTracker()
    const registered = await clientOf(running.port).register({ ...ALICE, ip: undefined }, [])
    expect(registered).toEqual({ ip: '127.0.0.1', leases: true })
  })

  test('a heartbeat is answered with the listed channels, and with nothing for an unknown peer', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    expect(await tracker.heartbeat(ALICE)).toBeUndefined()
    await tracker.register(ALICE, ['ops'])
    expect(await tracker.heartbeat(ALICE)).toEqual({ channels: ['ops'] })
    await tracker.leave(ALICE)
    expect(await tracker.heartbeat(ALICE)).toBeUndefined()
  })

  test('joining tells who is there; parting and leaving end it', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    for (const self of [ALICE, BOB]) await tracker.register(self, [])
    expect(names(await tracker.join(ALICE, 'über'))).toEqual(['alice'])
    expect(names(await tracker.join(BOB, 'über'))).toEqual(['alice', 'bob'])
    expect(await tracker.members('über')).toEqual([ALICE, BOB])
    await tracker.part(ALICE, 'über')
    await tracker.part(ALICE, 'elsewhere')
    expect(names(await tracker.members('über'))).toEqual(['bob'])
    await tracker.leave(BOB)
    expect(await tracker.members('über')).toEqual([])
  })

  test('locating a peer by name or address', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    await tracker.register(BOB, [])
    expect(await tracker.locate('bob')).toEqual(BOB)
    expect(await tracker.locate('127.0.0.1:7002')).toEqual(BOB)
    expect(await tracker.locate('zoe')).toBeUndefined()
    expect(await tracker.locate('\x1b[2J')).toBeUndefined()
  })

  test(`a channel of more than the ${LIMITS.peersPerAnswer} of one answer comes whole, in order`, async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    const everybody = Array.from({ length: LIMITS.peersPerAnswer * 2 + 1 }, (_, index) => ({
      ...ALICE,
      port: 20_000 + index,
      name: `peer-${index}`,
    }))
    await Promise.all(everybody.map((self) => tracker.register(self, ['general'])))
    const ports = (await tracker.members('general')).map(({ port }) => port)
    expect(ports.sort()).toEqual(everybody.map(({ port }) => port))
  })

  test('following: the members, then each change, until the client ends it', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    await tracker.register(ALICE, ['general'])
    const events: ServerSentEvent[] = []
    const enough = new AbortController()
    const following = tracker.follow(ALICE, ['general', 'ops'], (event) => events.push(event), enough.signal)
    const kinds = (): string[] => events.map(({ event }) => event)
    await until(() => kinds().join() === 'members,members', 'who is there')
    await tracker.register(BOB, ['ops'])
    await tracker.part(BOB, 'ops')
    await until(() => kinds().length === 4, 'who comes and goes')
    expect(kinds().slice(2)).toEqual(['joined', 'parted'])
    expect(JSON.parse(events[2]?.data ?? '')).toMatchObject({ channel: 'ops', peer: BOB })
    enough.abort()
    await expect(following).rejects.toThrow(ClientError)
  })

  test('following ends when the tracker ends it', async () => {
    await using running = await startTracker()
    const tracker = clientOf(running.port)
    let told = 0
    const following = tracker.follow(ALICE, ['general'], () => told++, new AbortController().signal)
    await until(() => told === 1, 'who is there')
    await running.tracker.close()
    expect(await following).toBe(true)
  })

  test('a refusal has the status, code and sentence of the tracker', async () => {
    await using running = await startTracker()
    const error = await rejection(clientOf(running.port).join(ALICE, 'no spaces'))
    expect(error).toBeInstanceOf(TrackerError)
    const { status, code, message } = error as TrackerError
    expect([status, code, message]).toEqual([
      422,
      'invalid_field',
      'channel must be letters, digits, "_", "." or "-"',
    ])
  })

  test('no answer', async () => {
    const error = await rejection(clientOf(await freePort()).register(ALICE, []))
    expect(error).toBeInstanceOf(ClientError)
    expect((error as ClientError).code).toBe('refused')
  })
})

describe('with a legacy tracker', () => {
  test('every request comes in one piece, and what it does not know is done without', async () => {
    const seed = await seedTracker()
    const tracker = clientOf(seed.port)
    expect(await tracker.register(ALICE, ['general'])).toEqual({ ip: undefined, leases: false })
    await tracker.register(BOB, [])
    expect(names(await tracker.join(ALICE, 'general'))).toEqual(['alice'])
    expect(await tracker.join(BOB, 'general')).toEqual([ALICE, BOB])
    expect(await tracker.members('general')).toEqual([ALICE, BOB])
    expect(await tracker.members('nowhere')).toEqual([])
    expect(await tracker.heartbeat(ALICE)).toBeUndefined()
    expect(await tracker.locate('bob')).toBeUndefined()
    expect(await tracker.follow(ALICE, ['general'], () => undefined, new AbortController().signal)).toBe(
      false,
    )
    await tracker.part(ALICE, 'general')
    expect(await rejection(tracker.leave(ALICE))).toMatchObject({ status: 404, code: 'not found' })
    expect(seed.asked.filter(({ whole }) => !whole)).toEqual([])
  })
})

describe('an address that the tracker does not accept', () => {
  /** A tracker that takes the address of a peer from its connection only. */
  const seesForItself = ({ body }: Asked): Scripted =>
    body['ip'] === undefined
      ? [200, { status: 'ok', peer: { ip: '192.168.1.7', port: body['port'], name: 'alice' }, ttl: 30 }]
      : [422, { error: 'address_mismatch', field: 'ip', detail: 'you come from 192.168.1.7' }]

  test('was guessed: the tracker says which it is', async () => {
    const scripted = await scriptedServer(seesForItself)
    const registered = await clientOf(scripted.port).register({ ...ALICE, guessed: true }, ['general'])
    expect(registered).toEqual({ ip: '192.168.1.7', leases: true })
    expect(scripted.asked.map(({ body }) => body['channels'])).toEqual([['general'], ['general']])
  })

  test('is the one that the peer listens on: there is no other', async () => {
    const scripted = await scriptedServer(seesForItself)
    const error = await rejection(clientOf(scripted.port).register(ALICE, []))
    expect(error).toMatchObject({
      status: 422,
      code: 'address_mismatch',
      message: 'you come from 192.168.1.7',
    })
    expect(scripted.asked).toHaveLength(1)
  })

  test('refuses every address: it is asked twice only', async () => {
    const refuses = (): Scripted => [422, { error: 'address_mismatch', detail: 'no' }]
    const scripted = await scriptedServer(refuses)
    const error = await rejection(clientOf(scripted.port).register({ ...ALICE, guessed: true }, []))
    expect(error).toBeInstanceOf(TrackerError)
    expect(scripted.asked).toHaveLength(2)
  })
})

describe('answers that are none', () => {
  const page = (body: string, type = 'text/html'): string =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`

  test.each<[name: string, answer: Scripted, error: object]>([
    ['bytes that are no HTTP', '\x00\x01\x02 SSH-2.0\r\n\r\n', { name: 'ClientError', code: 'protocol' }],
    ['nothing at all', '', { name: 'ClientError', code: 'closed' }],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{', { name: 'ClientError' }],
    ['HTML', page('<html>router login</html>'), { message: 'the body is not valid JSON' }],
    ['a list', [200, []], { message: 'the body must be a JSON object' }],
    ['null', [200, 'null'], { message: 'the body must be a JSON object' }],
    [
      'more than 1 MiB',
      [200, { status: 'x'.repeat(1024 * 1024) }],
      { name: 'ClientError', code: 'protocol' },
    ],
    ['a status of its own', [418, 'teapot'], { name: 'TrackerError', status: 418, message: 'answered 418' }],
    [
      'an error that is no text',
      [400, { error: 7, detail: {} }],
      { status: 400, code: '', message: 'answered 400' },
    ],
    ['a redirect', [302, { location: 'http://10.0.0.1/' }], { name: 'TrackerError', status: 302 }],
  ])('%s', async (_name, answer, error) => {
    const scripted = await scriptedServer(() => answer)
    expect(await rejection(clientOf(scripted.port).register(ALICE, []))).toMatchObject(error)
    expect(scripted.asked).toHaveLength(1)
  })

  test('a sentence without end is cut', async () => {
    const scripted = await scriptedServer(() => [500, { error: 'x', detail: 'y'.repeat(10_000) }])
    const error = await rejection(clientOf(scripted.port).register(ALICE, []))
    expect((error as TrackerError).message).toBe('y'.repeat(200))
  })

  test.each<[name: string, peer: unknown]>([
    ['missing', undefined],
    ['a number', 7],
    ['no address', { ip: 'evil.example', port: 7001, name: 'alice' }],
    ['an escape sequence', { ip: '\x1b[2J', port: 7001, name: 'alice' }],
    ['a list', [{ ip: '127.0.0.1', port: 7001, name: 'alice' }]],
  ])('an own entry that is %s is ignored', async (_name, peer) => {
    const scripted = await scriptedServer(() => [200, { status: 'ok', peer, ttl: 30 }])
    expect(await clientOf(scripted.port).register(ALICE, [])).toEqual({ ip: undefined, leases: true })
  })

  test.each<[name: string, peers: unknown]>([
    ['missing', undefined],
    ['a number', 7],
    ['text', 'alice'],
    ['a list of what is no peer', [null, 7, 'alice', [], {}, { ip: 'x', port: 'y' }, { ip: '10.0.0.1' }]],
  ])('a member list that is %s is empty', async (_name, peers) => {
    const scripted = await scriptedServer(() => [200, { peers, members: peers }])
    const tracker = clientOf(scripted.port)
    expect(await tracker.members('general')).toEqual([])
    expect(await tracker.join(ALICE, 'general')).toEqual([])
  })

  test('a list without end is ended at the most members a channel can have', async () => {
    let pages = 0
    const scripted = await scriptedServer(() => {
      const port = 10_000 + pages++
      return [200, { peers: [{ ip: '10.0.0.1', port, name: 'x' }], next: String(pages) }]
    })
    const members = await clientOf(scripted.port).members('general')
    expect(members).toHaveLength(LIMITS.membersPerChannel)
  })

  test('empty pages without end are ended by the first', async () => {
    const scripted = await scriptedServer(() => [200, { peers: [], next: 'more' }])
    expect(await clientOf(scripted.port).members('general')).toEqual([])
    expect(scripted.asked).toHaveLength(1)
  })

  test.each(['1&channel=x HTTP/1.1\r\nEvil: 1', '1&channel=x', '%0d%0a', '', 'x'.repeat(201)])(
    'a cursor that is more than a word ends the list: %j',
    async (next) => {
      const scripted = await scriptedServer(() => [
        200,
        { peers: [{ ip: '10.0.0.1', port: 7001, name: 'x' }], next },
      ])
      expect(await clientOf(scripted.port).members('general')).toHaveLength(1)
      expect(scripted.asked.map(({ target }) => target)).toEqual(['/get-list?channel=general'])
    },
  )
})

describe('variants of legacy trackers', () => {
  const tan = { ip: '10.0.0.1', port: 7001, username: 'tan' }

  /** It compares the path with the whole target, and knows no channels. */
  function wholeTargets(list: unknown, answerToQuery: Scripted = [404, { status: 'failed' }]) {
    return scriptedServer(({ method, target }) => {
      if (target === '/submit-info') return [200, { status: 'success' }]
      if (target === '/get-list') return [200, { status: 'success', peers: list }]
      return method === 'GET' ? answerToQuery : [404, { error: 'not found' }]
    })
  }

  test.each<[name: string, answer: Scripted]>([
    ['404', [404, { status: 'failed' }]],
    ['405', [405, 'no']],
    [
      'a page',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n<a>',
    ],
  ])(
    'a list with a query that is answered with %s is asked for without it, from then on',
    async (_name, answer) => {
      const scripted = await wholeTargets([tan], answer)
      const tracker = clientOf(scripted.port)
      expect(names(await tracker.join(ALICE, 'general'))).toEqual(['tan'])
      expect(names(await tracker.members('general'))).toEqual(['tan'])
      expect(scripted.asked.map(({ target }) => target)).toEqual([
        '/add-list',
        '/get-list?channel=general',
        '/get-list',
        '/get-list',
      ])
    },
  )

  test.each<[name: string, list: unknown, general: string[], ops: string[]]>([
    ['no channels', [tan], ['tan'], []],
    ['an empty list of channels', [{ ...tan, channels: [] }], ['tan'], []],
    ['channels', [{ ...tan, channels: ['ops'] }], [], ['tan']],
    ['a map of peers', { tan }, ['tan'], []],
    ['channels that are none', [{ ...tan, channels: 'ops' }], ['tan'], []],
  ])('peers that are listed with %s', async (_name, list, general, ops) => {
    const tracker = clientOf((await wholeTargets(list)).port)
    expect(names(await tracker.members('general'))).toEqual(general)
    expect(names(await tracker.members('ops'))).toEqual(ops)
  })

  test.each<[name: string, answer: object, reason: string]>([
    ['a status', { status: 'failed', message: 'username is missing' }, 'username is missing'],
    ['a status in capitals', { status: 'ERROR', detail: 'no room' }, 'no room'],
    ['success: false', { success: false }, 'answered 200'],
  ])('a refusal with 200 and %s is a refusal', async (_name, answer, reason) => {
    const scripted = await scriptedServer(() => [200, answer])
    const error = await rejection(clientOf(scripted.port).register(ALICE, []))
    expect(error).toMatchObject({ name: 'TrackerError', message: reason })
  })

  test('the name is told under every field that they read', async () => {
    const scripted = await wholeTargets([])
    await clientOf(scripted.port).register(ALICE, ['general'])
    expect(scripted.asked[0]?.body).toMatchObject({ name: 'alice', username: 'alice', id: 'alice' })
  })

  test.each<[name: string, list: unknown, self: Registrant, listed: boolean]>([
    ['there', [{ ip: '127.0.0.1', port: 7001, username: '4' }], ALICE, true],
    ['there, by its port', [{ ip: '10.0.0.9', port: 7001, name: 'x' }], { ...ALICE, ip: undefined }, true],
    ['elsewhere', [{ ip: '10.0.0.9', port: 7001, name: 'alice' }], ALICE, false],
    ['not there', [], ALICE, false],
  ])('whether the peer is listed: %s', async (_name, list, self, listed) => {
    const tracker = clientOf((await wholeTargets(list)).port)
    expect(await tracker.isListed(self)).toBe(listed)
  })

  test('whether the peer is listed: a tracker that does not say', async () => {
    const scripted = await scriptedServer(() => [404, 'no'])
    expect(await clientOf(scripted.port).isListed(ALICE)).toBeUndefined()
  })
})

describe('peers in all forms of this family', () => {
  const alice = { ip: '10.0.0.1', port: 7001, name: 'alice' }

  test.each<[name: string, list: unknown]>([
    ['name', [alice]],
    ['username', [{ ip: '10.0.0.1', port: 7001, username: 'alice' }]],
    ['display_name', [{ ip: '10.0.0.1', port: '7001', display_name: 'alice' }]],
    ['peer_id', [{ ip: '10.0.0.1', port: 7001, peer_id: 'alice' }]],
    ['a map', { alice: { ip: '10.0.0.1', port: 7001 } }],
    ['a map with nonsense in it', { alice: { ip: '10.0.0.1', port: 7001 }, bob: 7, carol: null }],
  ])('%s', (_name, list) => {
    expect(peers(list)).toEqual([alice])
  })

  test('more than a channel can have are cut', () => {
    const many = Array.from({ length: LIMITS.membersPerChannel + 1 }, (_, index) => ({
      ...alice,
      port: 2_000 + index,
    }))
    expect(peers(many)).toHaveLength(LIMITS.membersPerChannel)
  })

  test.each([['__proto__'], ['constructor'], ['toString']])(
    'a peer called %s is one like any other',
    (name) => {
      const list: unknown = JSON.parse(`{"${name}":{"ip":"10.0.0.1","port":7001}}`)
      expect(peers(list)).toEqual([{ ...alice, name }])
    },
  )
})
