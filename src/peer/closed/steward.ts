/**
 * What the user does with closed channels: create one, invite, remove, come in, leave. Invariant: only the creator of a
 * channel changes who is in it, because only its key signs epochs.
 */
import { channelTitle } from '../../chat/closed-label.ts'
import { ChatError } from '../../chat/errors.ts'
import { PARTICIPLES, isUnheard } from '../../chat/hush.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { jsonObject } from '../../http/body.ts'
import { linkText, epochIn, readLink } from '../../chat/wire/closed.ts'
import {
  CHANNEL_RANDOM_BYTES,
  SECRET_BYTES,
  firstEpoch,
  isMember,
  membersOf,
  nextEpoch,
  type Epoch,
  type EpochChange,
} from '../../identity/closed-channel.ts'
import { ClientError } from '../../http/client-connection.ts'
import { ifReadable, postRequest } from '../self/requests.ts'
import type { Clock } from '../../chat/clock.ts'
import type { HttpClient } from '../../http/network.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Labels } from '../contacts/labels.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import type { Self } from '../self/self.ts'
import type { Gathering } from './gathering.ts'
import type { ClosedChannel, Membership } from './membership.ts'

export const REDEEM_PATH = '/p2p/closed/redeem'
const TOKEN_BYTES = 16
/** Characters of what another peer says about a refusal. */
const MAX_DETAIL = 200

export interface StewardOptions {
  readonly client: Pick<HttpClient, 'request'>
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  /** Bytes that nobody can guess. */
  readonly random: (length: number) => Buffer
  readonly self: Self
  readonly labels: Pick<Labels, 'nameOf'>
  readonly hush: Pick<Hush, 'kindOf'>
  readonly events: Pick<Events, 'emit'>
  readonly membership: Membership
  readonly gathering: Pick<Gathering, 'sayGoodbye' | 'decline'>
}

export class Steward {
  readonly #options: StewardOptions

  constructor(options: StewardOptions) {
    this.#options = options
  }

  /** Returns the label of the new channel. Throws ChatError 409, 429. */
  create(name: string): string {
    const { self, random, clock, membership } = this.#options
    const epoch = firstEpoch(self.keys, {
      ...{ name, random: random(CHANNEL_RANDOM_BYTES), secret: random(SECRET_BYTES) },
      at: Math.floor(clock.wall()),
    })
    return membership.create(epoch).label
  }

  /** Invites a person. Throws ChatError 403, 404, and 409 for one who is invited, or a member, already. */
  invite(label: string, key: KeyId): void {
    const channel = this.#own(label, 'invite')
    if (isMember(channel.epoch, key)) throw this.#knownAlready(channel, key)
    this.#checkRoom(channel)
    this.#next(channel, { add: key })
  }

