/** What a peer makes of epochs that others bring, and of its own: tables of cases, and every limit. */
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { isMember, membersOf, removalOf, type Epoch } from '../../../src/identity/closed-channel.ts'
import { linkText, readLink } from '../../../src/chat/wire/closed.ts'
import { refusalOf } from '../../chat/support.ts'
import { KEYS_OF_SELF } from '../parts.ts'
import type { KeyId } from '../../../src/identity/public-key.ts'
import { ALICE, BOB, CAROL, MALLORY, after, channelOf, closedPeer, newKey } from './support.ts'

const ME = KEYS_OF_SELF.id
const first = channelOf([ME, BOB.id])
const second = after(first, { add: CAROL.id })
const withoutBob = after(second, { remove: BOB.id })
const withoutMe = after(second, { remove: ME })

/** A peer in the channel of Alice, which knows `epoch`. */
async function joined(epoch: Epoch = first) {
  const peer = await closedPeer()
  peer.membership.take(epoch, ALICE.id)
  peer.steward.join('!ops')
  return peer
}

describe('an epoch', () => {
  test.each<[what: string, epoch: Epoch, by: string]>([
    ['of another creator', { ...first, creator: MALLORY.id }, ALICE.id],
    ['that is altered', { ...first, name: 'oqs' }, ALICE.id],
    ['without this peer', channelOf([BOB.id]), ALICE.id],
    ['from a person who is not in it', first, MALLORY.id],
    ['from a person who was removed', withoutBob, BOB.id],
  ])('%s is refused', async (_what, epoch, by) => {
    const { membership } = await closedPeer()
    expect(membership.take(epoch, by as typeof ME)).toEqual({ kind: 'refused' })
    expect(membership.all).toEqual([])
  })

  test('of a new channel is an invitation, which is not joined by itself', async () => {
    const { membership, channels } = await closedPeer()
    expect(membership.take(first, BOB.id)).toEqual({ kind: 'taken', state: 'invited' })
    expect(membership.invitations).toMatchObject([{ label: '!ops', by: BOB.id }])
    expect(channels.joined).toEqual(['general'])
    expect(membership.isFellow(first.id, BOB.id)).toBe(false)
  })

  test('that is later takes effect, that is earlier never does', async () => {
    const { membership } = await joined(second)
    expect(membership.take(first, ALICE.id)).toEqual({ kind: 'outdated', epoch: second })
    expect(membership.take(withoutBob, CAROL.id)).toEqual({ kind: 'taken', state: 'joined' })
    expect(membership.isFellow(first.id, BOB.id)).toBe(false)
    expect(membership.byId(first.id)?.epoch).toEqual(withoutBob)
  })

  test('that is earlier gets its bringer a removal, if it was removed', async () => {
    const { membership } = await joined(second)
    membership.take(withoutBob, ALICE.id)
    expect(membership.take(second, BOB.id)).toEqual({
      kind: 'removed',
      removal: removalOf(withoutBob, BOB.id),
    })
    expect(membership.take({ ...second, signature: first.signature }, BOB.id)).toEqual({ kind: 'refused' })
    expect(membership.take(second, MALLORY.id)).toEqual({ kind: 'refused' })
  })

  test('that another member removed me in does not come as an epoch, but as a removal', async () => {
    const { membership, channels } = await joined(second)
    expect(membership.take(withoutMe, ALICE.id)).toEqual({ kind: 'refused' })
    const removal = removalOf(withoutMe, ME)
    expect(removal && membership.takeRemoval(removal)).toBe(true)
    expect(membership.get('!ops')?.state).toBe('removed')
    expect(channels.has('!ops')).toBe(false)
    expect(refusalOf(() => membership.in('!ops')).status).toBe(404)
  })
})

describe('who has come in', () => {
  test('is kept over a restart, and has to come in again after a removal', async () => {
    const { membership, store } = await joined(second)
    const isInvited = (key: KeyId): boolean => membership.isInvited(membership.in('!ops'), key)
    expect([ALICE.id, BOB.id, CAROL.id, ME, MALLORY.id].map(isInvited)).toEqual([
      ...[false, true, true, false, false],
    ])
    membership.cameIn(first.id, [BOB.id, CAROL.id, MALLORY.id])
    expect([BOB.id, CAROL.id].map(isInvited)).toEqual([false, false])
    expect((await closedPeer(store)).membership.in('!ops').came).toEqual([BOB.id, CAROL.id])
    membership.take(after(withoutBob, { add: BOB.id }), ALICE.id)
    expect([BOB.id, CAROL.id].map(isInvited)).toEqual([true, false])
  })
})

