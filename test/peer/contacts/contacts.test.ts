/** What becomes of hints at keys: listed, renewed, proved, refuted; and what an attacker can change by them. */
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { DIRECT, type ChatEvent, type Peer } from '../../../src/chat/model.ts'
import { Contacts } from '../../../src/peer/contacts/contacts.ts'
import type { Hint, Keyed } from '../../../src/peer/contacts/hint.ts'
import { Identities } from '../../../src/peer/contacts/identities.ts'
import { Predecessors } from '../../../src/peer/contacts/predecessors.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { Labels } from '../../../src/peer/contacts/labels.ts'
import { Successions } from '../../../src/peer/contacts/successions.ts'
import { NameNews } from '../../../src/peer/contacts/name-news.ts'
import { Verification } from '../../../src/peer/contacts/verification.ts'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { CONTACT, LAN, MANUAL, PEER_EXCHANGE } from '../../../src/peer/discovery/source.ts'
import { Profiles } from '../../../src/peer/profiles/profiles.ts'
import { FakeClient } from '../fake-client.ts'
import { emitting, membership, selfAt } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, memoryStore, newSelf } from '../../support/peers.ts'
import { turn } from '../../support/wait.ts'
import type { RosterChange, Source } from '../../../src/chat/presence.ts'
import type { Target } from '../../../src/http/message.ts'
import type { Greeted } from '../../../src/peer/discovery/hello-client.ts'

const [KEY, MALLORY] = [newSelf().keys.id, newSelf().keys.id]
const BOB: Keyed = { ip: '10.0.0.2', port: 8000, name: 'bob', key: KEY }
const TRACKER = 'tracker:10.0.0.250:9001'
const NOTHING_SHOWN = { status: '', avatarHash: undefined }

async function start() {
  const clock = new ManualClock()
  const changes: RosterChange[] = []
  const notices: string[] = []
  const { presence, channels } = membership(['ops'], [], (change) => {
    changes.push(change)
  })
  const events = emitting((event: ChatEvent) => {
    if (event.kind === 'notice') notices.push(event.text)
  })
  const [store, routes] = [await memoryStore(clock), new Routes()]
  /** Greetings that are not answered yet. */
  const greeted: { readonly target: Target; readonly answer: (greeted: Greeted) => void }[] = []
  const self = selfAt(ALICE)
  const identities = new Identities(store)
  const labels = new Labels({ self, store, presence })
  const hush = { kindOf: () => undefined }
  const contacts = new Contacts({
    ...{ clock, store, self, channels, presence, events, routes },
    identities,
    predecessors: new Predecessors({ store, presence, identities, events, hush }),
    profiles: new Profiles(new FakeClient(), routes, events),
    successions: new Successions({ store, presence, events, labels, hush }),
    names: new NameNews({
      ...{ clock, store, presence, events, labels, hush },
      verification: new Verification({ clock, self, store, routes, events, hush }),
    }),
    hello: {
      greet: (target) => new Promise((resolve) => greeted.push({ target, answer: resolve })),
    },
  })
  const hint = (more: Partial<Hint> = {}): void => {
    contacts.hint({
      ...{ source: LAN, peer: BOB, channels: ['general', DIRECT] },
      ...{ isComplete: true, until: clock.now() + TIMES.lease, ...more },
    })
  }
  /** Answers the oldest greeting. */
  const answer = async (
    with_: Greeted | Partial<Peer>,
    named: readonly string[] = ['general'],
  ): Promise<void> => {
    const { target, answer: resolve } = greeted.shift() ?? { target: undefined, answer: undefined }
    if (target === undefined) throw new Error('no one is greeted')
    const at = { ip: target.host, port: target.port }
    resolve(
      'kind' in with_
        ? with_
        : {
            kind: 'met',
            peer: { ...BOB, ...at, ...with_ },
            channels: named,
            shown: NOTHING_SHOWN,
            successions: [],
          },
    )
    await turn()
  }
  const where = (channel = 'general'): string[] =>
    presence.members(channel).map(({ name, ip, port }) => `${name} at ${ip}:${port}`)
  return {
    clock,
    changes,
    notices,
    channels,
    presence,
    store,
    routes,
    greeted,
    self,
    contacts,
    hint,
    answer,
    where,
  }
}

