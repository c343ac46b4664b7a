/** A peer with hostile texts in every field that other peers control. */
import { asContent } from '../../src/chat/content.ts'
import {
  addressKey,
  peerId,
  type AddressKey,
  type Peer,
  type PeerId,
  type Profile,
  type Receipt,
} from '../../src/chat/model.ts'
import type { Address } from '../../src/http/message.ts'
import type { LocalChat } from '../../src/peer/local-api/local-chat.ts'
import type { Contact, ListedContact } from '../../src/peer/contacts/contact-book.ts'
import type { Direct, Entry, Page, PendingMessage } from '../../src/store/store.ts'

const NOON = 1_763_771_234_000

export class HostilePeer implements LocalChat {
  readonly channels = ['general']
  readonly #real: LocalChat
  readonly #payloads: readonly string[]

  constructor(real: LocalChat, payloads: readonly string[]) {
    this.#real = real
    this.#payloads = payloads
  }

  /** A name has a limit. */
  nameOf(payload: string): string {
    return payload.slice(0, 32)
  }

  get self(): Peer {
    return this.#real.self
  }

  get reachable(): Address {
    return this.#real.reachable
  }

  get peers(): readonly Peer[] {
    return this.#payloads.map((payload, index) => ({
      ip: '10.0.0.9',
      port: 8000 + index,
      name: this.nameOf(payload),
    }))
  }

  get problem(): string | undefined {
    return this.#payloads[0]
  }

  members(): readonly Peer[] {
    return this.peers
  }

  known(id: PeerId): Peer | undefined {
    return this.peers.find((peer) => peerId(peer) === id)
  }

  addressesOf(peer: Peer): readonly AddressKey[] {
    return [addressKey(peer)]
  }

  contact(peer: Peer): Contact {
    const isHere = this.peers.some((each) => peerId(each) === peerId(peer))
    const nothing = { mark: undefined, verifiedAt: undefined, lastMet: NOON }
    const formerNames = this.#payloads.map((name) => ({ name, until: NOON }))
    return { ...nothing, callsItself: this.#payloads[0], formerNames, peer, isHere, firstMet: NOON }
  }

  contacts(): readonly ListedContact[] {
    return this.peers.map((peer) => ({ ...this.contact(peer), waiting: 0 }))
  }

  async safetyNumber(): Promise<readonly string[]> {
    return Promise.resolve(Array.from({ length: 12 }, () => '01234'))
  }

  acceptName(): boolean {
    return false
  }

  verify(): void {
    throw new Error('a test verifies nobody here')
  }

  hushed(): [] {
    return []
  }

  hush(): void {
    throw new Error('a test hushes nobody here')
  }

  readonly ignoreLists: LocalChat['ignoreLists'] = {
    own: noLists,
    of: noLists,
    take: noLists,
    undo: noLists,
  }

  unhush(): undefined {
    return undefined
  }

  closedChannels(): readonly [] {
    return []
  }

  closed(): never {
    throw new Error('there is no closed channel')
  }

  createClosed(): never {
    throw new Error('there is no closed channel')
  }

  follow(): never {
    throw new Error('there is no closed channel')
  }

  invite(): never {
    throw new Error('there is no closed channel')
  }

  remove(): never {
    throw new Error('there is no closed channel')
  }

  inviteByLink(): never {
    throw new Error('there is no closed channel')
  }

  withdrawLink(): never {
    throw new Error('there is no closed channel')
  }

  unverify(): boolean {
    return false
  }

  mixUp(): undefined {
    return undefined
  }

  isGroup(): boolean {
    return true
  }

  sourcesOf(): readonly string[] {
    return this.#payloads
  }

  profileOf(id: AddressKey | undefined): Profile {
    const index = this.peers.findIndex((peer) => addressKey(peer) === id)
    return { status: `status ${this.#payloads[Math.max(0, index)] ?? ''}`, avatar: undefined }
  }

  history(): Page {
    const entries = this.peers.map((from, index): Entry => {
      const text = this.#payloads[index] ?? ''
      const message = { id: `${index}`, from, channel: 'general', content: asContent(text), sentAt: NOON }
      return {
        message,
        conversation: 'general',
        at: NOON + index,
        receivedAt: NOON + index,
        own: index === 0,
      }
    })
    return { entries, before: undefined }
  }

  historyAfter(): Page {
    return { entries: [], before: undefined }
  }

  historyAround(): Page {
    return this.history()
  }

  own(): Entry | undefined {
    return undefined
  }

  readUpTo(): number {
    return 0
  }

  markRead(): number {
    return 0
  }

  saved(): Promise<void> {
    return Promise.resolve()
  }

  search(): Promise<readonly Entry[]> {
    return Promise.resolve(this.history().entries)
  }

  directs(): readonly Direct[] {
    return this.peers.slice(0, 3).map((peer) => ({ conversation: `@${addressKey(peer)}`, name: peer.name }))
  }

  unsettled(): readonly PendingMessage[] {
    return []
  }

  receipt(messageId: string): Receipt {
    const failed = this.peers.map((peer, index) => ({ peer, reason: this.#payloads[index] ?? '' }))
    const none = { delivered: 0, unconfirmed: 0, queued: [] }
    return { messageId, channel: 'general', recipients: failed.length, ...none, failed }
  }

  say(): Receipt {
    throw new Error('nothing is said')
  }

  directTo(): Receipt {
    throw new Error('nothing is said')
  }

  locate(): Promise<Peer> {
    return Promise.resolve(this.self)
  }

  join(): Promise<void> {
    return Promise.resolve()
  }

  part(): Promise<void> {
    return Promise.resolve()
  }

  same(): void {
    throw new Error('not used')
  }

  rename(): Promise<void> {
    return Promise.resolve()
  }

  show(): void {
    // The page does not show it.
  }

  retry(): number {
    return 0
  }
}

function noLists(): never {
  throw new Error('a test shares no list here')
}
