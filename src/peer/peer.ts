/**
 * A running peer, as its user has it: start and end, messages, channels, name. What it shows without a change is in
 * peer-view.ts; what happens is emitted as a ChatEvent.
 */
import { isClosedLabel } from '../chat/closed-label.ts'
import type { HushKind } from '../chat/hush.ts'
import { TIMES } from '../chat/limits.ts'
import { DIRECT, type Peer, type Receipt, peerId, type PeerId } from '../chat/model.ts'
import { ChatError } from '../chat/errors.ts'
import { buildParts, type Parts } from './parts.ts'
import { PeerView } from './peer-view.ts'
import type { KeyId } from '../identity/public-key.ts'
import type { Content } from '../chat/content.ts'
import type { Hushed } from '../store/store.ts'
import type { IgnoreLists } from './hush/ignore-lists.ts'
import type { LanLink } from './discovery/lan.ts'
import type { PeerOptions } from './options.ts'
import type { Shown } from './profiles/profiles.ts'

export type { PeerOptions } from './options.ts'

export interface SayOptions {
  /** A message that is said twice with the same id is sent once. */
  readonly id?: string | undefined
}

export class ChatPeer extends PeerView implements AsyncDisposable {
  readonly #parts: Parts
  readonly #onRename: PeerOptions['onRename']
  #cancelSweep: () => void = () => undefined

  private constructor(options: PeerOptions) {
    const parts = buildParts(options)
    super(parts)
    this.#parts = parts
    this.#onRename = options.onRename
  }

  // --- its life -------------------------------------------------------------------------------------

  /** Listens and goes online. Rejects as these do. */
  static async start(options: PeerOptions): Promise<ChatPeer> {
    const peer = await ChatPeer.listen(options)
    await peer.goOnline()
    return peer
  }

  /** A peer that no other peer knows yet. Rejects with the error of listen(2). */
  static async listen(options: PeerOptions): Promise<ChatPeer> {
    const peer = new ChatPeer(options)
    const { server, features } = peer.#parts
    await server.listen(Object.fromEntries(features.flatMap(({ routes = {} }) => Object.entries(routes))))
    return peer
  }

