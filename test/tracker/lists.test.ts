/**
 * Long lists: in pages for those who ask for them, cut to one recv(8192) for those who do not say that they
 * read to the end.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { SeedPeer } from './support.ts'
import { until } from '../support/wait.ts'
import { ask, get, post, type Answer, type Json } from '../support/ask.ts'
import { startTracker } from '../support/trackers.ts'

type Running = Awaited<ReturnType<typeof startTracker>>

let running: Running

beforeEach(async () => {
  running = await startTracker()
})

afterEach(async () => {
  await running.tracker.close()
  expect(running.errors, 'nothing was a mistake of the tracker').toEqual([])
})

const PARLEY = { 'User-Agent': 'parley/0.1.0' }

/** The n-th peer, straight into the registry: so many requests would take their time. */
function add(n: number, ...channels: string[]): string {
  const { registry } = running.tracker
  registry.register({ ip: '127.0.0.1', port: 20_000 + n, name: `peer-${n}` }, running.clock.now())
  for (const channel of channels) registry.join(`127.0.0.1:${20_000 + n}`, channel)
  return `127.0.0.1:${20_000 + n}`
}

function addMany(count: number, ...channels: string[]): void {
  for (let n = 0; n < count; n++) add(n, ...channels)
}

/** Messages of 80 characters, a second apart, the last a second ago. */
function say(count: number, channel = 'general'): void {
  const { registry } = running.tracker
  const from = { ip: '127.0.0.1', port: 8000, name: 'alice' }
  const now = running.clock.now()
  for (let n = 0; n < count; n++)
    registry.store(channel, { from, message: text(n), at: now - 1000 * (count - n) })
}

function text(n: number): string {
  return `message ${n} `.padEnd(80, 'x')
}

function namesIn(answer: Answer | Json, list = 'peers'): string[] {
  const json = ('json' in answer ? answer.json : answer) as Record<string, { name: string }[]>
  return (json[list] ?? []).map(({ name }) => name)
}

function messagesIn(json: Json): string[] {
  return (json['messages'] as { message: string }[]).map(({ message }) => message)
}

/** All pages from the first on, with something that happens between them. */
async function pages(target: string, headers = PARLEY, between: (page: number) => void = () => undefined) {
  const names: string[][] = []
  let next: string | undefined
  do {
    const sign = target.includes('?') ? '&' : '?'
    const cursor = next === undefined ? '' : `${sign}cursor=${encodeURIComponent(next)}`
    const answer = await get(running.port, target + cursor, headers)
    expect(answer.status).toBe(200)
    names.push(namesIn(answer))
    next = answer.json['next'] as string | undefined
    between(names.length)
  } while (next !== undefined && names.length < 50)
  return names
}

const everybody = (count: number): string[] => Array.from({ length: count }, (_, n) => `peer-${n}`)

