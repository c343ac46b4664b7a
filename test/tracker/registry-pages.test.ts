/** Pages and counts of the registry beside the plain lists that they are parts of. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { addressKey, type Peer } from '../../src/chat/model.ts'
import { Registry } from '../../src/tracker/registry.ts'

const PEERS = Array.from({ length: 12 }, (_, index): Peer => ({
  ip: `10.0.0.${index}`,
  port: 8000,
  name: `peer${index % 4}`,
}))

const act = fc.record({
  who: fc.nat(PEERS.length - 1),
  what: fc.constantFrom('register', 'beat', 'leave', 'rename', 'sweep', 'wait'),
})

/** A registry after all of this, and what time it is then. */
function after(acts: readonly { who: number; what: string }[]): { registry: Registry; now: number } {
  const registry = new Registry(() => undefined)
  let now = 1_000_000
  for (const { who, what } of acts) {
    const peer = PEERS[who]
    if (peer === undefined) continue
    const id = addressKey(peer)
    if (what === 'register') registry.register(peer, now)
    if (what === 'beat') registry.renew(id, now, { heartbeat: true })
    if (what === 'leave') registry.leave(id, 'left')
    if (what === 'rename' && registry.get(id) !== undefined)
      registry.register({ ...peer, name: 'other' }, now)
    if (what === 'sweep') registry.sweep(now)
    if (what === 'wait') now += TIMES.lease / 3
  }
  return { registry, now }
}

test('property: the pages together are the whole list, and the count is its length', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (acts, limit) => {
      const { registry, now } = after(acts)
      const all = registry.peers(now)
      expect(registry.count(now)).toBe(all.length)
      const joined = []
      let cursor: string | undefined = '0'
      while (cursor !== undefined) {
        const page = registry.page(now, limit, Number(cursor))
        expect(page.entries.length).toBeLessThanOrEqual(limit)
        joined.push(...page.entries)
        cursor = page.next
      }
      expect(joined).toEqual(all)
    }),
  )
})

test('property: all peers of a name are found, the longest registered first', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const { registry } = after(acts)
      const all = PEERS.flatMap((peer) => registry.get(addressKey(peer)) ?? [])
      const inOrder = all.sort((one, other) => one.number - other.number)
      for (const name of ['peer0', 'peer1', 'peer2', 'peer3', 'other'])
        expect(registry.named(name)).toEqual(inOrder.filter(({ peer }) => peer.name === name))
    }),
  )
})

describe('the revision', () => {
  const alice: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
  const bob: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }

  test.each<[string, (registry: Registry) => unknown]>([
    ['a peer registers', (registry) => registry.register(bob, 0)],
    ['a peer leaves', (registry) => registry.leave(addressKey(alice), 'left')],
    [
      'a peer joins',
      (registry) => {
        registry.join(addressKey(alice), 'new')
      },
    ],
    ['a peer parts', (registry) => registry.part(addressKey(alice), 'ops', 'left')],
    ['a peer is renamed', (registry) => registry.register({ ...alice, name: 'al' }, 0)],
    [
      'a message is stored',
      (registry) => {
        registry.store('ops', { from: alice, message: 'hi', at: 0 })
      },
    ],
    ['a lease runs out', (registry) => registry.sweep(TIMES.lease)],
  ])('changes when %s', (_, change) => {
    const registry = filled()
    const before = registry.revision
    change(registry)
    expect(registry.revision).not.toBe(before)
  })

  test.each<[string, (registry: Registry) => unknown]>([
    ['a lease is renewed', (registry) => registry.renew(addressKey(alice), 5, { heartbeat: true })],
    ['a peer registers again', (registry) => registry.register(alice, 5)],
    [
      'a peer joins a channel that it is in',
      (registry) => {
        registry.join(addressKey(alice), 'ops')
      },
    ],
    ['nobody is gone', (registry) => registry.sweep(5)],
  ])('stays when %s', (_, change) => {
    const registry = filled()
    const before = registry.revision
    change(registry)
    expect(registry.revision).toBe(before)
  })

  function filled(): Registry {
    const registry = new Registry(() => undefined)
    registry.register(alice, 0)
    registry.renew(addressKey(alice), 0, { heartbeat: true })
    registry.join(addressKey(alice), 'ops')
    return registry
  }
})

test('custom limits hold', () => {
  const registry = new Registry(() => undefined, { peers: 1 })
  registry.register({ ip: '10.0.0.1', port: 8000, name: 'alice' }, 0)
  expect(() => registry.register({ ip: '10.0.0.2', port: 8000, name: 'bob' }, 0)).toThrow('full')
})
