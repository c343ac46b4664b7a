/** How a tracker is reached, at one whose answers a test decides: by a key that it proves, by another one, or in clear. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Headers } from '../../../src/http/headers.ts'
import { ClientError, type ClientErrorCode } from '../../../src/http/client-connection.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { TrackerRoute } from '../../../src/peer/discovery/tracker-route.ts'
import type { ReceivedResponse, Target } from '../../../src/http/message.ts'

const OLD: string = new KeyPair(Buffer.alloc(32, 1)).id
const NEW: string = new KeyPair(Buffer.alloc(32, 2)).id
const ADDRESS = { host: '10.0.0.250', port: 9001 }
const SETTING = 'tracker-key:10.0.0.250:9001'
const CHANGED = 'has another key than before'
const STRIPPED = 'offered secure connections before, and offers none now'

type Clear = ClientErrorCode | readonly [status: number, body: string]

/** What the tracker does. */
let proves: (key: string) => ClientErrorCode | undefined
let clear: Clear
let asked: string[]
let settings: Map<string, string>
let notices: string[]

beforeEach(() => {
  asked = []
  settings = new Map()
  notices = []
  offers(OLD)
})

function offers(key: string): void {
  proves = (wanted) => (wanted === key ? undefined : 'another_key')
  clear = [200, JSON.stringify({ status: 'ok', key })]
}

/** A tracker of an earlier version, or another program. */
function offersNone(answer: Clear, failure: ClientErrorCode = 'not_offered'): void {
  proves = () => failure
  clear = answer
}

function request({ host, port, key }: Target): Promise<ReceivedResponse> {
  expect({ host, port }).toEqual(ADDRESS)
  asked.push(key ?? 'in clear')
  const answer = key === undefined ? clear : (proves(key) ?? ([200, '{}'] as const))
  if (typeof answer === 'string') return Promise.reject(new ClientError(answer, 'no answer'))
  const [status, body] = answer
  return Promise.resolve({
    ...{ status, reason: '', version: '1.1', body: Buffer.from(body), keepAlive: true },
    ...{ headers: Headers.none, trailers: Headers.none },
  })
}

function newRoute(): TrackerRoute {
  return new TrackerRoute({
    client: { request },
    address: ADDRESS,
    store: { setting: (name) => settings.get(name), set: (name, value) => settings.set(name, value) },
    events: {
      emit: (event) => {
        if (event.kind === 'notice') notices.push(event.text)
      },
    },
  })
}

/** Where requests go after one search. */
async function found(route = newRoute()): Promise<string> {
  await route.find()
  return route.target.key ?? 'in clear'
}

describe('a tracker that was never seen', () => {
  test('and says its key: it is pinned once a connection has proved it', async () => {
    expect(await found()).toBe(OLD)
    expect(asked).toEqual(['in clear', OLD])
    expect(settings.get(SETTING)).toBe(OLD)
    expect(notices).toEqual([])
  })

  test('and says a key that it does not prove: nothing is pinned, and nothing goes there in clear', async () => {
    offers(OLD)
    clear = [200, JSON.stringify({ key: NEW })]
    await expect(found()).rejects.toMatchObject({ code: 'another_key' })
    expect(settings.size).toBe(0)
  })

  test.each<[what: string, answer: Clear]>([
    ['an answer without a key', [200, '{"status":"ok"}']],
    ['a key that is none', [200, '{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}']],
    ['404', [404, '{"error":"not found"}']],
    ['500', [500, 'oops']],
    ['no JSON', [200, 'hello']],
    ['no HTTP', 'protocol'],
    ['the end of the connection', 'closed'],
    ['silence', 'timeout'],
  ])('and answers with %s: it is used in clear, as ever', async (_what, answer) => {
    offersNone(answer)
    expect(await found()).toBe('in clear')
    expect(notices).toEqual([])
    expect(settings.size).toBe(0)
  })

  test.each<[what: string, answer: Clear, rejection: object]>([
    ['is busy', [429, '{}'], { name: 'TrackerError', status: 429 }],
    ['has too many connections', [503, '{}'], { name: 'TrackerError', status: 503 }],
    ['is away', 'refused', { code: 'refused' }],
    ['is out of reach', 'unreachable', { code: 'unreachable' }],
  ])('and %s: it is asked again later', async (_what, answer, rejection) => {
    offersNone(answer)
    await expect(found()).rejects.toMatchObject(rejection)
  })
})

describe('a tracker whose key is pinned', () => {
  beforeEach(() => {
    settings.set(SETTING, OLD)
  })

  test('is never asked in clear', async () => {
    const route = newRoute()
    expect(route.target.key, 'even before the first answer').toBe(OLD)
    expect(await found(route)).toBe(OLD)
    expect(asked).toEqual([OLD])
  })

  test('has another key: the user is told, and it is used as a new one', async () => {
    offers(NEW)
    expect(await found()).toBe(NEW)
    expect(asked).toEqual([OLD, 'in clear', NEW])
    expect(settings.get(SETTING)).toBe(NEW)
    expect(notices).toEqual([expect.stringContaining(`the tracker at 10.0.0.250:9001 ${CHANGED}`)])
    expect(await found(), 'and is known from then on').toBe(NEW)
    expect(notices).toHaveLength(1)
  })

  test.each<[what: string, answer: Clear, failure: ClientErrorCode]>([
    ['an earlier version', [200, '{"status":"ok"}'], 'not_offered'],
    ['a legacy tracker', [404, '{}'], 'not_offered'],
    ['a program that answers no HTTP to a handshake', [404, '{}'], 'broken_handshake'],
    ['a program that ends the connection', [404, '{}'], 'closed'],
  ])(
    'is now %s: the user is told once, it is used in clear, and the pin stays',
    async (_, answer, failure) => {
      offersNone(answer, failure)
      const route = newRoute()
      expect(await found(route)).toBe('in clear')
      expect(await found(route)).toBe('in clear')
      expect(notices).toEqual([expect.stringContaining(`the tracker at 10.0.0.250:9001 ${STRIPPED}`)])
      expect(settings.get(SETTING)).toBe(OLD)
      offers(OLD)
      expect(await found(route), 'and when it is back it is the known one').toBe(OLD)
      expect(notices).toHaveLength(1)
    },
  )

  test('says the pinned key but makes no secure connection: nothing goes there in clear', async () => {
    proves = () => 'not_offered'
    await expect(found()).rejects.toMatchObject({ code: 'not_offered' })
    expect(asked).toEqual([OLD, 'in clear', OLD])
    expect(notices).toEqual([])
  })

  test.each<[what: string, failure: ClientErrorCode]>([
    ['away', 'refused'],
    ['out of reach', 'unreachable'],
    ['silent', 'timeout'],
    ['busy', 'busy'],
  ])('is %s: it is asked again later, and not in clear', async (_what, failure) => {
    proves = () => failure
    const route = newRoute()
    await expect(found(route)).rejects.toMatchObject({ code: failure })
    expect(asked).toEqual([OLD])
    expect(route.target.key).toBe(OLD)
  })

  test.each<ClientErrorCode>(['timeout', 'closed', 'protocol'])(
    'breaks the handshake, and then answers nothing (%s): nobody says that it offers none',
    async (failure) => {
      offersNone(failure, 'closed')
      await expect(found()).rejects.toMatchObject({ code: failure })
      expect(notices).toEqual([])
    },
  )

  test('has a pin that is no key: it is found as a new one', async () => {
    settings.set(SETTING, 'nonsense')
    expect(await found()).toBe(OLD)
    expect(settings.get(SETTING)).toBe(OLD)
    expect(notices).toEqual([])
  })
})
