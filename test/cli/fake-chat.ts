/** A peer and a session for tests of the commands. They record what was done. */
import { isClosedLabel } from '../../src/chat/closed-label.ts'
import { asContent, isDeed, textOf, type Content } from '../../src/chat/content.ts'
import {
  GENERAL,
  addressKey,
  labelOf,
  peerId,
  type ChatMessage,
  type Peer,
  type PeerId,
  type Profile,
  type Receipt,
} from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { perform } from '../../src/cli/chat/commands/perform.ts'
import { Days } from '../../src/cli/terminal/days.ts'
import { plain } from '../../src/cli/terminal/style.ts'
import type { ShownEntry, ShownPage } from '../../src/peer/contacts/labels.ts'
import type { Contact, ListedContact } from '../../src/peer/contacts/contact-book.ts'
import type { OwnList, SharedList } from '../../src/peer/hush/ignore-lists.ts'
import type { Mark } from '../../src/peer/contacts/verification.ts'
import type { HushKind } from '../../src/chat/hush.ts'
import type { ClosedView } from '../../src/peer/peer-view.ts'
import type { FormerName, Hushed } from '../../src/store/store.ts'
import type { Chat, Lan, Session } from '../../src/cli/chat/commands/command.ts'
import type { Group, LanCommand, LanPeer } from '../../src/udp/node/model.ts'

/** A link into a closed channel. */
export const LINK = `parley:closed?key=${'A'.repeat(43)}&token=${'B'.repeat(22)}&at=10.0.0.1:8001`

export const ALICE: Peer = { ip: '10.0.0.1', port: 8001, name: 'alice' }
export const BOB: Peer = { ip: '10.0.0.2', port: 8002, name: 'bob' }
export const CAROL: Peer = { ip: '10.0.0.3', port: 8003, name: 'carol' }

/** Programs that speak LSNP only. */
export const MAI: Peer = { ip: '10.0.0.11', port: 50999, name: 'Mai', lsnp: 'mai@10.0.0.11' }
export const ZED: Peer = { ip: '10.0.0.12', port: 8604, name: 'zed', lsnp: 'zed@10.0.0.12' }

/** A peer as the LAN knows it: with an address for HTTP, or without one. */
export function onLan(peer: Peer, more: Partial<LanPeer> = {}): LanPeer {
  const { ip, port, name, lsnp } = peer
  return {
    ...{
      userId: lsnp ?? `${name}@${ip}`,
      ip,
      addresses: [ip],
      isProved: true,
      port: lsnp === undefined ? 8604 : port,
      name,
    },
    status: '',
    dialect: 'rfc',
    node: lsnp === undefined ? '00112233445566ff' : undefined,
    key: undefined,
    httpPort: lsnp === undefined ? port : undefined,
    channels: [GENERAL],
    avatarHash: undefined,
    avatar: undefined,
    lastSeenAt: NOON,
    until: NOON,
    followsUs: false,
    followed: false,
    ...more,
  }
}

/** Local time, so that printed times are the same everywhere. */
export const NOON = new Date(2025, 10, 21, 12, 3).getTime()

export function messageOf(from: Peer, said: Content | string, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id: `${from.name}-1`, from, channel: GENERAL, content: asContent(said), sentAt: NOON, ...more }
}

/** A message as it is kept. */
export function entryOf(message: ChatMessage, more: Partial<ShownEntry> = {}): ShownEntry {
  const { channel, sentAt } = message
  return { message, conversation: channel, at: sentAt, receivedAt: sentAt, own: false, ...more }
}

export class FakeChat implements Chat {
  self = ALICE
  reachable = { host: ALICE.ip, port: ALICE.port }
  channels: string[] = [GENERAL]
  /** Who else is in which channel. */
  readonly others = new Map<string, Peer[]>()
  /** Who was met, and is not here. Their keys are not proved. */
  away: Peer[] = []
  readonly shown: ShownEntry[] = []
  /** Messages that could not be delivered. */
  failed = 0
  /** What mixUp() says. */
  warning: string | undefined
  /** Calls in order. */
  readonly done: string[] = []
  people: LanPeer[] = []
  readonly profiles = new Map<string, Profile>()
  readonly verified = new Set<string>()
  readonly formerNames = new Map<string, FormerName[]>()
  readonly quiet = new Map<string, Hushed>()
  /** The lists that people have shared, by their ids. */
  readonly lists = new Map<string, SharedList>()
  /** The own one. */
  ownList: OwnList | undefined
  readonly ignoreLists: Chat['ignoreLists'] = {
    own: () => {
      if (this.ownList === undefined) throw new ChatError(409, 'nobody_ignored', 'you ignore nobody')
      return this.ownList
    },
    of: async (from) => {
      await Promise.resolve()
      const list = this.lists.get(peerId(from))
      if (list === undefined) throw new ChatError(404, 'no_list', `${from.name} has shared no list here`)
      return list
    },
    take: async (from, ids) => {
      this.done.push(`take ${from.name} ${ids?.map((id) => id.slice(0, 4)).join(' ') ?? 'all'}`)
      return Promise.resolve(ids?.length ?? 1)
    },
    undo: (from) => {
      this.done.push(`undo ${from.name}`)
      return 1
    },
  }
  readonly closedChannels: ClosedView[] = []
  readonly groups = new Map<string, Group>()
  /** Whether this peer takes part in the LAN. */
  isOnLan = true

