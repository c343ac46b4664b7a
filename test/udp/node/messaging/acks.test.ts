/** Acknowledgements of messages and their copies; and the reason for a dropped message in verbose mode. */
import { beforeEach, describe, expect, test } from 'vitest'
import { SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc, seed } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

const NOW = START / 1000
const US = 'ada@10.77.0.1'
const MAI = 'mai@10.77.0.11'
const FROM_MAI = { host: '10.77.0.11', port: 50_999 }
const ENDS = { FROM: MAI, TO: US }
const IDS = { TIMESTAMP: NOW, MESSAGE_ID: 'c36bb0b2-1f4e' }

let lan: SimulatedLan
let ada: Station<LanNode>

type Fields = Readonly<Record<string, string | number>>

function token(scope: string): string {
  return `${MAI}|${NOW + 3600}|${scope}`
}

function receive(datagram: string): void {
  lan.inject(datagram, FROM_MAI, ada)
}

beforeEach(() => {
  lan = new SimulatedLan()
  ada = lan.node('ada', '10.77.0.1')
  // The bytes that it has sent before pay for the answers.
  receive(rfc('PROFILE', { USER_ID: MAI, DISPLAY_NAME: 'Mai', STATUS: 'x'.repeat(400) }))
  receive(
    rfc('GROUP_CREATE', {
      FROM: MAI,
      GROUP_ID: 'lab',
      GROUP_NAME: 'Lab',
      MEMBERS: US,
      TOKEN: token('group'),
    }),
  )
  lan.command(ada, { kind: 'post', id: 'b'.repeat(16), to: MAI, text: 'our post' })
})

/** Messages, each with the scope of its token. */
const KINDS: readonly (readonly [type: string, scope: string | undefined, fields: Fields])[] = [
  ['POST', 'broadcast', { USER_ID: MAI, CONTENT: 'x', TTL: 60, ...IDS }],
  ['POST', 'post', { USER_ID: MAI, CONTENT: 'x', TTL: 60, ...IDS }],
  ['FOLLOW', 'follow', { ...ENDS, ...IDS }],
  ['UNFOLLOW', 'follow', { ...ENDS, ...IDS }],
  ['UNFOLLOW', 'unfollow', { ...ENDS, ...IDS }],
  ['LIKE', 'broadcast', { ...ENDS, POST_TIMESTAMP: NOW, ACTION: 'LIKE', ...IDS }],
  ['LIKE', 'like', { ...ENDS, POST_TIMESTAMP: NOW, ACTION: 'UNLIKE', ...IDS }],
  ['GROUP_CREATE', 'group', { FROM: MAI, GROUP_ID: 'g', GROUP_NAME: 'G', MEMBERS: US, ...IDS }],
  ['GROUP_UPDATE', 'group', { FROM: MAI, GROUP_ID: 'lab', ADD: 'eve@10.77.0.13', ...IDS }],
  ['GROUP_MESSAGE', 'group', { FROM: MAI, GROUP_ID: 'lab', CONTENT: 'x', ...IDS }],
  ['TICTACTOE_RESULT', undefined, { ...ENDS, GAMEID: 'g1', RESULT: 'WIN', ...IDS }],
]

const AT_ONCE: typeof KINDS = [
  ['DM', 'chat', { ...ENDS, CONTENT: 'x', ...IDS }],
  ['DM', 'dm', { ...ENDS, CONTENT: 'x', ...IDS }],
  ['TICTACTOE_INVITE', 'game', { ...ENDS, GAMEID: 'g1', SYMBOL: 'X', ...IDS }],
  ['TICTACTOE_MOVE', 'game', { ...ENDS, GAMEID: 'g1', POSITION: 1, SYMBOL: 'X', ...IDS }],
]

function written(dialect: typeof rfc, [type, scope, fields]: (typeof KINDS)[number]): string {
  return dialect(type, scope === undefined ? fields : { ...fields, TOKEN: token(scope) })
}

/** The number of acknowledgements after each of three copies. */
function acknowledgements(datagram: string): number[] {
  return [1, 2, 3].map(() => {
    receive(datagram)
    lan.step(2_000)
    return ada.messages('ACK').length
  })
}

