/** When members ask each other, and who is listed: without a network, on a clock driven by hand. */
import { expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { ClientError } from '../../../src/http/client-connection.ts'
import { Entrances } from '../../../src/peer/closed/entrances.ts'
import { Gathering } from '../../../src/peer/closed/gathering.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { DIRECT, type ChatEvent, type Peer } from '../../../src/chat/model.ts'
import { emitting, KEYS_OF_SELF } from '../parts.ts'
import { turn } from '../../support/wait.ts'
import { ALICE, BOB, CAROL, after, channelOf, closedPeer, nameOf } from './support.ts'
import type { ReceivedResponse } from '../../../src/http/message.ts'

const THERE: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob', key: BOB.id }

/** A peer in a channel with Bob. `answers`: whether Bob answers. */
async function startGathering(answers: () => boolean | 'never') {
  const parts = await closedPeer()
  const { clock, store, self, presence, membership } = parts
  const asked: number[] = []
  const said: ChatEvent[] = []
  const events = emitting((event) => {
    said.push(event)
  })
  const request = (): Promise<ReceivedResponse> => {
    asked.push(clock.now())
    const isAnswered = answers()
    if (isAnswered === 'never') return new Promise(() => undefined)
    if (!isAnswered) return Promise.reject(new ClientError('refused', 'nobody is there'))
    return Promise.resolve({ status: 200, body: Buffer.from('{"people":[]}') } as ReceivedResponse)
  }
  const entrances = new Entrances({ membership, self, onLeft: () => undefined })
  const gathering = new Gathering({
    ...{ client: { request }, clock, store, self, presence, membership, entrances, events },
    ...{ routes: new Routes(), labels: { nameOf }, hush: { isBlocked: () => false } },
    contacts: { meet: () => Promise.resolve({ kind: 'silent' as const }) },
  })
  membership.take(channelOf([KEYS_OF_SELF.id, BOB.id]), BOB.id)
  membership.accept(membership.invitations[0] ?? membership.in('!ops'))
  presence.add('lan', THERE, DIRECT, Infinity)
  /** Lets so many seconds pass. */
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      gathering.sweep(clock.now())
      await turn()
      clock.advanceSync(1_000)
    }
  }
  return { ...parts, gathering, asked, pass, said }
}

test('a member that does not answer is asked after longer and longer pauses: closedAway at most', async () => {
  const { asked, pass } = await startGathering(() => false)
  await pass(400)
  const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
  expect(pauses.slice(0, 4)).toEqual([10_000, 20_000, 40_000, TIMES.closedAway])
  expect(Math.max(...pauses)).toBe(TIMES.closedAway)
})

test('a member that answers is asked every heartbeat, and listed as long as it answers', async () => {
  let isThere = true
  const { asked, pass, presence } = await startGathering(() => isThere)
  await pass(60)
  expect(asked).toHaveLength(6)
  expect(presence.members('!ops').map(({ name }) => name)).toEqual(['bob'])
  isThere = false
  await pass(60)
  expect(presence.members('!ops')).toEqual([])
})

test('a member that was removed is listed no longer in the turn in which that is known', async () => {
  const { pass, presence, membership, gathering, changes } = await startGathering(() => true)
  await pass(5)
  expect(presence.members('!ops')).toHaveLength(1)
  const { epoch } = membership.in('!ops')
  membership.take(after(epoch, { remove: BOB.id }), ALICE.id)
  const change = changes.at(-1)
  if (change !== undefined) gathering.changed(change)
  expect(presence.members('!ops')).toEqual([])
  await pass(30)
  expect(presence.members('!ops')).toEqual([])
})

test('a creator with older data is told what it did elsewhere, and that what it did since is undone', async () => {
  const { membership, steward, gathering, changes, self, said } = await startGathering(() => true)
  steward.create('mine')
  steward.invite('!mine', BOB.id)
  const { epoch } = membership.in('!mine')
  const elsewhere = after(after(epoch, { add: CAROL.id }, self.keys), { add: ALICE.id }, self.keys)
  steward.remove('!mine', BOB.id)
  const tell = (): void => {
    const change = changes.at(-1)
    if (change !== undefined) gathering.changed(change)
  }
  tell()
  expect(said).toEqual([])
  expect(membership.take(elsewhere, CAROL.id).kind).toBe('taken')
  tell()
  expect(said).toMatchObject([
    {
      kind: 'notice',
      text: expect.stringMatching(/^WARNING: 🔒#!mine: you invited .* with other data/) as string,
    },
  ])
})

test('a member that takes a goodbye and does not answer holds up nobody', async () => {
  let hears: boolean | 'never' = true
  const { clock, pass, gathering, presence } = await startGathering(() => hears)
  await pass(5)
  expect(presence.members('!ops')).toHaveLength(1)
  hears = 'never'
  let isOver = false
  void gathering.stop().then(() => (isOver = true))
  await turn()
  expect(isOver).toBe(false)
  await clock.advance(1_000)
  await turn()
  expect(isOver).toBe(true)
})
