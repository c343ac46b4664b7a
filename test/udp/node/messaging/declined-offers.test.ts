/** Files and games: offers are declined, once. */
import { beforeEach, describe, expect, test } from 'vitest'
import { NOW, ADA, MAI, FROM_MAI, ID, startLan, token } from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import { rfc, type RfcStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  ;({ lan, ada, mai } = startLan())
})

describe('an offer', () => {
  test.each([
    [
      'FILE_OFFER',
      'FILE_REJECT',
      { FILENAME: 'notes.txt', FILESIZE: 5, FILEID: 'f1', TOKEN: token('file') },
      'the file notes.txt',
    ],
    [
      'TICTACTOE_INVITE',
      'TICTACTOE_RESULT',
      { GAMEID: 'g1', SYMBOL: 'X', MESSAGE_ID: ID, TOKEN: token('game') },
      'tic-tac-toe',
    ],
  ] as const)('%s is declined once, however often it is sent', (type, answer, fields, words) => {
    for (let time = 0; time < 4; time++) {
      lan.inject(rfc(type, { FROM: MAI, TO: ADA, TIMESTAMP: NOW, ...fields }), FROM_MAI, ada)
      lan.step(2_000)
    }
    expect(ada.messages(answer)).toHaveLength(1)
    expect(mai.program.of(answer)).toHaveLength(1)
    expect(mai.program.errors).toEqual([])
    expect(ada.eventsOf('notice')).toHaveLength(1)
    expect(ada.eventsOf('notice')[0]?.text).toContain(words)
    // Without an ACK it would be sent again.
    expect(ada.messages('ACK')).toHaveLength(type === 'TICTACTOE_INVITE' ? 4 : 0)
  })

  test('of two files: each is declined', () => {
    for (const FILEID of ['f1', 'f2'])
      lan.inject(
        rfc('FILE_OFFER', { FROM: MAI, TO: ADA, FILENAME: 'a', FILESIZE: 5, FILEID, TOKEN: token('file') }),
        FROM_MAI,
        ada,
      )
    expect(ada.messages('FILE_REJECT').map(({ fileId }) => fileId)).toEqual(['f1', 'f2'])
  })

  test('a move in a game is acknowledged, so that it is not sent again', () => {
    const move = { FROM: MAI, TO: ADA, GAMEID: 'g1', MESSAGE_ID: ID, POSITION: 4, SYMBOL: 'X', TURN: 1 }
    lan.inject(rfc('TICTACTOE_MOVE', { ...move, TOKEN: token('game') }), FROM_MAI, ada)
    expect(ada.messages('ACK')).toEqual([{ type: 'ACK', messageId: ID, status: 'RECEIVED' }])
  })
})