  #knownAlready(channel: ClosedChannel, key: KeyId): ChatError {
    const { membership, labels } = this.#options
    const [who, title] = [labels.nameOf(key), channelTitle(channel.label)]
    if (membership.isInvited(channel, key))
      return new ChatError(409, 'invited', `${who} is invited to ${title} already, and has not come in yet`)
    return new ChatError(409, 'member', `${who} is a member of ${title} already`)
  }

  /** A removed person reads nothing that is said from now on. Throws ChatError 403, 404, 409. */
  remove(label: string, key: KeyId): void {
    const channel = this.#own(label, 'remove')
    if (key === this.#options.self.keys.id)
      throw new ChatError(409, 'creator', `you made ${channelTitle(label)}: to leave it, /part #${label}`)
    if (!isMember(channel.epoch, key))
      throw new ChatError(404, 'no_member', `this person is not in ${channelTitle(label)}`)
    this.#next(channel, { remove: key })
  }

  /** A link that lets one person in, within TIMES.closedLink. Throws ChatError 403, 404, 409. */
  link(label: string): string {
    const { clock, random, membership } = this.#options
    const channel = this.#own(label, 'invite')
    this.#checkRoom(channel)
    const links = this.#openLinks(channel)
    if (links.length >= LIMITS.closedLinks)
      throw new ChatError(
        409,
        'too_many_links',
        `${links.length} links of ${channelTitle(label)} are open: withdraw one`,
      )
    const token = random(TOKEN_BYTES).toString('base64url')
    const until = Math.floor(clock.wall() + TIMES.closedLink)
    membership.change(channel, { links: [...links, { token, until }] })
    return this.#linkOf(token)
  }

  /** The open links of an own channel, the oldest first. */
  links(channel: ClosedChannel): readonly string[] {
    return this.#openLinks(channel).map(({ token }) => this.#linkOf(token))
  }

  /** The link lets nobody in from now on. Returns whether it was open. Throws ChatError 403, 404, 422. */
  withdraw(label: string, link: string): boolean {
    const channel = this.#own(label, 'withdraw links')
    const { token } = readLink(link)
    const left = channel.links.filter((each) => each.token !== token)
    if (left.length === channel.links.length) return false
    this.#options.membership.change(channel, { links: left })
    return true
  }

  /** A person whose key is proved brings the token of a link. Returns the channel that it is in now. Throws ChatError 404. */
  redeem(token: string, key: KeyId): ClosedChannel {
    const { membership } = this.#options
    const channel = membership.joined.find((each) =>
      this.#openLinks(each).some((link) => link.token === token),
    )
    if (channel === undefined) throw noLink()
    this.#checkRoom(channel)
    const links = this.#openLinks(channel).filter((link) => link.token !== token)
    return this.#next(
      membership.change(channel, { links }),
      isMember(channel.epoch, key) ? undefined : { add: key },
    )
  }

  /** Comes into the channel of an invitation. Throws ChatError 404, 429. */
  join(label: string): void {
    const { membership } = this.#options
    const channel = membership.get(label)
    if (channel?.state === 'joined') return
    if (channel?.state !== 'invited') throw membership.notIn(label)
    membership.accept(channel)
  }

  /** Comes in by a link. Returns the label. Rejects with ChatError. */
  async follow(link: string): Promise<string> {
    const { client, membership, self } = this.#options
    const { creator, token, ip, port } = readLink(link)
    if (creator === self.keys.id)
      throw new ChatError(409, 'own_link', 'this is your own link: it is for other people')
    this.#refuseUnheard(creator)
    const request = { ...postRequest(REDEEM_PATH, JSON.stringify({ token })), repeatable: false }
    const answer = await client.request({ host: ip, port, key: creator }, request).catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      const detail = `the person who made this link does not answer (${error.message}): try again when they are there`
      throw new ChatError(503, 'unreachable', detail)
    })
    const fields = ifReadable(() => jsonObject(answer.body.toString())) ?? {}
    const given = answer.status === 200 ? epochIn(fields['epoch']) : undefined
    // A link leads into a channel of the person who made it.
    const epoch = given?.creator === creator ? given : undefined
    const taken = epoch && membership.take(epoch, creator)
    if (epoch === undefined || taken?.kind !== 'taken')
      throw new ChatError(
        404,
        'no_link',
        typeof fields['detail'] === 'string'
          ? fields['detail'].slice(0, MAX_DETAIL)
          : 'this link lets nobody in',
      )
    const channel = membership.byId(epoch.id)
    const label = channel?.label ?? ''
    // Who left while the creator was away is still in the epoch.
    if (channel?.state === 'left') membership.accept(channel)
    else this.join(label)
    return label
  }

  /** Nothing of such a person is heard, so the user decides first. Throws ChatError 409. */
  #refuseUnheard(creator: KeyId): void {
    const { hush, labels } = this.#options
    const kind = hush.kindOf(creator)
    if (kind === undefined || !isUnheard(kind)) return
    const who = labels.nameOf(creator)
    throw new ChatError(
      409,
      PARTICIPLES[kind],
      `you ${kind} ${who}, who made this link: to come in by it, lift that first (in the terminal: /un${kind} and the name)`,
    )
  }

  /** Leaves a channel, or declines an invitation; a creator that is away is told when it asks again. Rejects with ChatError 404. */
  async part(label: string): Promise<void> {
    const { membership, gathering } = this.#options
    const channel = membership.get(label)
    if (channel === undefined || (channel.state !== 'joined' && channel.state !== 'invited'))
      throw membership.notIn(label)
    const isIn = channel.state === 'joined'
    const goodbye = isIn ? gathering.sayGoodbye(channel, true) : Promise.resolve()
    await goodbye
    membership.leave(membership.get(label) ?? channel)
    if (!isIn) gathering.decline(channel)
  }

  /** A person that left for good, or declined, when it knew this epoch, is no longer in an own channel, unless it was invited again. */
  left({ id, number }: Pick<Epoch, 'id' | 'number'>, key: KeyId): void {
    const channel = this.#options.membership.joinedId(id)
    if (channel?.epoch.creator !== this.#options.self.keys.id || channel.epoch.creator === key) return
    if (isMember(channel.epoch, key) && isMember(channel.epoch, key, number))
      this.#next(channel, { remove: key })
  }

  /** The same for a person that says so itself outside of the channel, where nothing else shows it. */
  heardThatLeft(epoch: Pick<Epoch, 'id' | 'number'>, key: KeyId): void {
    const { membership, labels, events, hush } = this.#options
    const before = membership.joinedId(epoch.id)
    this.left(epoch, key)
    if (before === undefined || membership.joinedId(epoch.id)?.epoch.number === before.epoch.number) return
    const what = membership.isInvited(before, key) ? 'declined the invitation to' : 'left'
    const text = `${labels.nameOf(key)} ${what} ${channelTitle(before.label)}`
    if (!isUnheard(hush.kindOf(key))) events.emit({ kind: 'notice', text })
  }

  #linkOf(token: string): string {
    const { self } = this.#options
    const { host, port } = self.address.reachable
    return linkText({ creator: self.keys.id, token, ip: host, port })
  }

  #openLinks({ links }: ClosedChannel): ClosedChannel['links'] {
    return links.filter(({ until }) => until > this.#options.clock.wall())
  }

  #next(channel: ClosedChannel, change: EpochChange | undefined): ClosedChannel {
    if (change === undefined) return channel
    const { self, random, clock, membership } = this.#options
    const more = { secret: random(SECRET_BYTES), at: Math.floor(clock.wall()), most: LIMITS.closedFormer }
    return membership.change(channel, { epoch: nextEpoch(self.keys, channel.epoch, change, more) })
  }

  /** Throws ChatError 409. */
  #checkRoom({ label, epoch }: ClosedChannel): void {
    if (membersOf(epoch).length >= LIMITS.closedPeople)
      throw new ChatError(409, 'full', `${channelTitle(label)} is full: it has ${LIMITS.closedPeople} people`)
  }

  /** Throws ChatError 403, 404. */
  #own(label: string, what: string): ClosedChannel {
    const channel = this.#options.membership.in(label)
    if (channel.epoch.creator === this.#options.self.keys.id) return channel
    throw new ChatError(
      403,
      'not_creator',
      `only the person who made ${channelTitle(label)} can ${what} there`,
    )
  }
}

/** The same for a link that is over and for a person that is not heard, who does not see that from it. */
export function noLink(): ChatError {
  return new ChatError(404, 'no_link', 'this link was used, withdrawn, or is too old')
}