describe('a removal', () => {
  test('that is forged, or of another person, changes nothing', async () => {
    const { membership } = await joined(second)
    const [mine, bobs] = [removalOf(withoutMe, ME), removalOf(withoutBob, BOB.id)]
    if (mine === undefined || bobs === undefined) throw new Error('there is no removal')
    const forged = [
      { ...mine, number: 9 },
      { ...bobs, key: ME },
      { ...mine, signature: second.signature },
      bobs,
    ]
    expect(forged.map((each) => membership.takeRemoval(each))).toEqual([false, false, false, false])
    expect(membership.get('!ops')?.state).toBe('joined')
  })

  test('is over when the person was invited again: an old one changes nothing then', async () => {
    const { membership, steward } = await joined(second)
    const removal = removalOf(withoutMe, ME)
    expect(removal && membership.takeRemoval(removal)).toBe(true)
    expect(membership.take(after(withoutMe, { add: ME }), ALICE.id)).toEqual({
      kind: 'taken',
      state: 'invited',
    })
    steward.join('!ops')
    expect(removal && membership.takeRemoval(removal)).toBe(false)
  })
})

describe('from a person who is not heard', () => {
  test('an epoch is answered like any other, and nothing comes of it', async () => {
    const { membership, changes } = await closedPeer()
    const asked: [Epoch, KeyId][] = [
      [{ ...first, name: 'oqs' }, ALICE.id],
      [first, MALLORY.id],
      [first, ALICE.id],
    ]
    const unheard = asked.map(([epoch, by]) => membership.take(epoch, by, { isHeard: false }))
    expect([membership.all, changes]).toEqual([[], []])
    expect(unheard).toEqual(asked.map(([epoch, by]) => membership.take(epoch, by)))
    const kept = membership.all
    expect(membership.take(after(first, { add: CAROL.id }), ALICE.id, { isHeard: false })).toMatchObject({
      state: 'invited',
    })
    expect(membership.all).toEqual(kept)
  })
})

describe('a link', () => {
  test.each([
    ['ignore', 'you ignore alice, who made this link: to come in by it, lift that first'],
    ['block', '/unblock'],
  ] as const)('of a person with %s is not followed, and the user is told why', async (kind, why) => {
    const { steward, hushed, membership } = await closedPeer()
    hushed.set(ALICE.id, kind)
    await expect(steward.follow(LINK)).rejects.toThrow(why)
    expect(membership.all).toEqual([])
  })

  test('of a muted person leads in', async () => {
    const { steward, hushed, me } = await closedPeer(undefined, () => ({ epoch: channelOf([me]) }))
    hushed.set(ALICE.id, 'mute')
    expect(await steward.follow(LINK)).toBe('!ops')
  })

  const LINK = linkText({ creator: ALICE.id, token: 'A'.repeat(22), ip: '10.0.0.2', port: 8000 })

  test('leads into a channel of the person who made it only', async () => {
    const { membership, steward } = await closedPeer(undefined, () => ({
      epoch: channelOf([ME, ALICE.id], 'ops', MALLORY),
    }))
    await expect(steward.follow(LINK)).rejects.toThrow('this link lets nobody in')
    expect(membership.all).toEqual([])
  })

  test('brings back who left while its creator was away', async () => {
    const { membership, steward } = await closedPeer(undefined, () => ({ epoch: first }))
    membership.take(first, ALICE.id)
    steward.join('!ops')
    await steward.part('!ops')
    expect(await steward.follow(LINK)).toBe('!ops')
    expect(membership.get('!ops')?.state).toBe('joined')
  })
})

