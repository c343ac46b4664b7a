/**
 * Members of a closed channel find each other: each asks those whose addresses it knows, over connections that prove the
 * membership of both, who else is there, and where.
 *
 * Invariant: a member is listed in the channel only as long as it proves its membership again and again. No other source
 * says anything of a closed channel, and who is removed is listed no longer in the turn in which that is known.
 */
import { namedAddressProblem } from '../../chat/address.ts'
import { BoundedMap } from '../../chat/bounded.ts'
import { channelTitle, isClosedLabel } from '../../chat/closed-label.ts'
import { ChatError } from '../../chat/errors.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import type { Peer } from '../../chat/model.ts'
import { anyJson } from '../../chat/wire/json.ts'
import { isObject, keyOf, keysIn, type Fields } from '../../chat/wire/fields.ts'
import { peer as peerIn } from '../../chat/wire/peers.ts'
import { isMember, membersOf, removalOf, type ClosedId } from '../../identity/closed-channel.ts'
import { ClientError } from '../../http/client-connection.ts'
import { hasKey, type Keyed } from '../contacts/hint.ts'
import { ifReadable, postRequest } from '../self/requests.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence, RosterChange } from '../../chat/presence.ts'
import type { HttpClient } from '../../http/network.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'
import type { Contacts } from '../contacts/contacts.ts'
import type { Labels } from '../contacts/labels.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Events } from '../events.ts'
import type { Feature } from '../feature.ts'
import type { Hush } from '../hush/hush.ts'
import type { Self } from '../self/self.ts'
import { EPOCH_PATH, type Entrances } from './entrances.ts'
import type { ClosedChange, ClosedChannel, Membership } from './membership.ts'

/** The source of the members of closed channels: each proved itself. */
const CLOSED = 'closed'

export const MEMBERS_PATH = '/p2p/closed/members'
export const REMOVAL_PATH = '/p2p/closed/removal'

export interface GatheringOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly clock: Clock
  readonly store: Pick<Store, 'person'>
  readonly self: Self
  readonly presence: Presence
  readonly events: Pick<Events, 'emit'>
  readonly routes: Routes
  readonly labels: Pick<Labels, 'nameOf'>
  readonly contacts: Pick<Contacts, 'meet'>
  readonly hush: Pick<Hush, 'isBlocked'>
  readonly membership: Membership
  readonly entrances: Entrances
}

/** When a member is asked again, and how often it did not answer. */
interface Turn {
  at: number
  failures: number
  isAsking: boolean
}

/** A peer that leaves waits so many milliseconds at most for its members to hear of it. */
const FAREWELL = 1_000
/** Members that are asked at a time. */
const AT_A_TIME = 8
const MAX_TURNS = LIMITS.closedChannels * LIMITS.closedPeople

export class Gathering implements Feature {
  readonly #options: GatheringOptions
  /** By channel and key. */
  readonly #turns = new BoundedMap<string, Turn>(MAX_TURNS)
  /** Members, by channel and key, that gave no answer yet, good or bad, since this peer came in: they may have been there. */
  readonly #unasked = new BoundedMap<string, true>(MAX_TURNS)
  #asking = 0
  #isStopped = false

  constructor(options: GatheringOptions) {
    this.#options = options
    const { membership } = options
    for (const channel of membership.joined)
      for (const key of membersOf(channel.epoch))
        if (!membership.isInvited(channel, key)) this.#unasked.set(turnKey(channel.epoch.id, key), true)
  }

  // --- time and what happens ------------------------------------------------------------------------

