/** User ids on the LAN. */
import { describe, expect, test } from 'vitest'
import { isHere } from '../../../src/cli/chat/commands/recipients.ts'
import { lanPeerOf, userIdFor, userIdOf } from '../../../src/cli/chat/user-ids.ts'
import { BOB, CAROL, FakeChat, MAI, onLan } from '../fake-chat.ts'
import type { Peer } from '../../../src/chat/model.ts'
import type { LanPeer } from '../../../src/udp/node/model.ts'

const bob = onLan(BOB, { userId: 'bobby@10.0.0.2', addresses: ['10.0.0.2', '192.168.1.2'] })
const announcedAsJson = onLan(BOB, { userId: 'bob@10.0.0.2', node: undefined, port: 9002 })
const mai = onLan(MAI)

describe('the user id of a peer', () => {
  test.each<[name: string, peer: Peer, people: LanPeer[], userId: string]>([
    ['of LSNP', MAI, [], 'mai@10.0.0.11'],
    ['of a Parley peer', BOB, [mai, bob], 'bobby@10.0.0.2'],
    ['at another of its addresses', { ...BOB, ip: '192.168.1.2' }, [bob], 'bobby@10.0.0.2'],
    ['announced in two ways', BOB, [announcedAsJson, bob], 'bobby@10.0.0.2'],
    ['announced as JSON only', BOB, [announcedAsJson], 'bob@10.0.0.2'],
    ['that the LAN does not know', { ...CAROL, name: 'carol  of@ops' }, [bob], 'carol_of_ops@10.0.0.3'],
    ['another at the same address', { ...BOB, port: 8009 }, [bob], 'bob@10.0.0.2'],
  ])('%s', (_name, peer, people, userId) => {
    expect(userIdOf(peer, people)).toBe(userId)
  })

  test('what LSNP knows of it', () => {
    expect(lanPeerOf(MAI, [bob, mai])).toBe(mai)
    expect(lanPeerOf(CAROL, [bob, mai])).toBeUndefined()
  })

  test('of the own peer', () => {
    expect(userIdFor(' Ann Lee ', '10.0.0.1')).toBe('Ann_Lee@10.0.0.1')
  })
})

test.each<[written: string, isThere: boolean]>([
  ['bob', true],
  ['@bob', true],
  ['10.0.0.2:8002', true],
  ['bobby@10.0.0.2', true],
  ['mai@10.0.0.11', true],
  ['Mai', true],
  ['bobby', false],
  ['bobby@10.0.0.3', false],
  ['', false],
])('%j is here: %j', (written, isThere) => {
  const chat = new FakeChat()
  chat.others.set('general', [BOB, MAI])
  chat.people = [bob, mai]
  expect(isHere(chat, written)).toBe(isThere)
})
