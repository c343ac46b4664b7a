/** A store that is used in several networks: what was kept in one is told, and goes out, in that one alone. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALICE, BEGIN, BOB, everything, opened, own, said, texts } from './support.ts'
import { addressKey } from '../../src/chat/model.ts'
import { temporaryDirectory } from '../support/files.ts'

const OFFICE = 'b2ZmaWNl'

async function inNetwork(path: string, network?: string) {
  const { store } = await opened({ path, network })
  return store
}

test('what was said is told where it was said, and shown everywhere', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const cafe = await inNetwork(path)
  cafe.add(said('in the café'))
  cafe.close()
  const office = await inNetwork(path, OFFICE)
  office.add(said('in the office'))
  expect(texts(office.since('general', BEGIN, 9))).toEqual(['in the office'])
  expect(texts(everything(office))).toEqual(['in the café', 'in the office'])
  office.close()
  const again = await inNetwork(path)
  expect(texts(again.since('general', BEGIN, 9))).toEqual(['in the café'])
  expect(everything(again)).toHaveLength(2)
})

test('many messages of another network do not crowd out those of this one', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const office = await inNetwork(path, OFFICE)
  office.add(said('in the office'))
  office.close()
  const cafe = await inNetwork(path)
  for (let count = 0; count < 20; count++) cafe.add(said(`café ${count}`))
  cafe.close()
  expect(texts((await inNetwork(path, OFFICE)).since('general', BEGIN, 5))).toEqual(['in the office'])
})

test('what is rescued into another file stays in the network where it was kept', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const office = await inNetwork(path, OFFICE)
  office.add(said('in the office'))
  office.close()
  const { store: cafe, clock, turns } = await opened({ path })
  cafe.add(said('in the café'))
  turns.end()
  rmSync(path)
  clock.advanceSync(1_000)
  cafe.add(said('without a file'))
  turns.end()
  cafe.close()
  const again = await inNetwork(path, OFFICE)
  expect(texts(again.since('general', BEGIN, 9))).toEqual(['in the office'])
  expect(everything(again)).toHaveLength(3)
})

test('what waits for a recipient waits until this peer is back in the network', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const office = await inNetwork(path, OFFICE)
  office.add(own('m1', { seq: 1 }), [BOB])
  office.add(own('m2', { seq: 2 }), [BOB])
  office.failed('m2', addressKey(BOB), 'gone')
  expect(office.unsettled()).toHaveLength(2)
  office.close()
  const cafe = await inNetwork(path)
  expect([cafe.unsettled(), cafe.retry()]).toEqual([[], []])
  cafe.add(own('m3', { seq: 3 }), [ALICE])
  expect(cafe.unsettled().map(({ message }) => message.id)).toEqual(['m3'])
  cafe.close()
  const again = await inNetwork(path, OFFICE)
  expect(again.unsettled().map(({ message }) => message.id)).toEqual(['m1', 'm2'])
  expect(again.retry().map(({ message }) => message.id)).toEqual(['m2'])
})