describe('a key that was never proved', () => {
  test('is listed at once as the LAN says, and greeted over a connection that must prove it', async () => {
    const { hint, where, greeted, routes, answer } = await start()
    hint()
    expect(where()).toEqual(['bob at 10.0.0.2:8000'])
    expect(greeted.map(({ target }) => target)).toEqual([{ host: BOB.ip, port: BOB.port, key: KEY }])
    await answer({})
    expect([where(), routes.isProved(KEY)]).toEqual([['bob at 10.0.0.2:8000'], true])
  })

  test('that comes by itself is listed when it has answered', async () => {
    const { hint, where, answer } = await start()
    hint({ source: CONTACT })
    expect(where()).toEqual([])
    await answer({})
    expect(where()).toEqual(['bob at 10.0.0.2:8000'])
  })

  test('is no longer listed when another program is at its address', async () => {
    const { hint, where, answer, presence } = await start()
    hint()
    await answer({ kind: 'other' })
    expect([where(), presence.get(KEY)]).toEqual([[], undefined])
  })

  test('stays listed while nothing answers, and is tried again', async () => {
    const { hint, where, answer, greeted, clock } = await start()
    hint()
    await answer({ kind: 'silent' })
    expect([where(), greeted.length]).toEqual([['bob at 10.0.0.2:8000'], 0])
    await clock.advance(1_000)
    expect(greeted).toHaveLength(1)
    await answer({})
    expect(where()).toEqual(['bob at 10.0.0.2:8000'])
  })
})

describe('a key that was proved before this start', () => {
  test('has the name that it had then, whatever a source calls it, until it says another itself', async () => {
    const { hint, store, where, answer } = await start()
    store.remember(BOB, 0)
    hint({ peer: { ...BOB, ip: '10.0.0.66', name: 'carol' } })
    expect(where()).toEqual(['bob at 10.0.0.66:8000'])
    await answer({ name: 'robert' })
    expect(where()).toEqual(['robert at 10.0.0.66:8000'])
  })
})

