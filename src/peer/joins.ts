/** Joining and parting, for users. Invariant: this peer is in a channel exactly as long as it announces that it is. */
import { isClosedLabel } from '../chat/closed-label.ts'
import { LIMITS } from '../chat/limits.ts'
import { DIRECT } from '../chat/model.ts'
import { ChatError } from '../chat/errors.ts'
import type { Channels } from './channels.ts'
import type { Steward } from './closed/steward.ts'
import type { Discovery } from './discovery/discovery.ts'
import type { LanLink } from './discovery/lan.ts'
import type { Events } from './events.ts'

export interface JoinsOptions {
  readonly channels: Channels
  readonly steward: Steward
  readonly discovery: Discovery
  readonly events: Pick<Events, 'emit'>
  readonly lan: LanLink | undefined
}

export class Joins {
  readonly #options: JoinsOptions

  constructor(options: JoinsOptions) {
    this.#options = options
  }

  /**
   * Resolves when the tracker knows, or cannot be reached now. A channel that is a group of another user looks like an
   * open one: a notice says so each time. Rejects with ChatError when this peer may not join.
   */
  async join(channel: string): Promise<void> {
    const { channels, steward, discovery, events, lan } = this.#options
    if (isClosedLabel(channel)) {
      steward.join(channel)
      return
    }
    if (channel === DIRECT)
      throw new ChatError(422, 'reserved', `#${DIRECT} is for messages to one peer: use /msg`)
    const warning = lan?.warningOf(channel)
    if (warning !== undefined) events.emit({ kind: 'notice', text: warning })
    if (channels.has(channel)) return
    // Groups do not count: other users put this peer into them.
    if (channels.open.length >= LIMITS.channelsPerPeer)
      throw new ChatError(429, 'too_many_channels', 'part from a channel first')
    channels.join(channel)
    try {
      await discovery.join(channel)
    } catch (error) {
      channels.undoJoin(channel)
      throw error
    }
  }

  /** Rejects with ChatError 404. */
  async part(channel: string): Promise<void> {
    const { channels, steward, discovery } = this.#options
    if (isClosedLabel(channel)) return steward.part(channel)
    if (!channels.part(channel)) throw new ChatError(404, 'not_joined', `you are not in #${channel}`)
    discovery.forget(channel)
    await discovery.announce({ kind: 'parted', channel })
  }
}
