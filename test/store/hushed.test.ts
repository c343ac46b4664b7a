import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERIN, FRANK, opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const IGNORED = { target: ERIN.key, kind: 'ignore', since: 5, until: undefined, dropped: 0 } as const
const TAKEN = { ...IGNORED, since: 7, takenFrom: ERIN.key, name: 'frank' } as const
const MUTED = { target: '#ops', kind: 'mute', since: 6, until: 1_000, dropped: 0 } as const

test('who is hushed, and how much was dropped, are there after a restart', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const first = await opened({ path })
  first.store.hushed.set(IGNORED)
  first.store.hushed.set(MUTED)
  first.store.hushed.set({ ...IGNORED, target: 'nobody' })
  first.store.hushed.delete('nobody')
  first.store.hushed.set({ ...TAKEN, target: FRANK.key })
  for (let count = 0; count < 3; count++) first.store.hushed.count(ERIN.key)
  first.store.close()
  const { store } = await opened({ path })
  expect(store.hushed.all).toEqual([{ ...IGNORED, dropped: 3 }, MUTED, { ...TAKEN, target: FRANK.key }])
})

test('they are in the file that takes the place of one that was removed', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const first = await opened({ path })
  first.store.hushed.set(IGNORED)
  first.turns.end()
  first.store.hushed.count(ERIN.key)
  rmSync(path)
  first.store.close()
  const { store } = await opened({ path })
  expect(store.hushed.all).toEqual([{ ...IGNORED, dropped: 1 }])
})

test('an ignored person is not forgotten, however many are met after it', async () => {
  const { store } = await opened()
  store.remember(ERIN, 0)
  store.remember(FRANK, 1)
  store.hushed.set(IGNORED)
  for (let port = 0; port < 1_000; port++)
    store.remember({ ip: `10.9.${port >> 8}.${port & 255}`, port, name: `n${port}` }, 2 + port)
  expect([store.person(ERIN.key)?.name, store.person(FRANK.key)]).toEqual(['erin', undefined])
})
