/** What `parley send` does once it has a peer, against the local API of real ones. */
import { textOf } from '../../../src/chat/content.ts'
import { expect, onTestFinished, test } from 'vitest'
import {
  sendAndWait,
  type SendingClient,
  type Recipient,
  type Sent,
} from '../../../src/cli/scripts/send-and-wait.ts'
import { LOCAL_CLIENT, LocalClient, type FollowedEvent } from '../../../src/cli/running/local-client.ts'
import type { LocalDelivery, LocalMessage } from '../../../src/chat/wire/local-api.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { Client } from '../../../src/http/client.ts'
import { startTwo, startWeb, TOKEN, type RunningWeb } from '../../peer/local-api/support.ts'
import { startTracker } from '../../support/trackers.ts'
import { PATIENCE, until } from '../../support/wait.ts'
import { person, state } from '../../web/samples.ts'

/** Milliseconds: more than a delivery takes, and less. */
const LONG = PATIENCE
const SHORT = 30

function localOf({ port }: RunningWeb): LocalClient {
  const client = new Client(LOCAL_CLIENT)
  onTestFinished(() => {
    client.close()
  })
  return new LocalClient(client, { host: '127.0.0.1', port }, TOKEN)
}

function send(web: RunningWeb, to: Recipient, text: string, timeout: number): Promise<Sent> {
  return sendAndWait(to, text, { local: localOf(web), clock: systemClock, timeout })
}

function texts({ peer }: RunningWeb, conversation: string): string[] {
  return peer.history(conversation, 10).entries.map(({ message }) => textOf(message.content))
}

const DELIVERED = { recipients: 1, delivered: 1, unconfirmed: 0, waiting: [], failed: [] }

test('to a channel: delivered when every member has it', async () => {
  const { alice, bob } = await startTwo()
  const { id, delivery } = await send(alice, { kind: 'channel', channel: 'general' }, 'hello', LONG)
  expect(id).not.toBe('')
  expect(delivery).toEqual(DELIVERED)
  expect(texts(bob, 'general')).toEqual(['hello'])
})

test.each([['bob'], ['BOB']])('to a person by name: %s', async (person) => {
  const { alice, bob } = await startTwo()
  const { delivery } = await send(alice, { kind: 'person', person }, 'psst', LONG)
  expect(delivery).toEqual(DELIVERED)
  const [direct] = bob.peer.directs()
  expect(texts(bob, direct?.conversation ?? '')).toEqual(['psst'])
})

test('to a person of the own name, which may come, else it says that this is the user', async () => {
  const { alice } = await startTwo()
  await expect(send(alice, { kind: 'person', person: 'alice' }, 'psst', SHORT)).rejects.toMatchObject({
    code: 'own_key',
    message: 'alice: that is you',
  })
})

test('to a channel that the peer is not in: it joins, and waits for another member', async () => {
  const { port } = (await startTracker()).tracker.address
  const tracker = { host: '127.0.0.1', port }
  const alice = await startWeb({ name: 'alice', tracker })
  const bob = await startWeb({ name: 'bob', tracker })
  const sending = send(alice, { kind: 'channel', channel: 'ops' }, 'late', LONG)
  await until(() => alice.peer.channels.includes('ops'), 'alice is in #ops')
  expect(texts(alice, 'ops')).toEqual([])
  await bob.peer.join('ops')
  expect((await sending).delivery).toEqual(DELIVERED)
  expect(texts(bob, 'ops')).toEqual(['late'])
})

test('to a channel that stays empty: it is sent all the same', async () => {
  const alice = await startWeb({ name: 'alice' })
  const { id, delivery } = await send(alice, { kind: 'channel', channel: 'ops' }, 'alone', SHORT)
  expect(id).toBeDefined()
  expect(delivery.recipients).toBe(0)
  expect(texts(alice, 'ops')).toEqual(['alone'])
})

test('to an unknown person: nothing is sent', async () => {
  const alice = await startWeb({ name: 'alice' })
  const { id, delivery } = await send(alice, { kind: 'person', person: 'zoe' }, 'x', SHORT)
  expect(id).toBeUndefined()
  expect(delivery.recipients).toBe(0)
})

test('to a person who is away: it waits', async () => {
  const { alice, bob } = await startTwo()
  await bob.peer.close()
  const { delivery } = await send(alice, { kind: 'person', person: 'bob' }, 'x', SHORT)
  expect(delivery).toMatchObject({ recipients: 1, delivered: 0, waiting: ['bob'] })
})

const WAITS = { ...DELIVERED, delivered: 0, waiting: ['bob'] }
const WAITS_TOO = { ...DELIVERED, recipients: 2, waiting: ['carol'] }
const BOTH = { ...DELIVERED, recipients: 2, delivered: 2 }

test.each<[name: string, told: readonly LocalDelivery[], read: LocalDelivery, expected: LocalDelivery]>([
  [
    'the stream tells that it was delivered before an older answer is read',
    [WAITS, DELIVERED],
    WAITS,
    DELIVERED,
  ],
  ['the answer is newer than what the stream told', [WAITS], DELIVERED, DELIVERED],
  ['a newcomer is in the answer only: it is waited for', [DELIVERED], WAITS_TOO, WAITS_TOO],
  ['a newcomer is told by the stream only', [WAITS, WAITS_TOO, BOTH], WAITS, BOTH],
  ['the stream tells nothing', [], DELIVERED, DELIVERED],
])('%s', async (_name, told, read, expected) => {
  const local = scripted(told, read)
  const options = { local, clock: systemClock, timeout: SHORT }
  const sent = await sendAndWait({ kind: 'channel', channel: 'general' }, 'x', options)
  expect(sent).toEqual({ id: 'm1', delivery: expected })
})

/** A peer whose stream tells how the message fares before it answers with the message itself. */
function scripted(told: readonly LocalDelivery[], read: LocalDelivery): SendingClient {
  let tell: (event: FollowedEvent) => void = () => undefined
  const alice = { id: '127.0.0.1:8001', name: 'alice' }
  const first = state({ people: [person('bob')] })
  const conversation = 'general'
  const said = { id: 'm1', key: 'k1', conversation, from: alice, own: true, text: 'x', action: false }
  const message: LocalMessage = { ...said, at: 0, receivedAt: 0, late: false, delivery: read }
  return {
    state: () => Promise.resolve(first),
    join: () => Promise.resolve(),
    say: () => Promise.resolve(message),
    sayTo: () => Promise.reject(new Error('not asked for')),
    messages: () => {
      for (const delivery of told)
        tell({ kind: 'delivery', id: '', update: { key: 'k1', conversation, delivery } })
      return Promise.resolve({ messages: [message] })
    },
    follow: async (_lastId, onEvent, signal) => {
      tell = (event) => void onEvent(event)
      tell({ kind: 'state', id: '', state: first })
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
    },
  }
}

test('a peer that ends meanwhile', async () => {
  const alice = await startWeb({ name: 'alice' })
  const sending = send(alice, { kind: 'person', person: 'zoe' }, 'x', LONG)
  await until(() => alice.web.streams === 1, 'it is listened to')
  await Promise.all([expect(sending).rejects.toThrow(), alice.web.close()])
})