describe('pages', () => {
  test('450 peers', async () => {
    addMany(450)
    const found = await pages('/get-list')
    expect(found.map((page) => page.length)).toEqual([200, 200, 50])
    expect(found.flat()).toEqual(everybody(450))
  })

  test('450 members of a channel', async () => {
    addMany(450, 'general')
    const found = await pages('/get-list?channel=general')
    expect(found.map((page) => page.length)).toEqual([200, 200, 50])
    expect(found.flat()).toEqual(everybody(450))
    expect((await get(running.port, '/get-list?channel=general', PARLEY)).json['peer_count']).toBe(450)
  })

  test('members that joined in another order than they registered', async () => {
    addMany(450)
    for (let n = 449; n >= 0; n--) add(n, 'general')
    expect((await pages('/get-list?channel=general')).flat()).toEqual(everybody(450))
  })

  test.each([
    ['at the limit of a page', LIMITS.peersPerAnswer, [200]],
    ['one over', LIMITS.peersPerAnswer + 1, [200, 1]],
    ['nobody', 0, [0]],
  ])('%s', async (_name, count, sizes) => {
    addMany(count)
    expect((await pages('/get-list')).map((page) => page.length)).toEqual(sizes)
  })

  test('of the requested size, never over the limit', async () => {
    addMany(250)
    expect((await pages('/get-list?limit=100')).map((page) => page.length)).toEqual([100, 100, 50])
    expect((await pages('/get-list?limit=9999')).map((page) => page.length)).toEqual([200, 50])
  })

  test('no peer is lost when peers renew, leave and register between the pages', async () => {
    addMany(450)
    const found = await pages('/get-list', PARLEY, (page) => {
      const { registry } = running.tracker
      if (page === 1) {
        // The last of the first page, and the first of the second, among others.
        for (const n of [0, 100, 199, 200, 300])
          registry.renew(`127.0.0.1:${20_000 + n}`, running.clock.now())
        registry.leave(`127.0.0.1:${20_000 + 199}`, 'left')
        add(1000)
      }
    })
    expect(found.flat()).toEqual([...everybody(450), 'peer-1000'])
  })

  test('the map has pages, too', async () => {
    addMany(250)
    const { json } = await get(running.port, '/get-list?format=map')
    expect(Object.keys(json['peers'] as object)).toEqual(everybody(200))
    const rest = await get(running.port, `/get-list?format=map&cursor=${String(json['next'])}`)
    expect(Object.keys(rest.json['peers'] as object)).toEqual(everybody(250).slice(200))
  })

  test('the cursor of a small answer leads to all other peers', async () => {
    addMany(300)
    const found = await pages('/get-list', {} as typeof PARLEY)
    expect(found[0]?.length, 'the first answer was small').toBeLessThan(200)
    expect(found.flat()).toEqual(everybody(300))
  })
})

describe('the small answer', () => {
  test('200 messages of 80 characters: under 8192 bytes with the head, the newest are in', async () => {
    addMany(3, 'general')
    say(200)
    const answer = await get(running.port, '/get-list?channel=general')
    expect(answer.bytes).toBeLessThan(8192)
    const messages = messagesIn(answer.json)
    expect(messages.length).toBeGreaterThan(20)
    expect(messages).toEqual(Array.from({ length: 200 }, (_, n) => text(n)).slice(-messages.length))
    expect(namesIn(answer)).toEqual(everybody(3))
  })

  test('arrives in one piece, and a seed peer reads it', async () => {
    await using seed = await SeedPeer.start('seed', running.port)
    await seed.register()
    await seed.join('general')
    say(200)
    const list = await seed.list('general')
    expect(namesIn(list)).toEqual(['seed'])
    expect(messagesIn(list).at(-1)).toBe(text(199))
  })

  test.each<[string, string, Record<string, string>]>([
    ['Parley', '', PARLEY],
    ['since', '&since=0', {}],
    ['limit', '&limit=1000', {}],
  ])('%s gets everything', async (_name, query, headers) => {
    say(200)
    const { json } = await get(running.port, `/get-list?channel=general${query}`, headers)
    expect(messagesIn(json)).toEqual(Array.from({ length: 200 }, (_, n) => text(n)))
  })

  test.each(['curl/8.5.0', 'python-requests/2.31', 'xparley/1', 'Parleyish'])(
    '%s is not Parley',
    async (agent) => {
      say(200)
      const { bytes } = await get(running.port, '/get-list?channel=general', { 'User-Agent': agent })
      expect(bytes).toBeLessThan(8192)
    },
  )

  test('the body of a request may ask for everything, too', async () => {
    say(200)
    const { json } = await post(running.port, '/get-list', { channel: 'general', limit: 150 })
    expect(messagesIn(json)).toHaveLength(150)
  })

  test('more peers and channels than fit in the short form', async () => {
    for (let n = 0; n < 150; n++) add(n, 'general', `channel-with-a-long-name-${n}`.padEnd(60, 'x'))
    say(10)
    const answer = await get(running.port, '/get-list?channel=general')
    expect(answer.bytes).toBeLessThan(8192)
    const [peer] = answer.json['peers'] as Json[]
    expect(Object.keys(peer ?? {})).toEqual(['ip', 'port', 'name', 'ts'])
    expect(namesIn(answer).length).toBeGreaterThan(50)
    expect(answer.json['peer_count']).toBe(150)
  })

  test('text of several bytes a character', async () => {
    const { registry } = running.tracker
    const from = { ip: '127.0.0.1', port: 8000, name: '\u5c0f\u660e' }
    for (let n = 0; n < 100; n++)
      registry.store('general', { from, message: '\u4f60\u597d"\n'.repeat(20), at: n })
    const answer = await get(running.port, '/get-list?channel=general')
    expect(answer.bytes).toBeLessThan(8192)
    expect(messagesIn(answer.json).length).toBeGreaterThan(10)
  })

  test('one message that is larger than the answer', async () => {
    const { registry } = running.tracker
    const from = { ip: '127.0.0.1', port: 8000, name: 'a' }
    registry.store('general', { from, message: '\u20ac'.repeat(2730), at: running.clock.now() })
    const answer = await get(running.port, '/get-list?channel=general')
    expect(answer.bytes).toBeLessThan(8192)
    expect(answer.json['messages']).toEqual([])
  })

  test('a seed peer in a channel of 300: every answer it gets is whole', async () => {
    addMany(300, 'general')
    await using seed = await SeedPeer.start('seed', running.port)
    await seed.register()
    const joined = await seed.join('general')
    expect(joined['member_count']).toBe(301)
    expect(namesIn(joined, 'members').length).toBeGreaterThan(50)
    expect(await seed.request('/remove-list', { channel: 'general', peer: seed.info })).toMatchObject({
      member_count: 300,
    })
    expect(await seed.request('/connect-peer', { to: seed.info })).toMatchObject({ peer: seed.info })
    expect(await seed.list()).toMatchObject({ peer_count: 301 })
  })

  test.each([
    ['in the long form', LIMITS.peersPerAnswer, { username: 'peer-0', channels: ['general'] }],
    ['in the short form when they are many', LIMITS.peersPerAnswer + 1, { name: 'peer-0' }],
  ])('Parley gets all members %s', async (_name, count, form) => {
    addMany(count, 'general')
    const body = { channel: 'general', peer: { ip: '127.0.0.1', port: 20_000, name: 'peer-0' } }
    const { json } = await ask(running.port, { target: '/add-list', body, headers: PARLEY })
    expect(json['member_count']).toBe(count)
    expect(namesIn(json, 'members')).toEqual(everybody(count))
    expect((json['members'] as Json[])[0]).toMatchObject(form)
    expect(Object.keys((json['members'] as Json[])[0] ?? {}).includes('username')).toBe('username' in form)
  })
})

