/** The peer that a name means: the exact one first, wherever it is; then one that differs in case and accents only. */
import { describe, expect, test } from 'vitest'
import { Presence } from '../../../src/chat/presence.ts'
import { Directory } from '../../../src/peer/discovery/directory.ts'
import { opened } from '../../store/support.ts'
import type { Peer } from '../../../src/chat/model.ts'

const DUONG: Peer = { ip: '10.0.0.4', port: 8000, name: 'Đường' }
const PLAIN: Peer = { ip: '10.0.0.5', port: 8000, name: 'duong' }
const OTHER: Peer = { ip: '10.0.0.6', port: 8000, name: 'Dương' }

describe.each<[what: string, here: Peer[], met: Peer[], name: string, found: Peer | string]>([
  ['one who is here', [DUONG], [], 'duong', DUONG],
  ['one who was met', [], [DUONG], 'duong', DUONG],
  ['one who is here rather than one who was met', [DUONG], [OTHER], 'duong', DUONG],
  ['the exact name before one that is like it', [DUONG, PLAIN], [], 'duong', PLAIN],
  ['the exact name of one who was met before one here that is like it', [DUONG], [PLAIN], 'duong', PLAIN],
  ['not one of two that are like it', [DUONG, OTHER], [], 'duong', 'ambiguous_name'],
  ['no peer by half a name', [DUONG], [], 'duo', 'unknown_peer'],
])('%s', (_what, here, met, name, found) => {
  test(`is found by ${name}`, async () => {
    const { store } = await opened()
    const roster = new Presence(() => undefined)
    for (const peer of here) roster.add('tracker', peer, 'general', 100)
    for (const peer of met) store.remember(peer, 1)
    const acquaintances = new Directory(roster, store)
    if (typeof found !== 'string') expect(acquaintances.find(name)).toEqual(found)
    else expect(() => acquaintances.find(name)).toThrow(expect.objectContaining({ code: found }))
  })
})
