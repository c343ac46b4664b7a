/** What `parley send` does once it has a peer, against the local API of real ones. */
import { expect, onTestFinished, test } from 'vitest'
import { dispatch, type Recipient, type Sent } from '../../src/cli/dispatch.ts'
import { LOCAL_CLIENT, LocalClient } from '../../src/cli/local-client.ts'
import { systemClock } from '../../src/cli/system-clock.ts'
import { Client } from '../../src/http/client.ts'
import { startTwo, startWeb, TOKEN, type RunningWeb } from '../peer/local-support.ts'
import { startTracker, until } from '../tracker/support.ts'

/** How long a test that succeeds would never wait, and one that is to fail does: milliseconds. */
const LONG = 15_000
const SHORT = 30

function localOf({ port }: RunningWeb): LocalClient {
  const client = new Client(LOCAL_CLIENT)
  onTestFinished(() => {
    client.close()
  })
  return new LocalClient(client, { host: '127.0.0.1', port }, TOKEN)
}

function send(web: RunningWeb, to: Recipient, text: string, patience: number): Promise<Sent> {
  return dispatch(to, text, { local: localOf(web), clock: systemClock, patience })
}

function texts({ peer }: RunningWeb, conversation: string): string[] {
  return peer.history(conversation, 10).entries.map(({ message }) => message.text)
}

const DELIVERED = { recipients: 1, delivered: 1, unconfirmed: 0, waiting: [], failed: [] }

test('to a channel: delivered when everybody in it has it', async () => {
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

test('to a channel that it is not in: it joins, and waits until somebody is there', async () => {
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

test('to a channel in which nobody comes: it is said all the same', async () => {
  const alice = await startWeb({ name: 'alice' })
  const { id, delivery } = await send(alice, { kind: 'channel', channel: 'ops' }, 'alone', SHORT)
  expect(id).toBeDefined()
  expect(delivery.recipients).toBe(0)
  expect(texts(alice, 'ops')).toEqual(['alone'])
})

test('to a person whom nobody knows: nothing is said', async () => {
  const alice = await startWeb({ name: 'alice' })
  const { id, delivery } = await send(alice, { kind: 'person', person: 'zoe' }, 'x', SHORT)
  expect(id).toBeUndefined()
  expect(delivery.recipients).toBe(0)
})

test('to a person who is away: it waits for her', async () => {
  const { alice, bob } = await startTwo()
  await bob.peer.close()
  const { delivery } = await send(alice, { kind: 'person', person: 'bob' }, 'x', SHORT)
  expect(delivery).toMatchObject({ recipients: 1, delivered: 0, waiting: ['bob'] })
})

test('a peer that ends meanwhile', async () => {
  const alice = await startWeb({ name: 'alice' })
  const sending = send(alice, { kind: 'person', person: 'zoe' }, 'x', LONG)
  await until(() => alice.web.streams === 1, 'it is listened to')
  await Promise.all([expect(sending).rejects.toThrow(), alice.web.close()])
})
