/** A closed channel among running peers: who comes in, who hears what, and what is left to those who were removed. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { get } from '../../support/ask.ts'
import { temporaryDirectory } from '../../support/files.ts'
import { eventsOf, fate, knows, names, newSelf, startPeer, type Watched } from '../../support/peers.ts'
import { liveTracker } from '../../support/trackers.ts'
import { until } from '../../support/wait.ts'
import type { Store } from '../../../src/store/store.ts'

const notices = (watched: Watched): string[] => eventsOf(watched, 'notice').map(({ text }) => text)
const at = ({ peer }: Watched) => ({ host: peer.self.ip, port: peer.self.port })

/** Peers that know each other: the others greet the first. */
async function acquainted(...all: readonly string[]): Promise<Watched[]> {
  const [first = '', ...others] = all
  const started = [await startPeer({ name: first })]
  for (const name of others) started.push(await startPeer({ name, peers: started.map(at) }))
  for (const each of started)
    await knows(
      each,
      'general',
      all.filter((name) => name !== each.peer.self.name),
    )
  return started
}

async function comeIn(creator: Watched, guest: Watched, label = '!ops'): Promise<void> {
  creator.peer.invite(label, creator.peer.find(guest.peer.self.name))
  await until(() => notices(guest).some((text) => text.includes('invites you')), 'the invitation has arrived')
  await guest.peer.join(label)
}

/** Alice, who created #!ops, and bob and carol, who came in. */
async function threeInside(): Promise<[alice: Watched, bob: Watched, carol: Watched]> {
  const [alice, bob, carol] = (await acquainted('alice', 'bob', 'carol')) as [Watched, Watched, Watched]
  expect(alice.peer.createClosed('ops')).toBe('!ops')
  await comeIn(alice, bob)
  await comeIn(alice, carol)
  await knows(alice, '!ops', ['bob', 'carol'])
  await knows(bob, '!ops', ['alice', 'carol'])
  await knows(carol, '!ops', ['alice', 'bob'])
  return [alice, bob, carol]
}

describe('members', () => {
  test('come in by invitation, find each other, and hear each other', async () => {
    const [alice, bob, carol] = await threeInside()
    expect(await fate(alice, alice.peer.say('!ops', 'from alice'))).toBe('2/2')
    expect(await fate(bob, bob.peer.say('!ops', 'from bob'))).toBe('2/2')
    expect(carol.heard()).toEqual(['alice: from alice', 'bob: from bob'])
    // Programs that poll need no token.
    expect(await get(carol.peer.self.port, '/peer-inbox')).toMatchObject({ status: 200, text: '[]' })
    expect(notices(bob)).toContain(
      'alice invites you to the closed channel 🔒#!ops: /join #!ops to come in, /part #!ops to decline',
    )
    expect(notices(bob)).toContain('🔒#!ops: alice invited carol')
    const { people, isOwn } = alice.peer.closed('!ops')
    expect(isOwn).toBe(true)
    expect(people.map(({ peer }) => peer.name).sort()).toEqual(['alice', 'bob', 'carol'])
  })

  test('hear nothing of a removed member, who reads nothing that is said afterwards, and is told', async () => {
    const [alice, bob, carol] = await threeInside()
    await fate(alice, alice.peer.say('!ops', 'before'))
    alice.peer.remove('!ops', alice.peer.find('bob'))
    await until(() => notices(bob).some((text) => text.includes('alice removed you')), 'bob knows')
    expect(() => bob.peer.say('!ops', 'still here?')).toThrow('alice removed you from 🔒#!ops')
    await knows(carol, '!ops', ['alice'])
    expect(await fate(carol, carol.peer.say('!ops', 'after'))).toBe('1/1')
    expect(bob.heard()).toEqual(['alice: before'])
    expect(notices(carol)).toContain('🔒#!ops: alice removed bob')
    const why = 'alice removed you from 🔒#!ops: to come in, ask alice for an invitation again'
    await expect(bob.peer.join('!ops')).rejects.toThrow(why)
    expect(() => bob.peer.closed('!ops')).toThrow(why)
    expect(bob.peer.history('!ops', 9).entries).toHaveLength(1)
  })

  test('who were removed can be invited again, and get nothing of the time between', async () => {
    const [alice, bob, carol] = await threeInside()
    alice.peer.remove('!ops', alice.peer.find('bob'))
    await until(() => notices(bob).some((text) => text.includes('alice removed you')), 'bob knows')
    await knows(carol, '!ops', ['alice'])
    await fate(carol, carol.peer.say('!ops', 'between'))
    alice.peer.invite('!ops', alice.peer.find('bob'))
    await until(
      () => notices(bob).filter((text) => text.includes('invites you')).length === 2,
      'invited again',
    )
    await bob.peer.join('!ops')
    await knows(bob, '!ops', ['alice', 'carol'])
    await knows(carol, '!ops', ['alice', 'bob'])
    expect(await fate(carol, carol.peer.say('!ops', 'back'))).toBe('2/2')
    await until(() => bob.heard().length > 0, 'bob hears')
    expect(bob.heard()).toEqual(['carol: back'])
  })

  test('who leave are no longer in it', async () => {
    const [alice, bob, carol] = await threeInside()
    await bob.peer.part('!ops')
    await knows(alice, '!ops', ['carol'])
    await knows(carol, '!ops', ['alice'])
    await until(() => alice.peer.closed('!ops').people.length === 2, 'the creator has taken bob out')
    expect(() => bob.peer.say('!ops', 'hello?')).toThrow('you are not in 🔒#!ops, which you left')
  })

  test('only the creator invites and removes', async () => {
    const [, bob] = await threeInside()
    expect(() => {
      bob.peer.remove('!ops', bob.peer.find('carol'))
    }).toThrow('only the person who made 🔒#!ops can remove there')
    expect(() => bob.peer.inviteByLink('!ops')).toThrow('only the person who made 🔒#!ops can invite there')
  })
})

