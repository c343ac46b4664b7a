/** Conversations of direct messages. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BOB, CAROL, opened, own, said, type Said } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const WITH_BOB: Said = { conversation: '@10.0.0.2:8000', channel: 'private' }
const WITH_CAROL: Said = { conversation: '@[fd00::3]:8000', channel: 'private', from: CAROL }
const WITH_MAI: Said = { conversation: '@mai@10.0.0.11', channel: 'private' }

test('the last conversation first, each with the last name of the other peer', async () => {
  const { store, turns } = await opened()
  expect(store.directs()).toEqual([])
  store.add(said('1', { ...WITH_BOB, at: 1 }))
  store.add(said('2', { ...WITH_CAROL, at: 2 }))
  store.add(said('3', { ...WITH_BOB, from: { ...BOB, name: 'Robert' }, at: 3 }))
  store.add(own('4', { ...WITH_MAI, at: 4 }))
  store.add(own('5', { ...WITH_CAROL, from: CAROL, at: 5 }))
  store.add(said('6', { at: 6 }))
  const expected = [
    { conversation: '@[fd00::3]:8000', name: 'Carol' },
    { conversation: '@mai@10.0.0.11' },
    { conversation: '@10.0.0.2:8000', name: 'Robert' },
  ]
  expect(store.directs(), 'in this turn').toEqual(expected)
  turns.end()
  expect(store.directs(), 'on disk').toEqual(expected)
})

test('conversations are there after a restart', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const first = await opened({ path })
  first.store.add(said('1', WITH_BOB))
  first.turns.end()
  first.store.close()
  const second = await opened({ path })
  expect(second.store.directs()).toEqual([{ conversation: '@10.0.0.2:8000', name: 'bob' }])
})

test('at most a hundred conversations', async () => {
  const { store } = await opened()
  for (let port = 8000; port < 8101; port++)
    store.add(said(`${port}`, { channel: 'private', conversation: `@10.0.0.2:${port}`, at: port }))
  const directs = store.directs()
  expect(directs).toHaveLength(100)
  expect(directs[0]?.conversation).toBe('@10.0.0.2:8100')
  expect(directs.at(-1)?.conversation).toBe('@10.0.0.2:8001')
})