describe('acknowledgement', () => {
  test.each(KINDS)('%s with a token for %s: from the second copy on', (...kind) => {
    expect(acknowledgements(written(rfc, kind))).toEqual([0, 1, 2])
    expect(ada.messages('ACK').map(({ messageId }) => messageId)).toEqual([IDS.MESSAGE_ID, IDS.MESSAGE_ID])
  })

  test.each(AT_ONCE)('%s with a token for %s: each copy', (...kind) => {
    expect(acknowledgements(written(rfc, kind))).toEqual([1, 2, 3])
  })

  test.each([...KINDS, ...AT_ONCE])('%s with a token for %s, of a legacy client: none', (...kind) => {
    expect(acknowledgements(written(seed, kind))).toEqual([0, 0, 0])
  })

  test.each([
    ['whole seconds', `${NOW}`],
    ['a fraction, as it is written', `${NOW}.50`],
  ])('a LIKE without an id is named by its TIMESTAMP in %s', (_name, TIMESTAMP) => {
    const fields = { ...ENDS, POST_TIMESTAMP: NOW, ACTION: 'LIKE', TIMESTAMP, TOKEN: token('like') }
    expect(acknowledgements(rfc('LIKE', fields))).toEqual([0, 1, 2])
    expect(ada.messages('ACK')[0]?.messageId).toBe(TIMESTAMP)
    expect(ada.eventsOf('liked')).toHaveLength(1)
  })

  test('different messages with one id are no copies', () => {
    for (const CONTENT of ['one', 'two', 'three']) {
      receive(rfc('POST', { USER_ID: MAI, CONTENT, ...IDS, TOKEN: token('post') }))
      receive(rfc('GROUP_MESSAGE', { FROM: MAI, GROUP_ID: 'lab', CONTENT, ...IDS, TOKEN: token('group') }))
    }
    for (const type of ['FOLLOW', 'UNFOLLOW']) receive(rfc(type, { ...ENDS, ...IDS, TOKEN: token('follow') }))
    expect(ada.messages('ACK')).toEqual([])
    expect(ada.eventsOf('post')).toHaveLength(3)
  })

  test.each([
    ['without an id', {}],
    ['with a token of another user', { ...IDS, TOKEN: `eve@10.77.0.13|${NOW + 60}|broadcast` }],
  ])('none for a POST %s', (_name, more) => {
    const datagram = rfc('POST', { USER_ID: MAI, CONTENT: 'x', TOKEN: token('broadcast'), ...more })
    expect(acknowledgements(datagram)).toEqual([0, 0, 0])
  })
})

describe('verbose mode shows the type of a dropped message and the reason', () => {
  const like = { ...ENDS, POST_TIMESTAMP: NOW - 99, ACTION: 'LIKE', TIMESTAMP: NOW, TOKEN: token('like') }
  const group = { FROM: MAI, GROUP_ID: 'other', TOKEN: token('group') }
  const post = { USER_ID: MAI, CONTENT: 'x', ...IDS }

  test.each<[type: string, fields: Fields, reason: string]>([
    ['POST', { ...post, TOKEN: token('chat') }, 'the token is for chat, not for broadcast'],
    ['POST', { ...post, TOKEN: token('like') }, 'the token is for like, not for broadcast'],
    ['DM', { ...ENDS, CONTENT: 'x', TOKEN: token('post') }, 'the token is for post, not for chat'],
    ['FOLLOW', { ...ENDS, TOKEN: token('unfollow') }, 'the token is for unfollow, not for follow'],
    [
      'LIKE',
      { ...ENDS, POST_TIMESTAMP: NOW, TOKEN: token('post') },
      'the token is for post, not for broadcast',
    ],
    ['LIKE', like, 'no post was sent from here in the second that it names'],
    ['GROUP_MESSAGE', { ...group, CONTENT: 'x' }, 'its sender is in no such group with us'],
    ['GROUP_UPDATE', { ...group, ADD: US }, 'there is no group other here'],
    [
      'GROUP_CREATE',
      { ...group, GROUP_NAME: 'Other', MEMBERS: 'eve@10.77.0.13' },
      'this group does not name us as a member',
    ],
    ['TICTACTOE_RESULT', { ...ENDS, GAMEID: 'g', RESULT: 'WIN' }, 'files and games are not supported yet'],
    [
      'FILE_CHUNK',
      { ...ENDS, FILEID: 'f', CHUNK_INDEX: 0, DATA: 'AAAA', TOKEN: token('file') },
      'files and games are not supported yet',
    ],
    ['CHESS_MOVE', {}, 'unknown type CHESS_MOVE'],
  ])('%s %j', (type, fields, reason) => {
    lan.command(ada, { kind: 'verbose', on: true })
    receive(rfc(type, fields))
    const drops = ada.eventsOf('trace').filter(({ way }) => way === 'DROP')
    expect(drops.map((drop) => [drop.type, drop.text])).toEqual([[type, reason]])
  })

  test('a copy', () => {
    lan.command(ada, { kind: 'verbose', on: true })
    for (let copy = 0; copy < 2; copy++) receive(rfc('POST', { ...post, TOKEN: token('broadcast') }))
    const drops = ada.eventsOf('trace').filter(({ way }) => way === 'DROP')
    expect(drops.map(({ text }) => text)).toEqual(['it is a copy of a message that was shown'])
  })
})
