/** Comparing keys by the local API, with real peers. */
import { describe, expect, test } from 'vitest'
import { peerId } from '../../../src/chat/model.ts'
import { startTwo, startWeb, type RunningWeb } from './support.ts'
import { until } from '../../support/wait.ts'

async function personOf(web: RunningWeb, id: string): Promise<Record<string, unknown> | undefined> {
  const { json } = await web.ask('GET', '/api/state')
  return (json['people'] as Record<string, unknown>[]).find((person) => person['id'] === id)
}

describe('two who compare keys', () => {
  test('see one number, and each marks the other', async () => {
    const { alice, bob } = await startTwo()
    const [alices, bobs] = [peerId(alice.peer.self), peerId(bob.peer.self)]
    const own = await alice.ask('GET', `/api/safety-number?person=${bobs}`)
    const theirs = await bob.ask('GET', `/api/safety-number?person=${alices}`)
    expect(own.status).toBe(200)
    expect(own.json['groups']).toHaveLength(12)
    expect(theirs.json).toEqual(own.json)
    expect(await personOf(alice, bobs)).toMatchObject({ mark: 'signed' })
    expect(await alice.ask('POST', '/api/verified', { person: bobs, isVerified: true })).toMatchObject({
      status: 204,
    })
    expect(await personOf(alice, bobs)).toMatchObject({ mark: 'verified' })
    expect(await personOf(bob, alices)).toMatchObject({ mark: 'signed' })
    expect(await alice.ask('POST', '/api/verified', { person: bobs, isVerified: false })).toMatchObject({
      status: 204,
    })
    expect(await personOf(alice, bobs)).toMatchObject({ mark: 'signed' })
  })

  test('lose the mark with a new name, which is said, and the name before is kept', async () => {
    const { alice, bob } = await startTwo()
    const bobs = peerId(bob.peer.self)
    await alice.ask('POST', '/api/verified', { person: bobs, isVerified: true })
    await bob.peer.rename('robert')
    await until(async () => (await personOf(alice, bobs))?.['name'] === 'robert', 'alice hears of the name')
    expect(await personOf(alice, bobs)).toMatchObject({ mark: 'signed', formerNames: [{ name: 'bob' }] })
    const said = alice.events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))
    expect(said).toContain(
      'WARNING: bob, verified by you, is called robert now, and is no longer verified: compare again with /verify',
    )
  })
})

test('a contact that took the name of another is called as before, until that is accepted', async () => {
  const { alice, bob } = await startTwo()
  const bobs = peerId(bob.peer.self)
  const { host, port } = alice.peer.address
  const carol = await startWeb({ name: 'carol', peers: [{ host, port }] })
  const carols = peerId(carol.peer.self)
  await until(() => alice.peer.contacts().length === 2, 'alice has met both')
  await carol.peer.rename('bob')
  await until(
    async () => (await personOf(alice, carols))?.['callsItself'] === 'bob',
    'alice hears of the name',
  )
  expect([(await personOf(alice, bobs))?.['name'], (await personOf(alice, carols))?.['name']]).toEqual([
    'bob',
    'carol',
  ])
  expect(await alice.ask('POST', '/api/accepted-names', { person: carols })).toMatchObject({ status: 204 })
  const accepted = await personOf(alice, carols)
  expect(accepted?.['name']).toMatch(/^bob·/)
  expect(accepted?.['callsItself']).toBeUndefined()
})

test('contacts are the people with keys, with what waits for each', async () => {
  const { alice, bob } = await startTwo()
  const bobs = peerId(bob.peer.self)
  await bob.peer.close()
  await alice.ask('POST', '/api/messages', { conversation: `@${bobs}`, text: 'later' })
  const { json } = await alice.ask('GET', '/api/contacts')
  expect(json).toMatchObject({ contacts: [{ person: { id: bobs, name: 'bob' }, waiting: 1 }] })
})

describe('a request is refused', () => {
  test.each<[what: string, method: string, target: string, body: unknown, refusal: unknown]>([
    ['without a person', 'GET', '/api/safety-number', undefined, { error: 'missing_field', field: 'person' }],
    ['for an unknown person', 'GET', '/api/safety-number?person=x', undefined, { error: 'unknown_peer' }],
    [
      'for an unknown person',
      'POST',
      '/api/verified',
      { person: 'x', isVerified: true },
      { error: 'unknown_peer' },
    ],
    [
      'without a decision',
      'POST',
      '/api/verified',
      { person: 'x' },
      { error: 'invalid_field', field: 'isVerified' },
    ],
  ])('%s: %s %s', async (_what, method, target, body, refusal) => {
    const { alice } = await startTwo()
    expect(await alice.ask(method, target, body)).toMatchObject({ json: refusal })
  })
})
