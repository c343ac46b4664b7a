/** GET /api/events: the first event, replay after a break, and slow readers. */
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/wait.ts'
import { readEvents, startTwo, startWeb, TOKEN, type RunningWeb } from './support.ts'
import { ManualClock } from '../../support/clock.ts'
import type { EventReader } from '../../support/event-reader.ts'
import { XSS_PAYLOADS } from './xss-payloads.ts'

function say({ ask }: RunningWeb, text: string): Promise<unknown> {
  return ask('POST', '/api/messages', { conversation: 'general', text })
}

/** The events of a reader, abbreviated. */
function told({ events }: EventReader): string[] {
  return events.map(({ event, data }) => {
    const { text } = JSON.parse(data) as { text?: string }
    return text === undefined ? event : `${event} ${text}`
  })
}

function ids({ events }: EventReader): (string | undefined)[] {
  return events.map(({ id }) => id)
}

describe('events', () => {
  test('first the state, then what happens, on both sides', async () => {
    const { alice, bob } = await startTwo()
    const [aliceReader, bobReader] = [await readEvents(alice), await readEvents(bob)]
    expect(await aliceReader.gets('state')).toMatchObject({
      self: { name: 'alice' },
      people: [{ name: 'bob' }],
    })
    await bobReader.gets('state')
    const answer = await alice.ask('POST', '/api/messages', { conversation: 'general', text: 'hello' })
    const { key, conversation, at } = answer.json
    expect(await aliceReader.gets('message')).toMatchObject({
      key,
      conversation,
      at,
      text: 'hello',
      own: true,
    })
    expect(await aliceReader.gets('delivery')).toEqual({
      key,
      conversation,
      delivery: { recipients: 1, delivered: 1, unconfirmed: 0, waiting: [], failed: [] },
    })
    expect(await bobReader.gets('message')).toMatchObject({
      key,
      text: 'hello',
      own: false,
      from: { name: 'alice' },
    })
    expect(aliceReader.events[0]?.event).toBe('state')
  })

  test('a message that waits for a recipient comes with its name', async () => {
    const { alice, bob } = await startTwo()
    const reader = await readEvents(alice)
    await bob.peer.close()
    alice.peer.say('general', 'from the prompt')
    expect(await reader.gets('message')).toMatchObject({ delivery: { recipients: 1, waiting: ['bob'] } })
    expect(
      await reader.gets('state', ({ outbox }) => JSON.stringify(outbox) === '{"waiting":1,"failed":0}'),
    ).toBeDefined()
  })

  test('a message without recipients comes before its receipt', async () => {
    const alice = await startWeb({ name: 'alice' })
    const reader = await readEvents(alice)
    await say(alice, 'hello')
    await reader.gets('delivery')
    expect(told(reader).filter((line) => !line.startsWith('state'))).toEqual(['message hello', 'delivery'])
  })

  test('notices, and people who join', async () => {
    const alice = await startWeb({ name: 'alice' })
    const reader = await readEvents(alice)
    alice.web.show({ kind: 'notice', text: 'something' })
    alice.web.show({ kind: 'datagram', way: 'RECV', at: 0, address: '', type: '', text: 'not this' })
    expect(await reader.gets('notice')).toEqual({ text: 'something' })
    const { host, port } = alice.peer.address
    await startWeb({ name: 'bob', peers: [{ host, port }] })
    await reader.gets('state', ({ people }) =>
      (people as { name: string }[]).some(({ name }) => name === 'bob'),
    )
    expect(reader.of('notice')).toHaveLength(1)
  })

  test.each(XSS_PAYLOADS)('%s goes through as it is, on one line of JSON', async (payload) => {
    const alice = await startWeb({ name: 'alice' })
    const reader = await readEvents(alice)
    alice.web.show({ kind: 'notice', text: payload })
    await say(alice, payload)
    expect(await reader.gets('message')).toMatchObject({ text: payload })
    expect(await reader.gets('notice')).toEqual({ text: payload })
    expect(reader.events.every(({ data }) => !data.includes('\n'))).toBe(true)
  })
})

describe('the state', () => {
  /** A reader that has had its first state, and a clock that stands still. */
  async function still(): Promise<{ alice: RunningWeb; reader: EventReader; clock: ManualClock }> {
    const clock = new ManualClock()
    const alice = await startWeb({ name: 'alice' }, { clock })
    const reader = await readEvents(alice)
    await reader.gets('state')
    return { alice, reader, clock }
  }

  test('changes within 100 ms are published once', async () => {
    const { alice, reader, clock } = await still()
    for (const name of ['a', 'b', 'c']) await alice.ask('POST', '/api/channels', { name })
    await say(alice, 'a mark')
    await reader.gets('message')
    expect(reader.of('state')).toHaveLength(1)
    await clock.advance(100)
    const { channels } = await reader.gets('state', (state) => (state['channels'] as unknown[]).length > 1)
    expect(channels).toHaveLength(4)
    expect(reader.of('state')).toHaveLength(2)
  })

  test('changes without an event are published within a second', async () => {
    const { alice, reader, clock } = await still()
    await alice.peer.rename('Alicia')
    await clock.advance(1_000)
    await reader.gets('state', ({ self }) => (self as { name: string }).name === 'Alicia')
  })

  test('is not published again without a change', async () => {
    const { alice, reader, clock } = await still()
    await clock.advance(5_000)
    await say(alice, 'hello')
    await clock.advance(5_000)
    await reader.gets('message')
    expect(reader.of('state')).toHaveLength(1)
  })
})

