/** A session at a tracker that does what its test says, with a manual clock. */
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import { TrackerError, type Renewed, type Registrant } from '../../../src/peer/discovery/tracker-client.ts'
import { TrackerSession, type TrackerListener } from '../../../src/peer/discovery/tracker-session.ts'
import { membership, selfAt } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, BOB, CAROL } from '../../support/peers.ts'
import { turn } from '../../support/wait.ts'
import type { Peer } from '../../../src/chat/model.ts'
import type { ServerSentEvent } from '../../../src/http/event-stream.ts'

const AWAY = new ClientError('refused', 'connection refused: nothing listens there')

/** A feed that a session follows. */
interface Feed {
  readonly channels: readonly string[]
  readonly tell: (event: ServerSentEvent) => void
  readonly end: () => Promise<void>
  readonly isOpen: () => boolean
}

/** What a tracker would do; a test changes it as it goes. */
class FakeTracker {
  /** Everything it was asked, in order. */
  readonly asked: string[] = []
  readonly feeds: Feed[] = []
  /** Channels and who is listed in them. */
  readonly lists = new Map<string, Peer[]>()
  away = false
  knowsUs = false
  /** What it says with a heartbeat; undefined: nothing. */
  listsUsIn: readonly string[] | undefined
  leases = true
  /** Its list says who is registered. */
  isReadable = true
  offersFeed = true
  /** Held back until resolved: the next answers. */
  slow: Promise<void> = Promise.resolve()
  /** How often the way to it was looked for, and what comes of it. */
  searches = 0
  way: Promise<void> = Promise.resolve()

  find(): Promise<void> {
    this.searches++
    return this.way
  }

  async register(_self: Registrant, channels: readonly string[]) {
    await this.#answer(`register ${channels.join('+')}`)
    this.knowsUs = true
    return { ip: '127.0.0.1', leases: this.leases }
  }

  async isListed(): Promise<boolean | undefined> {
    await this.#answer('is listed')
    return this.isReadable ? this.knowsUs : undefined
  }

  async heartbeat(): Promise<Renewed | undefined> {
    await this.#answer('heartbeat')
    return this.knowsUs ? { channels: this.listsUsIn } : undefined
  }

  async join(_self: Registrant, channel: string): Promise<Peer[]> {
    await this.#answer(`join ${channel}`)
    return this.lists.get(channel) ?? []
  }

  async part(_self: Registrant, channel: string): Promise<void> {
    await this.#answer(`part ${channel}`)
  }

  async leave(): Promise<void> {
    await this.#answer('leave')
  }

  async locate(name: string): Promise<Peer | undefined> {
    await this.#answer(`locate ${name}`)
    return [...this.lists.values()].flat().find((peer) => peer.name === name)
  }

  async members(channel: string): Promise<Peer[]> {
    await this.#answer(`members ${channel}`)
    return this.lists.get(channel) ?? []
  }

  async follow(
    _self: Registrant,
    channels: readonly string[],
    onEvent: (event: ServerSentEvent) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.#answer(`follow ${channels.join('+')}`)
    if (!this.offersFeed) return false
    return new Promise((resolve, reject) => {
      let open = true
      const close = (finish: () => void): void => {
        open = false
        finish()
      }
      this.feeds.push({
        channels: [...channels],
        // As the client does: what a listener throws ends the feed.
        tell: (event) => {
          try {
            onEvent(event)
          } catch (error) {
            close(() => {
              reject(new Error('a listener threw', { cause: error }))
            })
          }
        },
        end: () => {
          close(() => {
            resolve(true)
          })
          return turn()
        },
        isOpen: () => open && !signal.aborted,
      })
      signal.addEventListener('abort', () => {
        close(() => {
          reject(new ClientError('closed', 'the connection was closed'))
        })
      })
    })
  }

  /** How often it was asked this. */
  count(what: string): number {
    return this.asked.filter((each) => each === what).length
  }

  /** It dies: what it knew is gone, and feeds end. */
  async die(): Promise<void> {
    this.away = true
    this.knowsUs = false
    for (const feed of this.feeds) await feed.end()
  }

  async #answer(asked: string): Promise<void> {
    this.asked.push(asked)
    await this.slow
    if (this.away) throw AWAY
  }
}

