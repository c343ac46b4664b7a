/** Closed channels by the local API, between two real peers: every step, and its undo. */
import { expect, test } from 'vitest'
import { peerId } from '../../../src/chat/model.ts'
import { startTwo, type RunningWeb } from './support.ts'
import { until } from '../../support/wait.ts'

const state = async ({ ask }: RunningWeb): Promise<Record<string, unknown>> =>
  (await ask('GET', '/api/state')).json

const members = async ({ ask }: RunningWeb): Promise<Record<string, unknown>> =>
  (await ask('GET', `/api/members?channel=${encodeURIComponent('!ops')}`)).json

async function isInvited(guest: RunningWeb, is: boolean): Promise<void> {
  const invitations = async () => (await state(guest))['invitations'] as readonly unknown[]
  await until(async () => (await invitations()).length === (is ? 1 : 0), 'the invitation is there, or gone')
}

test('a person is invited, comes in, is removed, and is invited again', async () => {
  const { alice, bob } = await startTwo()
  const person = peerId(bob.peer.self)
  const made = await alice.ask('POST', '/api/closed-channels', { name: '#Ops' })
  expect(made).toMatchObject({ status: 200, json: { name: '!ops', isClosed: true, isOwn: true } })
  const invite = { channel: '!ops', person }
  expect(await alice.ask('POST', '/api/invitations', invite)).toMatchObject({ status: 200, json: {} })
  await isInvited(bob, true)
  expect((await state(bob))['invitations']).toEqual([{ name: '!ops', from: 'alice' }])
  expect(await bob.ask('GET', '/api/members?channel=!ops')).toMatchObject({ status: 404 })
  const joined = await bob.ask('POST', '/api/channels', { name: '#!ops' })
  expect(joined).toMatchObject({ status: 200, json: { name: '!ops', isClosed: true, isOwn: false } })
  await until(() => alice.peer.members('!ops').length === 1, 'bob is there')
  expect(await bob.ask('POST', '/api/messages', { conversation: '!ops', text: 'psst' })).toMatchObject({
    status: 200,
  })
  const page = (): Promise<{ readonly json: object }> => alice.ask('GET', '/api/messages?conversation=!ops')
  await until(async () => JSON.stringify((await page()).json).includes('psst'), 'alice has it')

  expect(
    await bob.ask('POST', '/api/removals', { channel: '!ops', person: peerId(alice.peer.self) }),
  ).toMatchObject({
    status: 403,
    json: { error: 'not_creator' },
  })
  expect(await alice.ask('POST', '/api/removals', invite)).toMatchObject({ status: 204 })
  expect(await members(alice)).toMatchObject({ members: [{ name: 'alice', isYou: true, isCreator: true }] })
  await until(() => !bob.peer.channels.includes('!ops'), 'bob is out')
  await alice.ask('POST', '/api/invitations', invite)
  await isInvited(bob, true)
  expect(await bob.ask('DELETE', '/api/channels/!ops')).toMatchObject({ status: 204 })
  await isInvited(bob, false)
})

test('a link is made, listed, followed once, and withdrawn', async () => {
  const { alice, bob } = await startTwo()
  await alice.ask('POST', '/api/closed-channels', { name: 'ops' })
  const link = async (): Promise<unknown> =>
    (await alice.ask('POST', '/api/invitations', { channel: '!ops' })).json['link']
  const [first, second] = [await link(), await link()]
  expect(await members(alice)).toMatchObject({ isOwn: true, links: [first, second] })
  expect(await alice.ask('POST', '/api/removals', { channel: '!ops', link: second })).toMatchObject({
    status: 204,
  })
  expect(await bob.ask('POST', '/api/channels', { name: second })).toMatchObject({
    status: 404,
    json: { error: 'no_link' },
  })
  expect(await bob.ask('POST', '/api/channels', { name: first })).toMatchObject({
    status: 200,
    json: { name: '!ops' },
  })
  expect(await members(bob)).toMatchObject({ isOwn: false, links: [], members: [{}, {}] })
  expect(await bob.ask('POST', '/api/channels', { name: 'parley:closed?key=x' })).toMatchObject({
    status: 422,
    json: { error: 'invalid_link' },
  })
  expect(await alice.ask('POST', '/api/removals', { channel: '!ops' })).toMatchObject({ status: 400 })
})
