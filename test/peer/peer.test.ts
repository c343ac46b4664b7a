/** Running peers on 127.0.0.1 that find each other by a tracker and talk. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/cli/system/clock.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import type { Clock } from '../../src/chat/clock.ts'
import { addressKey, peerId } from '../../src/chat/model.ts'
import { shortId } from '../../src/identity/short-id.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { Tracker } from '../../src/tracker/tracker.ts'
import { ask, post } from '../support/ask.ts'
import { temporaryDirectory } from '../support/files.ts'
import { seedMembers, seedTracker } from './discovery/seed-tracker.ts'
import { freePort } from '../support/ports.ts'
import { ChatPeer, type PeerOptions } from '../../src/peer/peer.ts'
import { until, PATIENCE } from '../support/wait.ts'
import {
  eventsOf,
  fate,
  fileStore,
  knows,
  memoryStore,
  newSelf,
  startPeer,
  type Watched,
} from '../support/peers.ts'
import { scriptedServer } from '../support/scripted-server.ts'
import { liveTracker } from '../support/trackers.ts'

/** Alice and Bob in #general, and they know of each other; the options are those of Alice. */
/** Of every bob of a pair: a test may start it again. */
const BOBS_SELF = newSelf()

async function pair(
  options: Partial<PeerOptions> = {},
): Promise<{ tracker: Tracker; alice: Watched; bob: Watched }> {
  const tracker = await liveTracker()
  const alice = await startPeer({ name: 'alice', tracker: tracker.address, ...options })
  const bob = await startPeer({ name: 'bob', tracker: tracker.address, secure: BOBS_SELF })
  await knows(alice, 'general', ['bob'])
  await knows(bob, 'general', ['alice'])
  return { tracker, alice, bob }
}

/** What a refused call says. */
function refusal(call: () => unknown): { code: string; detail: string } {
  try {
    call()
  } catch (error) {
    if (error instanceof ChatError) return { code: error.code, detail: error.message }
    throw error
  }
  throw new Error('not refused')
}

describe('a peer that listens and is not online yet', () => {
  test('is told to no other peer, neither when it ends; online it is', async () => {
    const tracker = await liveTracker()
    const bob = await startPeer({ name: 'bob', tracker: tracker.address })
    await until(() => tracker.registry.size === 1, 'bob is registered')
    const options: PeerOptions = {
      ...{ name: 'alice', host: '127.0.0.1', port: await freePort(), clock: systemClock },
      ...{ store: await memoryStore(), tracker: tracker.address, onEvent: () => undefined },
      peers: [bob.peer.address],
      secure: newSelf(),
    }
    const alice = await ChatPeer.listen(options)
    expect((await ask(alice.address.port, { target: '/healthz' })).status).toBe(200)
    // Whatever failed on the way may have closed it already.
    for (let count = 0; count < 2; count++) await alice.close()
    expect(tracker.counters.all()).not.toHaveProperty('requests.leave')
    const again = await ChatPeer.listen({ ...options, store: await memoryStore() })
    onTestFinished(() => again.close())
    expect(eventsOf(bob, 'joined')).toEqual([])
    await again.goOnline()
    await until(() => eventsOf(bob, 'joined').length === 1, 'bob sees alice')
    await until(() => tracker.registry.size === 2, 'both are registered')
  })
})

