/** TICTACTOE_*: games are not supported yet. An invitation is declined once; other messages are dropped. */
import { NOT_SUPPORTED, type MessagingContext } from './messaging-context.ts'
import type { Arrival, DropReason, MessageKind, UserMessageHandlers } from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export class TicTacToe implements MessageKind {
  readonly #context: MessagingContext

  constructor(context: MessagingContext) {
    this.#context = context
  }

  readonly messages: UserMessageHandlers<'TICTACTOE_INVITE' | 'TICTACTOE_MOVE' | 'TICTACTOE_RESULT'> = {
    TICTACTOE_INVITE: (invitation, sender, arrival) => this.#invited(invitation, sender, arrival),
    TICTACTOE_MOVE: () => NOT_SUPPORTED,
    TICTACTOE_RESULT: () => NOT_SUPPORTED,
  }

  #invited(
    { gameId, symbol }: LsnpMessages['TICTACTOE_INVITE'],
    sender: PeerEntry,
    { now }: Arrival,
  ): DropReason {
    const { lan } = this.#context
    const { userId: to, ip, name } = sender.peer
    const forfeit = {
      type: 'TICTACTOE_RESULT',
      from: lan.addresses.userIdFor(ip),
      to,
      gameId,
      messageId: lan.newId(),
      result: 'FORFEIT',
      symbol: symbol === 'X' ? 'O' : 'X',
      timestamp: lan.seconds(now),
    } as const
    const notice = `${name} invites you to tic-tac-toe: declined, games are not supported yet`
    this.#context.decline(`GAME ${gameId}`, [forfeit], notice, sender, now)
    return undefined
  }
}
