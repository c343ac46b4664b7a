/** Every message once, whatever becomes of the connection: against a peer that does what a test wants. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { Follower, type FollowedPeer, type Wanted } from '../../../src/cli/scripts/follower.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import { ManualClock } from '../../support/clock.ts'
import { turn } from '../../support/wait.ts'
import { person, state } from '../../web/samples.ts'
import type { FollowedEvent } from '../../../src/cli/running/local-client.ts'
import type { LocalMessage, LocalPage, LocalState } from '../../../src/chat/wire/local-api.ts'

let clockTime = 1_000

function message(text: string, more: Partial<LocalMessage> = {}): LocalMessage {
  const at = clockTime++
  return {
    key: `k ${text}`,
    id: text,
    conversation: 'general',
    from: { id: '10.0.0.2:8000', name: 'bob' },
    own: false,
    text,
    action: false,
    at,
    receivedAt: at,
    late: false,
    delivery: undefined,
    ...more,
  }
}

const YEAR = 365 * 86_400_000

/** A peer that stores messages, and whose streams a test controls. */
class FakePeer implements FollowedPeer {
  readonly kept: LocalMessage[] = []
  readonly joined: string[] = ['general']
  people: LocalState['people'] = []
  directs: string[] = []
  /** With which id each stream was opened. */
  readonly asked: (string | undefined)[] = []
  /** Answers no page with more than so many. */
  largestPage = 200
  /** It still has all events; otherwise every stream begins with the state. */
  canRepeat = true
  #onEvent: (event: FollowedEvent) => void = () => undefined
  #end: ((error?: Error) => void) | undefined
  #number = 0

  get lastId(): string {
    return `e-${this.#number}`
  }

  state(): Promise<LocalState> {
    const channels = this.joined.map((name) => ({ name, isGroup: false }))
    const { directs, people, lastId: eventId } = this
    return Promise.resolve(state({ channels, directs, people, eventId }))
  }

  join(channel: string): Promise<void> {
    if (!this.joined.includes(channel)) this.joined.push(channel)
    return Promise.resolve()
  }

  messages(conversation: string, limit: number, before?: string): Promise<LocalPage> {
    const all = this.kept.filter((each) => each.conversation === conversation)
    const end = before === undefined ? all.length : Number(before)
    const begin = Math.max(0, end - Math.min(limit, this.largestPage))
    return Promise.resolve({
      messages: all.slice(begin, end),
      before: begin === 0 ? undefined : String(begin),
    })
  }

  follow(
    lastId: string | undefined,
    onEvent: (event: FollowedEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.asked.push(lastId)
    /** As a stream: the next event is read when the one before is dealt with. */
    let done = Promise.resolve()
    this.#onEvent = (event) => {
      done = done
        .then(() => onEvent(event))
        .catch((error: unknown) => this.#end?.(error instanceof Error ? error : new Error(String(error))))
    }
    if (this.canRepeat) this.#repeat(Number(lastId?.slice(2) ?? this.#number))
    else void this.tellState()
    return new Promise((resolve, reject) => {
      this.#end = (error) => {
        if (error === undefined) resolve()
        else reject(error)
      }
      signal.addEventListener('abort', () => {
        resolve()
      })
    })
  }

  /** Says it, and tells it when a stream is open. */
  say(said: LocalMessage): void {
    this.kept.push(said)
    this.#number++
    this.#onEvent({ kind: 'message', id: this.lastId, message: said })
  }

  /** Messages after so many. */
  #repeat(count: number): void {
    for (const [index, said] of this.kept.entries())
      if (index >= count) this.#onEvent({ kind: 'message', id: `e-${index + 1}`, message: said })
  }

  async tellState(): Promise<void> {
    this.#onEvent({ kind: 'state', id: this.lastId, state: await this.state() })
  }

  endStream(error?: Error): void {
    this.#onEvent = () => undefined
    this.#end?.(error)
  }
}

function follow(peer: FakePeer, wanted: Partial<Wanted> = {}, last = 0) {
  const clock = new ManualClock()
  const stopping = new AbortController()
  const told: string[] = []
  /** For each of them, whether it was new. */
  const news: boolean[] = []
  const connection: string[] = []
  const unknown: string[] = []
  /** Takes messages at once, unless a test gives it a promise. */
  const reader: { room: Promise<void> } = { room: Promise.resolve() }
  const found: { peer: FakePeer | undefined } = { peer }
  const follower = new Follower({
    find: () => Promise.resolve(found.peer),
    wanted: { channels: [], people: [], ...wanted },
    clock,
    random: () => 0.5,
    onMessage: async ({ text }, isNew) => {
      await reader.room
      told.push(text)
      news.push(isNew)
    },
    onUnknown: (person) => unknown.push(person),
    onConnection: (state) => connection.push(state),
  })
  const running = follower.run(peer, last, stopping.signal)
  onTestFinished(async () => {
    stopping.abort()
    await running.catch(() => undefined)
  })
  return { clock, told, news, connection, unknown, found, reader, running }
}

