/**
 * Answers GET /p2p/history: what was said in a channel, for a peer that was away. Invariant: what this peer said itself is
 * told with its signature, so that the peer that asks can tell it on.
 */
import { LIMITS } from '../../chat/limits.ts'
import { addressKey, peerId } from '../../chat/model.ts'
import { placeOf } from '../../chat/moment.ts'
import { ChatError } from '../../chat/errors.ts'
import { historyBody, type HistoryWanted } from '../../chat/wire/history.ts'
import { messageBody } from '../../chat/wire/messages.ts'
import { signatureOf } from './signatures/signed-form.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Entry, Store } from '../../store/store.ts'
import type { Context } from '../../http/message.ts'
import type { Entrances } from '../closed/entrances.ts'
import type { Membership } from '../closed/membership.ts'
import type { Channels } from '../channels.ts'
import type { Hush } from '../hush/hush.ts'
import type { Self } from '../self/self.ts'
import type { Hearsay } from './hearsay.ts'
import type { HistorySync } from './history-sync.ts'

export interface HistoryServiceOptions {
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly store: Store
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly hearsay: Hearsay
  readonly sync: HistorySync
  readonly entrances: Pick<Entrances, 'entered'>
  readonly membership: Pick<Membership, 'wasIn'>
  readonly hush: Pick<Hush, 'refuseBlocked'>
}

export class HistoryService {
  readonly #options: HistoryServiceOptions

  constructor(options: HistoryServiceOptions) {
    this.#options = options
  }

  /**
   * The answer to a peer at `remote`, whose key was proved unless it asks in clear, as JSON. Throws ChatError 404 if this
   * peer is not in the channel, or it is a group, and 403 for a closed channel that the connection was not let into;
   * NoAnswer for a blocked person.
   */
  answer(
    wanted: HistoryWanted,
    remote: string,
    proved: KeyId | undefined,
    context: Pick<Context, 'peer'>,
  ): string {
    const { clock, store, presence, sync, hush } = this.#options
    const { within, limit, port, isReturned } = wanted
    if (proved === undefined && port !== undefined) hush.refuseBlocked({ ip: remote, port, name: '' })
    const { channel, isTellable } = this.#asked(wanted, context)
    const id = proved ?? (port === undefined ? undefined : addressKey({ ip: remote, port }))
    const asker = id === undefined || isReturned ? undefined : presence.get(id)
    if (asker !== undefined && presence.channelsOf(peerId(asker)).includes(channel))
      sync.onRequest(asker, channel, within)
    const now = clock.now()
    const entries = store.since(channel, now - within, limit).filter(isTellable)
    return historyAnswer(
      wanted.channel,
      entries.map((entry) => this.#signed(entry)),
      now,
    )
  }

  /** The channel, and which of its messages the peer that asks may be told of. */
  #asked({ channel, closed }: HistoryWanted, context: Pick<Context, 'peer'>) {
    const { self, channels, hearsay, entrances, membership } = this.#options
    if (closed === undefined) {
      if (!channels.isOpen(channel))
        throw new ChatError(404, 'not_joined', `${self.name} is not in #${channel}`, { field: 'channel' })
      return { channel, isTellable: (entry: Entry) => isTellable(entry, hearsay) }
    }
    const { channel: entered, key } = entrances.entered(context)
    if (entered.epoch.id !== closed)
      throw new ChatError(403, 'not_proved', 'this connection is of another channel')
    // A message is for those who were in the channel when it was said.
    const isFor = (entry: Entry): boolean =>
      isTellable(entry, hearsay) && membership.wasIn(entry.message.closed, key)
    return { channel: entered.label, isTellable: isFor }
  }

  /** An own message may have left without its signature: the process ended in between. */
  #signed(entry: Entry): Entry {
    const { store, self } = this.#options
    const { message, own } = entry
    if (!own || message.signature !== undefined || message.from.key !== self.keys.id) return entry
    const signature = signatureOf(message, self)
    if (signature === undefined) return entry
    store.setSignature(self.keys.id, message.id, signature)
    return { ...entry, message: { ...message, signature } }
  }
}

/**
 * Whether a peer may be told of a message. One of a peer with a key needs its signature, unless it is an own one; one of a
 * program without a key needs to be corroborated.
 */
function isTellable({ message, hops, own }: Entry, hearsay: Hearsay): boolean {
  if (own) return true
  if (message.from.key !== undefined) return message.signature !== undefined
  return hearsay.isCorroborated(message, hops)
}

/** The newest of these messages that fit into an answer, each with its age, oldest first. `now`: the time of the store. */
export function historyAnswer(channel: string, entries: readonly Entry[], now: number): string {
  let left: number = LIMITS.caughtUpBytes
  const bodies: string[] = []
  for (const entry of [...entries].reverse()) {
    const body = messageBody(entry.message, { hops: entry.hops, age: Math.max(1, now - placeOf(entry)) })
    left -= Buffer.byteLength(body)
    if (left < 0) break
    bodies.push(body)
  }
  return historyBody(channel, bodies.reverse())
}