describe('a person that left, or declined', () => {
  test('is no longer in the channel of its creator, who can invite it again', async () => {
    const { steward, membership } = await closedPeer()
    steward.create('ops')
    steward.invite('!ops', BOB.id)
    const { epoch } = membership.in('!ops')
    steward.left(epoch, BOB.id)
    expect(isMember(membership.in('!ops').epoch, BOB.id)).toBe(false)
    steward.left(epoch, BOB.id)
    expect(membership.in('!ops').epoch.number).toBe(epoch.number + 1)
    steward.invite('!ops', BOB.id)
    // It says no to the invitation of before.
    steward.left(epoch, BOB.id)
    expect(isMember(membership.in('!ops').epoch, BOB.id)).toBe(true)
  })

  test('is named to the creator, unless it is not heard', async () => {
    const { steward, membership, notices, hushed } = await closedPeer()
    steward.create('ops')
    for (const { id } of [BOB, CAROL, MALLORY]) steward.invite('!ops', id)
    const { epoch } = membership.in('!ops')
    membership.cameIn(epoch.id, [BOB.id])
    hushed.set(MALLORY.id, 'ignore')
    for (const { id } of [BOB, CAROL, MALLORY, BOB]) steward.heardThatLeft(epoch, id)
    expect(notices).toEqual(['bob left 🔒#!ops', 'carol declined the invitation to 🔒#!ops'])
    expect(membersOf(membership.in('!ops').epoch)).toHaveLength(1)
  })

  test('changes nothing of the channel of another creator, or as its creator', async () => {
    const { steward, membership, me } = await closedPeer()
    membership.take(channelOf([me, BOB.id]), ALICE.id)
    steward.join('!ops')
    const { epoch } = membership.in('!ops')
    steward.left(epoch, BOB.id)
    expect(membership.in('!ops').epoch).toBe(epoch)
    steward.create('own')
    steward.left(membership.in('!own').epoch, me)
    expect(membership.in('!own').epoch.number).toBe(1)
  })
})

describe('a restart', () => {
  test('keeps channels, epochs, states, labels and links', async () => {
    const before = await joined(second)
    before.membership.take(channelOf([ME], 'ops', BOB), BOB.id)
    before.steward.create('mine')
    const link = before.steward.link('!mine')
    const { membership, steward, channels } = await closedPeer(before.store)
    expect(membership.all).toEqual(before.membership.all)
    expect(membership.all.map(({ label, state }) => [label, state])).toEqual([
      ['!ops', 'joined'],
      ['!ops-2', 'invited'],
      ['!mine', 'joined'],
    ])
    expect(steward.links(membership.in('!mine'))).toEqual([link])
    expect(channels.joined).toEqual(['general', '!ops', '!mine'])
    expect(channels.open).toEqual(['general'])
  })

  test('never gives the label of a channel that was left to another one', async () => {
    const { store, steward } = await joined()
    await steward.part('!ops')
    const after = await closedPeer(store)
    expect(after.steward.create('ops')).toBe('!ops-2')
  })
})

describe('only the creator', () => {
  test.each([
    [
      'invites',
      (steward: Awaited<ReturnType<typeof joined>>['steward']) => {
        steward.invite('!ops', MALLORY.id)
      },
    ],
    [
      'removes',
      (steward: Awaited<ReturnType<typeof joined>>['steward']) => {
        steward.remove('!ops', BOB.id)
      },
    ],
    ['makes links', (steward: Awaited<ReturnType<typeof joined>>['steward']) => steward.link('!ops')],
  ])('%s', async (_what, act) => {
    const { steward } = await joined()
    expect(
      refusalOf(() => {
        act(steward)
      }),
    ).toMatchObject({ status: 403, code: 'not_creator' })
  })

  test('and it cannot remove itself, nor who is not there', async () => {
    const { steward, me } = await closedPeer()
    steward.create('ops')
    expect(
      refusalOf(() => {
        steward.remove('!ops', me)
      }),
    ).toMatchObject({ code: 'creator' })
    expect(
      refusalOf(() => {
        steward.remove('!ops', BOB.id)
      }),
    ).toMatchObject({ code: 'no_member' })
  })
})

