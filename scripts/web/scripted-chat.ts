/**
 * A peer with scripted people, for the real web port (src/peer/local-api) in tests, pictures and work on the page. Its
 * messages are in a real store in memory. Nothing is sent: `fails` and `refuses` decide the delivery.
 */
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/cli/system/clock.ts'
import { asContent, contentFrom, textOf, type Content } from '../../src/chat/content.ts'
import { addressKey, DIRECT, labelOf, peerId } from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { picture } from '../../src/peer/profiles/pictures.ts'
import { Routes } from '../../src/peer/contacts/routes.ts'
import { Hush } from '../../src/peer/hush/hush.ts'
import { IgnoreLists } from '../../src/peer/hush/ignore-lists.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { HushKind } from '../../src/chat/hush.ts'
import type { Address } from '../../src/http/message.ts'
import type {
  AddressKey,
  ChatEvent,
  ChatMessage,
  Peer,
  PeerId,
  Profile,
  Receipt,
} from '../../src/chat/model.ts'
import type { Contact, ListedContact } from '../../src/peer/contacts/contact-book.ts'
import type { ShownPage } from '../../src/peer/contacts/labels.ts'
import type { LocalChat, Shown } from '../../src/peer/local-api/local-chat.ts'
import type { SayOptions } from '../../src/peer/peer.ts'
import type { Direct, Entry, Hushed, Page, PendingMessage, Store } from '../../src/store/store.ts'
import { ScriptedClosed } from './scripted-closed.ts'
import { type Line, type Person, type World } from './world.ts'

const MINUTE = 60_000
const NEVER_MET = { firstMet: undefined, lastMet: undefined, callsItself: undefined, formerNames: [] }
/** Between a message and its delivery, in milliseconds. */
const DELIVERY_TIME = 40

export interface ScriptedChatOptions {
  readonly world: World
  readonly lines: readonly Line[]
  /** The present, as Unix time in milliseconds. */
  readonly now: () => number
}

export class ScriptedChat extends ScriptedClosed implements LocalChat {
  /** Gets the events, as the onEvent of a ChatPeer. */
  onEvent: (event: ChatEvent) => void = () => undefined
  /** The first person of a channel does not get this text. */
  fails: (text: string) => boolean = (text) => text.includes('FAIL')
  refuses: (text: string) => boolean = (text) => text.includes('REFUSE')
  problem: string | undefined
  network: string | undefined
  #profile: Profile
  #people: readonly Person[]
  readonly #world: World
  readonly #now: () => number
  readonly #store: Store
  readonly #read = new Map<string, number>()
  readonly #hush: Hush
  readonly ignoreLists: IgnoreLists
  readonly #verified = new Map<string, number>()
  readonly #receipts = new Map<string, Receipt>()
  #count = 0

  private constructor({ world, lines, now }: ScriptedChatOptions, store: Store) {
    super(world.channels, { ...world.self.peer, identity: store.identity })
    this.#world = world
    this.#now = now
    this.#store = store
    const keys = new KeyPair(Buffer.alloc(32, 0xa1))
    const clock = { now, wall: now, after: systemClock.after.bind(systemClock) }
    const labels = { known: (id: PeerId) => this.known(id) }
    this.#hush = new Hush({ clock, store, self: { keys }, routes: new Routes() })
    this.ignoreLists = new IgnoreLists({ hush: this.#hush, store, self: { keys }, labels })
    this.#people = world.people
    this.#profile = { status: world.self.status, avatar: undefined }
    for (const line of lines.toSorted((one, other) => other.ago - one.ago)) this.#add(line)
  }

  static async start(options: ScriptedChatOptions): Promise<ScriptedChat> {
    const { now } = options
    const store = await openStore({
      path: ':memory:',
      clock: { now, wall: now, after: (ms, task) => systemClock.after(ms, task) },
      random: Math.random,
      defer: setImmediate,
      keepHistory: true,
    })
    return new ScriptedChat(options, store)
  }

  close(): void {
    this.#store.close()
  }

  // --- the script -----------------------------------------------------------------------------------

  /** A person says something. */
  hear(line: Line): Entry {
    const entry = this.#add(line)
    const { message, at, receivedAt, proof } = entry
    const hushing = this.#hush.hushing(message.channel, message.from)
    const hushed = hushing === undefined ? {} : { hushed: hushing }
    this.onEvent({ kind: 'message', message, at, receivedAt, proof, late: false, own: false, ...hushed })
    return entry
  }

  /** Other people are here than before. */
  set people(people: readonly Person[]) {
    this.#people = people
    this.onEvent({ kind: 'present', channel: '', peers: [] })
  }

  /** The disk fails, for this reason. */
  failDisk(problem: string): void {
    this.problem = problem
    this.onEvent({ kind: 'present', channel: '', peers: [] })
  }

  /** Own messages of all conversations, in the order in which they were accepted. */
  get ownMessages(): readonly Entry[] {
    return [...this.#receipts.keys()].flatMap((id) => this.#store.own(id) ?? [])
  }

  #add({ from, text, conversation = 'general', action = false, late = false, ago, fate }: Line): Entry {
    const own = from === this.#world.self
    const id = `m${++this.#count}`
    const at = this.#now() - ago * MINUTE
    const channel = conversation.startsWith('@') ? DIRECT : conversation
    const content = contentFrom(text, action ? 'action' : 'text')
    const message: ChatMessage = { id, from: own ? this.self : from.peer, channel, content, sentAt: at }
    if (own) {
      const recipients = this.#recipientsOf(conversation).length
      const { waiting = [], failed = [], unconfirmed = 0 } = fate ?? {}
      const delivered = Math.max(0, recipients - waiting.length - failed.length)
      const queued = waiting.map(({ peer }) => peer)
      this.#receipts.set(id, {
        messageId: id,
        channel,
        recipients,
        delivered,
        unconfirmed,
        queued,
        failed: failed.map(({ person, reason }) => ({ peer: person.peer, reason })),
      })
    }
    const proof = own || from.peer.key === undefined ? {} : ({ proof: 'direct' } as const)
    return this.#keep({ message, conversation, at, receivedAt: late ? at + 80 * MINUTE : at, own, ...proof })
  }