describe('talking', () => {
  test('both ways: shown once, delivered, kept in the history', async () => {
    const { alice, bob } = await pair()
    const said = alice.peer.say('general', 'hello\nBob 👋')
    expect(await fate(alice, said)).toBe('1/1')
    bob.peer.say('general', { kind: 'action', text: 'waves' })
    await until(() => alice.heard().length === 1, 'alice hears')
    expect(bob.heard()).toEqual(['alice: hello\nBob 👋'])
    expect(alice.heard()).toEqual(['bob: waves'])
    const history = alice.peer.history('general', 10).entries.map(({ message, own }) => ({ ...message, own }))
    expect(history).toMatchObject([
      {
        id: said.messageId,
        from: alice.peer.self,
        content: { kind: 'text', text: 'hello\nBob 👋' },
        own: true,
      },
      { from: bob.peer.self, content: { kind: 'action', text: 'waves' }, own: false },
    ])
    expect(bob.peer.history('general', 1).entries).toMatchObject([
      { message: { content: { text: 'waves' } }, own: true },
    ])
  })

  test('300 messages both ways at once arrive once, in order', async () => {
    const { alice, bob } = await pair()
    const numbers = Array.from({ length: 300 }, (_, index) => String(index))
    for (const text of numbers) {
      alice.peer.say('general', text)
      bob.peer.say('general', text)
    }
    await until(() => alice.heard().length >= 300 && bob.heard().length >= 300, 'all are there')
    expect(alice.heard()).toEqual(numbers.map((text) => `bob: ${text}`))
    expect(bob.heard()).toEqual(numbers.map((text) => `alice: ${text}`))
    expect(await alice.peer.settled(PATIENCE)).toBe(true)
    expect(alice.peer.waiting).toBe(0)
  })

  test('to a channel: those outside hear nothing', async () => {
    const { tracker, alice, bob } = await pair()
    const carol = await startPeer({ name: 'carol', tracker: tracker.address })
    await carol.peer.join('ops')
    await carol.peer.part('general')
    await bob.peer.join('ops')
    await knows(bob, 'ops', ['carol'])
    await knows(alice, 'general', ['bob'])
    expect(await fate(alice, alice.peer.say('general', 'to general'))).toBe('1/1')
    expect(await fate(bob, bob.peer.say('ops', 'to ops'))).toBe('1/1')
    await until(() => carol.heard().length === 1, 'carol hears')
    expect(carol.heard()).toEqual(['bob: to ops'])
    expect(bob.heard()).toEqual(['alice: to general'])
    expect(alice.heard()).toEqual([])
  })

  test('without recipients has its receipt at once', async () => {
    const alone = await startPeer({ name: 'alone' })
    expect(await fate(alone, alone.peer.say('general', 'hello?'))).toBe('0/0')
  })

  test.each([
    ['a channel that the peer is not in', (watched: Watched) => watched.peer.say('ops', 'x'), 'not_joined'],
    ['an unknown peer', (watched: Watched) => watched.peer.direct('zoe', 'x'), 'unknown_peer'],
  ])('to %s is refused', async (_name, call, code) => {
    const alone = await startPeer({ name: 'alone' })
    expect(refusal(() => call(alone)).code).toBe(code)
    expect(alone.events.filter(({ kind }) => kind === 'message')).toEqual([])
  })

  test('a recipient that was started again gets what was said in a channel when it has joined it again', async () => {
    const path = join(temporaryDirectory(), 'bob.db')
    const tracker = await liveTracker()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address })
    const store = await fileStore(path)
    const secure = newSelf()
    const before = await startPeer({ name: 'bob', tracker: tracker.address, store, secure })
    for (const { peer } of [alice, before]) await peer.join('ops')
    await knows(alice, 'ops', ['bob'])
    // From here on no tracker tells alice where bob is.
    await tracker.close()
    const { port } = before.peer.address
    await before.peer.close()
    const receipt = alice.peer.say('ops', 'the backup failed')
    const bob = await startPeer({ name: 'bob', port, secure, store: await fileStore(path) })
    const later = alice.peer.say('general', 'see #ops')
    expect(await fate(alice, later), 'what comes behind does not wait').toBe('1/1')
    expect(alice.peer.receipt(receipt.messageId)?.queued).toHaveLength(1)
    await bob.peer.join('ops')
    expect(await fate(alice, receipt)).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: see #ops', 'alice: the backup failed'])
  })

  test('a peer that has left unnoticed refuses: the receipt says why at once', async () => {
    const { tracker, alice, bob } = await pair()
    await tracker.close()
    await bob.peer.part('general')
    const result = await fate(alice, alice.peer.say('general', 'hello'))
    expect(result).toBe('0/1, bob: refused with 404: bob has left #general')
    expect(bob.heard()).toEqual([])
  })
})