  get peers(): readonly Peer[] {
    return [...new Set([...this.others.values()].flat())]
  }

  members(channel: string): readonly Peer[] {
    return this.others.get(channel) ?? []
  }

  history(channel: string, count: number): ShownPage {
    this.done.push(`history #${channel} ${count}`)
    return { entries: this.shown.slice(-count), before: undefined }
  }

  async search(words: string, count: number): Promise<readonly ShownEntry[]> {
    this.done.push(`search ${words} ${count}`)
    await Promise.resolve()
    return this.shown
      .filter(({ message }) => textOf(message.content).includes(words))
      .slice(-count)
      .reverse()
  }

  retry(): number {
    this.done.push('retry')
    return this.failed
  }

  async locate(name: string): Promise<Peer> {
    await Promise.resolve()
    const peer = [...this.peers, ...this.away].find((each) =>
      [labelOf(each), each.name, peerId(each), addressKey(each)].includes(name),
    )
    if (peer === undefined) throw new ChatError(404, 'unknown_peer', `nobody here is called ${name}`)
    return peer
  }

  say(channel: string, said: Content | string): Receipt {
    if (isClosedLabel(channel)) this.closed(channel)
    const content = asContent(said)
    this.done.push(`${isDeed(content) ? 'me' : 'say'} #${channel} ${textOf(content)}`)
    return { messageId: 'm-1', channel, recipients: 0, delivered: 0, unconfirmed: 0, failed: [], queued: [] }
  }

  known(id: string): Peer | undefined {
    return [...this.peers, ...this.away].find((peer) => peerId(peer) === id)
  }

  mixUp(): string | undefined {
    return this.warning
  }

  isProved(peer: Peer): boolean {
    return peer.key !== undefined && !this.away.includes(peer)
  }

  addressesOf(peer: Peer): readonly string[] {
    return [addressKey(peer)]
  }

  markOf(peer: Peer): Mark {
    if (!this.isProved(peer)) return undefined
    return this.verified.has(peerId(peer)) ? 'verified' : 'signed'
  }

  contact(peer: Peer): Contact {
    const firstMet = this.known(peerId(peer)) === undefined ? undefined : NOON
    return {
      ...{ peer, mark: this.markOf(peer), isHere: this.peers.includes(peer), firstMet, lastMet: firstMet },
      verifiedAt: this.verified.has(peerId(peer)) ? NOON : undefined,
      callsItself: undefined,
      formerNames: this.formerNames.get(peerId(peer)) ?? [],
    }
  }

  contacts(): readonly ListedContact[] {
    const met = [...this.peers, ...this.away].filter(({ key }) => key !== undefined)
    return met.map((peer) => ({ ...this.contact(peer), waiting: this.away.includes(peer) ? 1 : 0 }))
  }

  async safetyNumber(): Promise<readonly string[]> {
    return Promise.resolve(Array.from({ length: 12 }, (_, index) => String(index).padStart(5, '0')))
  }

  acceptName(): boolean {
    return false
  }

  verify(peer: Peer): void {
    this.verified.add(peerId(peer))
  }

  unverify(peer: Peer): boolean {
    return this.verified.delete(peerId(peer))
  }

  hushed(): readonly Hushed[] {
    return [...this.quiet.values()]
  }

  hush(target: string, kind: HushKind, ms?: number): void {
    const until = ms === undefined ? undefined : NOON + ms
    this.quiet.set(target, { target, kind, since: NOON, until, dropped: 0 })
  }

  unhush(target: string): Hushed | undefined {
    const before = this.quiet.get(target)
    this.quiet.delete(target)
    return before
  }

  directTo(id: string, text: string): Receipt {
    this.done.push(`direct ${id} ${text}`)
    return {
      messageId: 'm-1',
      channel: 'private',
      recipients: 1,
      delivered: 0,
      unconfirmed: 0,
      failed: [],
      queued: [],
    }
  }

