/**
 * The closed channels of this peer: what each is called here, its epoch, and whether this peer is in it.
 *
 * Invariant: an epoch or a removal takes effect only when the creator of its channel signed it, and only when it is later
 * than what is known. The label of a channel that this peer was in is never given to another one, so no two share a
 * conversation. Others are bounded: any host can invite, and take that back.
 */
import * as v from 'valibot'
import { channelTitle, closedLabel } from '../../chat/closed-label.ts'
import { BoundedMap } from '../../chat/bounded.ts'
import { epochIn } from '../../chat/wire/closed.ts'
import { anyJson } from '../../chat/wire/json.ts'
import { isObject, keyOf, keysIn } from '../../chat/wire/fields.ts'
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import {
  isGenuineEpoch,
  isGenuineRemoval,
  isLater,
  isMember,
  membersOf,
  removalOf,
  type ClosedId,
  type Epoch,
  type Removal,
} from '../../identity/closed-channel.ts'
import type { ClosedScope } from '../../chat/model.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { ClosedState, Store } from '../../store/store.ts'
import type { Channels } from '../channels.ts'
import type { Labels } from '../contacts/labels.ts'
import type { Self } from '../self/self.ts'

export interface ClosedChannel {
  /** `!` and a name: the channel, and its conversation, here. */
  readonly label: string
  readonly state: ClosedState
  readonly epoch: Epoch
  /** Who brought the invitation; undefined for an own channel. */
  readonly by?: KeyId | undefined
  /** Links that nobody has used yet, of an own channel. */
  readonly links: readonly OpenLink[]
  /** Others who came in after they were invited, as far as is known here. */
  readonly came: readonly KeyId[]
  /** This peer is, or was, in it: there is a conversation of that label. */
  readonly wasIn: boolean
}

interface OpenLink {
  readonly token: string
  /** Unix time in milliseconds. */
  readonly until: number
}

/** What has changed of a channel. `before`: as it was known; undefined when it was not. */
export interface ClosedChange {
  readonly channel: ClosedChannel
  readonly before: ClosedChannel | undefined
  /** Another peer brought it: what the creator did elsewhere, as with a copy of its data. */
  readonly isBrought: boolean
}

/** What became of an epoch that another peer brought. */
export type Taken =
  | { readonly kind: 'taken'; readonly state: ClosedState }
  /** This peer knows a later one, in which the other peer is, too. */
  | { readonly kind: 'outdated'; readonly epoch: Epoch }
  /** The creator has removed the other peer since. */
  | { readonly kind: 'removed'; readonly removal: Removal }
  /** It is not for this peer, or not from a member. */
  | { readonly kind: 'refused' }
  /** There are too many invitations already. */
  | { readonly kind: 'too-many' }

/** What counts of a channel for the answers to one that brings something of it. */
type Answered = Pick<ClosedChannel, 'epoch' | 'state'>

/** Who brings an epoch, or a removal. */
export interface Bringer {
  /** The user wants to hear of it. */
  readonly isHeard?: boolean
  /** Its host, as limits count hosts. */
  readonly host?: string
}

export interface MembershipOptions {
  readonly store: Pick<Store, 'closed'>
  readonly self: Self
  readonly channels: Channels
  readonly labels: Pick<Labels, 'nameOf'>
  /** Called after each change. */
  readonly onChange: (change: ClosedChange) => void
}

export class Membership {
  readonly #options: MembershipOptions
  readonly #channels = new Map<ClosedId, ClosedChannel>()
  /** From where invitations came, since the start. */
  readonly #hosts = new BoundedMap<ClosedId, string>(4 * LIMITS.closedInvitations)
  /** What people that the user does not want to hear brought since the start, as their answers say it: it has no effect. */
  readonly #unheard = new BoundedMap<ClosedId, Answered>(2 * LIMITS.closedInvitations)

  constructor(options: MembershipOptions) {
    this.#options = options
    for (const { label, state, detail } of options.store.closed.all) {
      const kept = detailIn(detail)
      if (kept === undefined) continue
      this.#channels.set(kept.epoch.id, { label, state, ...kept })
      if (state === 'joined') options.channels.addClosed(label)
    }
  }