describe('to one person', () => {
  test('by name, in any case, and by address', async () => {
    const { alice, bob } = await pair()
    for (const name of ['bob', 'BOB', addressKey(bob.peer.self)]) {
      const receipt = alice.peer.direct(name, `to ${name}`)
      expect(await fate(alice, receipt)).toBe('1/1')
    }
    expect(bob.heard()).toEqual(['alice: to bob', 'alice: to BOB', `alice: to ${addressKey(bob.peer.self)}`])
    const channels = eventsOf(bob, 'message').map(({ message }) => message.channel)
    expect(new Set(channels)).toEqual(new Set(['private']))
    const toBob = eventsOf(alice, 'message').map(({ to }) => to)
    expect(toBob).toMatchObject([bob.peer.self, bob.peer.self, bob.peer.self])
  })

  test('of two with one name: the name is that of the one who was met first, the label that of the other', async () => {
    const { tracker, alice, bob } = await pair()
    const other = await startPeer({ name: 'bob', tracker: tracker.address })
    await knows(alice, 'general', ['bob', 'bob'])
    const [first, second] = [bob.peer.self, other.peer.self]
    await until(() => alice.peer.isProved(second), 'the second key is proved')
    const label = `bob·${second.key && shortId(second.key)}`
    expect([first, second].map((peer) => alice.peer.known(peerId(peer))?.label)).toEqual([undefined, label])
    expect(await fate(alice, alice.peer.direct('bob', 'first'))).toBe('1/1')
    expect(await fate(alice, alice.peer.direct(label, 'second'))).toBe('1/1')
    expect(
      await fate(alice, alice.peer.direct(addressKey({ ip: second.ip, port: second.port }), 'by address')),
    ).toBe('1/1')
    expect([bob.heard(), other.heard()]).toEqual([['alice: first'], ['alice: second', 'alice: by address']])
  })

  test('in another channel: the tracker knows where', async () => {
    const { tracker, alice } = await pair()
    const carol = await startPeer({ name: 'carol', tracker: tracker.address })
    await carol.peer.join('ops')
    await carol.peer.part('general')
    const channels = (): string =>
      [...(tracker.registry.get(addressKey(carol.peer.self))?.channels ?? [])].join()
    await until(() => channels() === 'ops', 'carol is in #ops')
    await knows(alice, 'general', ['bob'])
    expect(await alice.peer.locate('carol')).toMatchObject(carol.peer.self)
    expect(await fate(alice, alice.peer.direct('carol', 'psst'))).toBe('1/1')
    expect(carol.heard()).toEqual(['alice: psst'])
    await expect(alice.peer.locate('zoe')).rejects.toMatchObject({ code: 'unknown_peer' })
    expect(eventsOf(alice, 'joined').filter(({ channel }) => channel !== 'general')).toEqual([])
  })

  test('in another channel, without a tracker: unknown', async () => {
    const alone = await startPeer({ name: 'alone' })
    await expect(alone.peer.locate('carol')).rejects.toMatchObject({ code: 'unknown_peer' })
  })

  test('is no channel: it can be neither joined nor listed', async () => {
    const { alice, bob } = await pair()
    await expect(alice.peer.join('private')).rejects.toMatchObject({ code: 'reserved' })
    alice.peer.direct('bob', 'psst')
    await until(() => bob.heard().length === 1, 'bob hears')
    expect(bob.events.filter((event) => JSON.stringify(event).includes('"joined"'))).toEqual([])
    expect(bob.peer.channels).toEqual(['general'])
  })
})