describe('a link', () => {
  test('lets one person in, once', async () => {
    const [alice, bob, carol] = (await acquainted('alice', 'bob', 'carol')) as [Watched, Watched, Watched]
    alice.peer.createClosed('ops')
    const link = alice.peer.inviteByLink('!ops')
    expect(link).toMatch(/^parley:closed\?key=[\w-]{43}&token=[\w-]{22}&at=127\.0\.0\.1:\d+$/)
    expect(alice.peer.closed('!ops').links).toEqual([link])
    expect(await bob.peer.follow(link)).toBe('!ops')
    await knows(alice, '!ops', ['bob'])
    expect(alice.peer.closed('!ops').links).toEqual([])
    await expect(carol.peer.follow(link)).rejects.toThrow('this link was used, withdrawn, or is too old')
    expect(await fate(bob, bob.peer.say('!ops', 'hi'))).toBe('1/1')
  })

  test('that was withdrawn lets nobody in', async () => {
    const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
    alice.peer.createClosed('ops')
    const link = alice.peer.inviteByLink('!ops')
    expect(alice.peer.withdrawLink('!ops', link)).toBe(true)
    expect(alice.peer.withdrawLink('!ops', link)).toBe(false)
    await expect(bob.peer.follow(link)).rejects.toThrow('this link was used, withdrawn, or is too old')
  })
})

test('a link of one who ignores its bringer is refused like one that was used', async () => {
  const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
  alice.peer.createClosed('ops')
  alice.peer.hush(alice.peer.find('bob').key ?? '', 'ignore')
  const refused = 'this link was used, withdrawn, or is too old'
  await expect(bob.peer.follow(alice.peer.inviteByLink('!ops'))).rejects.toThrow(refused)
  alice.peer.unhush(alice.peer.find('bob').key ?? '', 'ignore')
  const link = alice.peer.inviteByLink('!ops')
  expect(await bob.peer.follow(link)).toBe('!ops')
  await expect(bob.peer.follow(link)).rejects.toThrow(refused)
})