  get all(): readonly ClosedChannel[] {
    return [...this.#channels.values()]
  }

  get joined(): readonly ClosedChannel[] {
    return this.all.filter(({ state }) => state === 'joined')
  }

  get invitations(): readonly ClosedChannel[] {
    return this.all.filter(({ state }) => state === 'invited')
  }

  byId(id: ClosedId): ClosedChannel | undefined {
    return this.#channels.get(id)
  }

  get(label: string): ClosedChannel | undefined {
    return this.all.find((channel) => channel.label === label)
  }

  /** The channel of this label. Throws ChatError 404 if this peer is not in it. */
  in(label: string): ClosedChannel {
    const channel = this.get(label)
    if (channel?.state === 'joined') return channel
    throw this.notIn(label)
  }

  /** Why this peer is not in the channel of this label, and what the user can do about it. */
  notIn(label: string): ChatError {
    return new ChatError(404, 'not_invited', this.#whyNotIn(label))
  }

  #whyNotIn(label: string): string {
    const title = channelTitle(label)
    const channel = this.get(label)
    if (channel === undefined) return `you are not in ${title}: the person who made it has to invite you`
    const creator = this.#options.labels.nameOf(channel.epoch.creator)
    const ask = `to come in, ask ${creator} for an invitation`
    const kept = channel.wasIn ? `; what you read stays (in the terminal: /history #${label})` : ''
    switch (channel.state) {
      case 'invited':
        return `you are not in ${title} yet: ${creator} invites you, and /join #${label} accepts`
      case 'removed':
        return channel.wasIn
          ? `${creator} removed you from ${title}: ${ask} again${kept}`
          : `${creator} took back the invitation to ${title}: ${ask} again`
      default:
        return `you are not in ${title}, which you ${channel.wasIn ? 'left' : 'declined'}: ${ask}${kept}`
    }
  }

  /** The channel of this id, if this peer is in it. */
  joinedId(id: ClosedId): ClosedChannel | undefined {
    const channel = this.#channels.get(id)
    return channel?.state === 'joined' ? channel : undefined
  }

  /** What an own message in the channel of this label belongs to; undefined for every other channel. */
  scopeOf(label: string): ClosedScope | undefined {
    const epoch = this.get(label)?.epoch
    return epoch && { id: epoch.id, epoch: epoch.number }
  }

  /** Whether this peer is in the channel, and this one, too. */
  isFellow(id: ClosedId, key: KeyId): boolean {
    const channel = this.joinedId(id)
    return channel !== undefined && isMember(channel.epoch, key)
  }

  /** Whether a person was in the channel in that epoch, as far as is known. */
  wasIn(scope: ClosedScope | undefined, key: KeyId): boolean {
    const epoch = scope && this.joinedId(scope.id)?.epoch
    return (
      epoch !== undefined &&
      scope !== undefined &&
      scope.epoch <= epoch.number &&
      isMember(epoch, key, scope.epoch)
    )
  }

  // --- changes --------------------------------------------------------------------------------------

  /** A channel that this peer creates. */
  create(epoch: Epoch): ClosedChannel {
    this.#checkRoom()
    return this.#put({
      label: this.#freeLabel(epoch.name),
      state: 'joined',
      epoch,
      links: [],
      came: [],
      wasIn: true,
    })
  }

  /** The user says yes to an invitation. */
  accept(channel: ClosedChannel): void {
    this.#checkRoom()
    this.#put({ ...channel, state: 'joined' })
  }

  /** The user leaves, or declines. */
  leave(channel: ClosedChannel): void {
    this.#put({ ...channel, state: 'left' })
  }

  /** An own change: an epoch that this peer signed, or its open links. */
  change(channel: ClosedChannel, changed: Partial<Pick<ClosedChannel, 'epoch' | 'links'>>): ClosedChannel {
    return this.#put({ ...channel, ...changed })
  }

  /** These people have come in: each proved it, or another member says so. */
  cameIn(id: ClosedId, keys: readonly KeyId[]): void {
    const channel = this.joinedId(id)
    const fresh = new Set(keys.filter((key) => this.isInvited(channel, key)))
    if (channel !== undefined && fresh.size > 0) this.#put({ ...channel, came: [...channel.came, ...fresh] })
  }

  /** Whether a person is in the epoch of the channel, and has not come in since it was invited, as far as is known. */
  isInvited(channel: Pick<ClosedChannel, 'epoch' | 'came'> | undefined, key: KeyId): boolean {
    if (channel === undefined || !isMember(channel.epoch, key)) return false
    const { epoch, came } = channel
    return key !== epoch.creator && key !== this.#options.self.keys.id && !came.includes(key)
  }

  /**
   * An epoch that another peer, whose key is proved, brought. If its bringer is not heard nothing comes of it, and the answer is
   * the same.
   */
  take(epoch: Epoch, by: KeyId, { isHeard = true, host = '' }: Bringer = {}): Taken {
    const known = this.#knownTo(epoch.id, isHeard)
    if (known !== undefined && !isLater(epoch, known.epoch)) return this.#answerTo(epoch, known, by)
    const isForUs = isMember(epoch, this.#options.self.keys.id) && isMember(epoch, by)
    if (!isForUs || !isGenuineEpoch(epoch)) return { kind: 'refused' }
    const state = this.#stateIn(epoch, known)
    const isInvitation = state === 'invited' && known?.state !== 'invited'
    const open = isHeard ? this.invitations : [...this.invitations, ...this.#unheardInvitations]
    const isFull = isInvitation && open.length >= LIMITS.closedInvitations
    const last = isFull ? this.#lastOfOthers(open, host) : undefined
    if (isFull && last === undefined) return { kind: 'too-many' }
    if (isInvitation) this.#hosts.set(epoch.id, host)
    if (!isHeard) {
      this.#unheard.set(epoch.id, { epoch, state })
      return { kind: 'taken', state }
    }
    const lastHeard = last && this.#channels.get(last.epoch.id)
    if (lastHeard !== undefined) this.leave(lastHeard)
    const before = this.#channels.get(epoch.id)
    const { label = this.#freeLabel(epoch.name), links = [], came = [], wasIn = false } = before ?? {}
    this.#put({ label, state, epoch, by: before?.by ?? by, links, came, wasIn }, true)
    return { kind: 'taken', state }
  }

  /** What is known of a channel, or what one that is not heard would find known if it were. */
  #knownTo(id: ClosedId, isHeard: boolean): Answered | undefined {
    const [known, unheard] = [this.#channels.get(id), this.#unheard.get(id)]
    if (isHeard || unheard === undefined) return known
    return known !== undefined && isLater(known.epoch, unheard.epoch) ? known : unheard
  }

  get #unheardInvitations(): readonly Answered[] {
    const isKnown = ({ epoch }: Answered): boolean => this.#channels.get(epoch.id)?.state === 'invited'
    return [...this.#unheard.values()].filter((each) => each.state === 'invited' && !isKnown(each))
  }

  /** The last invitation from the host that brought most, if those are more than `host` brought: a host can have any number of keys. */
  #lastOfOthers(invitations: readonly Answered[], host: string): Answered | undefined {
    const hostOf = ({ epoch }: Answered): string => this.#hosts.get(epoch.id) ?? ''
    const counts = new Map<string, number>()
    for (const each of invitations) counts.set(hostOf(each), (counts.get(hostOf(each)) ?? 0) + 1)
    const [most = '', count = 0] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? []
    if (count <= (counts.get(host) ?? 0) + 1) return undefined
    return invitations.findLast((each) => hostOf(each) === most)
  }

  /** Who left or was removed, and is in a later epoch anew, was invited again. */
  #stateIn(epoch: Epoch, known: Answered | undefined): ClosedState {
    if (known === undefined) return 'invited'
    if (known.state === 'joined' || known.state === 'invited') return known.state
    const since = epoch.people.find(({ key }) => key === this.#options.self.keys.id)?.since ?? 0
    return since > known.epoch.number ? 'invited' : known.state
  }

  #answerTo(epoch: Epoch, known: Answered, by: KeyId): Taken {
    const { number, signature } = known.epoch
    if (epoch.number === number && epoch.signature === signature && isMember(known.epoch, by))
      return { kind: 'taken', state: known.state }
    // Only who had the earlier epoch, with its secret, is told of a later one.
    if (known.state === 'left' || known.state === 'removed' || !isGenuineEpoch(epoch))
      return { kind: 'refused' }
    if (isMember(known.epoch, by)) return { kind: 'outdated', epoch: known.epoch }
    const removal = removalOf(known.epoch, by)
    return removal === undefined ? { kind: 'refused' } : { kind: 'removed', removal }
  }

  /** The creator has removed this peer. False when that is not so, or no longer; to one that is not heard as it would be if it were. */
  takeRemoval(removal: Removal, { isHeard = true }: Bringer = {}): boolean {
    const known = this.#knownTo(removal.id, isHeard)
    const isOurs = removal.key === this.#options.self.keys.id
    if (known === undefined || !isOurs || removal.number <= known.epoch.number) return false
    if (known.state === 'left' || known.state === 'removed' || !isGenuineRemoval(removal)) return false
    if (!isHeard) this.#unheard.set(removal.id, { epoch: known.epoch, state: 'removed' })
    // An invitation from before its bringer was ignored is over, too.
    const channel = this.#channels.get(removal.id)
    if (channel?.state === 'joined' || channel?.state === 'invited')
      this.#put({ ...channel, state: 'removed' }, true)
    return true
  }

  #put(changed: ClosedChannel, isBrought = false): ClosedChannel {
    const { store, channels, onChange } = this.#options
    const { label, state, epoch, by, links } = changed
    const wasIn = changed.wasIn || state === 'joined'
    const before = this.#channels.get(epoch.id)
    const came = changed.came.filter((key) => isSameStay(key, epoch, before?.epoch ?? epoch))
    const channel = { ...changed, came, wasIn }
    this.#channels.set(epoch.id, channel)
    store.closed.set({
      label,
      id: epoch.id,
      state,
      detail: JSON.stringify({ epoch, by, links, came, wasIn }),
    })
    if (state === 'joined') channels.addClosed(label)
    else channels.removeClosed(label)
    onChange({ channel, before, isBrought })
    this.#forgetOldest()
    return channel
  }

  /** Of invitations that are over, the last ones are known: they do not come again. */
  #forgetOldest(): void {
    const over = this.all.filter(({ state, wasIn }) => !wasIn && state !== 'invited')
    for (const { epoch, label } of over.slice(0, Math.max(0, over.length - LIMITS.closedOver))) {
      this.#channels.delete(epoch.id)
      this.#options.store.closed.delete(label)
    }
  }

  /** `!ops`, or `!ops-2` where another channel has that label. */
  #freeLabel(name: string): string {
    for (let count = 1; ; count++) {
      const label = closedLabel(count === 1 ? name : `${name}-${count}`)
      if (this.get(label) === undefined) return label
    }
  }

  /** Throws ChatError 429. */
  #checkRoom(): void {
    if (this.joined.length >= LIMITS.closedChannels)
      throw new ChatError(429, 'too_many_channels', 'leave a closed channel first')
  }
}

/** Who was removed and invited again has to come in again. */
function isSameStay(key: KeyId, epoch: Epoch, before: Epoch): boolean {
  const sinceIn = ({ people }: Epoch): number | undefined => people.find((each) => each.key === key)?.since
  return isMember(epoch, key) && sinceIn(epoch) === sinceIn(before)
}

const Links = v.fallback(v.array(v.object({ token: v.string(), until: v.number() })), [])

function detailIn(text: string): Omit<ClosedChannel, 'label' | 'state'> | undefined {
  const detail = anyJson(text)
  const { epoch: written, by, links, came, wasIn } = isObject(detail) ? detail : {}
  const epoch = epochIn(written)
  if (epoch === undefined) return undefined
  return {
    ...{ epoch, by: keyOf(by), links: v.parse(Links, links), wasIn: wasIn !== false },
    // Versions that did not note it told nobody apart.
    came: came === undefined ? membersOf(epoch) : keysIn(came),
  }
}