/** All that promises have led to is done. */
async function settled(): Promise<void> {
  for (let count = 0; count < 5; count++) await turn()
}

describe('the beginning', () => {
  test.each([
    ['nothing of what was said before', 0, []],
    ['the last of it', 2, ['2', '3']],
    ['all of it when there is less', 9, ['1', '2', '3']],
  ])('%s', async (_name, last, expected) => {
    const peer = new FakePeer()
    for (const text of ['1', '2', '3']) peer.say(message(text))
    const { told } = follow(peer, {}, last)
    await settled()
    peer.say(message('4'))
    await settled()
    expect(told).toEqual([...expected, '4'])
  })

  test('leaves out muted, ignored and blocked people, and no muted channel; so does what follows', async () => {
    const peer = new FakePeer()
    const kinds = [undefined, 'mute', 'ignore', 'block', 'channel'] as const
    for (const hushed of kinds) peer.say(message(`before ${hushed}`, { hushed }))
    const { told, clock } = follow(peer, {}, 9)
    await settled()
    for (const hushed of kinds) peer.say(message(`live ${hushed}`, { hushed }))
    await settled()
    peer.endStream()
    peer.canRepeat = false
    for (const hushed of kinds) peer.kept.push(message(`missed ${hushed}`, { hushed }))
    await clock.advance(5_000)
    await settled()
    const heard = ['before', 'live', 'missed'].flatMap((when) => [`${when} undefined`, `${when} channel`])
    expect(told).toEqual(heard)
  })

  test('is told apart from what arrives later, also after a lost connection', async () => {
    const peer = new FakePeer()
    peer.say(message('before'))
    const { clock, told, news } = follow(peer, {}, 5)
    await settled()
    peer.say(message('live'))
    await settled()
    peer.endStream()
    peer.kept.push(message('missed'))
    await settled()
    await clock.advance(5_000)
    await settled()
    peer.say(message('later'))
    await settled()
    expect(told.map((text, index) => [text, news[index]])).toEqual([
      ['before', false],
      ['live', true],
      ...told.slice(2).map((text) => [text, true]),
    ])
    expect(told.at(-1)).toBe('later')
  })

  test('of several conversations the last altogether, in the order in which they came', async () => {
    const peer = new FakePeer()
    peer.directs = ['@10.0.0.2:8000']
    peer.say(message('1'))
    peer.say(message('2', { conversation: '@10.0.0.2:8000' }))
    peer.say(message('3'))
    const { told } = follow(peer, {}, 2)
    await settled()
    expect(told).toEqual(['2', '3'])
  })

  test('a peer that does not answer', async () => {
    const peer = new FakePeer()
    peer.state = () => Promise.reject(new ClientError('refused', 'nothing listens there'))
    const { running } = follow(peer)
    await expect(running).rejects.toThrow('nothing listens there')
  })
})

describe('wanted conversations', () => {
  const FROM_ZOE = { from: { id: '10.0.0.9:8000', name: 'zoe' }, conversation: '@10.0.0.9:8000' }
  const TO_BOB = { own: true, conversation: '@10.0.0.2:8000', from: { id: '10.0.0.1:8000', name: 'alice' } }
  test.each<[string, Partial<Wanted>, string[]]>([
    ['everything', {}, ['general', 'ops', 'zoe', 'bob']],
    ['a channel', { channels: ['ops'] }, ['ops']],
    ['a person by name', { people: ['Zoe'] }, ['zoe']],
    ['a person by address', { people: ['10.0.0.9:8000'] }, ['zoe']],
    ['a person to whom we wrote', { people: ['bob'] }, ['bob']],
    ['a person by short id', { people: ['K3F9-2MX7'] }, ['bob']],
    ['a person by another address', { people: ['10.0.0.77:8000'] }, ['bob']],
    ['a channel and a person', { channels: ['general'], people: ['zoe'] }, ['general', 'zoe']],
  ])('%s', async (_name, wanted, expected) => {
    const peer = new FakePeer()
    const addresses = ['10.0.0.2:8000', '10.0.0.77:8000']
    peer.people = [person('bob', { id: '10.0.0.2:8000', short: 'k3f9-2mx7', addresses })]
    const { told } = follow(peer, wanted)
    await settled()
    peer.say(message('general'))
    peer.say(message('ops', { conversation: 'ops' }))
    peer.say(message('zoe', FROM_ZOE))
    peer.say(message('bob', TO_BOB))
    await settled()
    expect(told).toEqual(expected)
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['a person who is here', ['Bob', '10.0.0.2:8000', 'k3f9-2mx7'], []],
    ['a person written to before', ['10.0.0.9:8000'], []],
    ['nobody', ['ops', 'Bob', 'zoe'], ['ops', 'zoe']],
  ])('%s is known: what is not is reported at once', async (_name, people, expected) => {
    const peer = new FakePeer()
    peer.people = [person('bob', { id: '10.0.0.2:8000', short: 'k3f9-2mx7' })]
    peer.directs = ['@10.0.0.9:8000']
    const { unknown, told } = follow(peer, { people })
    await settled()
    expect(unknown).toEqual(expected)
    peer.say(message('zoe', FROM_ZOE))
    await settled()
    expect(told).toEqual(people.some((name) => ['zoe', '10.0.0.9:8000'].includes(name)) ? ['zoe'] : [])
  })

  test('channels that the peer is not in are joined, again after its restart', async () => {
    const peer = new FakePeer()
    const { clock, found } = follow(peer, { channels: ['ops'] })
    await settled()
    expect(peer.joined).toEqual(['general', 'ops'])
    const restarted = new FakePeer()
    found.peer = restarted
    peer.endStream()
    await clock.advance(10_000)
    await settled()
    expect(restarted.joined).toEqual(['general', 'ops'])
  })
})

