import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BOB, CAROL, opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Peer } from '../../src/chat/model.ts'

describe('peers met', () => {
  const OTHER_BOB: Peer = { ip: '10.0.0.99', port: 8000, name: 'Bob' }

  test('by name, without regard to case, the last met first', async () => {
    const { store } = await opened()
    store.remember(BOB, 1)
    store.remember(OTHER_BOB, 2)
    store.remember(CAROL, 3)
    expect(store.remembered('bOB')).toEqual([OTHER_BOB, BOB])
    store.remember(BOB, 4)
    expect(store.remembered('bob')).toEqual([BOB, OTHER_BOB])
    expect(store.remembered('carol')).toEqual([CAROL])
    expect(store.remembered('dave')).toEqual([])
    expect(store.remembered('10.0.0.99:8000')).toEqual([OTHER_BOB])
  })

  test('each once, as it was last', async () => {
    const { store } = await opened()
    store.remember(BOB, 1)
    store.remember({ ...BOB, name: 'robert', identity: 'b0b0b0b0b0b0b0b0' }, 2)
    expect(store.remembered('bob')).toEqual([])
    expect(store.remembered('robert')).toEqual([{ ...BOB, name: 'robert', identity: 'b0b0b0b0b0b0b0b0' }])
  })

  test('keep their identity when a source names them that does not know it', async () => {
    const { store } = await opened()
    const bob = { ...BOB, identity: 'b0b0b0b0b0b0b0b0' }
    store.remember(bob, 1)
    store.remember(BOB, 2)
    expect(store.remembered('bob')).toEqual([bob])
    store.remember({ ...BOB, name: 'zoe' }, 3)
    expect(store.remembered('zoe')).toEqual([{ ...BOB, name: 'zoe' }])
  })

  test('at most a thousand: those not met for longest are forgotten, also after a restart', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    const met = (port: number): Peer => ({ ...BOB, port })
    for (let port = 1; port <= 1_000; port++) first.store.remember(met(port), port)
    first.store.remember(met(1), 1_001)
    first.store.remember(met(1_001), 1_002)
    first.store.remember(met(1_002), 1_003)
    const expected = [1_002, 1_001, 1, ...Array.from({ length: 997 }, (_, index) => 1_000 - index)].map(met)
    expect(first.store.remembered('bob')).toEqual(expected)
    first.store.close()
    expect((await opened({ path })).store.remembered('bob')).toEqual(expected)
  })
})

test('settings are kept over a restart', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const { store } = await opened({ path })
  expect(store.setting('colour')).toBeUndefined()
  store.set('colour', 'green')
  store.set('colour', 'gr\0en')
  store.set('', '')
  store.set('__proto__', 'x')
  store.close()
  const again = (await opened({ path })).store
  expect(again.setting('colour')).toBe('gr\0en')
  expect(again.setting('')).toBe('')
  expect(again.setting('__proto__')).toBe('x')
})
