/** What becomes of messages that waited while the members of their channel changed. */
import { expect, test } from 'vitest'
import { Entrances } from '../../../src/peer/closed/entrances.ts'
import { SignatureCheck } from '../../../src/peer/messages/signatures/signed-form.ts'
import { removalOf } from '../../../src/identity/closed-channel.ts'
import { KEYS_OF_SELF } from '../parts.ts'
import { ALICE, BOB, CAROL, after, channelOf, closedPeer } from './support.ts'
import type { ChatMessage, Peer } from '../../../src/chat/model.ts'
import type { Epoch } from '../../../src/identity/closed-channel.ts'
import type { KeyId } from '../../../src/identity/public-key.ts'
import type { ReceivedResponse } from '../../../src/http/message.ts'

const ME = KEYS_OF_SELF.id
const first = channelOf([ME, BOB.id, CAROL.id])
const AT = { host: '10.0.0.2', port: 8000, key: BOB.id }

const person = (key: Peer['key']): Peer => ({ ip: '10.0.0.2', port: 8000, name: 'bob', ...(key && { key }) })

async function inChannel() {
  const peer = await closedPeer()
  const { membership, self, steward } = peer
  membership.take(first, ALICE.id)
  steward.join('!ops')
  const closed = membership.scopeOf('!ops')
  if (closed === undefined) throw new Error('there is no channel')
  const from = { ...self.peer, identity: self.identity }
  const said = {
    id: '1',
    from,
    channel: '!ops',
    content: { kind: 'text', text: 'hi' },
    sentAt: 5,
    seq: 7,
    closed,
  }
  const left: unknown[] = []
  const onLeft = ({ number }: Epoch, key: KeyId): void => {
    left.push([number, key])
  }
  const entrances = new Entrances({ membership, self, onLeft })
  return { ...peer, entrances, left, message: { ...said, signature: 'old' } as ChatMessage }
}

test('a message leaves as it is in its own epoch, to the room of that', async () => {
  const { entrances, message } = await inChannel()
  expect(entrances.inThisEpoch(message)).toBe(message)
  expect(entrances.targetOf(AT, message.closed)).toEqual({ ...AT, room: `${first.id} ${first.number}` })
  expect(entrances.targetOf(AT, undefined)).toBe(AT)
})

test('one that waited is signed anew in the epoch of now, and goes to the room of that', async () => {
  const { entrances, message, membership, self } = await inChannel()
  const later = after(first, { remove: CAROL.id })
  membership.take(later, BOB.id)
  const anew = entrances.inThisEpoch(message)
  expect(anew).toMatchObject({ id: '1', seq: 7, sentAt: 5, closed: { id: first.id, epoch: later.number } })
  const check = new SignatureCheck(self.networkTag)
  expect(check.isBy(ME, anew, anew.signature ?? '')).toBe(true)
  expect(
    check.isBy(ME, { ...anew, closed: message.closed ?? { id: '', epoch: 0 } }, anew.signature ?? ''),
  ).toBe(false)
  expect(entrances.targetOf(AT, message.closed).room).toBe(`${first.id} ${later.number}`)
})

test('one for a removed member, or for a program without a key, fails with a sentence; so does one of a removed sender', async () => {
  const { entrances, message, membership } = await inChannel()
  const problem = (key: Peer['key']) => entrances.problemFor(message, person(key))
  expect([problem(BOB.id), problem(CAROL.id)]).toEqual([undefined, undefined])
  expect(problem(undefined)).toBe('no longer in 🔒#!ops')
  membership.take(after(first, { remove: CAROL.id }), BOB.id)
  expect([problem(BOB.id), problem(CAROL.id)]).toEqual([undefined, 'no longer in 🔒#!ops'])
  const { id, from, content, sentAt } = message
  const open = { id, from, content, sentAt, channel: 'ops' }
  expect(entrances.problemFor(open, person(undefined))).toBeUndefined()
  const removal = removalOf(after(after(first, { remove: CAROL.id }), { remove: ME }), ME)
  expect(removal && membership.takeRemoval(removal)).toBe(true)
  expect(problem(BOB.id)).toBe('you are no longer in 🔒#!ops')
  const target = entrances.targetOf(AT, message.closed)
  const nothing = { binding: Buffer.alloc(32), ask: () => Promise.reject(new Error('nothing is asked')) }
  await expect(entrances.admit({ ...target, room: target.room ?? '' }, nothing)).rejects.toThrow(
    'another epoch',
  )
})

test.each([429, 500, 503])(
  'a member that is busy (%i) is asked nothing more on that connection, which may be over',
  async (status) => {
    const { entrances, membership, message } = await inChannel()
    const asked: string[] = []
    const entrance = {
      binding: Buffer.alloc(32),
      ask: ({ target }: { readonly target: string }) => {
        asked.push(target)
        return Promise.resolve({ status, body: Buffer.from('busy') } as ReceivedResponse)
      },
    }
    const target = entrances.targetOf(AT, message.closed)
    const entered = entrances.admit({ ...target, room: target.room ?? '' }, entrance)
    await expect(entered).rejects.toThrow('it is busy')
    expect(asked).toEqual(['/p2p/closed/prove'])
    expect(membership.joined).toHaveLength(1)
  },
)

test.each([
  ['left', [[first.number, BOB.id]], 'it has left the channel'],
  ['invited', [], 'it has not come in yet'],
])('a person in the epoch that answers %s is not let in', async (state, wanted, why) => {
  const { entrances, message, left } = await inChannel()
  const ask = ({ target }: { readonly target: string }): Promise<ReceivedResponse> => {
    const [status, body] = target === '/p2p/closed/prove' ? [404, '{}'] : [200, JSON.stringify({ state })]
    return Promise.resolve({ status, body: Buffer.from(body) } as ReceivedResponse)
  }
  const target = entrances.targetOf(AT, message.closed)
  const entered = entrances.admit({ ...target, room: target.room ?? '' }, { binding: Buffer.alloc(32), ask })
  await expect(entered).rejects.toThrow(why)
  expect(left).toEqual(wanted)
})