/** `joined`: the channels beside #general. */
function setUp(joined: readonly string[] = []) {
  const clock = new ManualClock()
  const tracker = new FakeTracker()
  const told: string[] = []
  const { channels } = membership(joined)
  const names = (peers: readonly Peer[]): string => peers.map(({ name }) => name).join('+')
  const listener: TrackerListener = {
    onState: (state, detail) => told.push(detail === '' ? state : `${state} (${detail})`),
    onAddress: (ip) => told.push(`address ${ip}`),
    onMembers: (channel, peers, isComplete) =>
      told.push(`members ${channel} [${names(peers)}]${isComplete ? ' complete' : ''}`),
    onJoined: (channel, { name }) => told.push(`joined ${channel} ${name}`),
    onParted: (channel, { name }, reason) => told.push(`parted ${channel} ${name} (${reason})`),
  }
  const self = selfAt(ALICE)
  const options = { tracker, route: tracker, clock, random: () => 0.5, self, channels, listener }
  const session = new TrackerSession(options)
  const states = (): string[] => told.filter((each) => /^(?:connecting|registered|lost)/.test(each))
  const feed = (): Feed => {
    const open = tracker.feeds.filter(({ isOpen }) => isOpen())
    const [only] = open
    if (only === undefined || open.length > 1) throw new Error(`${open.length} feeds are open`)
    return only
  }
  /** A `members` event of this life of the tracker. */
  const members = (epoch: string, channel: string, peers: readonly Peer[]): void => {
    feed().tell({ id: `${epoch}-1`, event: 'members', data: JSON.stringify({ channel, members: peers }) })
  }
  return { clock, tracker, session, told, channels, states, feed, members }
}

/** Registered, and following. */
async function registered(channels?: string[]) {
  const all = setUp(channels)
  all.session.start()
  await all.clock.advance(0)
  all.feed()
  return all
}

describe('a session', () => {
  test('registers, joins each channel, follows', async () => {
    const { clock, tracker, session, told } = setUp(['ops'])
    tracker.lists.set('ops', [BOB])
    session.start()
    await clock.advance(0)
    expect(tracker.asked).toEqual(['register general+ops', 'join general', 'join ops', 'follow general+ops'])
    expect(told).toEqual([
      'connecting',
      'address 127.0.0.1',
      'registered',
      'members general []',
      'members ops [bob]',
    ])
  })

  test('finds the way before it registers, and again in the next session', async () => {
    const { clock, tracker, session, states } = setUp()
    tracker.way = Promise.reject(new Error('it is busy'))
    session.start()
    await clock.advance(0)
    expect([tracker.searches, tracker.asked]).toEqual([1, []])
    tracker.way = Promise.resolve()
    await clock.advance(5_000)
    expect(tracker.asked[0]).toBe('register general')
    expect(tracker.searches).toBe(2)
    expect(states()).toEqual(['connecting', 'lost (it is busy)', 'registered'])
    await tracker.die()
    tracker.away = false
    await clock.advance(5_000)
    expect(tracker.searches).toBe(3)
    expect(tracker.count('register general')).toBe(2)
  })

  test('that is stopped while it finds the way registers nowhere, and says no goodbye', async () => {
    const { clock, tracker, session } = setUp()
    let found: () => void = () => undefined
    tracker.way = new Promise((resolve) => (found = resolve))
    session.start()
    await clock.advance(0)
    const stopped = session.stop()
    found()
    await stopped
    expect(tracker.asked).toEqual([])
  })

  test('a heartbeat every ten seconds, and no report of it', async () => {
    const { clock, tracker, told } = await registered()
    told.length = 0
    await clock.advance(TIMES.heartbeat - 1)
    expect(tracker.count('heartbeat')).toBe(0)
    await clock.advance(1)
    expect(tracker.count('heartbeat')).toBe(1)
    await clock.advance(10 * TIMES.heartbeat)
    expect(tracker.count('heartbeat')).toBe(11)
    expect(tracker.count('register general')).toBe(1)
    expect(told).toEqual([])
  })

  test('joins and parts are reported', async () => {
    const { told, feed, members } = await registered()
    told.length = 0
    members('a', 'general', [BOB])
    const change = (event: string, more: object = {}): void => {
      feed().tell({ id: 'a-2', event, data: JSON.stringify({ channel: 'general', peer: CAROL, ...more }) })
    }
    change('joined')
    change('renamed', { before: 'karl' })
    change('parted', { reason: 'left' })
    change('something new')
    expect(told).toEqual([
      'members general [bob] complete',
      'joined general carol',
      'joined general carol',
      'parted general carol (left)',
    ])
  })
})