describe('a key that was proved', () => {
  async function proved() {
    const parts = await start()
    parts.hint()
    await parts.answer({})
    await parts.clock.advance(1_000)
    return parts
  }

  test('is not greeted again for a hint that says nothing new', async () => {
    const { hint, greeted, clock, presence, where } = await proved()
    hint({ until: clock.now() + 60_000 })
    await clock.advance(50_000)
    presence.sweep(clock.now())
    expect([greeted.length, where()]).toEqual([0, ['bob at 10.0.0.2:8000']])
  })

  test.each<[name: string, hint: Partial<Hint>]>([
    ['another name', { peer: { ...BOB, name: 'boss' } }],
    ['another port', { peer: { ...BOB, port: 8001 } }],
    ['another address', { peer: { ...BOB, ip: '10.0.0.66' } }],
    ['no channel', { channels: [DIRECT] }],
    ['another channel', { channels: ['general', 'ops', DIRECT] }],
    ['a status', { shown: { status: 'away', avatarHash: undefined } }],
  ])('is asked about %s, and stays as it is until it has answered', async (_name, more) => {
    const { hint, greeted, where } = await proved()
    hint(more)
    expect([where(), where('ops'), greeted.length]).toEqual([['bob at 10.0.0.2:8000'], [], 1])
  })

  test('changes as it says itself', async () => {
    const { hint, answer, where } = await proved()
    hint({ channels: ['ops', DIRECT] })
    await answer({ name: 'robert' }, ['ops'])
    expect([where(), where('ops')]).toEqual([[], ['robert at 10.0.0.2:8000']])
  })

  test('moves to an address that proves it, and to no other', async () => {
    const { hint, answer, where, routes } = await proved()
    hint({ peer: { ...BOB, ip: '10.0.0.66' } })
    await answer({ kind: 'other' })
    expect([where(), routes.target(BOB).host]).toEqual([['bob at 10.0.0.2:8000'], BOB.ip])
    hint({ peer: { ...BOB, ip: '10.0.0.77' } })
    await answer({})
    expect([where(), routes.target(BOB).host]).toEqual([['bob at 10.0.0.77:8000'], '10.0.0.77'])
  })

  test('is in a channel that a tracker names, but moves and is renamed by no tracker', async () => {
    const { hint, greeted, where } = await proved()
    hint({ source: TRACKER, channels: ['ops'], isComplete: false })
    expect([where('ops'), greeted.length]).toEqual([['bob at 10.0.0.2:8000'], 0])
    hint({ source: TRACKER, peer: { ...BOB, ip: '10.0.0.66', name: 'boss' }, channels: ['ops'] })
    expect([where('ops'), greeted.length]).toEqual([['bob at 10.0.0.2:8000'], 1])
  })

  test('is asked about the same four times, and then once a second at most', async () => {
    const { hint, answer, greeted, clock } = await proved()
    const contradict = async (): Promise<number> => {
      for (let count = 0; count < 5; count++) hint({ channels: ['general', 'ops', DIRECT] })
      const asked = greeted.length
      if (asked > 0) await answer({})
      return asked
    }
    const asked: number[] = []
    for (let time = 0; time < 6; time++) asked.push(await contradict())
    expect(asked).toEqual([1, 1, 1, 1, 0, 0])
    await clock.advance(1_000)
    expect(greeted).toHaveLength(1)
  })

  test('stays in a channel that a source names while an older answer is on its way', async () => {
    const { contacts, hint, answer, where, changes } = await proved()
    void contacts.meet(BOB)
    hint({ source: TRACKER, channels: ['ops'], isComplete: false, until: Infinity })
    changes.length = 0
    await answer({})
    expect([where('ops'), changes.map(({ kind }) => kind)]).toEqual([['bob at 10.0.0.2:8000'], ['met']])
  })

  test('is asked again about what it announced while an older answer was on its way', async () => {
    const { contacts, hint, answer, where, clock } = await proved()
    void contacts.meet(BOB)
    hint({ channels: ['general', 'ops', DIRECT] })
    await answer({})
    await clock.advance(1_000)
    await answer({}, ['general', 'ops'])
    expect(where('ops')).toEqual(['bob at 10.0.0.2:8000'])
  })

  const MOVED = { source: TRACKER, peer: { ...BOB, ip: '10.0.0.77' }, isComplete: false, until: Infinity }

  test('is in each channel for as long as its tracker says so, after it moved', async () => {
    const { hint, answer, where, clock, presence } = await proved()
    for (const channel of ['general', 'ops']) hint({ ...MOVED, channels: [channel] })
    await answer({}, ['general', 'ops'])
    await clock.advance(2 * TIMES.lease)
    presence.sweep(clock.now())
    expect([where(), where('ops')]).toEqual(Array(2).fill(['bob at 10.0.0.77:8000']))
  })

  test.each<[name: string, isWithdrawn: boolean, where: string[]]>([
    ['is tried as long as its tracker names it', false, ['bob at 10.0.0.2:8000']],
    ['is tried no longer when its tracker takes it back', true, []],
  ])('that left and does not answer %s', async (_name, isWithdrawn, wanted) => {
    const { contacts, hint, answer, where, clock, presence, greeted } = await proved()
    presence.removePeer(KEY, 'no longer seen')
    hint({ source: TRACKER, channels: ['general'], isComplete: false, until: Infinity })
    for (let attempt = 0; attempt < 6; attempt++) {
      await answer({ kind: 'silent' })
      await clock.advance(20_000)
    }
    if (isWithdrawn) contacts.withdraw(TRACKER, 'general', (key) => key === KEY)
    await answer({ kind: 'silent' })
    await clock.advance(20_000)
    if (greeted.length > 0) await answer({})
    expect(where()).toEqual(wanted)
  })

  test.each<[name: string, parted: Peer, isThere: boolean]>([
    ['an entry without a key at its address of before', { ip: BOB.ip, port: BOB.port, name: 'bob' }, true],
    ['an entry without a key at its address', { ip: MOVED.peer.ip, port: BOB.port, name: 'bob' }, false],
    ['its key', MOVED.peer, false],
  ])('that moved has left when its tracker drops %s: %o', async (_name, parted, isThere) => {
    const { contacts, hint, answer, where, clock, channels, presence, routes, greeted } = await proved()
    const events = emitting()
    const vetting = { passed: () => undefined }
    const discovery = new Discovery({ presence, channels, clock, events, contacts, routes, vetting })
    hint({ ...MOVED, channels: ['general'] })
    await answer({})
    discovery.parted(TRACKER, parted, 'general', 'connection lost')
    if (greeted.length > 0) await answer({ kind: 'silent' })
    await clock.advance(2 * TIMES.lease)
    presence.sweep(clock.now())
    expect(where()).toEqual(isThere ? ['bob at 10.0.0.77:8000'] : [])
  })

  test.each<[source: Source, isThere: boolean]>([
    [CONTACT, false],
    [PEER_EXCHANGE, false],
    [MANUAL, false],
    [LAN, true],
    ['tracker:10.0.0.9:9001', true],
  ])(
    'that its tracker drops, and that does not answer, is still there by the word of %s: %s',
    async (source, isThere) => {
      const { contacts, answer, where, clock, channels, presence, routes, greeted } = await proved()
      const discovery = new Discovery({
        ...{ presence, channels, clock, contacts, routes },
        events: emitting(),
        vetting: { passed: () => undefined },
      })
      for (const each of [TRACKER, source]) presence.add(each, BOB, 'general', Infinity)
      for (const each of [LAN, CONTACT].filter((other) => other !== source))
        presence.remove(each, KEY, 'general', 'left')
      discovery.parted(TRACKER, BOB, 'general', 'connection lost')
      if (greeted.length > 0) await answer({ kind: 'silent' })
      expect(where()).toEqual(isThere ? ['bob at 10.0.0.2:8000'] : [])
    },
  )

  test('is no longer in a channel from which its tracker took it back before it answered', async () => {
    const { contacts, hint, answer, where, clock, presence } = await proved()
    for (const channel of ['general', 'ops']) hint({ ...MOVED, channels: [channel] })
    contacts.withdraw(TRACKER, 'ops', (key) => key === KEY)
    await answer({}, ['general', 'ops'])
    await clock.advance(2 * TIMES.lease)
    presence.sweep(clock.now())
    expect([where(), where('ops')]).toEqual([['bob at 10.0.0.77:8000'], []])
  })

  test.each<[answer: Greeted | Partial<Peer>, isGone: boolean]>([
    [{}, false],
    [{ kind: 'silent' }, true],
    [{ kind: 'other' }, true],
  ])('is gone if it does not answer: %o', async (with_, isGone) => {
    const { contacts, answer } = await proved()
    const gone = contacts.isGone(BOB)
    await answer(with_)
    expect(await gone).toBe(isGone)
  })
})