  sweep(now: number): void {
    const { membership, self } = this.#options
    for (const channel of membership.joined)
      for (const key of membersOf(channel.epoch)) {
        const turn = this.#turn(channel.epoch.id, key)
        const isDue = key !== self.keys.id && !turn.isAsking && turn.at <= now
        if (isDue && this.#asking < AT_A_TIME && !this.#isStopped) void this.#ask(channel, key, turn)
      }
  }

  /** A member that comes or goes elsewhere is asked at once. */
  onPresence(change: RosterChange): void {
    if (change.kind === 'renamed' || change.kind === 'became' || !hasKey(change.peer)) return
    if (change.kind !== 'met' && isClosedLabel(change.channel)) {
      if (change.kind === 'joined') this.#sayWhoIsThere(change.peer, change.channel)
      return
    }
    for (const { epoch } of this.#options.membership.joined)
      if (isMember(epoch, change.peer.key)) this.#soon(epoch.id, change.peer.key)
  }

  /** A member that was there when this peer came in did not join. */
  #sayWhoIsThere(peer: Keyed, channel: string): void {
    const { events, membership } = this.#options
    const id = membership.get(channel)?.epoch.id ?? ''
    if (this.#unasked.delete(turnKey(id, peer.key))) events.emit({ kind: 'present', channel, peers: [peer] })
    else events.emit({ kind: 'joined', channel, peer })
  }

  /** Says goodbye to the members. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#options.membership.joined.map((channel) => this.sayGoodbye(channel)))
  }

  /** Tells the members that this peer leaves, or ends. None of them holds it up for longer than FAREWELL. Never rejects. */
  async sayGoodbye(channel: ClosedChannel, isForGood = false): Promise<void> {
    const { presence, clock } = this.#options
    const there = presence.members(channel.label).filter(hasKey)
    const told = there.map((peer) => this.#post(channel, peer, { leaving: isForGood ? 'for good' : 'now' }))
    let cancel: (() => void) | undefined
    const isOver = new Promise<void>((resolve) => {
      cancel = clock.after(FAREWELL, resolve)
    })
    await Promise.race([Promise.all(told), isOver])
    cancel?.()
  }

  /** Tells the creator, if it is there, that the user declines its invitation. */
  decline({ epoch }: ClosedChannel): void {
    const { client, routes } = this.#options
    const creator = this.#placeOf(epoch.creator)
    if (creator === undefined) return
    const request = postRequest(EPOCH_PATH, JSON.stringify({ epoch, leaving: 'for good' }))
    client.request(routes.target(creator), { ...request, repeatable: true }).catch(ignoreUnanswered)
  }

  /** Epochs and states have changed. Said and done in the turn in which it is known. */
  changed({ channel, before, isBrought }: ClosedChange): void {
    const { presence } = this.#options
    const { label, state, epoch } = channel
    const notice = this.#noticeOf({ channel, before, isBrought })
    if (notice !== undefined) this.#options.events.emit({ kind: 'notice', text: notice })
    if (state !== 'joined') {
      if (before?.state === 'joined') presence.forgetChannel(label)
      return
    }
    for (const { key } of presence.members(label))
      if (key === undefined || !isMember(epoch, key))
        presence.part(key ?? '', label, 'removed from the channel')
    if (before?.state !== 'joined')
      for (const key of membersOf(epoch)) this.#unasked.set(turnKey(epoch.id, key), true)
    if (before?.epoch.number !== epoch.number || before.state !== 'joined')
      for (const key of membersOf(epoch)) this.#soon(epoch.id, key)
    if (before !== undefined && epoch.creator === this.#options.self.keys.id)
      this.#tellRemoved(before, channel)
  }

  #noticeOf({ channel, before, isBrought }: ClosedChange): string | undefined {
    const { self, labels } = this.#options
    const { label, state, epoch, by } = channel
    const title = channelTitle(label)
    const creator = labels.nameOf(epoch.creator)
    const isOwn = epoch.creator === self.keys.id
    if (state === 'invited' && before?.state !== 'invited') {
      const who =
        by === undefined || by === epoch.creator
          ? creator
          : `${labels.nameOf(by)} brings an invitation of ${creator}`
      const invites = who === creator ? `${creator} invites you` : who
      return `${invites} to the closed channel ${title}: /join #${label} to come in, /part #${label} to decline`
    }
    if (state === 'removed')
      return `${creator} removed you from ${title}: nothing that is said there from now on reaches you`
    if (state !== 'joined' || before?.state !== 'joined' || (isOwn && !isBrought)) return undefined
    const [was, is] = [new Set(membersOf(before.epoch)), new Set(membersOf(epoch))]
    const news = [
      ...[...is].filter((key) => !was.has(key)).map((key) => `invited ${labels.nameOf(key)}`),
      ...[...was].filter((key) => !is.has(key)).map((key) => `removed ${labels.nameOf(key)}`),
    ]
    if (news.length === 0) return undefined
    if (isOwn)
      return `WARNING: ${title}: you ${news.join(' and ')} with other data than these, which are older. What you changed with these is undone: look at /members`
    return `${title}: ${creator} ${news.join(' and ')}`
  }

  /** Who was removed hears of it from the creator, if it is there. */
  #tellRemoved(before: ClosedChannel, { epoch }: ClosedChannel): void {
    const { client, routes } = this.#options
    for (const key of membersOf(before.epoch)) {
      const [removal, peer] = [removalOf(epoch, key), this.#placeOf(key)]
      if (removal === undefined || peer === undefined) continue
      const request = { ...postRequest(REMOVAL_PATH, JSON.stringify({ removal })), repeatable: true }
      client.request(routes.target(peer), request).catch(ignoreUnanswered)
    }
  }

  // --- asking ---------------------------------------------------------------------------------------

  #turn(id: ClosedId, key: KeyId): Turn {
    const place = turnKey(id, key)
    const turn = this.#turns.get(place) ?? { at: 0, failures: 0, isAsking: false }
    this.#turns.set(place, turn)
    return turn
  }

  #soon(id: ClosedId, key: KeyId): void {
    const turn = this.#turn(id, key)
    turn.at = 0
    turn.failures = 0
  }

  async #ask(channel: ClosedChannel, key: KeyId, turn: Turn): Promise<void> {
    const { clock, hush, presence } = this.#options
    turn.at = clock.now() + TIMES.heartbeat
    const peer = this.#placeOf(key)
    if (peer === undefined || hush.isBlocked(key)) return
    turn.isAsking = true
    this.#asking++
    const answer = await this.#post(channel, peer, {})
    this.#asking--
    turn.isAsking = false
    if (this.#isStopped) return
    if (answer === undefined) {
      // A later epoch may have begun meanwhile: then it is asked at once.
      if (turn.at > 0) {
        turn.at = clock.now() + Math.min(TIMES.closedAway, TIMES.heartbeat * 2 ** turn.failures++)
        this.#unasked.delete(turnKey(channel.epoch.id, key))
      }
      const isElsewhere = presence.channelsOf(key).some((each) => !isClosedLabel(each))
      if (turn.failures > 1 || !isElsewhere) presence.remove(CLOSED, key, channel.label, 'no longer answers')
      return
    }
    turn.failures = 0
    await this.#isThere(channel, peer)
    // Who came in is said of this epoch: a person who is invited again has not come in yet.
    if (this.#options.membership.joinedId(channel.epoch.id)?.epoch.number === channel.epoch.number)
      this.#options.membership.cameIn(channel.epoch.id, keysIn(answer['came']).slice(0, LIMITS.closedPeople))
    for (const each of peopleIn(answer).slice(0, LIMITS.closedPeople)) this.#heard(channel, each)
  }

  /** The answer of a member, undefined if there is none. Never rejects. */
  async #post(channel: ClosedChannel, peer: Keyed, more: Fields): Promise<Fields | undefined> {
    const { client, routes, self, entrances } = this.#options
    const { ip, port, name } = self.peer
    const body = JSON.stringify({ from: { ip: self.address.isEverywhere ? '' : ip, port, name }, ...more })
    const target = entrances.roomOf(routes.target(peer), channel)
    try {
      const answer = await client.request(target, { ...postRequest(MEMBERS_PATH, body), repeatable: true })
      const value = answer.status === 200 ? anyJson(answer.body.toString()) : undefined
      return isObject(value) ? value : undefined
    } catch (error) {
      ignoreUnanswered(error)
      return undefined
    }
  }

  /** Where a member is, or was last. */
  #placeOf(key: KeyId): Keyed | undefined {
    const { presence, store } = this.#options
    const peer = presence.get(key) ?? store.person(key)
    return peer === undefined || peer.port === 0 ? undefined : { ...peer, key }
  }