describe('a tracker that does not answer', () => {
  test('is retried with pauses up to five seconds, and each state is reported once', async () => {
    const { clock, tracker, session, states } = setUp()
    tracker.away = true
    session.start()
    await clock.advance(60_000)
    // 0.5 + 1 + 2 + 4 s, then every 5 s.
    expect(tracker.count('register general')).toBe(1 + 4 + Math.floor((60 - 7.5) / 5))
    expect(states()).toEqual(['connecting', `lost (${AWAY.message})`])
    tracker.away = false
    await clock.advance(5_000)
    expect(states()).toEqual(['connecting', `lost (${AWAY.message})`, 'registered'])
  })

  test('dies and comes back: lost once, registered once, in every channel again', async () => {
    const { clock, tracker, states } = await registered(['ops'])
    await tracker.die()
    await clock.advance(20_000)
    expect(states()).toEqual(['connecting', 'registered', `lost (${AWAY.message})`])
    tracker.asked.length = 0
    tracker.away = false
    await clock.advance(5_000)
    expect(tracker.asked.slice(0, 4)).toEqual([
      'register general+ops',
      'join general',
      'join ops',
      'follow general+ops',
    ])
    expect(states().slice(3)).toEqual(['registered'])
  })

  test('restarts between two heartbeats: noticed by the end of the feed, back within a second', async () => {
    const { clock, tracker, states } = await registered()
    tracker.knowsUs = false
    await tracker.feeds[0]?.end()
    await clock.advance(500)
    expect(states().slice(2)).toEqual(['lost (the tracker has forgotten us)', 'registered'])
  })

  test('forgets the peer and says nothing: noticed by the next heartbeat', async () => {
    const { clock, tracker, states } = await registered()
    tracker.knowsUs = false
    await clock.advance(TIMES.heartbeat + 500)
    expect(states().slice(2)).toEqual(['lost (the tracker has forgotten us)', 'registered'])
  })

  test.each<[name: string, listed: readonly string[] | undefined, asked: string[]]>([
    ['in its channels', ['general', 'ops'], []],
    ['in a channel that it left', ['general', 'ops', 'tea'], ['part tea']],
    ['in some of its channels', ['ops'], ['join general']],
    ['elsewhere altogether', ['tea'], ['part tea', 'join general', 'join ops']],
    ['as it does not say', undefined, []],
  ])('lists the peer %s: put right with the next heartbeat', async (_name, listed, asked) => {
    const { clock, tracker, session } = setUp(['ops'])
    session.start()
    await clock.advance(0)
    const before = tracker.asked.length
    tracker.listsUsIn = listed
    await clock.advance(TIMES.heartbeat)
    const since = tracker.asked.slice(before).filter((each) => /^(?:join|part)/.test(each))
    expect(since).toEqual(asked)
  })

  test('registers the peer but never lets it join: retried with pauses', async () => {
    const { clock, tracker, session } = setUp()
    tracker.join = () => Promise.reject(new TrackerError(500, 'broken', 'broken'))
    session.start()
    await clock.advance(60_000)
    expect(tracker.count('register general')).toBe(1 + 4 + Math.floor((60 - 7.5) / 5))
  })

  test('the pauses begin anew when a session was a good one', async () => {
    const { clock, tracker } = await registered()
    await tracker.die()
    await clock.advance(60_000)
    tracker.away = false
    await clock.advance(5_000)
    await tracker.die()
    tracker.asked.length = 0
    await clock.advance(499)
    expect(tracker.count('register general')).toBe(0)
    await clock.advance(1)
    expect(tracker.count('register general')).toBe(1)
  })
})