describe('what was kept for a program without a key', () => {
  const OLD: Peer = { ip: BOB.ip, port: BOB.port, name: 'bob' }

  test.each<[name: string, old: Partial<Peer>, met: Partial<Peer>, isAdopted: boolean]>([
    ['the same identity', { identity: 'b0b0b0b0b0b0b0b0' }, { identity: 'b0b0b0b0b0b0b0b0' }, true],
    ['another identity', { identity: 'b0b0b0b0b0b0b0b0' }, { identity: 'abababababababab' }, false],
    ['no identity', { identity: 'b0b0b0b0b0b0b0b0' }, {}, false],
    ['the same name, and none was known', {}, { identity: 'abababababababab' }, true],
    ['another name, and none was known', {}, { name: 'mallory' }, false],
    [
      'the same identity at another address',
      { port: 8001, identity: 'b0b0b0b0b0b0b0b0' },
      { identity: 'b0b0b0b0b0b0b0b0' },
      false,
    ],
  ])('goes to the key that proves itself there with %s', async (_name, old, met, isAdopted) => {
    const { hint, answer, store, clock, changes } = await start()
    store.remember({ ...OLD, ...old }, clock.now())
    hint()
    await answer(met)
    const became = changes.flatMap((change) => (change.kind === 'became' ? [change.old] : []))
    expect(became).toEqual(isAdopted ? ['10.0.0.2:8000'] : [])
  })

  test('and is listed there becomes the key without leaving', async () => {
    const { hint, answer, presence, changes, where } = await start()
    presence.add(TRACKER, OLD, 'general', Infinity)
    changes.length = 0
    hint({ source: CONTACT })
    await answer({})
    const inGeneral = changes.filter((change) => !('channel' in change) || change.channel === 'general')
    expect(inGeneral.map(({ kind }) => kind)).toEqual(['became', 'met'])
    expect([where(), presence.peers.length]).toEqual([['bob at 10.0.0.2:8000'], 1])
  })
})