describe('limits', () => {
  test('closedPeople and closedFormer', async () => {
    const { steward, membership } = await closedPeer()
    steward.create('ops')
    const people = Array.from({ length: LIMITS.closedPeople - 1 }, newKey)
    for (const key of people) steward.invite('!ops', key)
    expect(
      refusalOf(() => {
        steward.invite('!ops', newKey())
      }),
    ).toMatchObject({ status: 409, code: 'full' })
    expect(refusalOf(() => steward.link('!ops'))).toMatchObject({ code: 'full' })
    for (const key of people) steward.remove('!ops', key)
    const named = (): number => membership.in('!ops').epoch.people.length - 1
    expect(named()).toBe(people.length)
    const more = Array.from({ length: LIMITS.closedFormer + 1 - people.length }, newKey)
    for (const key of more) {
      steward.invite('!ops', key)
      steward.remove('!ops', key)
    }
    expect(named()).toBe(LIMITS.closedFormer)
    expect(membership.in('!ops').epoch.people.some(({ key }) => key === people[0])).toBe(false)
  })

  test('closedChannels', async () => {
    const { steward, membership } = await closedPeer()
    membership.take(first, ALICE.id)
    for (let count = 0; count < LIMITS.closedChannels; count++) steward.create(`n${count}`)
    expect(refusalOf(() => steward.create('more')).status).toBe(429)
    expect(
      refusalOf(() => {
        steward.join('!ops')
      }).status,
    ).toBe(429)
    await steward.part('!n0')
    steward.join('!ops')
  })

  test('closedInvitations', async () => {
    const { membership } = await closedPeer()
    const take = () => membership.take(channelOf([ME]), ALICE.id).kind
    const taken = Array.from({ length: LIMITS.closedInvitations + 1 }, take)
    expect(new Set(taken.slice(0, -1))).toEqual(new Set(['taken']))
    expect(taken.at(-1)).toBe('too-many')
  })

  test('closedInvitations are shared among hosts: one that brings many keeps out no other', async () => {
    const { membership } = await closedPeer()
    const from = (host: string) => membership.take(channelOf([ME]), ALICE.id, { host }).kind
    for (let count = 0; count < LIMITS.closedInvitations; count++) from('10.0.0.66')
    expect([from('10.0.0.66'), from('10.0.0.2'), from('10.0.0.66')]).toEqual([
      'too-many',
      'taken',
      'too-many',
    ])
    expect(membership.invitations).toHaveLength(LIMITS.closedInvitations)
    for (let count = 0; count < LIMITS.closedInvitations; count++) from('10.0.0.3')
    const all = Array.from({ length: LIMITS.closedInvitations }, () => from('10.0.0.66'))
    expect(new Set(all)).toEqual(new Set(['too-many']))
  })

  test('closedInvitations, also of who was removed and is invited again', async () => {
    const { membership } = await closedPeer()
    const over = Array.from({ length: LIMITS.closedInvitations + 1 }, () => {
      const invited = channelOf([ME], 'ops', MALLORY)
      const removed = after(invited, { remove: ME }, MALLORY)
      membership.take(invited, MALLORY.id)
      const removal = removalOf(removed, ME)
      expect(removal && membership.takeRemoval(removal)).toBe(true)
      return removed
    })
    for (const epoch of over) membership.take(after(epoch, { add: ME }, MALLORY), MALLORY.id)
    expect(membership.invitations).toHaveLength(LIMITS.closedInvitations)
  })

  test('closedOver: invitations that are taken back do not pile up, whatever is left stays known', async () => {
    const peer = await joined()
    const { membership, steward, store } = peer
    await steward.part('!ops')
    const ids: string[] = []
    for (let count = 0; count <= LIMITS.closedOver; count++) {
      const invited = channelOf([ME], 'ops', MALLORY)
      const removal = removalOf(after(invited, { remove: ME }, MALLORY), ME)
      membership.take(invited, MALLORY.id)
      if (removal !== undefined) membership.takeRemoval(removal)
      ids.push(invited.id)
    }
    expect(membership.all.map(({ epoch }) => epoch.id)).toEqual([first.id, ...ids.slice(1)])
    const again = await closedPeer(store)
    expect(again.membership.all).toEqual(membership.all)
  })

  test('closedLinks, and closedLink: a link is of use for so long', async () => {
    const { steward, membership, clock } = await closedPeer()
    steward.create('ops')
    const links = Array.from({ length: LIMITS.closedLinks }, () => steward.link('!ops'))
    expect(refusalOf(() => steward.link('!ops'))).toMatchObject({ status: 409, code: 'too_many_links' })
    const tokens = links.map((link) => readLink(link).token)
    clock.set(TIMES.closedLink - 1)
    expect(isMember(steward.redeem(tokens[0] ?? '', BOB.id).epoch, BOB.id)).toBe(true)
    expect(refusalOf(() => steward.redeem(tokens[0] ?? '', CAROL.id)).code).toBe('no_link')
    clock.set(TIMES.closedLink)
    expect(refusalOf(() => steward.redeem(tokens[1] ?? '', CAROL.id)).code).toBe('no_link')
    expect(membersOf(membership.in('!ops').epoch)).toHaveLength(2)
    expect(steward.links(membership.in('!ops'))).toEqual([])
  })
})