describe('a feed', () => {
  test('that ends is opened again after a second, if the tracker still knows the peer', async () => {
    const { clock, tracker, feed, states } = await registered()
    await feed().end()
    expect(tracker.asked.slice(-1)).toEqual(['heartbeat'])
    await clock.advance(999)
    expect(tracker.count('follow general')).toBe(1)
    await clock.advance(1)
    expect(tracker.count('follow general')).toBe(2)
    expect(states()).toEqual(['connecting', 'registered'])
  })

  test('that is refused: the lists are asked for every two seconds, and the feed again', async () => {
    const { clock, tracker, session, told, feed } = setUp()
    tracker.offersFeed = false
    tracker.lists.set('general', [BOB])
    session.start()
    await clock.advance(10 * TIMES.poll - 1)
    expect(tracker.count('members general')).toBe(10)
    expect(tracker.count('follow general')).toBe(10)
    expect(told.filter((each) => each.startsWith('members'))).toContain('members general [bob] complete')
    tracker.offersFeed = true
    await clock.advance(TIMES.poll)
    expect(feed().channels).toEqual(['general'])
  })

  test.each<[name: string, event: Partial<ServerSentEvent>]>([
    ['no JSON', { data: 'hello' }],
    ['null', { data: 'null' }],
    ['a number', { data: '7' }],
    ['a channel that is an object', { data: '{"channel":{"toString":1},"members":[]}' }],
    ['no members', { event: 'members', data: '{"channel":"general"}' }],
    ['members that are none', { event: 'members', data: '{"channel":"general","members":[null,7,{}]}' }],
    ['a peer that is none', { event: 'joined', data: '{"channel":"general","peer":{"ip":"evil"}}' }],
    ['no peer', { event: 'parted', data: '{"channel":"general"}' }],
  ])('that says nonsense (%s) is opened again or goes on', async (_name, event) => {
    const { clock, tracker, feed, told, states } = await registered()
    told.length = 0
    feed().tell({ id: 'a-1', event: 'members', data: '', ...event })
    await clock.advance(2_000)
    expect(feed().isOpen()).toBe(true)
    expect(tracker.feeds.length).toBeLessThanOrEqual(2)
    expect(states()).toEqual([])
    expect(told.filter((each) => /bob|carol|evil/.test(each))).toEqual([])
  })

  test('a reason without end is cut', async () => {
    const { told, feed } = await registered()
    const data = JSON.stringify({ channel: 'general', peer: BOB, reason: 'x'.repeat(10_000) })
    feed().tell({ id: 'a-1', event: 'parted', data })
    expect(told.at(-1)).toBe(`parted general bob (${'x'.repeat(200)})`)
  })
})

describe('after a restart of the tracker its lists fill up only slowly', () => {
  test('the same run: a peer that it does not name has left', async () => {
    const { clock, told, members, feed } = await registered(['ops'])
    members('a', 'general', [BOB])
    members('a', 'ops', [BOB])
    await feed().end()
    await clock.advance(1_000)
    told.length = 0
    members('a', 'general', [])
    members('a', 'ops', [])
    expect(told).toEqual(['members general [] complete', 'members ops [] complete'])
  })

  test('another life: not complete for a whole lease, in any channel, however often it is asked', async () => {
    const { clock, told, members, feed } = await registered(['ops'])
    members('a', 'general', [BOB])
    members('a', 'ops', [BOB])
    const next = async (): Promise<void> => {
      await feed().end()
      await clock.advance(1_000)
      told.length = 0
      members('b', 'general', [])
      members('b', 'ops', [])
    }
    await next()
    expect(told).toEqual(['members general []', 'members ops []'])
    await clock.advance(TIMES.lease - 2_000)
    await next()
    expect(told).toEqual(['members general []', 'members ops []'])
    await next()
    expect(told).toEqual(['members general [] complete', 'members ops [] complete'])
  })
})