describe('the key of this peer', () => {
  test('is noticed elsewhere once, when the program there proves it', async () => {
    const { contacts, self, answer, notices, clock } = await start()
    const twin: Keyed = { ...BOB, key: self.keys.id }
    const hint = {
      source: LAN,
      peer: twin,
      channels: ['general'],
      isComplete: true,
      until: clock.now() + 1_000,
    }
    contacts.hint(hint)
    await answer({ kind: 'other' })
    expect(notices).toEqual([])
    contacts.hint(hint)
    await answer({ kind: 'self' })
    contacts.hint(hint)
    expect(notices).toEqual([expect.stringContaining('is in use at 10.0.0.2:8000, too')])
  })
})

test('a host that names many addresses with the key of this peer has few of them asked', async () => {
  const { contacts, self, greeted, answer, notices } = await start()
  const name = (): void => {
    for (let port = 8_000; port < 8_100; port++)
      contacts.hint({
        source: LAN,
        peer: { ...BOB, ip: '10.0.0.66', port, key: self.keys.id },
        ...{ channels: ['general'], isComplete: true, until: TIMES.lease },
      })
  }
  name()
  expect(greeted).toHaveLength(4)
  for (let count = 0; count < 4; count++) await answer({ kind: 'self' })
  name()
  expect([greeted.length, notices.length]).toEqual([0, 4])
})

test('a host that says that it is at many addresses, where nothing answers, keeps no one else waiting', async () => {
  const { hint, greeted, answer, contacts } = await start()
  const move = (): void => {
    for (let port = 8_000; port < 10_000; port++)
      hint({ source: CONTACT, peer: { ...BOB, ip: '10.0.0.66', port, key: MALLORY } })
  }
  move()
  expect(greeted).toHaveLength(4)
  hint()
  expect(greeted.at(-1)?.target.host).toBe(BOB.ip)
  // What would be a meeting too many counts as one without an answer.
  const refused = { ...BOB, ip: '10.0.0.66', port: 9_999, key: MALLORY }
  expect((await contacts.meet(refused)).kind).toBe('silent')
  await answer({ kind: 'silent' })
  expect(greeted).toHaveLength(5)
})

test('a peer whose key another one announces keeps its place', async () => {
  const { hint, answer, where, contacts, clock } = await start()
  // The impostor comes first.
  hint({ peer: { ...BOB, ip: '10.0.0.66' } })
  hint()
  await answer({ kind: 'other' })
  await answer({})
  expect(where()).toEqual(['bob at 10.0.0.2:8000'])
  contacts.hint({
    source: LAN,
    peer: { ...BOB, ip: '10.0.0.66', key: MALLORY },
    ...{ channels: ['general'], isComplete: true, until: clock.now() + TIMES.lease },
  })
  await answer({ key: MALLORY })
  expect(where()).toEqual(['bob at 10.0.0.2:8000', 'bob at 10.0.0.66:8000'])
})
