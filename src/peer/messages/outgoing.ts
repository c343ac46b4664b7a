/**
 * Messages that this peer says: each is saved and handed to the delivery in the same turn of the event loop.
 * Invariant: `seq` rises with every message, also over a restart and whatever the clock says.
 */
import { TIMES } from '../../chat/limits.ts'
import { momentOf } from '../../chat/moment.ts'
import { newMessageId } from '../../chat/message-id.ts'
import { asContent, type Content } from '../../chat/content.ts'
import { DIRECT, type ChatMessage, type Peer, type Receipt, peerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { datesOf, isSameContent, wellFormed } from './kept-message.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView, RosterChange } from '../../chat/presence.ts'
import type { Random } from '../../chat/random.ts'
import type { Store } from '../../store/store.ts'
import type { Membership } from '../closed/membership.ts'
import type { Channels } from '../channels.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import type { Feature } from '../feature.ts'
import type { Self } from '../self/self.ts'
import type { Signer } from './signatures/signer.ts'
import type { Delivery } from './delivery/delivery.ts'

export interface OutgoingOptions {
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly delivery: Delivery
  readonly events: Pick<Events, 'emit'>
  readonly signer: Pick<Signer, 'leaving' | 'said' | 'extended'>
  readonly hush: Pick<Hush, 'isBlocked'>
  readonly membership: Pick<Membership, 'scopeOf' | 'wasIn'>
}

/** What a user says. */
export interface Said {
  /** A channel, or `@` and the PeerId of the recipient. */
  readonly conversation: string
  /** As on the wire: DIRECT for a message to one peer. */
  readonly channel: string
  /** A string alone is text. */
  readonly content: Content | string
  readonly recipients: readonly Peer[]
  /** A message that is said again with the same id is sent once. */
  readonly id?: string | undefined
}

/** At a start `seq` leaps by at most so much: half of TIMES.seqAhead, in microseconds. */
const MAX_SKIPPED = TIMES.seqAhead * 500

export class Outgoing implements Feature {
  readonly #options: OutgoingOptions
  #seq: number
  /**
   * Microseconds that are taken off the time. So `seq` goes on behind the last one, with room for those that a crash
   * lost, and a clock that is ahead makes none that other peers take for wrong.
   */
  readonly #heldBack: number

  constructor(options: OutgoingOptions) {
    this.#options = options
    this.#seq = options.store.lastSeq
    const ahead = Math.floor(options.clock.now() * 1000) - this.#seq
    this.#heldBack = Math.max(0, ahead - MAX_SKIPPED)
  }

  /** Throws ChatError 409 if the id was used for another message. */
  say(said: Said): Receipt {
    const content = wellFormed(asContent(said.content))
    const { id, conversation, channel, recipients } = said
    const before = id === undefined ? undefined : this.#saidBefore(id, conversation, content)
    if (before !== undefined) return before
    const { clock, random, self, store, events, delivery, signer, membership } = this.#options
    const moment = momentOf(clock)
    const [to] = channel === DIRECT ? recipients : []
    const closed = membership.scopeOf(channel)
    const unsigned: ChatMessage = {
      id: id ?? newMessageId(clock.now(), random),
      from: { ...self.peer, identity: self.identity },
      channel,
      content,
      sentAt: moment.receivedAt,
      seq: this.#nextSeq(),
      ...(closed === undefined ? {} : { closed }),
      ...(to?.identity === undefined || to.key !== undefined ? {} : { recipient: to.identity }),
    }
    const message = signer.leaving(unsigned, recipients)
    // Its bytes leave while it is being saved.
    const receipt = delivery.send(message, recipients)
    signer.said(message, recipients)
    const { entry } = store.add({ message, conversation, ...moment, own: true }, recipients)
    for (const { peer, reason } of receipt.failed) store.failed(message.id, peerId(peer), reason)
    const recipient = to === undefined ? {} : { to }
    events.emit({ kind: 'message', message, ...datesOf(entry), late: false, own: true, ...recipient })
    return receipt
  }

  /** A peer that comes into a channel gets what this peer said there a moment ago, and what waits for it. */
  onPresence(change: RosterChange): void {
    const { clock, store, presence, delivery } = this.#options
    const { peer } = change
    if (change.kind === 'joined') {
      delivery.wake(peer)
      // A peer with a key is remembered when it has proved it.
      if (peer.key === undefined) store.remember(peer, clock.now())
      this.#extendTo(peer, change.channel)
    } else if (change.kind === 'met') delivery.wake(peer)
    else if (change.kind === 'became') delivery.adopt(change.old, peer)
    else if (change.kind === 'parted' && presence.channelsOf(peerId(peer)).length === 0) delivery.left(peer)
  }

  #extendTo(newcomer: Peer, channel: string): void {
    const { delivery, store, channels, signer, hush, membership } = this.#options
    if (hush.isBlocked(peerId(newcomer))) return
    if (channel === DIRECT || channels.isGroup(channel)) return
    for (const message of delivery.openTo(newcomer, channel)) {
      const { closed } = message
      if (closed !== undefined && (newcomer.key === undefined || !membership.wasIn(closed, newcomer.key)))
        continue
      store.extend(message.id, newcomer)
      delivery.extend(message.id, newcomer)
      signer.extended(message, newcomer)
    }
  }

  #nextSeq(): number {
    const { clock } = this.#options
    const time = Math.floor(Math.min(clock.now(), clock.wall()) * 1000) - this.#heldBack
    this.#seq = Math.max(this.#seq + 1, time)
    return this.#seq
  }

  #saidBefore(id: string, conversation: string, content: Content): Receipt | undefined {
    const { store, delivery } = this.#options
    const before = store.own(id)
    if (before === undefined) return undefined
    const { message } = before
    const isSame = before.conversation === conversation && isSameContent(message.content, content)
    if (!isSame)
      throw new ChatError(409, 'id_conflict', 'this id was used for another message', { field: 'id' })
    return delivery.receipt(id) ?? settledReceipt(id, message.channel)
  }
}

/** For a message that waits for no recipient: which of them it reached is not known here. */
function settledReceipt(messageId: string, channel: string): Receipt {
  const counts = { recipients: 0, delivered: 0, unconfirmed: 0, failed: [], queued: [] }
  return { messageId, channel, ...counts, isOver: true }
}
