/** Closed channels: only their creator says who is in them, and a proof is of use on one connection, in one direction. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  closedId,
  firstEpoch,
  isGenuineEpoch,
  isGenuineRemoval,
  isLater,
  isMember,
  membersOf,
  membershipProof,
  nextEpoch,
  removalOf,
  type Bound,
  type Epoch,
} from '../../src/identity/closed-channel.ts'
import { KeyPair, isSignedBy } from '../../src/identity/key-pair.ts'

const [ALICE, BOB, CAROL, MALLORY] = [1, 2, 3, 4].map((seed) => new KeyPair(Buffer.alloc(32, seed))) as [
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
]
const RANDOM = Buffer.alloc(16, 7)
const first = firstEpoch(ALICE, { name: 'ops', random: RANDOM, secret: Buffer.alloc(32, 1), at: 1_000 })
const next = (before: Epoch, change: Parameters<typeof nextEpoch>[2], most = 64): Epoch =>
  nextEpoch(ALICE, before, change, { secret: Buffer.alloc(32, before.number + 1), at: 2_000, most })
const second = next(first, { add: BOB.id })
const third = next(second, { add: CAROL.id })
const fourth = next(third, { remove: BOB.id })
const fifth = next(fourth, { add: BOB.id })

describe('an epoch', () => {
  test('has the bytes of docs/protocol.md', () => {
    const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
    const id = sha(Buffer.from('parley/channel/1\0'), ALICE.publicKey, RANDOM)
    expect(first.id).toBe(id.toString('base64url'))
    const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
    const bytes = Buffer.concat([
      ...[Buffer.from('parley/epoch/1\0'), id, hex('00000001 00000000000003e8'), sha(Buffer.alloc(32, 1))],
      ...[hex('03'), Buffer.from('ops'), hex('0001'), ALICE.publicKey, hex('00000001 00000000')],
    ])
    expect(isSignedBy(ALICE.publicKey, Buffer.from(first.signature, 'base64url'), bytes)).toBe(true)
  })

  test('of its creator is genuine', () => {
    expect([first, second, third, fourth, fifth].map(isGenuineEpoch)).toEqual([true, true, true, true, true])
  })

  test.each<[what: string, change: Partial<Epoch>]>([
    ['with another name', { name: 'oqs' }],
    ['with another number', { number: 5 }],
    ['with another time', { at: 2_001 }],
    ['with a time that is no whole number', { at: 0.5 }],
    ['with another secret', { secret: Buffer.alloc(32, 9).toString('base64url') }],
    ['with half a secret', { secret: Buffer.alloc(16, 9).toString('base64url') }],
    ['of another creator', { creator: MALLORY.id }],
    ['of another channel', { id: closedId(ALICE.id, Buffer.alloc(16, 8)) }],
    ['with another random part', { random: Buffer.alloc(16, 8).toString('base64url') }],
    ['with one person less', { people: fourth.people.slice(1) }],
    ['with a person more', { people: [...fourth.people, { key: MALLORY.id, since: 4 }] }],
    [
      'where a removed person is a member',
      { people: fourth.people.map(({ key, since }) => ({ key, since })) },
    ],
    ['with people in another order', { people: fourth.people.toReversed() }],
    ['with the signature of another epoch', { signature: third.signature }],
    ['with half a signature', { signature: fourth.signature.slice(0, 40) }],
  ])('%s is not', (_what, change) => {
    expect(isGenuineEpoch({ ...fourth, ...change })).toBe(false)
  })

  test('that another key signed for its own channel under that id is not', () => {
    const forged = firstEpoch(MALLORY, { name: 'ops', random: RANDOM, secret: Buffer.alloc(32, 1), at: 1 })
    expect(isGenuineEpoch({ ...forged, id: first.id })).toBe(false)
    expect(isGenuineEpoch({ ...forged, id: first.id, creator: ALICE.id })).toBe(false)
  })

  test('says who is in it, and was', () => {
    const [alice, bob, carol] = [ALICE.id, BOB.id, CAROL.id]
    const all = [first, second, third, fourth, fifth].map((epoch) => new Set(membersOf(epoch)))
    expect(all).toEqual(
      [[alice], [alice, bob], [alice, bob, carol], [alice, carol], [alice, bob, carol]].map(
        (each) => new Set(each),
      ),
    )
    expect([1, 2, 3, 4].map((at) => isMember(fourth, bob, at))).toEqual([false, true, true, false])
    expect([3, 4, 5].map((at) => isMember(fifth, bob, at))).toEqual([false, false, true])
    expect(isMember(fourth, MALLORY.id)).toBe(false)
  })

  test('takes the place of an earlier one; of two with one number all members take the same', () => {
    const other = nextEpoch(
      ALICE,
      third,
      { remove: CAROL.id },
      { secret: Buffer.alloc(32, 99), at: 1, most: 64 },
    )
    expect(isLater(fourth, third)).toBe(true)
    expect(isLater(third, fourth)).toBe(false)
    expect(isLater(fourth, fourth)).toBe(false)
    expect(isLater(other, fourth)).toBe(!isLater(fourth, other))
  })

  test('forgets the person who was removed first beyond the most that are named', () => {
    const both = next(next(third, { remove: BOB.id }), { remove: CAROL.id }, 1)
    expect(both.people.map(({ key }) => key).includes(BOB.id)).toBe(false)
    expect(isMember(both, CAROL.id, 4)).toBe(true)
    expect(isGenuineEpoch(both)).toBe(true)
  })

  test('any changes in any order are epochs of the creator, with those members', () => {
    const people = [BOB.id, CAROL.id, MALLORY.id]
    const step = fc.record({ who: fc.constantFrom(...people), isIn: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const members = new Set([ALICE.id])
        let epoch = first
        for (const { who, isIn } of steps) {
          if (members.has(who) === isIn) continue
          if (isIn) members.add(who)
          else members.delete(who)
          const after = next(epoch, isIn ? { add: who } : { remove: who })
          expect(isLater(after, epoch)).toBe(true)
          epoch = after
        }
        expect(isGenuineEpoch(epoch)).toBe(true)
        expect(new Set(membersOf(epoch))).toEqual(members)
        expect(
          people.filter((key) => removalOf(epoch, key) !== undefined).every((key) => !members.has(key)),
        ).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a removal', () => {
  const removal = removalOf(fourth, BOB.id)

  test('is what the creator signed for that person', () => {
    expect(removal).toMatchObject({ id: first.id, number: 4, key: BOB.id })
    expect(removal && isGenuineRemoval(removal)).toBe(true)
  })

  test('is there for nobody else, nor for a person who came back', () => {
    expect(removalOf(fourth, CAROL.id)).toBeUndefined()
    expect(removalOf(fifth, BOB.id)).toBeUndefined()
  })

  test.each([
    ['of another person', { key: CAROL.id }],
    ['of another epoch', { number: 5 }],
    ['of another channel', { random: Buffer.alloc(16, 8).toString('base64url') }],
    ['of another creator', { creator: MALLORY.id }],
    ['with another signature', { signature: fourth.signature }],
  ])('%s is not', (_what, change) => {
    expect(removal && isGenuineRemoval({ ...removal, ...change })).toBe(false)
  })
})

describe('a proof of membership', () => {
  const bound: Bound = { hash: Buffer.alloc(32, 5), initiator: ALICE.id, responder: BOB.id }
  const proof = membershipProof(second, 'initiator', bound)

  test('is the same on both ends of the connection', () => {
    expect(membershipProof({ ...second }, 'initiator', { ...bound })).toEqual(proof)
    expect(proof.length).toBe(32)
  })

  test.each<[what: string, epoch: Epoch, role: 'initiator' | 'responder', at: Bound]>([
    ['reflected', second, 'responder', bound],
    ['of another connection', second, 'initiator', { ...bound, hash: Buffer.alloc(32, 6) }],
    ['relayed from another initiator', second, 'initiator', { ...bound, initiator: CAROL.id }],
    ['relayed to another responder', second, 'initiator', { ...bound, responder: CAROL.id }],
    ['with its ends exchanged', second, 'initiator', { ...bound, initiator: BOB.id, responder: ALICE.id }],
    ['of the epoch before', first, 'initiator', bound],
    ['of the next epoch', third, 'initiator', bound],
    ['with the secret of another epoch', { ...second, secret: first.secret }, 'initiator', bound],
    ['of another channel', { ...second, id: closedId(BOB.id, RANDOM) }, 'initiator', bound],
  ])('%s is another one', (_what, epoch, role, at) => {
    expect(membershipProof(epoch, role, at)).not.toEqual(proof)
  })
})