  #keep(entry: Entry): Entry {
    return this.#store.add(entry).entry
  }

  // --- what is read ---------------------------------------------------------------------------------

  get reachable(): Address {
    return { host: this.self.ip, port: this.self.port }
  }

  get identity(): string {
    return this.#store.identity
  }

  get peers(): readonly Peer[] {
    return this.#people.filter(({ isHere }) => isHere).map(({ peer }) => peer)
  }

  members(channel: string): readonly Peer[] {
    const members = this.#people.filter(({ isHere, channels }) => isHere && channels.includes(channel))
    return members.map(({ peer }) => peer)
  }

  isGroup(channel: string): boolean {
    return this.#world.groups.includes(channel)
  }

  sourcesOf(): readonly string[] {
    return ['lan']
  }

  profileOf(id: AddressKey | undefined): Profile {
    if (id === undefined) return this.#profile
    const person = this.#personAt(id)
    return {
      status: person?.status ?? '',
      avatar: person?.picture === undefined ? undefined : picture(person.picture),
    }
  }

  history(conversation: string, count: number, before?: string): ShownPage {
    return this.#marked(this.#store.page(conversation, count, before))
  }

  historyAfter(conversation: string, count: number, after: string): ShownPage {
    return this.#marked(this.#store.pageAfter(conversation, count, after))
  }

  historyAround(conversation: string, count: number, at: number): ShownPage {
    return this.#marked(this.#store.pageAround(conversation, count, at))
  }

  #marked(page: Page): ShownPage {
    return { ...page, entries: this.#hush.marked(page.entries) }
  }

  own(messageId: string): Entry | undefined {
    return this.#store.own(messageId)
  }

  readUpTo(conversation: string): number {
    return this.#read.get(conversation) ?? 0
  }

  search(
    words: string,
    count: number,
    conversation?: string,
    signal?: AbortSignal,
  ): Promise<readonly Entry[]> {
    return this.#store.search(words, count, { conversation, signal })
  }

  directs(): readonly Direct[] {
    return this.#store.directs().map(({ conversation }) => {
      const name = this.#personAt(conversation.slice(1))?.peer.name
      return name === undefined ? { conversation } : { conversation, name }
    })
  }

  unsettled(): readonly PendingMessage[] {
    return this.ownMessages.flatMap(({ message, at }) => {
      const { recipients, queued = [], failed = [] } = this.receipt(message.id) ?? {}
      if (recipients === undefined || queued.length + failed.length === 0) return []
      return [{ message, recipients, saidAt: at, queuedAt: at, waiting: queued, failed }]
    })
  }

  receipt(messageId: string): Receipt | undefined {
    return this.#receipts.get(messageId)
  }

  // --- what the user does ---------------------------------------------------------------------------

  say(channel: string, said: Content | string, options?: SayOptions): Receipt {
    if (!this.channels.includes(channel))
      throw new ChatError(404, 'not_joined', `you are not in #${channel}; /join #${channel} first`)
    return this.#send(channel, channel, asContent(said), options)
  }

  directTo(to: PeerId, said: Content | string, options?: SayOptions): Receipt {
    if (this.#personAt(to) === undefined) throw new ChatError(404, 'unknown_peer', `nobody is at ${to}`)
    return this.#send(`@${to}`, DIRECT, asContent(said), options)
  }

  saved(): Promise<void> {
    return this.#store.saved()
  }

  locate(name: string): Promise<Peer> {
    const found = this.#people.find(({ peer }) =>
      [labelOf(peer), peerId(peer), addressKey(peer)].includes(name),
    )
    if (found !== undefined) return Promise.resolve(found.peer)
    return Promise.reject(new ChatError(404, 'unknown_peer', `nobody is called ${name}`))
  }

  known(id: PeerId): Peer | undefined {
    return this.#personAt(id)?.peer
  }

  addressesOf({ ip, port }: Peer): readonly AddressKey[] {
    return [addressKey({ ip, port })]
  }

  contact(peer: Peer): Contact {
    const verifiedAt = this.#verified.get(peerId(peer))
    const mark = verifiedAt === undefined ? undefined : 'verified'
    const isHere = this.peers.some((each) => peerId(each) === peerId(peer))
    return {
      peer,
      isHere,
      mark,
      verifiedAt,
      ...(peer.key === undefined ? NEVER_MET : this.#met),
    }
  }

  /** What is known of people with keys. */
  get #met(): Pick<Contact, 'firstMet' | 'lastMet' | 'callsItself' | 'formerNames'> {
    const before = this.#now() - 40 * 24 * 60 * MINUTE
    const formerNames = [{ name: 'Erin at work', until: before + 60 * MINUTE }]
    return { firstMet: before, lastMet: this.#now() - 5 * MINUTE, callsItself: 'Bob', formerNames }
  }

  contacts(): readonly ListedContact[] {
    const met = this.#people.map(({ peer }) => peer).filter(({ key }) => key !== undefined)
    return met.map((peer) => ({ ...this.contact(peer), waiting: 0 }))
  }

  safetyNumber(): Promise<readonly string[]> {
    return Promise.resolve(Array.from({ length: 12 }, (_, index) => String(index).padStart(5, '0')))
  }

  acceptName(): boolean {
    return false
  }

  verify(peer: Peer): void {
    this.#verified.set(peerId(peer), this.#now())
  }

  unverify(peer: Peer): boolean {
    return this.#verified.delete(peerId(peer))
  }

  hushed(): readonly Hushed[] {
    return this.#hush.all
  }

  hush(target: string, kind: HushKind, ms?: number): void {
    this.#hush.set(target, kind, ms)
  }

  unhush(target: string, kind: HushKind): Hushed | undefined {
    return this.#hush.lift(target, kind)
  }

  mixUp(): undefined {
    return undefined
  }

  join(channel: string): Promise<void> {
    if (!this.channels.includes(channel)) this.channels = [...this.channels, channel]
    return Promise.resolve()
  }

  part(channel: string): Promise<void> {
    if (!this.channels.includes(channel))
      return Promise.reject(new ChatError(404, 'not_joined', `you are not in #${channel}`))
    this.channels = this.channels.filter((each) => each !== channel)
    return Promise.resolve()
  }

  same(): void {
    throw new ChatError(404, 'unknown_peer', 'nobody here had no key')
  }

  rename(name: string): Promise<void> {
    this.self = { ...this.self, name }
    return Promise.resolve()
  }

  show({ status = this.#profile.status, avatar }: Shown): void {
    const shown = avatar === undefined ? this.#profile.avatar : undefined
    this.#profile = { status, avatar: Buffer.isBuffer(avatar) ? picture(avatar) : shown }
  }

  markRead(conversation: string, upTo: number): number {
    const read = Math.max(upTo, this.readUpTo(conversation))
    this.#read.set(conversation, read)
    return read
  }

  retry(): number {
    const failed = [...this.#receipts.values()].filter((receipt) => receipt.failed.length > 0)
    for (const receipt of failed) this.#deliver(receipt, [])
    return failed.length
  }

  #send(
    conversation: string,
    channel: string,
    content: Content,
    { id = randomBytes(8).toString('hex') }: SayOptions = {},
  ): Receipt {
    const text = textOf(content)
    if (this.refuses(text)) throw new ChatError(422, 'invalid_field', 'this peer does not like this text')
    const known = this.#receipts.get(id)
    if (known !== undefined) return known
    const now = this.#now()
    const message: ChatMessage = { id, from: this.self, channel, content, sentAt: now }
    const recipients = this.#recipientsOf(conversation)
    const counts = { recipients: recipients.length, delivered: 0, unconfirmed: 0 }
    const receipt: Receipt = { messageId: id, channel, ...counts, failed: [], queued: [] }
    this.#receipts.set(id, receipt)
    const { at, receivedAt } = this.#keep({ message, conversation, at: now, receivedAt: now, own: true })
    const [to] = channel === DIRECT ? recipients : []
    const event = { kind: 'message', message, at, receivedAt, late: false, own: true } as const
    this.onEvent(to === undefined ? event : { ...event, to })
    setTimeout(() => {
      this.#deliver(receipt, this.fails(text) ? recipients.slice(0, 1) : [])
    }, DELIVERY_TIME)
    return receipt
  }

  #deliver(receipt: Receipt, unreached: readonly Peer[]): void {
    const failed = unreached.map((peer) => ({ peer, reason: 'no route to the host' }))
    const delivered = receipt.recipients - failed.length
    const next: Receipt = { ...receipt, delivered, failed, queued: [] }
    this.#receipts.set(receipt.messageId, next)
    this.onEvent({ kind: 'receipt', receipt: next })
  }

  #recipientsOf(conversation: string): readonly Peer[] {
    if (!conversation.startsWith('@')) return this.members(conversation)
    const person = this.#personAt(conversation.slice(1))
    return person === undefined ? [] : [person.peer]
  }

  #personAt(id: PeerId): Person | undefined {
    return this.#people.find(({ peer }) => peerId(peer) === id)
  }
}