  closed(label: string): ClosedView {
    const found = this.closedChannels.find((each) => each.label === label)
    if (found === undefined) throw new ChatError(404, 'not_invited', `you are in no closed channel #${label}`)
    return found
  }

  createClosed(called: string): string {
    const label = `!${called}`
    const you = { peer: this.self, isCreator: true, isHere: true, isInvited: false }
    this.closedChannels.push({ label, epoch: 1, isIn: true, isOwn: true, people: [you], links: [] })
    this.channels.push(label)
    return label
  }

  async follow(link: string): Promise<string> {
    this.done.push(`follow ${link}`)
    return Promise.resolve('!ops')
  }

  invite(channel: string, peer: Peer): void {
    this.done.push(`invite ${peer.name} to #${channel}`)
  }

  remove(channel: string, peer: Peer): void {
    this.done.push(`remove ${peer.name} from #${channel}`)
  }

  inviteByLink(channel: string): string {
    this.done.push(`link to #${channel}`)
    return LINK
  }

  withdrawLink(channel: string, link: string): boolean {
    this.done.push(`withdraw a link to #${channel}`)
    return link === LINK
  }

  async join(channel: string): Promise<void> {
    await Promise.resolve()
    this.done.push(`join #${channel}`)
    if (!this.channels.includes(channel)) this.channels.push(channel)
  }

  async part(channel: string): Promise<void> {
    await Promise.resolve()
    if (!this.channels.includes(channel)) throw new ChatError(404, 'not_joined', `you are not in #${channel}`)
    this.done.push(`part #${channel}`)
    this.channels = this.channels.filter((each) => each !== channel)
  }

  same(old: PeerId, id: PeerId): void {
    this.done.push(`same ${old} ${id}`)
  }

  async rename(name: string): Promise<void> {
    await Promise.resolve()
    this.done.push(`rename ${name}`)
    this.self = { ...this.self, name }
  }

  show({ status, avatar }: { readonly status?: string; readonly avatar?: Buffer }): void {
    if (avatar?.toString() === 'no picture') throw new ChatError(415, 'not_a_picture', 'that is no picture')
    this.done.push(['show', status, avatar?.toString()].filter((part) => part !== undefined).join(' '))
    const before = this.profile(this.self)
    const picture =
      avatar === undefined
        ? before.avatar
        : { type: 'image/png', hash: '5f', data: avatar.toString('base64') }
    this.profiles.set(addressKey(this.self), { status: status ?? before.status, avatar: picture })
  }

  profile(peer: Peer): Profile {
    return this.profiles.get(addressKey(peer)) ?? { status: '', avatar: undefined }
  }

  traceDatagrams(on: boolean): void {
    this.done.push(`trace ${on ? 'on' : 'off'}`)
  }

  get lan(): Lan {
    if (!this.isOnLan) throw new ChatError(409, 'no_lan', 'this peer takes no part in the LAN')
    return {
      groups: this.groups,
      command: (command) => {
        this.#command(command)
      },
    }
  }

  /** A group is there at once, as on a real LAN. */
  #command(command: LanCommand): void {
    const { kind, ...rest } = command
    this.done.push(`lan ${kind} ${JSON.stringify(rest)}`)
    if (command.kind !== 'group-create') return
    const { id, name, members } = command
    const channel = name.toLowerCase().replaceAll(' ', '-')
    this.groups.set(channel, { id, name, members: [MY_USER_ID, ...members], owner: MY_USER_ID })
  }
}

export const MY_USER_ID = 'alice@10.0.0.1'

export class FakeSession implements Session {
  readonly chat = new FakeChat()
  readonly style = plain
  readonly chosen = new Set<string>()
  current: string | undefined = GENERAL
  readonly days = new Days(NOON)
  verbose = false
  /** Printed lines. */
  readonly lines: string[] = []
  readonly print = (text: string): void => {
    this.lines.push(...text.split('\n'))
  }
  /** Contents of files, by path. */
  readonly files = new Map<string, string>()
  readonly readFile = async (path: string): Promise<Buffer> => {
    await Promise.resolve()
    const text = this.files.get(path)
    if (text === undefined) throw new ChatError(404, 'unreadable', `${path} cannot be read`)
    return Buffer.from(text)
  }
  readonly newId = (): string => '0123456789abcdef'

  quit(): void {
    this.chat.done.push('quit')
  }

  /** Types a line; what it was refused with, or nothing. */
  async type(line: string): Promise<string | undefined> {
    try {
      await perform(this, line)
      return undefined
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      return error.message
    }
  }
}