describe('a tracker without leases', () => {
  test('is asked every two seconds, and registered with again only when it has forgotten the peer', async () => {
    const { clock, tracker, session, told } = setUp()
    tracker.leases = false
    tracker.lists.set('general', [BOB])
    session.start()
    await clock.advance(TIMES.heartbeat)
    expect([tracker.count('register general'), tracker.count('is listed')]).toEqual([1, 1])
    expect(tracker.count('members general')).toBe(TIMES.heartbeat / TIMES.poll)
    expect(tracker.asked.filter((each) => /^(?:heartbeat|follow)/.test(each))).toEqual([])
    expect(told).toContain('registered (a tracker without leases: it is asked every few seconds)')
    // It forgets no peer, unless it started again: then it does not know all of them yet.
    expect(told.filter((each) => each.endsWith('complete'))).toEqual([])
    tracker.knowsUs = false
    await clock.advance(TIMES.heartbeat)
    expect(tracker.count('register general')).toBe(2)
  })

  test('is registered with at every heartbeat when it does not say which peers it lists', async () => {
    const { clock, tracker, session } = setUp()
    tracker.leases = false
    tracker.isReadable = false
    session.start()
    await clock.advance(2 * TIMES.heartbeat)
    expect(tracker.count('register general')).toBe(3)
  })
})

test('a channel that is joined during the registration is reported at once', async () => {
  const { clock, tracker, session, channels } = setUp()
  let answer = (): void => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  const join = tracker.join.bind(tracker)
  tracker.join = async (self, channel) => {
    const members = await join(self, channel)
    await held
    return members
  }
  session.start()
  await clock.advance(0)
  expect(tracker.asked).toEqual(['register general', 'join general'])
  channels.join('ops')
  await session.join('ops')
  answer()
  await clock.advance(0)
  expect(tracker.asked).toEqual(['register general', 'join general', 'join ops', 'follow general+ops'])
})

test('a peer that stops before its registration is answered says goodbye, too', async () => {
  const { clock, tracker, session } = setUp()
  tracker.join = () => new Promise(() => undefined)
  session.start()
  await clock.advance(0)
  void session.stop()
  await clock.advance(0)
  expect(tracker.asked).toEqual(['register general', 'leave'])
})

test.each([
  ['registration', 'register general'],
  ['membership', 'join general'],
])(
  'a peer that stops says goodbye once more when its %s is answered after the goodbye',
  async (_name, asked) => {
    const { clock, tracker, session } = setUp()
    let answer: () => void = () => undefined
    const held = new Promise<void>((resolve) => (answer = resolve))
    const register = tracker.register.bind(tracker)
    const join = tracker.join.bind(tracker)
    if (asked.startsWith('register'))
      tracker.register = async (self, channels) => {
        const answered = await register(self, channels)
        await held
        return answered
      }
    else
      tracker.join = async (self, channel) => {
        const members = await join(self, channel)
        await held
        return members
      }
    session.start()
    await clock.advance(0)
    expect(tracker.asked.at(-1)).toBe(asked)
    const stopping = session.stop()
    await clock.advance(0)
    answer()
    await stopping
    expect(tracker.asked.slice(tracker.asked.indexOf(asked))).toEqual([asked, 'leave', 'leave'])
  },
)

test('a tracker that takes a registration and then fails is never called registered', async () => {
  const { clock, tracker, session, states } = setUp()
  tracker.join = () => Promise.reject(new TrackerError(500, '', 'answered 500'))
  session.start()
  await clock.advance(30_000)
  expect(states()).toEqual(['connecting', 'lost (answered 500)'])
})