  /** A member proved itself at this address. */
  async #isThere(channel: ClosedChannel, peer: Keyed): Promise<void> {
    const { presence, contacts, membership, clock } = this.#options
    if (presence.get(peer.key) === undefined) await contacts.meet(peer)
    const known = presence.get(peer.key)
    // The channel may have changed while it was met.
    if (known === undefined || !membership.isFellow(channel.epoch.id, peer.key)) return
    membership.cameIn(channel.epoch.id, [peer.key])
    presence.add(CLOSED, known, channel.label, clock.now() + TIMES.lease)
  }

  /** A member says where another one is. */
  #heard({ epoch }: ClosedChannel, { key, ip, port, name }: Keyed): void {
    const { self, presence, contacts } = this.#options
    const isWanted = key !== self.keys.id && isMember(epoch, key) && presence.get(key) === undefined
    if (!isWanted || namedAddressProblem(ip, port) !== undefined) return
    void contacts.meet({ key, ip, port, name })
  }

  // --- being asked ----------------------------------------------------------------------------------

  /** A member asks who is there; returns those who are. `remote`: the host that it asks from. Throws ChatError 503. */
  answer(channel: ClosedChannel, key: KeyId, fields: Fields, remote: string): readonly Peer[] {
    const { presence, self } = this.#options
    const { label } = channel
    if (self.isLeaving) throw new ChatError(503, 'leaving', 'this peer is leaving')
    if (fields['leaving'] === undefined) this.#sawMember(channel, key, fields, remote)
    else presence.remove(CLOSED, key, label, 'left')
    return presence.members(label).filter((peer) => peer.key !== key)
  }

  #sawMember(channel: ClosedChannel, key: KeyId, { from }: Fields, remote: string): void {
    const { presence } = this.#options
    const named = isObject(from) ? ifReadable(() => peerIn(from, remote)) : undefined
    const known = presence.get(key) ?? named
    if (known !== undefined) void this.#isThere(channel, { ...known, key })
  }
}

function turnKey(id: ClosedId, key: KeyId): string {
  return `${id} ${key}`
}

function peopleIn({ people }: Fields): Keyed[] {
  if (!Array.isArray(people)) return []
  return people.filter(isObject).flatMap((each) => {
    const [key, peer] = [keyOf(each['key']), ifReadable(() => peerIn(each, ''))]
    return key === undefined || peer === undefined ? [] : [{ ...peer, key }]
  })
}

function ignoreUnanswered(error: unknown): void {
  if (!(error instanceof ClientError)) throw error
}
