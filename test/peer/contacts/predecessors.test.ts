/** What was kept for a program without a key, when a key elsewhere claims to be it: the user is asked, and decides. */
import { describe, expect, test } from 'vitest'
import { asContent } from '../../../src/chat/content.ts'
import { DIRECT, addressKey, peerId, type Peer } from '../../../src/chat/model.ts'
import type { HushKind } from '../../../src/chat/hush.ts'
import type { Keyed } from '../../../src/peer/contacts/hint.ts'
import { Identities } from '../../../src/peer/contacts/identities.ts'
import { Predecessors } from '../../../src/peer/contacts/predecessors.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { refusalOf } from '../../chat/support.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, memoryStore, newSelf } from '../../support/peers.ts'
import { emitting, membership } from '../parts.ts'

const IDENTITY = 'b0b0b0b0b0b0b0b0'
const OLD: Peer = { ip: '10.0.0.5', port: 8000, name: 'bob', identity: IDENTITY }

function keyed(more: Partial<Peer> = {}): Keyed {
  return { ip: '10.0.0.9', port: 8000, name: 'bob', identity: IDENTITY, ...more, key: newSelf().keys.id }
}

/** `waiting`: direct messages that wait for the program. */
async function start(waiting: number) {
  const [clock, questions] = [new ManualClock(), [] as string[]]
  const store = await memoryStore(clock)
  const { presence } = membership()
  const events = emitting((event) => {
    if (event.kind === 'notice') questions.push(event.text)
  })
  const identities = new Identities(store)
  const hushed = new Map<string, HushKind>()
  const hush = { kindOf: (id: string) => hushed.get(id) }
  const predecessors = new Predecessors({ store, presence, identities, events, hush })
  store.remember(OLD, clock.now())
  for (let seq = 1; seq <= waiting; seq++) {
    const message = { id: `m${seq}`, from: ALICE, channel: DIRECT, content: asContent('hi'), sentAt: 0, seq }
    const at = { at: seq, receivedAt: seq, clockShift: 0 }
    store.add({ message, conversation: `@${addressKey(OLD)}`, ...at, own: true }, [OLD])
  }
  const waitsFor = (): string[] => store.unsettled().flatMap((each) => each.waiting.map(peerId))
  return { store, presence, identities, predecessors, questions, waitsFor, hushed }
}

describe('a key that names the identity of a program which was met at another address', () => {
  test('that is ignored asks nothing of the user', async () => {
    const { predecessors, questions, hushed } = await start(1)
    const bob = keyed()
    hushed.set(bob.key, 'ignore')
    predecessors.met(bob)
    expect(questions).toEqual([])
    hushed.clear()
    predecessors.met(bob)
    expect(questions).toHaveLength(1)
  })

  test('gets nothing; the user is asked once', async () => {
    const { predecessors, questions, waitsFor } = await start(2)
    const bob = keyed()
    predecessors.met(bob)
    predecessors.met(bob)
    expect(waitsFor()).toEqual(['10.0.0.5:8000', '10.0.0.5:8000'])
    const short = shortId(bob.key)
    expect(questions).toEqual([
      `2 messages of yours wait for bob, met at 10.0.0.5:8000 before it had a key. bob (${short}) says that it is this bob, as any program could. If you know that it is: /same 10.0.0.5:8000 ${short}`,
    ])
  })

  test.each<[name: string, waiting: number, met: Partial<Peer>, isHere: boolean]>([
    ['nothing waits', 0, {}, false],
    ['it names another identity', 1, { identity: 'abababababababab' }, false],
    ['the program is here', 1, {}, true],
  ])('asks nothing when %s', async (_name, waiting, met, isHere) => {
    const { predecessors, presence, questions } = await start(waiting)
    if (isHere) presence.add('tracker:10.0.0.250:9001', OLD, 'general', Infinity)
    predecessors.met(keyed(met))
    expect(questions).toEqual([])
  })

  test('is one of four that the user is asked about', async () => {
    const { predecessors, questions } = await start(1)
    for (let each = 0; each < 20; each++) predecessors.met(keyed())
    expect(questions).toHaveLength(4)
  })
})

describe('a key at an address where an identity was met that is', () => {
  const THERE: Peer = { ip: '10.0.0.66', port: 8000, name: 'mallory', identity: IDENTITY }

  test.each<[name: string, since: number, isHere: boolean, isTaken: boolean]>([
    ['of a program that was met elsewhere before', 1, false, true],
    ['of a program that is elsewhere now', -1, true, true],
    ['of a program that was met elsewhere later', -1, false, false],
  ])('%s', async (_name, since, isHere, isTaken) => {
    const { predecessors, identities, presence, store } = await start(0)
    const before = store.firstMet(OLD) ?? 0
    store.remember(THERE, before + since)
    if (isHere) presence.add('tracker:10.0.0.250:9001', OLD, 'general', Infinity)
    const mallory = keyed({ ip: THERE.ip, name: 'mallory' })
    predecessors.met(mallory)
    expect(store.remembered('10.0.0.66:8000').map(peerId)).toEqual([mallory.key])
    expect(store.person(mallory.key)?.identity).toBe(isTaken ? undefined : IDENTITY)
    expect(identities.of(mallory.key, IDENTITY)).toBe(isTaken ? undefined : IDENTITY)
  })

  test('that of another key', async () => {
    const { predecessors, identities, store } = await start(0)
    const bob = keyed({ ip: OLD.ip })
    predecessors.met(bob)
    store.remember(THERE, -1)
    const mallory = keyed({ ip: THERE.ip, name: 'mallory' })
    predecessors.met(mallory)
    expect([bob.key, mallory.key].map((key) => identities.of(key, IDENTITY))).toEqual([IDENTITY, undefined])
  })
})

describe('the user says that the two are one', () => {
  test('what waits is for the key, and the conversations are one', async () => {
    const { predecessors, store, identities, waitsFor } = await start(2)
    const bob = keyed()
    predecessors.join(OLD, bob)
    expect(waitsFor()).toEqual([bob.key, bob.key])
    expect(store.page(`@${bob.key}`, 10).entries).toHaveLength(2)
    expect(identities.of(bob.key, IDENTITY)).toBe(IDENTITY)
  })

  test('a program that is here becomes the key', async () => {
    const { predecessors, presence } = await start(0)
    presence.add('tracker:10.0.0.250:9001', OLD, 'general', Infinity)
    const bob = keyed()
    predecessors.join(OLD, bob)
    expect(presence.peers.map(peerId)).toEqual([bob.key])
  })

  test.each<[name: string, old: Peer, peer: Peer, code: string]>([
    ['the first has a key', keyed(), keyed(), 'has_a_key'],
    ['the second has none', OLD, { ...OLD, port: 8001 }, 'no_key'],
  ])('is refused when %s', async (_name, old, peer, code) => {
    const { predecessors } = await start(1)
    const refusal = refusalOf(() => {
      predecessors.join(old, peer)
    })
    expect(refusal).toMatchObject({ status: 409, code })
  })
})