describe('joining and parting', () => {
  test('join: the tracker learns of it, and the feed opens for the new channel, too', async () => {
    const { clock, tracker, session, told, channels, feed } = await registered()
    tracker.lists.set('ops', [BOB])
    told.length = 0
    channels.join('ops')
    await session.join('ops')
    await clock.advance(0)
    expect(told).toEqual(['members ops [bob] complete'])
    expect(feed().channels).toEqual(['general', 'ops'])
  })

  test('part: the tracker learns of it, and the feed opens without it', async () => {
    const { clock, tracker, session, channels, feed } = await registered(['ops'])
    channels.part('ops')
    await session.part('ops')
    await clock.advance(0)
    expect(tracker.asked).toContain('part ops')
    expect(feed().channels).toEqual(['general'])
  })

  test('while the tracker is away: sent with the next registration', async () => {
    const { clock, tracker, session, channels } = await registered(['ops'])
    await tracker.die()
    await clock.advance(500)
    channels.part('general')
    channels.join('dev')
    await session.part('general')
    await session.join('dev')
    tracker.asked.length = 0
    tracker.away = false
    await clock.advance(5_000)
    expect(tracker.asked).toEqual([
      'register ops+dev',
      'join ops',
      'join dev',
      'part general',
      'follow ops+dev',
    ])
  })

  test('left while it was being registered: the tracker learns of it', async () => {
    const { clock, tracker, session, channels } = setUp()
    let answer: () => void = () => undefined
    tracker.slow = new Promise((resolve) => (answer = resolve))
    session.start()
    await turn()
    channels.part('general')
    channels.join('ops')
    await session.join('ops')
    await session.part('general')
    answer()
    await clock.advance(0)
    expect(tracker.asked).toEqual(['register general', 'join ops', 'part general', 'follow ops'])
  })

  test('left while it was being joined: the tracker learns of it, and no members are reported', async () => {
    const { clock, tracker, session, told, channels } = await registered()
    let answer: () => void = () => undefined
    tracker.slow = new Promise((resolve) => (answer = resolve))
    channels.join('ops')
    const joining = session.join('ops')
    channels.part('ops')
    answer()
    await joining
    await clock.advance(0)
    expect(tracker.asked).toContain('part ops')
    expect(told.filter((each) => each.includes('ops'))).toEqual([])
  })

  test('no answer: everything is registered again', async () => {
    const { clock, tracker, session, channels, states } = await registered()
    tracker.away = true
    channels.join('ops')
    await session.join('ops')
    tracker.away = false
    tracker.asked.length = 0
    await clock.advance(1_000)
    expect(tracker.asked).toEqual(['register general+ops', 'join general', 'join ops', 'follow general+ops'])
    expect(states()).toEqual(['connecting', 'registered'])
  })

  test('a refusal rejects the join', async () => {
    const { tracker, session, channels } = await registered()
    tracker.join = () => Promise.reject(new TrackerError(429, 'channel_full', 'this channel is full'))
    channels.join('ops')
    await expect(session.join('ops')).rejects.toThrow('this channel is full')
  })

  test('a new name is sent by registering again', async () => {
    const { tracker, session } = await registered()
    await session.update()
    expect(tracker.count('register general')).toBe(2)
  })
})

describe('locating a peer', () => {
  test('is asking the tracker, when there is one', async () => {
    const { tracker, session } = await registered()
    tracker.lists.set('ops', [BOB])
    expect(await session.locate('bob')).toEqual(BOB)
    expect(await session.locate('zoe')).toBeUndefined()
    tracker.away = true
    expect(await session.locate('bob')).toBeUndefined()
  })

  test('before the registration asks no tracker', async () => {
    const { tracker, session } = setUp()
    expect(await session.locate('bob')).toBeUndefined()
    expect(tracker.asked).toEqual([])
  })
})

describe('stopping', () => {
  test('says goodbye, closes the feed, leaves no timer behind', async () => {
    const { clock, tracker, session } = await registered()
    await session.stop()
    expect(tracker.count('leave')).toBe(1)
    expect(tracker.feeds.some(({ isOpen }) => isOpen())).toBe(false)
    expect(clock.due).toEqual([])
    const asked = tracker.asked.length
    await clock.advance(60_000)
    expect(tracker.asked).toHaveLength(asked)
  })

  test('a tracker that is away is not told', async () => {
    const { clock, tracker, session, states } = await registered()
    await tracker.die()
    await clock.advance(2_000)
    await session.stop()
    expect(tracker.count('leave')).toBe(0)
    expect(clock.due).toEqual([])
    expect(states()).toHaveLength(3)
  })

  test('a tracker that hangs is waited for until the given time', async () => {
    const { clock, tracker, session } = await registered()
    tracker.slow = new Promise(() => undefined)
    let stopped = false
    const stopping = session.stop(1_000).then(() => (stopped = true))
    await clock.advance(999)
    expect(stopped).toBe(false)
    await clock.advance(1)
    await stopping
    expect(clock.due).toEqual([])
  })

  test('before the first registration', async () => {
    const { clock, tracker, session } = setUp()
    tracker.away = true
    session.start()
    await clock.advance(100)
    await session.stop()
    await clock.advance(60_000)
    expect(tracker.asked).toEqual(['register general'])
  })
})
