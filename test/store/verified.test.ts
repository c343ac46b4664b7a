import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERIN, FRANK, opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

describe('keys that were compared, and the names before', () => {
  test('are there after a restart', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.verified.set(ERIN.key, { name: 'erin', at: 5 })
    first.store.verified.set(FRANK.key, { name: 'frank', at: 6 })
    first.store.verified.delete(FRANK.key)
    const change = { shown: 'erin·k3f9-2mx7', became: 'zoe', claimed: 'zoë' }
    for (const [until, name] of ['erin', 'zoe', 'erin'].entries())
      first.store.formerNames.add(ERIN.key, { name, until, ...(name === 'erin' && change) })
    first.store.close()
    const { store } = await opened({ path })
    expect(store.verified.get(ERIN.key)).toEqual({ name: 'erin', at: 5 })
    expect(store.verified.get(FRANK.key)).toBeUndefined()
    expect(store.formerNames.of(ERIN.key)).toEqual([
      { name: 'erin', until: 2, ...change },
      { name: 'zoe', until: 1 },
    ])
    expect(store.formerNames.of(FRANK.key)).toEqual([])
  })

  test('are in the file that takes the place of one that was removed', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.verified.set(ERIN.key, { name: 'erin', at: 5 })
    first.store.formerNames.add(ERIN.key, { name: 'zoe', until: 1 })
    first.store.formerNames.add(ERIN.key, { name: 'eve', until: 2 })
    first.turns.end()
    rmSync(path)
    first.store.close()
    const { store } = await opened({ path })
    expect(store.verified.get(ERIN.key)).toEqual({ name: 'erin', at: 5 })
    expect(store.formerNames.of(ERIN.key).map(({ name }) => name)).toEqual(['eve', 'zoe'])
  })

  test('a person with many names keeps the last eight', async () => {
    const { store } = await opened()
    for (let until = 0; until < 20; until++) store.formerNames.add(ERIN.key, { name: `erin${until}`, until })
    expect(store.formerNames.of(ERIN.key)).toHaveLength(8)
    expect(store.formerNames.of(ERIN.key)[0]).toEqual({ name: 'erin19', until: 19 })
  })

  test('a verified person is not forgotten, however many are met after it', async () => {
    const { store } = await opened()
    store.remember(ERIN, 0)
    store.remember(FRANK, 1)
    store.verified.set(ERIN.key, { name: 'erin', at: 1 })
    for (let port = 0; port < 1_000; port++)
      store.remember({ ip: `10.9.${port >> 8}.${port & 255}`, port, name: `n${port}` }, 2 + port)
    expect([store.person(ERIN.key)?.name, store.person(FRANK.key)]).toEqual(['erin', undefined])
  })
})
