/** A person with another key: with the word of the old one it is the same person, without it another. Real peers. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { labelOf, peerId } from '../../../src/chat/model.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { succeed } from '../../../src/identity/succession.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { SecureSelf } from '../../../src/secure/self.ts'
import { keepSuccession } from '../../../src/peer/self/kept-successions.ts'
import { eventsOf, fate, memoryStore, startPeer, type Watched } from '../../support/peers.ts'
import { until } from '../../support/wait.ts'

function selfWith(keys: KeyPair): SecureSelf {
  return new SecureSelf({ keys, kind: 'peer', random: randomBytes })
}

function newKeys(): KeyPair {
  return new KeyPair(randomBytes(32))
}

/** A bob with this key, who says that these keys handed over. */
async function startBob(
  alice: Watched,
  keys: KeyPair,
  ...before: readonly [KeyPair, KeyPair][]
): Promise<Watched> {
  const store = await memoryStore()
  for (const [old, now] of before) keepSuccession(store, succeed(old, now, 1))
  const bob = await startPeer({ name: 'bob', secure: selfWith(keys), store, peers: [alice.peer.address] })
  await until(() => hasMet(alice, bob) && hasMet(bob, alice), 'alice and bob have met')
  return bob
}

function hasMet({ peer }: Watched, other: Watched): boolean {
  return peer.contacts().some((contact) => contact.peer.key === other.peer.self.key)
}

function notices(watched: Watched): string[] {
  return eventsOf(watched, 'notice').map(({ text }) => text)
}

async function talk() {
  const alice = await startPeer({ name: 'alice' })
  const old = newKeys()
  const bob = await startBob(alice, old)
  bob.peer.directTo(peerId(alice.peer.self), 'with the old key')
  await until(() => alice.heard().length === 1, 'alice hears bob')
  alice.peer.verify(bob.peer.self)
  await bob.peer.close()
  alice.peer.directTo(old.id, 'waits')
  return { alice, old }
}

test.each(['mute', 'ignore', 'block'] as const)(
  '%s goes on for the new key of bob, and for the old one',
  async (kind) => {
    const { alice, old } = await talk()
    const now = newKeys()
    alice.peer.hush(old.id, kind)
    const store = await memoryStore()
    keepSuccession(store, succeed(old, now, 1))
    await startPeer({ name: 'bob', secure: selfWith(now), store, peers: [alice.peer.address] })
    await until(() => alice.peer.hushed()[0]?.target === now.id, 'the new key is hushed')
    expect(alice.peer.hushed()).toHaveLength(1)
    // The old key means the same person, also where it is used again.
    expect(alice.peer.unhush(old.id, kind)).toMatchObject({ target: now.id, kind })
    expect(alice.peer.hushed()).toEqual([])
  },
)

describe('an ignored bob', () => {
  test('says nothing by handing over, and is not heard by a second statement of the old key', async () => {
    const { alice, old } = await talk()
    const [now, third] = [newKeys(), newKeys()]
    alice.peer.hush(old.id, 'ignore')
    await startBob(alice, now, [old, now])
    const again = await startBob(alice, old)
    await startBob(alice, third, [old, third])
    expect(alice.peer.hushed().map(({ target }) => target)).toEqual([now.id])
    const before = alice.heard()
    await fate(again, again.peer.directTo(peerId(alice.peer.self), 'heard again?'))
    expect(alice.heard()).toEqual(before)
    expect(notices(alice).filter((text) => text.includes('goes on'))).toEqual([])
  })

  test('is ignored by his first key, however many follow it', async () => {
    const { alice, old } = await talk()
    alice.peer.hush(old.id, 'ignore')
    let last = old
    for (let count = 0; count < 17; count++) {
      const next = newKeys()
      await (await startBob(alice, next, [last, next])).peer.close()
      last = next
    }
    const first = await startBob(alice, old)
    const before = alice.heard()
    await fate(first, first.peer.directTo(peerId(alice.peer.self), 'heard again?'))
    expect(alice.heard()).toEqual(before)
  })
})

describe('another key of bob', () => {
  test('with the word of the old one: conversation, name and what waits go on; alice is told, and compares again', async () => {
    const { alice, old } = await talk()
    const now = newKeys()
    const bob = await startBob(alice, now, [old, now])
    await until(() => bob.heard().includes('alice: waits'), 'what waited arrives')
    expect(labelOf(alice.peer.find(now.id))).toBe('bob')
    expect(alice.peer.history(`@${now.id}`, 9).entries.map(({ message }) => labelOf(message.from))).toEqual([
      'bob',
      'alice',
    ])
    expect(alice.peer.history(`@${old.id}`, 9).entries).toEqual([])
    expect(alice.peer.markOf(bob.peer.self)).toBe('signed')
    expect(alice.peer.contacts().map(({ peer }) => peer.key)).toEqual([now.id])
    expect(notices(alice)).toEqual([
      `WARNING: bob has the key ${shortId(now.id)} now; the old one, ${shortId(old.id)}, says so. What you have with bob goes on, and is no longer verified: compare again with /verify. If bob knows nothing of it, the old key was stolen`,
    ])
  })

  test('over two steps, of which alice missed one', async () => {
    const { alice, old } = await talk()
    const [middle, now] = [newKeys(), newKeys()]
    await startBob(alice, now, [old, middle], [middle, now])
    expect(labelOf(alice.peer.find(now.id))).toBe('bob')
    expect(alice.peer.contacts()).toHaveLength(1)
  })

  test('whose old key is used after all: that is another person, with a warning', async () => {
    const { alice, old } = await talk()
    const now = newKeys()
    await startBob(alice, now, [old, now])
    await startBob(alice, old)
    expect(labelOf(alice.peer.find(now.id))).toBe('bob')
    expect(labelOf(alice.peer.find(old.id))).toBe(`bob·${shortId(old.id)}`)
    expect(notices(alice)[1]).toContain('WARNING: another key calls itself bob')
  })

  test.each<[what: string, statement: (old: KeyPair, now: KeyPair) => readonly [KeyPair, KeyPair][]]>([
    ['without a statement', () => []],
    ['with that of another new key', (old) => [[old, newKeys()]]],
    ['with that of another old key', (_old, now) => [[newKeys(), now]]],
  ])('%s is another person, with a warning', async (_what, statement) => {
    const { alice, old } = await talk()
    const now = newKeys()
    const bob = await startBob(alice, now, ...statement(old, now))
    expect(labelOf(alice.peer.find(now.id))).toBe(`bob·${shortId(now.id)}`)
    expect(alice.peer.history(`@${old.id}`, 9).entries).toHaveLength(2)
    expect(bob.heard()).toEqual([])
    expect(notices(alice)).toHaveLength(1)
    expect(notices(alice)[0]).toContain(`that of the bob you know is ${shortId(old.id)}, which you verified`)
  })
})