describe('who is there', () => {
  test('those who were there are told at once, those who come and go one by one', async () => {
    const { tracker, alice, bob } = await pair()
    const carol = await startPeer({ name: 'carol', tracker: tracker.address })
    await knows(carol, 'general', ['alice', 'bob'])
    expect(eventsOf(carol, 'joined')).toEqual([])
    expect(eventsOf(carol, 'present')).toEqual([
      { kind: 'present', channel: 'general', peers: [alice.peer.self, bob.peer.self] },
    ])
    await knows(alice, 'general', ['bob', 'carol'])
    const self = carol.peer.self
    await carol.peer.close()
    await knows(alice, 'general', ['bob'])
    expect(eventsOf(alice, 'parted')).toMatchObject([
      { kind: 'parted', peer: self, channel: 'general', reason: 'left' },
    ])
    expect(eventsOf(alice, 'tracker').map(({ state }) => state)).toEqual(['connecting', 'registered'])
  })

  test('a new name is known to all, with the next message or before', async () => {
    const { alice, bob } = await pair()
    await bob.peer.rename('robert')
    await knows(alice, 'general', ['robert'])
    expect(eventsOf(alice, 'renamed')).toEqual([
      { kind: 'renamed', peer: expect.objectContaining(bob.peer.self) as unknown, before: 'bob' },
    ])
    bob.peer.say('general', 'it is me')
    await until(() => alice.heard().length === 1, 'alice hears')
    expect(alice.heard()).toEqual(['robert: it is me'])
    expect(await fate(alice, alice.peer.direct('robert', 'hello'))).toBe('1/1')
  })

  test('a new name without a tracker is known with the next message', async () => {
    const { tracker, alice, bob } = await pair()
    await tracker.close()
    await bob.peer.rename('robert')
    bob.peer.say('general', 'it is me')
    await knows(alice, 'general', ['robert'])
    await expect.poll(() => alice.heard()).toEqual(['robert: it is me'])
  })

  test('a channel that the tracker refuses is not joined', async () => {
    const { tracker, alice } = await pair()
    for (let count = 1; count < LIMITS.channelsPerPeer; count++) {
      tracker.registry.join(addressKey(alice.peer.self), `taken-${count}`)
    }
    await expect(alice.peer.join('ops')).rejects.toThrow('too many channels')
    expect(alice.peer.channels).toEqual(['general'])
    expect(refusal(() => alice.peer.say('ops', 'x')).code).toBe('not_joined')
  })

  test(`${LIMITS.channelsPerPeer} channels and not one more`, async () => {
    const alone = await startPeer({ name: 'alone' })
    for (let count = 1; count < LIMITS.channelsPerPeer; count++) await alone.peer.join(`c${count}`)
    await expect(alone.peer.join('one-too-many')).rejects.toMatchObject({ code: 'too_many_channels' })
    expect(alone.peer.channels).toHaveLength(LIMITS.channelsPerPeer)
  })
})

describe('a tracker that dies', () => {
  test('does not stop the talk, and a new one on its port has both again', async () => {
    const { tracker, alice, bob } = await pair()
    const { port } = tracker.address
    await tracker.close()
    const lost = (watched: Watched): boolean => eventsOf(watched, 'tracker').at(-1)?.state === 'lost'
    await until(() => lost(alice) && lost(bob), 'the loss is noticed')
    expect(await fate(alice, alice.peer.say('general', 'still here?'))).toBe('1/1')
    expect(await fate(bob, bob.peer.say('general', 'yes'))).toBe('1/1')

    const next = await liveTracker({ port })
    const names = (): string[] =>
      next.registry.members('general', systemClock.now()).map(({ peer }) => peer.name)
    await until(() => names().length === 2, 'both are registered again')
    expect(names().sort()).toEqual(['alice', 'bob'])
    expect(await fate(alice, alice.peer.say('general', 'and now?'))).toBe('1/1')
    for (const watched of [alice, bob]) {
      const states = (): string[] => eventsOf(watched, 'tracker').map(({ state }) => state)
      // The tracker knows of it a moment before its answer is here.
      await until(() => states().length === 4, 'it is told')
      expect(states()).toEqual(['connecting', 'registered', 'lost', 'registered'])
      expect(eventsOf(watched, 'parted')).toEqual([])
    }
  })

  test('is not there at the start: the peer starts all the same, and registers when it comes', async () => {
    const port = await freePort()
    const alice = await startPeer({ name: 'alice', tracker: { host: '127.0.0.1', port } })
    await until(() => eventsOf(alice, 'tracker').at(-1)?.state === 'lost', 'there is none')
    const tracker = await liveTracker({ port })
    await until(() => tracker.registry.get(addressKey(alice.peer.self)) !== undefined, 'it is registered')
  })

  test('left and joined while it was away: it is told when it is back', async () => {
    const { tracker, alice } = await pair()
    const { port } = tracker.address
    await tracker.close()
    await alice.peer.join('ops')
    await alice.peer.part('general')
    const next = await liveTracker({ port })
    const channels = (): string =>
      [...(next.registry.get(addressKey(alice.peer.self))?.channels ?? [])].join()
    await until(() => channels() === 'ops', 'it knows')
  })
})