describe('since and limit', () => {
  test('since: later messages', async () => {
    say(10)
    const all = (await get(running.port, '/get-list?channel=general&since=0')).json['messages'] as {
      ts: number
    }[]
    const ts = all[6]?.ts ?? 0
    const later = await get(running.port, `/get-list?channel=general&since=${ts}`)
    expect(messagesIn(later.json)).toEqual([text(7), text(8), text(9)])
    const milliseconds = await get(running.port, `/get-list?channel=general&since=${ts * 1000}`)
    expect(messagesIn(milliseconds.json)).toEqual(messagesIn(later.json))
    const last = await get(running.port, `/get-list?channel=general&since=${all[9]?.ts}`)
    expect(messagesIn(last.json)).toEqual([])
  })

  test('limit: the newest messages', async () => {
    say(10)
    const { json } = await get(running.port, '/get-list?channel=general&limit=3')
    expect(messagesIn(json)).toEqual([text(7), text(8), text(9)])
  })

  test('since and limit', async () => {
    say(10)
    const { json } = await get(running.port, '/get-list?channel=general&since=0&limit=1')
    expect(messagesIn(json)).toEqual([text(9)])
  })

  test('messages that were broadcast within one millisecond have different times', async () => {
    const send = (message: string) => post(running.port, '/broadcast-peer', { from: 'web', message })
    await send('one')
    running.clock.advanceSync(0.4)
    await send('two')
    const first = await get(running.port, '/get-list?channel=general&limit=9')
    const ts = (first.json['messages'] as { ts: number }[]).at(-1)?.ts
    running.clock.advanceSync(1)
    await send('three')
    const answer = (): Promise<Answer> => get(running.port, `/get-list?channel=general&since=${ts}`)
    await until(async () => messagesIn((await answer()).json).length > 0, 'the third message')
    expect(messagesIn((await answer()).json)).toEqual(['three'])
  })
})
