/** Lists of peers: PEER_LIST_REQUEST is answered, and the unknown peers of a PEER_LIST_RESPONSE are asked themselves. */
import { encoded } from '../encoding.ts'
import { LAN_LIMITS } from '../limits.ts'
import { userIdParts } from '../../lsnp/codec.ts'
import { DISCOVERY_PORT } from '../../lsnp/ports.ts'
import type { LanAnswers } from './answers.ts'
import type { LanSelf } from './self.ts'
import type { LanContext } from '../context.ts'
import type { MessageKind, SignalHandlers, UserMessageHandlers } from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

/** How many hosts of one list are asked. */
const MAX_ASKED = 16

export class PeerLists implements MessageKind {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #answers: LanAnswers

  constructor(context: LanContext, table: PeerTable, self: LanSelf, answers: LanAnswers) {
    this.#context = context
    this.#table = table
    this.#self = self
    this.#answers = answers
  }

  readonly signals: SignalHandlers<'PEER_LIST_RESPONSE'> = {
    PEER_LIST_RESPONSE: ({ peers, from: userId }, { from, now }) => {
      this.#ask(peers, this.#table.namedAt(userId, from.host), now)
      return undefined
    },
  }

  readonly messages: UserMessageHandlers<'PEER_LIST_REQUEST'> = {
    PEER_LIST_REQUEST: (_message, sender, { now }) => {
      this.#answer(sender, now)
      return undefined
    },
  }

  #answer(entry: PeerEntry, now: number): void {
    if (!this.#answers.mayAnswer(entry, now)) return
    const from = this.#context.addresses.userIdFor(entry.peer.ip)
    const stamp = { timestamp: this.#context.seconds(now), messageId: this.#context.newId() }
    const list = (peers: readonly string[]) =>
      ({ ...stamp, type: 'PEER_LIST_RESPONSE', from, peers, count: peers.length }) as const
    const room = this.#context.credit.left(entry.peer.ip) - encoded(list([]), 'rfc').length
    const peers = this.#userIds(Math.min(room, LAN_LIMITS.listBytes))
    if (peers.length > 0 && this.#context.answer(entry, list(peers), now)) entry.answeredAt = now
  }

  /** As many user ids as fit into this many bytes. */
  #userIds(maxBytes: number): readonly string[] {
    let bytes = 0
    return [...this.#table.entries]
      .map(({ peer }) => peer.userId)
      .filter((userId) => (bytes += Buffer.byteLength(JSON.stringify(userId)) + 1) <= maxBytes)
  }

  /** The credit of the sender pays for the questions, so the hosts that it names get at most as many bytes as it sent. */
  #ask(userIds: readonly string[], sender: PeerEntry | undefined, now: number): void {
    if (sender?.isRegular !== true || !this.#answers.mayAnswer(sender, now)) return
    sender.answeredAt = now
    const unknown = userIds.filter((userId) => this.#table.find(userId) === undefined)
    const hosts = new Set(unknown.map((userId) => userIdParts(userId).host))
    const { addresses } = this.#context
    const near = [...hosts].filter((host) => addresses.isNear(host) && !addresses.isOwn(host))
    for (const host of near.slice(0, MAX_ASKED)) {
      const question = this.#self.question(this.#self.shortPing(host), host, now)
      if (!this.#context.credit.spend(sender.peer.ip, question.length)) return
      this.#context.sendBytes({ host, port: DISCOVERY_PORT }, question, 'PING', now)
    }
  }
}