describe('an invitation', () => {
  const isInvited = ({ peer }: Watched, name: string): boolean | undefined =>
    peer.closed('!ops').people.find((each) => each.peer.name === name)?.isInvited

  test('is one until the person has come in, also for members that do not see it then', async () => {
    const [alice, bob, carol] = (await acquainted('alice', 'bob', 'carol')) as [Watched, Watched, Watched]
    alice.peer.createClosed('ops')
    alice.peer.invite('!ops', alice.peer.find('bob'))
    expect(isInvited(alice, 'bob')).toBe(true)
    expect(() => {
      alice.peer.invite('!ops', alice.peer.find('bob'))
    }).toThrow('bob is invited to 🔒#!ops already')
    await until(() => notices(bob).some((text) => text.includes('invites you')), 'bob is invited')
    await bob.peer.join('!ops')
    await knows(alice, '!ops', ['bob'])
    expect(isInvited(alice, 'bob')).toBe(false)
    const before = alice.peer.closed('!ops').epoch
    expect(() => {
      alice.peer.invite('!ops', alice.peer.find('bob'))
    }).toThrow('bob is a member of 🔒#!ops already')
    expect(alice.peer.closed('!ops').epoch).toBe(before)
    await bob.peer.close()
    await knows(alice, '!ops', [])
    await comeIn(alice, carol)
    await knows(carol, '!ops', ['alice'])
    await until(() => isInvited(carol, 'bob') === false, 'alice has said that bob came in')
    expect(alice.peer.closed('!ops').people.filter((each) => each.isInvited)).toEqual([])
  })

  test('accepted shows who was there before, and nobody as one who joins', async () => {
    const [alice, bob, carol] = await threeInside()
    const joinedIn = (watched: Watched): string[] =>
      eventsOf(watched, 'joined').flatMap(({ peer, channel }) => (channel === '!ops' ? [peer.name] : []))
    const presentIn = (watched: Watched): string[] =>
      eventsOf(watched, 'present').flatMap(({ peers, channel }) =>
        channel === '!ops' ? peers.map(({ name }) => name) : [],
      )
    expect([joinedIn(alice), presentIn(alice)]).toEqual([['bob', 'carol'], []])
    expect([joinedIn(bob), presentIn(bob)]).toEqual([['carol'], ['alice']])
    expect([joinedIn(carol), presentIn(carol).sort()]).toEqual([[], ['alice', 'bob']])
  })

  test('can be declined: nothing of the channel reaches who declined', async () => {
    const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
    alice.peer.createClosed('ops')
    alice.peer.invite('!ops', alice.peer.find('bob'))
    await until(() => notices(bob).some((text) => text.includes('invites you')), 'the invitation has arrived')
    expect(bob.peer.closedChannels()).toMatchObject([{ label: '!ops', isIn: false }])
    await bob.peer.part('!ops')
    expect(bob.peer.closedChannels()).toEqual([])
    expect(names(alice, '!ops')).toEqual([])
    await until(() => alice.peer.closed('!ops').people.length === 1, 'alice knows')
    alice.peer.invite('!ops', alice.peer.find('bob'))
    await until(() => bob.peer.closedChannels().length === 1, 'bob is invited again')
  })

  test('that is taken back can no longer be followed', async () => {
    const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
    alice.peer.createClosed('ops')
    alice.peer.invite('!ops', alice.peer.find('bob'))
    await until(() => notices(bob).some((text) => text.includes('invites you')), 'the invitation has arrived')
    alice.peer.remove('!ops', alice.peer.find('bob'))
    await until(() => notices(bob).some((text) => text.includes('removed you')), 'bob knows')
    await expect(bob.peer.join('!ops')).rejects.toThrow('alice took back the invitation to 🔒#!ops')
  })
})

test('an ignored person invites nobody, by whatever changes of its channel', async () => {
  const [alice, mallory] = (await acquainted('alice', 'mallory')) as [Watched, Watched]
  mallory.peer.createClosed('before')
  mallory.peer.invite('!before', mallory.peer.find('alice'))
  await until(() => notices(alice).some((text) => text.includes('invites you')), 'the invitation has arrived')
  alice.peer.hush(alice.peer.find('mallory').key ?? '', 'ignore')
  mallory.peer.remove('!before', mallory.peer.find('alice'))
  await until(() => notices(alice).some((text) => text.includes('removed you')), 'alice knows')
  mallory.peer.invite('!before', mallory.peer.find('alice'))
  mallory.peer.createClosed('after')
  mallory.peer.invite('!after', mallory.peer.find('alice'))
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(notices(alice).filter((text) => text.includes('invites you'))).toHaveLength(1)
  expect(alice.peer.closedChannels()).toEqual([])
})