describe('a peer that is away', () => {
  test('gets what was said to it meanwhile when it is back, once, in order', async () => {
    const { tracker, alice, bob } = await pair()
    const { port } = bob.peer.address
    // As after a crash: it says no goodbye, and without the tracker no peer notices.
    await tracker.close()
    await bob.peer.close()
    const receipts = ['one', 'two', 'three'].map((text) => alice.peer.say('general', text))
    expect(receipts.map(({ queued }) => queued.map(({ name }) => name))).toEqual([['bob'], ['bob'], ['bob']])
    await until(() => eventsOf(alice, 'receipt').length > 0, 'the first attempt failed')
    const again = await startPeer({ name: 'bob', port, secure: BOBS_SELF })
    for (const receipt of receipts) expect(await fate(alice, receipt)).toBe('1/1')
    expect(again.heard()).toEqual(['alice: one', 'alice: two', 'alice: three'])
  })

  /** Whatever is put off is put off for a quarter of an hour and more. */
  const patient: Clock = {
    ...systemClock,
    after: (ms, task) => systemClock.after(ms * 2_000, task),
  }

  test('gets it at once when the tracker says that it is back', async () => {
    const tracker = await liveTracker()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address, clock: patient })
    const bob = { ip: '127.0.0.1', port: await freePort(), name: 'bob' }
    await until(() => tracker.registry.members('general', systemClock.now()).length === 1, 'alice is there')
    tracker.registry.register(bob, systemClock.now())
    tracker.registry.join(addressKey(bob), 'general')
    await knows(alice, 'general', ['bob'])
    const receipt = alice.peer.say('general', 'hello?')
    await until(() => eventsOf(alice, 'receipt').length === 1, 'the first attempt failed')
    tracker.registry.leave(addressKey(bob), 'left')
    const again = await startPeer({ ...bob, tracker: tracker.address })
    expect(await fate(alice, receipt)).toBe('1/1')
    expect(again.heard()).toEqual(['alice: hello?'])
  })

  test('gets it at once when it writes', async () => {
    const tracker = await liveTracker()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address, clock: patient })
    const secure = newSelf()
    const bob = await startPeer({ name: 'bob', tracker: tracker.address, secure })
    await knows(alice, 'general', ['bob'])
    const from = bob.peer.self
    await tracker.close()
    await bob.peer.close()
    const receipt = alice.peer.say('general', 'hello?')
    await until(() => eventsOf(alice, 'receipt').length === 1, 'the first attempt failed')
    const again = await startPeer({ name: 'bob', port: from.port, secure })
    await post(alice.peer.address.port, '/p2p/receive', { from, message: 'I am back' })
    expect(await fate(alice, receipt)).toBe('1/1')
    expect(again.heard()).toEqual(['alice: hello?'])
  })

  test('for 30 hours: what is tried again then arrives as said then', async () => {
    const offset = { ms: 0 }
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + offset.ms,
      wall: () => systemClock.wall() + offset.ms,
    }
    const tracker = await liveTracker()
    const secure = newSelf()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address, clock, giveUp: 1 })
    const bob = await startPeer({ name: 'bob', tracker: tracker.address, secure })
    await knows(alice, 'general', ['bob'])
    const { port } = bob.peer.address
    await tracker.close()
    await bob.peer.close()
    const receipt = alice.peer.say('general', 'hello?')
    expect(await fate(alice, receipt)).toMatch(/^0\/1, bob: /)
    offset.ms = 30 * 3_600_000
    const again = await startPeer({ name: 'bob', port, secure })
    expect(alice.peer.retry()).toBe(1)
    await until(() => again.heard().length === 1, 'it arrives')
    const [event] = eventsOf(again, 'message')
    const age = (event?.receivedAt ?? NaN) - (event?.at ?? NaN)
    expect(Math.round(age / 3_600_000)).toBe(30)
    expect(event?.late).toBe(true)
  })

  test('for too long: the message fails and says why', async () => {
    const tracker = await liveTracker()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address, giveUp: 300 })
    const bob = await startPeer({ name: 'bob', tracker: tracker.address })
    await knows(alice, 'general', ['bob'])
    await tracker.close()
    await bob.peer.close()
    const result = await fate(alice, alice.peer.say('general', 'hello?'))
    expect(result).toBe('0/1, bob: connection refused: nothing listens there')
  })

  test('does not keep the peer from closing', async () => {
    const { tracker, alice, bob } = await pair()
    await tracker.close()
    await bob.peer.close()
    alice.peer.say('general', 'hello?')
    const settled = alice.peer.settled(600_000)
    await alice.peer.close()
    expect(await settled).toBe(false)
  })
})

