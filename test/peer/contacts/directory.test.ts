/** Who is meant by a word: a label, a short id, a key, an address or a name, of a peer that is here or away. */
import { describe, expect, test } from 'vitest'
import { shortId } from '../../../src/identity/short-id.ts'
import { selfAt } from '../parts.ts'
import { keyed, knowing, ME } from './people.ts'
import type { Peer } from '../../../src/chat/model.ts'

const DUONG: Peer = { ip: '10.0.0.4', port: 8000, name: 'Đường' }
const PLAIN: Peer = { ip: '10.0.0.5', port: 8000, name: 'duong' }
const OTHER: Peer = { ip: '10.0.0.6', port: 8000, name: 'Dương' }
const BOB = keyed(2, 'bob')
const BOB_2 = keyed(3, 'bob')
const OLD_BOB: Peer = { ip: '10.0.0.7', port: 8000, name: 'bob' }
const ALICE_2 = keyed(5, 'alice')
const FAKE = keyed(6, `bob·${shortId(BOB.key)}`)
const SELF = selfAt(ME).keys.id
const [SHORT, SHORT_2] = [shortId(BOB.key), shortId(BOB_2.key)]

describe.each<[what: string, here: Peer[], met: Peer[], word: string, found: Peer | string]>([
  ['one who is here', [DUONG], [], 'duong', DUONG],
  ['one who was met', [], [DUONG], 'duong', DUONG],
  ['one who is here rather than one who was met', [DUONG], [OTHER], 'duong', DUONG],
  ['the exact name before one that is like it', [DUONG, PLAIN], [], 'duong', PLAIN],
  ['the exact name of one who was met before one here that is like it', [DUONG], [PLAIN], 'duong', PLAIN],
  ['not one of two that are like it', [DUONG, OTHER], [], 'duong', 'ambiguous_name'],
  ['no peer by half a name', [DUONG], [], 'duo', 'unknown_peer'],

  ['the one whose name it is', [BOB_2, BOB], [BOB, BOB_2], 'bob', BOB],
  ['the one whose name it is, in other letters', [BOB_2, BOB], [BOB, BOB_2], 'BOB', BOB],
  ['the one whose name it is, who is away', [BOB_2], [BOB, BOB_2], 'bob', BOB],
  ['the one with a key rather than a program here', [OLD_BOB], [BOB], 'bob', BOB],
  ['the other one by its label', [BOB_2, BOB], [BOB, BOB_2], `bob·${SHORT_2}`, BOB_2],
  ['the other one by its short id', [BOB_2, BOB], [BOB, BOB_2], SHORT_2, BOB_2],
  ['a short id in capitals without a hyphen', [BOB], [BOB], SHORT.replace('-', '').toUpperCase(), BOB],
  ['a short id rather than one who is called so', [BOB, keyed(9, SHORT)], [BOB], SHORT, BOB],
  ['no peer by half a short id', [BOB], [BOB], SHORT.slice(0, 6), 'unknown_peer'],
  ['a peer by its key', [BOB_2], [BOB, BOB_2], BOB.key, BOB],
  ['a peer with a key by its address', [BOB_2], [BOB, BOB_2], '10.0.1.3:8000', BOB_2],
  ['a peer that is away by the address that it had', [], [BOB], '10.0.1.2:8000', BOB],
  ['a program by its address', [OLD_BOB], [BOB], '10.0.0.7:8000', OLD_BOB],
  ['a program by its label', [OLD_BOB], [BOB], 'bob·10.0.0.7:8000', OLD_BOB],
  ['another peer with the own name by its label', [ALICE_2], [], `alice·${shortId(ALICE_2.key)}`, ALICE_2],
  ['not another peer by the own name', [ALICE_2], [], 'alice', 'ambiguous_name'],
  ['one without a label by its name and key', [BOB], [BOB], `bob·${SHORT}`, BOB],
  [
    'the one with the key, in other letters',
    [BOB],
    [BOB],
    `BOB•${SHORT.replace('-', '').toUpperCase()}`,
    BOB,
  ],
  ['not the one that calls itself by the name and the key of another', [FAKE], [BOB], `bob·${SHORT}`, BOB],
  ['no peer by another name and the key', [BOB], [BOB], `zoe·${SHORT}`, 'other_name'],
  ['no peer by a name and an unknown key', [BOB], [BOB], `bob·${SHORT_2}`, 'unknown_peer'],
  ['not the user by the own name', [BOB], [BOB], 'Alice', 'own_key'],
  ['not the user by the own short id', [BOB], [BOB], shortId(SELF), 'own_key'],
  ['not the user by the own name and key', [BOB], [BOB], `alice·${shortId(SELF)}`, 'own_key'],
  ['not the user by the own key', [BOB], [BOB], SELF, 'own_key'],
])('%s', (_what, here, met, word, found) => {
  test(`is found by ${word}`, async () => {
    const { directory } = await knowing(met, here)
    if (typeof found !== 'string') expect(directory.find(word)).toEqual(found)
    else expect(() => directory.find(word)).toThrow(expect.objectContaining({ code: found }))
  })
})

test('a name and a key mean the one with the key by each name that it has, had or is shown by', async () => {
  const { directory, store } = await knowing([BOB, keyed(3, 'zoe')])
  const zorro = keyed(3, 'zorro')
  store.formerNames.add(zorro.key, { name: 'zoe', until: 1 })
  store.formerNames.add(zorro.key, { name: 'a1ice', until: 2, shown: `alice·${SHORT_2}` })
  store.remember(zorro, 3)
  store.remember({ ...zorro, name: 'bob' }, 4)
  for (const name of ['zorro', 'bob', 'zoe', 'A1ice', 'alice'])
    expect(directory.find(`${name}·${SHORT_2}`).key).toBe(zorro.key)
  expect(() => directory.find(`carol·${SHORT_2}`)).toThrow(
    `${SHORT_2} is the key of zorro, who was never called carol here`,
  )
  expect(() => directory.find(`carol·${SHORT_2}`)).toThrow(expect.objectContaining({ status: 409 }))
  expect([directory.isHere(`carol·${SHORT_2}`), directory.remembers(`bob·${SHORT_2}`)]).toEqual([false, true])
  expect(() => directory.find('alice')).toThrow('alice: that is you')
})

test('who could be meant is said by labels that can be typed', async () => {
  const { directory } = await knowing([], [OLD_BOB, { ...OLD_BOB, port: 8001 }])
  expect(() => directory.find('bob')).toThrow(
    'there is more than one bob: say bob·10.0.0.7:8000 or bob·10.0.0.7:8001',
  )
})

test('the one that is reached at an address is found by it, wherever it said that it is', async () => {
  const { directory, routes } = await knowing([BOB], [BOB])
  routes.proved(BOB.key, { host: '10.9.9.9', port: 8055 })
  expect([directory.find('10.9.9.9:8055'), directory.at('10.9.9.9:8055')]).toEqual([BOB, BOB])
  routes.proved(BOB.key, { host: 'fd00::9', port: 8055 })
  expect(directory.find('[fd00::9]:8055')).toEqual(BOB)
})

test('a message to one who is away while another of the name is here says so', async () => {
  const { directory } = await knowing([BOB, BOB_2], [BOB_2])
  expect(directory.mixUp(directory.find('bob'))).toBe(
    `bob is away, so this waits for bob; bob·${SHORT_2}, here now, is another person of that name`,
  )
  expect(directory.mixUp(BOB_2)).toBeUndefined()
  const { directory: both } = await knowing([BOB, BOB_2], [BOB, BOB_2])
  expect(both.mixUp(BOB)).toBeUndefined()
})