describe('an open channel of that name', () => {
  test('is another conversation', async () => {
    const tracker = await liveTracker()
    const start = (name: string): Promise<Watched> => startPeer({ name, tracker: tracker.address })
    const [alice, bob, carol] = [await start('alice'), await start('bob'), await start('carol')]
    for (const { peer } of [alice, bob, carol]) await peer.join('ops')
    await knows(alice, 'ops', ['bob', 'carol'])
    alice.peer.createClosed('ops')
    await comeIn(alice, bob)
    await knows(alice, '!ops', ['bob'])
    await fate(alice, alice.peer.say('!ops', 'for bob'))
    await knows(alice, 'ops', ['bob', 'carol'])
    await fate(alice, alice.peer.say('ops', 'for all'))
    expect(carol.heard()).toEqual(['alice: for all'])
    expect(bob.peer.history('!ops', 9).entries.map(({ message }) => message.content)).toMatchObject([
      { text: 'for bob' },
    ])
    expect(bob.peer.history('ops', 9).entries.map(({ message }) => message.content)).toMatchObject([
      { text: 'for all' },
    ])
  })

  test('two closed channels of one name have two labels', async () => {
    const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
    bob.peer.createClosed('ops')
    alice.peer.createClosed('ops')
    await comeIn(alice, bob, '!ops').catch(() => undefined)
    expect(bob.peer.closedChannels().map(({ label, isOwn }) => [label, isOwn])).toEqual([
      ['!ops', true],
      ['!ops-2', false],
    ])
  })
})

const stored = async (path: string): Promise<Store> =>
  openStore({ path, clock: systemClock, random: Math.random, defer: setImmediate, keepHistory: true })

test('who leaves, or declines, while the creator is away is out when both are there again', async () => {
  const { address: tracker } = await liveTracker()
  const [path, secure] = [join(temporaryDirectory(), 'alice.db'), newSelf()]
  const startAlice = async (): Promise<Watched> => {
    const store = await stored(path)
    onTestFinished(() => {
      store.close()
    })
    return startPeer({ name: 'alice', secure, store, tracker })
  }
  let alice = await startAlice()
  const [bob, carol] = [
    await startPeer({ name: 'bob', tracker }),
    await startPeer({ name: 'carol', tracker }),
  ]
  await knows(alice, 'general', ['bob', 'carol'])
  alice.peer.createClosed('ops')
  await comeIn(alice, bob)
  await knows(alice, '!ops', ['bob'])
  alice.peer.invite('!ops', alice.peer.find('carol'))
  await until(() => carol.peer.closedChannels().length === 1, 'carol is invited')
  await until(
    () => bob.peer.closed('!ops').people.some(({ peer }) => peer.name === 'carol'),
    'bob has the epoch',
  )
  await alice.peer.close()
  await knows(bob, '!ops', [])
  await bob.peer.part('!ops')
  await carol.peer.part('!ops')
  alice = await startAlice()
  await until(() => alice.peer.closed('!ops').people.length === 1, 'alice knows that both are out')
  alice.peer.invite('!ops', alice.peer.find('bob'))
  await until(() => bob.peer.closedChannels().length === 1, 'bob is invited again')
})

describe('a member that was away', () => {
  test('gets later epochs and what it missed from any member, however many changed meanwhile', async () => {
    const [alice, bob] = (await acquainted('alice', 'bob')) as [Watched, Watched]
    const [path, secure] = [join(temporaryDirectory(), 'carol.db'), newSelf()]
    const start = async (): Promise<Watched> => {
      const store = await stored(path)
      onTestFinished(() => {
        store.close()
      })
      return startPeer({ name: 'carol', secure, store, peers: [at(alice), at(bob)] })
    }
    let carol = await start()
    await knows(alice, 'general', ['bob', 'carol'])
    alice.peer.createClosed('ops')
    await comeIn(alice, carol)
    await comeIn(alice, bob)
    await knows(bob, '!ops', ['alice', 'carol'])
    await carol.peer.close()
    await knows(bob, '!ops', ['alice'])
    const dave = await startPeer({ name: 'dave', peers: [at(alice)] })
    await until(() => names(alice).includes('dave'), 'alice knows dave')
    await comeIn(alice, dave)
    await knows(bob, '!ops', ['alice', 'dave'])
    await fate(bob, bob.peer.say('!ops', 'meanwhile'))
    await alice.peer.close()
    carol = await start()
    await knows(carol, '!ops', ['bob', 'dave'])
    await until(() => carol.heard().length > 0, 'carol catches up')
    expect(carol.heard()).toEqual(['bob: meanwhile'])
    expect(carol.peer.closed('!ops').people.map(({ peer }) => peer.name)).toContain('dave')
  })
})