  /** Announces and registers the peer. If that fails it closes: rejects with the error of bind(2) for the LAN. */
  async goOnline(): Promise<void> {
    try {
      for (const feature of this.#parts.features) await feature.start?.()
    } catch (error) {
      await this.close()
      throw error
    }
    this.#sweep()
  }

  #sweep(): void {
    const now = this.#parts.clock.now()
    for (const feature of this.#parts.features) feature.sweep?.(now)
    this.#cancelSweep = this.#parts.clock.after(TIMES.sweep, () => {
      this.#sweep()
    })
  }

  /** Says goodbye to the tracker, finishes requests in progress, and stops. */
  async close(): Promise<void> {
    this.#cancelSweep()
    this.#parts.self.leave()
    for (const feature of this.#parts.features) await feature.stop?.()
    this.#parts.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // --- messages -------------------------------------------------------------------------------------

  /** Sends to all members of a channel. Throws ChatError 404 if this peer is not in it. */
  say(channel: string, content: Content | string, { id }: SayOptions = {}): Receipt {
    const { channels, membership } = this.#parts
    if (!channels.has(channel) && isClosedLabel(channel)) throw membership.notIn(channel)
    if (!channels.has(channel))
      throw new ChatError(404, 'not_joined', `you are not in #${channel}; /join #${channel} first`)
    const recipients = this.members(channel).filter((peer) => !this.#parts.hush.isBlocked(peerId(peer)))
    return this.#parts.outgoing.say({ conversation: channel, channel, content, recipients, id })
  }

  /** Sends to the one peer that a word means. Throws ChatError 404 if there is none, 409 if there are several. */
  direct(word: string, text: string): Receipt {
    return this.directTo(peerId(this.find(word)), text)
  }

  /**
   * Sends to the peer with this id, whatever other peers call themselves; to one that is not here as soon as it is.
   * Throws ChatError 404 if no peer was met there, 409 if it is blocked.
   */
  directTo(to: PeerId, content: Content | string, options: SayOptions = {}): Receipt {
    const peer = this.#parts.directory.at(to)
    if (this.#parts.hush.isBlocked(peerId(peer)))
      throw new ChatError(409, 'blocked', `you block ${peer.name}: nothing is sent there before /unblock`)
    const { id } = options
    const conversation = `@${peerId(peer)}`
    return this.#parts.outgoing.say({ conversation, channel: DIRECT, content, recipients: [peer], id })
  }

  /** Tries failed messages again; returns how many there are. */
  retry(): number {
    return this.#parts.outbox.retry()
  }

  /** A conversation was read up to this time, or to now if that is earlier; returns until when it is read. */
  markRead(conversation: string, upTo: number): number {
    return this.#parts.marks.mark(conversation, upTo)
  }

  // --- where it is, and what it shows ---------------------------------------------------------------

  /** The one peer that a word means, as find() does; a tracker is asked for one that is not here. Rejects with ChatError. */
  async locate(word: string): Promise<Peer> {
    if (!this.#parts.directory.isHere(word)) await this.#parts.discovery.locate(word)
    return this.find(word)
  }

  /** Resolves when the tracker knows, or cannot be reached now. Rejects with ChatError when this peer may not join. */
  join(channel: string): Promise<void> {
    return this.#parts.joins.join(channel)
  }

  part(channel: string): Promise<void> {
    return this.#parts.joins.part(channel)
  }

  // --- closed channels ------------------------------------------------------------------------------

  /** Creates a closed channel of this name, which only its members see. Returns its label. Throws ChatError 429. */
  createClosed(name: string): string {
    return this.#parts.steward.create(name)
  }

  /** Comes into a closed channel by a link of its creator. Returns its label. Rejects with ChatError. */
  follow(link: string): Promise<string> {
    return this.#parts.steward.follow(link)
  }

  /** Throws ChatError 403 unless this peer created the channel, 422 for a person without a key. */
  invite(channel: string, peer: Peer): void {
    this.#parts.steward.invite(channel, keyFor(peer))
  }

  /** Removes a member, or takes an invitation back. Throws ChatError 403, 404, 422. */
  remove(channel: string, peer: Peer): void {
    this.#parts.steward.remove(channel, keyFor(peer))
  }

  /** A link that lets one person into a closed channel of this peer. Throws ChatError 403, 404, 409. */
  inviteByLink(channel: string): string {
    return this.#parts.steward.link(channel)
  }

  /** Returns whether the link was open. Throws ChatError. */
  withdrawLink(channel: string, link: string): boolean {
    return this.#parts.steward.withdraw(channel, link)
  }

  /** Rejects with ChatError 409 if another person of this machine has the name. */
  async rename(name: string): Promise<void> {
    this.#onRename?.(name)
    this.#parts.self.rename(name)
    await this.#parts.discovery.announce({ kind: 'renamed' })
  }

  /** The user calls this peer by the name that it has taken from now on. Returns whether it was called otherwise. */
  acceptName({ key }: Peer): boolean {
    return key !== undefined && this.#parts.names.accept(key)
  }

  /** The user compared the safety number with this peer. Throws ChatError. */
  verify(peer: Peer): void {
    this.#parts.verification.verify(peer)
  }

  /** Returns whether it was verified. Throws ChatError. */
  unverify(peer: Peer): boolean {
    return this.#parts.verification.unverify(peer)
  }

  /**
   * Mutes, ignores or blocks a person (its PeerId) or mutes a channel (`#` and its name), instead of what held before.
   * `ms`: for how long; undefined: until it is lifted. Throws ChatError.
   */
  hush(target: string, kind: HushKind, ms?: number): void {
    this.#parts.hush.set(target, kind, ms)
  }

  /** Returns what no longer holds; undefined if nothing did. Throws ChatError 409 if another kind holds. */
  unhush(target: string, kind: HushKind): Hushed | undefined {
    return this.#parts.hush.lift(target, kind)
  }

  /**
   * The peer `old`, which had no key, is the peer `id`: what waits for the one waits for the other, and they have one
   * conversation. Throws ChatError 404 or 409.
   */
  same(old: PeerId, id: PeerId): void {
    const { directory, predecessors } = this.#parts
    predecessors.join(directory.at(old), directory.at(id))
  }

  /** The ignore lists that people share. */
  get ignoreLists(): IgnoreLists {
    return this.#parts.ignoreLists
  }

  /** Changes what others see beside the name. Throws ChatError 413, 415 or 422. */
  show(shown: Shown): void {
    const profile = this.#parts.profiles.show(shown)
    this.#parts.lan?.show(profile)
  }

  /** The LAN, for commands that only it has. Throws ChatError 409 if this peer is on none. */
  get lan(): LanLink {
    if (this.#parts.lan !== undefined) return this.#parts.lan
    const sentence = this.#parts.isClosed
      ? 'a network with a key does not use LSNP, which would tell every host of it'
      : 'this peer takes no part in the LAN: start it without --no-lan'
    throw new ChatError(409, 'no_lan', sentence)
  }

  /** Whether every datagram is emitted as a ChatEvent. */
  traceDatagrams(on: boolean): void {
    this.#parts.lan?.command({ kind: 'verbose', on })
  }
}

/** Throws ChatError 422. */
function keyFor({ key, name }: Peer): KeyId {
  if (key !== undefined) return key
  throw new ChatError(422, 'no_key', `${name} has no key: only people with one can be in a closed channel`)
}