describe('after a break', () => {
  test.each(['header', 'query'])('nothing is missing and nothing comes twice (%s)', async (where) => {
    const alice = await startWeb({ name: 'alice' })
    const before = await readEvents(alice)
    await say(alice, '1')
    await before.gets('message')
    await before.gets('delivery')
    const last = ids(before).at(-1) ?? ''
    before.close()
    await until(() => alice.web.streams === 0, 'the break')
    await say(alice, '2')
    await alice.ask('POST', '/api/channels', { name: 'ops' })
    await say(alice, '3')
    const after =
      where === 'header'
        ? await readEvents(alice, '', { 'Last-Event-ID': last })
        : await readEvents(alice, `?since=${last}`)
    await say(alice, '4')
    await after.gets('message', ({ text }) => text === '4')
    expect(after.of('message').map(({ text }) => text)).toEqual(['2', '3', '4'])
    expect(after.of('state').at(-1)).toMatchObject({ channels: [{ name: 'general' }, { name: 'ops' }] })
    expect(new Set([...ids(before), ...ids(after)]).size).toBe(before.events.length + after.events.length)
  })

  test('the event id of GET /api/state can be continued from', async () => {
    const alice = await startWeb({ name: 'alice' })
    await say(alice, '1')
    const { eventId } = (await alice.ask('GET', '/api/state')).json
    await say(alice, '2')
    const reader = await readEvents(alice, `?since=${String(eventId)}`)
    await reader.gets('message')
    expect(reader.of('message').map(({ text }) => text)).toEqual(['2'])
  })

  test.each([
    ['of another start', '00000000-1'],
    ['of the future', undefined],
    ['that is none', 'x'],
  ])('an id %s: the state comes first', async (_, given) => {
    const alice = await startWeb({ name: 'alice' })
    const { eventId } = (await alice.ask('GET', '/api/state')).json
    const reader = await readEvents(alice, '', { 'Last-Event-ID': given ?? `${String(eventId)}00` })
    await reader.gets('state')
    expect(reader.events[0]?.event).toBe('state')
  })

  test('after more events than are kept the state comes first', async () => {
    const alice = await startWeb({ name: 'alice' }, { feed: { ring: 3 } })
    const { eventId } = (await alice.ask('GET', '/api/state')).json
    for (const text of ['1', '2', '3', '4']) alice.web.show({ kind: 'notice', text })
    await say(alice, '5')
    const reader = await readEvents(alice, '', { 'Last-Event-ID': String(eventId) })
    await reader.gets('state')
    expect(told(reader)).toEqual(['state'])
  })
})

describe('streams', () => {
  test('eight at once; the ninth ends the oldest', async () => {
    const alice = await startWeb({ name: 'alice' })
    const readers: EventReader[] = []
    for (let count = 0; count < 8; count++) readers.push(await readEvents(alice))
    await until(() => alice.web.streams === 8, 'eight streams')
    const ninth = await readEvents(alice)
    await until(() => readers[0]?.ended === true, 'the end of the oldest')
    await say(alice, 'hello')
    await ninth.gets('message')
    await readers[1]?.gets('message')
    expect(readers.map(({ ended }) => ended)).toEqual([true, ...Array<boolean>(7).fill(false)])
    expect(alice.web.streams).toBe(8)
  })

  test('a reader that does not read is cut, and the others are not', async () => {
    const alice = await startWeb(
      { name: 'alice' },
      { feed: { backlog: 100_000 }, server: { timeouts: { send: 200, sendAhead: 200 } } },
    )
    const reader = await readEvents(alice)
    const deaf = connect({ host: '127.0.0.1', port: alice.port })
    onTestFinished(() => {
      deaf.destroy()
    })
    deaf.on('error', () => undefined)
    deaf.pause()
    const host = `Host: 127.0.0.1:${alice.port}`
    deaf.write(`GET /api/events HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)
    await until(() => alice.web.streams === 2, 'both streams')
    // Some megabytes wait in the kernel before the server notices.
    const text = 'x'.repeat(80_000)
    let count = 0
    const isCut = async (): Promise<boolean> => {
      if (alice.web.streams === 1) return true
      alice.web.show({ kind: 'notice', text })
      count++
      await until(() => reader.of('notice').length === count, 'the one who reads')
      return false
    }
    await until(isCut, 'the cut')
    expect(reader.ended).toBe(false)
  })

  test('HEAD is no stream', async () => {
    const alice = await startWeb({ name: 'alice' })
    const { status, headers } = await alice.ask('HEAD', '/api/events')
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(alice.web.streams).toBe(0)
  })

  test('all end when the peer does', async () => {
    const alice = await startWeb({ name: 'alice' })
    const reader = await readEvents(alice)
    await alice.web.close()
    await until(() => reader.ended, 'the end')
    await alice.web.close()
  })
})
