import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DIRECT, type Peer } from '../../src/chat/model.ts'
import { BOB, CAROL, ERIN, FRANK, opened, own, said, type Opened } from './support.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { temporaryDirectory } from '../support/files.ts'

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

  test('one that takes the name of another is called as before until that is accepted, also after a restart; the one that had a name first is the first', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    const met = (peer: Peer, name: string, at: number): void => {
      first.store.remember({ ...peer, name }, at)
    }
    met(FRANK, 'frank', 1)
    met(ERIN, 'Erin', 2)
    met(BOB, 'erin', 3)
    met(FRANK, 'erin', 4)
    met(ERIN, 'Erin', 5)
    const names = ({ store }: Opened): unknown[] => store.namesakes('ERIN').map(({ key }) => key)
    expect(names(first)).toEqual([ERIN.key])
    first.store.close()
    const second = await opened({ path })
    expect([names(second), second.store.calledHere(FRANK.key)]).toEqual([[ERIN.key], 'frank'])
    second.store.acceptName(FRANK.key)
    expect([names(second), second.store.calledHere(FRANK.key)]).toEqual([[ERIN.key, FRANK.key], undefined])
    second.store.remember({ ...ERIN, name: 'zoe' }, 6)
    second.store.remember({ ...ERIN, name: 'erin' }, 7)
    expect([names(second), second.store.calledHere(ERIN.key)]).toEqual([[FRANK.key], 'zoe'])
    expect(second.store.people()).toHaveLength(3)
  })

  test('who go on with another key keep the place of their name, also if the new key was met before that was known', async () => {
    const { store } = await opened()
    const squatter: Peer = { ...FRANK, name: ERIN.name }
    const moved: Peer = {
      ip: '10.0.0.77',
      port: 8000,
      name: ERIN.name,
      key: new KeyPair(Buffer.alloc(32, 9)).id,
    }
    store.remember(ERIN, 1)
    store.remember(squatter, 2)
    store.remember(moved, 3)
    store.adopt(ERIN.key, moved)
    expect(store.namesakes(ERIN.name).map(({ key }) => key)).toEqual([moved.key, FRANK.key])
  })

  test('who are forgotten take their former names along', async () => {
    const { store } = await opened()
    const keys = Array.from({ length: 1_001 }, (_, count) => {
      const seed = Buffer.alloc(32)
      seed.writeUInt32BE(count)
      const { id: key } = new KeyPair(seed)
      store.remember({ ip: '10.0.0.9', port: 8000, name: 'now', key }, count)
      store.formerNames.add(key, { name: 'before', until: count })
      return key
    })
    const known = keys.filter((key) => store.person(key) !== undefined)
    expect(known).toHaveLength(1_000)
    expect(keys.filter((key) => store.formerNames.of(key).length > 0)).toEqual(known)
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

  test('with a key are one at any address: the last address and name, the first time, by key and by name', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.remember(ERIN, 1)
    first.store.remember(FRANK, 2)
    first.store.remember({ key: ERIN.key, ip: '10.0.0.77', port: ERIN.port, name: 'Erin at home' }, 3)
    const expected = { ...ERIN, ip: '10.0.0.77', name: 'Erin at home' }
    const check = ({ store }: Opened): void => {
      expect(store.person(ERIN.key)).toEqual(expected)
      expect(store.remembered('erin')).toEqual([])
      expect(store.remembered('erin at home')).toEqual([expected])
      expect(store.remembered(ERIN.key)).toEqual([expected])
      expect(store.remembered('10.0.0.5:8000')).toEqual([])
      expect([store.firstMet(ERIN), store.firstMet(FRANK), store.firstMet(BOB)]).toEqual([1, 2, undefined])
    }
    check(first)
    first.store.close()
    check(await opened({ path }))
  })

  test('two with one address are two: by their keys, and one without a key', async () => {
    const { store } = await opened()
    const [first, second, third] = [
      ERIN,
      { ...FRANK, ip: ERIN.ip },
      { ip: ERIN.ip, port: ERIN.port, name: 'classic' },
    ]
    for (const [index, peer] of [first, second, third].entries()) store.remember(peer, index)
    expect(store.remembered('10.0.0.5:8000')).toEqual([third, second, first])
    expect(store.person('10.0.0.5:8000')).toEqual(third)
  })

  test('with a conversation, or with a message that waits for them, are forgotten last', async () => {
    const { store } = await opened()
    store.remember(ERIN, 1)
    store.remember(FRANK, 2)
    store.remember(CAROL, 3)
    store.add(said('hi', { from: ERIN, channel: DIRECT, conversation: `@${ERIN.key}` }))
    store.add(own('m1'), [FRANK])
    const bobAt = (host: number): Peer => ({ ...BOB, ip: `10.1.${host >> 8}.${host % 256}` })
    for (let host = 1; host <= 1_000; host++) store.remember(bobAt(host), 3 + host)
    expect(store.person(ERIN.key)).toEqual(ERIN)
    expect(store.person(FRANK.key)).toEqual(FRANK)
    expect(store.remembered('carol')).toEqual([])
    expect(store.remembered('bob')).toHaveLength(998)
    store.delivered('m1', FRANK.key)
    store.remember(BOB, 2_000)
    expect([store.person(ERIN.key), store.person(FRANK.key)]).toEqual([ERIN, undefined])
  })

  test('of a host with a thousand keys push out each other: those of other hosts keep their names', async () => {
    const { store } = await opened()
    store.remember(ERIN, 1)
    store.remember(FRANK, 2)
    for (let each = 1; each <= 1_100; each++) {
      const { id: key } = new KeyPair(createHash('sha256').update(String(each)).digest())
      const name = each === 1_100 ? ERIN.name : `m${each}`
      store.remember({ ip: '10.0.0.66', port: 8000, name, key }, 2 + each)
      store.add(said('hi', { id: `d${each}`, channel: DIRECT, conversation: `@${key}` }))
    }
    expect(store.namesakes(ERIN.name)[0]).toEqual(ERIN)
    expect(store.person(FRANK.key)).toEqual(FRANK)
    expect(store.people()).toHaveLength(1_000)
  })

  test('a key has its name since it is met with it, whatever program was at its address before', async () => {
    const { store } = await opened()
    store.remember({ ip: '10.0.0.66', port: 8000, name: 'zed' }, 1)
    store.remember(ERIN, 2)
    const mallory: Peer = { ...FRANK, ip: '10.0.0.66', name: ERIN.name }
    store.adopt('10.0.0.66:8000', mallory)
    store.remember(mallory, 3)
    // It took the name of another: it is called as before.
    expect(store.namesakes(ERIN.name)).toEqual([ERIN])
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