describe('a stream that breaks', () => {
  test('goes on behind the last event', async () => {
    const peer = new FakePeer()
    const { told, clock, connection } = follow(peer)
    await settled()
    peer.say(message('1'))
    await settled()
    peer.endStream(new ClientError('closed', 'the connection broke'))
    peer.say(message('2'))
    await clock.advance(1_000)
    await settled()
    expect(peer.asked).toEqual(['e-0', 'e-1'])
    peer.say(message('3'))
    await settled()
    expect(told).toEqual(['1', '2', '3'])
    expect(connection).toEqual(['lost', 'back'])
  })

  test('what it cannot repeat is read from the history: all of it, once, in order', async () => {
    const peer = new FakePeer()
    peer.largestPage = 3
    peer.canRepeat = false
    peer.say(message('before'))
    const { told, clock } = follow(peer)
    await settled()
    peer.say(message('1'))
    await settled()
    peer.endStream()
    for (let number = 2; number <= 12; number++) peer.say(message(String(number)))
    await clock.advance(1_000)
    await settled()
    peer.say(message('13'))
    await settled()
    expect(told).toEqual(Array.from({ length: 13 }, (_, index) => String(index + 1)))
  })

  test('messages missed while a clock was set back by two years are read all the same', async () => {
    const peer = new FakePeer()
    peer.canRepeat = false
    const { told, clock } = follow(peer)
    await settled()
    const ahead = message('ahead')
    peer.say({ ...ahead, at: ahead.at + 2 * YEAR, receivedAt: ahead.at + 2 * YEAR, clockShift: 2 * YEAR })
    await settled()
    peer.endStream()
    peer.say(message('right again'))
    await clock.advance(1_000)
    await settled()
    expect(told).toEqual(['ahead', 'right again'])
  })

  test('a message that arrives twice is reported once', async () => {
    const peer = new FakePeer()
    const { told, clock } = follow(peer)
    await settled()
    peer.canRepeat = false
    const first = message('1')
    peer.say(first)
    await settled()
    peer.endStream()
    await clock.advance(1_000)
    await settled()
    peer.say(first)
    await settled()
    expect(told).toEqual(['1'])
  })

  test('is tried again with growing pauses, and is reported once', async () => {
    const peer = new FakePeer()
    const { clock, found, connection, told } = follow(peer)
    await settled()
    found.peer = undefined
    peer.endStream()
    await settled()
    const pauses: number[] = []
    for (let count = 0; count < 7; count++) {
      pauses.push(clock.due[0] ?? NaN)
      await clock.advance(clock.due[0] ?? 0)
      await settled()
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000])
    expect(connection).toEqual(['lost'])
    found.peer = peer
    await clock.advance(5_000)
    await settled()
    peer.say(message('back'))
    await settled()
    expect({ connection, told }).toEqual({ connection: ['lost', 'back'], told: ['back'] })
  })
})

test('a reader that takes nothing is waited for, and gets everything in order', async () => {
  const peer = new FakePeer()
  const { told, reader } = follow(peer)
  await settled()
  let open: () => void = () => undefined
  reader.room = new Promise((resolve) => {
    open = resolve
  })
  for (const text of ['1', '2', '3']) peer.say(message(text))
  await settled()
  expect(told).toEqual([])
  open()
  await settled()
  expect(told).toEqual(['1', '2', '3'])
})