describe('where it listens', () => {
  test('an address that this machine does not have: nowhere', async () => {
    await expect(startPeer({ name: 'alice', host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    })
  })

  test('with a fallback: everywhere, and a warning says so', async () => {
    const tracker = await liveTracker()
    const alice = await startPeer({
      ...{ name: 'alice', host: '192.0.2.1', hasFallback: true, tracker: tracker.address },
    })
    expect(alice.peer.address.host).toBe('0.0.0.0')
    const text = `WARNING: this machine has no address 192.0.2.1; listening on 0.0.0.0 instead: every network can reach this peer`
    expect(alice.events[0]).toEqual({ kind: 'notice', text })
    const bob = await startPeer({ name: 'bob', tracker: tracker.address })
    await knows(bob, 'general', ['alice'])
    expect(bob.peer.find('alice').ip).toBe('127.0.0.1')
    expect(await fate(bob, bob.peer.say('general', 'hello'))).toBe('1/1')
  })

  test('a port that is taken', async () => {
    const alice = await startPeer({ name: 'alice' })
    const { port } = alice.peer.address
    await expect(startPeer({ name: 'bob', port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('no port given: the first that is free from 8000', async () => {
    const [alice, bob] = [
      await startPeer({ name: 'alice', port: undefined }),
      await startPeer({ name: 'bob', port: undefined }),
    ]
    expect(alice.peer.address.port).toBeGreaterThanOrEqual(8_000)
    expect(bob.peer.address.port).toBeGreaterThan(alice.peer.address.port)
    expect(bob.peer.address.port).toBeLessThanOrEqual(9_999)
  })

  test('another address than the tracker sees: it is listed under the one that is seen', async () => {
    const scripted = await scriptedServer(({ body }) =>
      body['ip'] === undefined
        ? [200, { status: 'ok', peer: { ip: '127.0.0.2', port: body['port'], name: 'alice' } }]
        : [422, { error: 'address_mismatch', detail: 'you come from 127.0.0.2' }],
    )
    const tracker = { host: '127.0.0.1', port: scripted.port }
    const alice = await startPeer({ name: 'alice', host: '0.0.0.0', tracker })
    await until(() => alice.peer.self.ip === '127.0.0.2', 'it knows how it is listed')
  })

  test('on one address: a tracker cannot make it say another', async () => {
    const scripted = await scriptedServer(() => [
      200,
      { status: 'ok', peer: { ip: '10.9.9.9', port: 7001, name: 'alice' }, ttl: 30, members: [] },
    ])
    const alice = await startPeer({ name: 'alice', tracker: { host: '127.0.0.1', port: scripted.port } })
    await until(() => eventsOf(alice, 'tracker').at(-1)?.state === 'registered', 'it is registered')
    expect(alice.peer.self.ip).toBe('127.0.0.1')
  })
})

describe('with a legacy tracker', () => {
  test('two find each other, talk, change channels', async () => {
    const seed = await seedTracker()
    const tracker = { host: '127.0.0.1', port: seed.port }
    const alice = await startPeer({ name: 'alice', tracker })
    const bob = await startPeer({ name: 'bob', tracker })
    await knows(alice, 'general', ['bob'])
    await knows(bob, 'general', ['alice'])
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: hello'])
    await alice.peer.join('ops')
    await alice.peer.part('general')
    await bob.peer.join('ops')
    expect(await fate(bob, bob.peer.say('ops', 'you too?'))).toBe('1/1')
    expect(await seedMembers(seed, 'ops')).toEqual(['alice', 'bob'])
    expect(seed.asked.filter(({ whole }) => !whole)).toEqual([])
  })
})

describe('what it says of itself', () => {
  test('to a program that asks whether it is alive', async () => {
    const alice = await startPeer({ name: 'alice' })
    const { port } = alice.peer.address
    const hello = await ask(port, { target: '/p2p/hello' })
    expect(hello.json).toMatchObject({ app: 'parley', name: 'alice', ip: '127.0.0.1', port })
    expect((await ask(port, { target: '/healthz' })).json).toEqual({ status: 'ok' })
  })
})
