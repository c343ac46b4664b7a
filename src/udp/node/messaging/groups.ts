/**
 * GROUP_*: the groups of other users that our user is in, and those of our user.
 *
 * Most programs know a group by its id, some by its name alone, so we send both. Each program gets changes in the form in
 * which it writes them itself (src/udp/node/messaging/capabilities.ts).
 */
import { ChatError } from '../../../chat/errors.ts'
import { hostKey } from '../../../http/ip.ts'
import { encoded } from '../encoding.ts'
import { GroupTable } from './group-table.ts'
import { LAN_LIMITS } from '../limits.ts'
import { A_COPY, SENT, TOO_MUCH, type MessagingContext } from './messaging-context.ts'
import { Problem, userIds } from '../../lsnp/values.ts'
import type { Fields, LsnpMessages } from '../../lsnp/codec.ts'
import type {
  Command,
  CommandHandlers,
  DropReason,
  MessageKind,
  SignalHandlers,
  UserMessageHandlers,
} from '../handlers.ts'
import type { Group } from '../model.ts'
import type { PeerEntry } from '../peer-entry.ts'

/** The members that one GROUP_UPDATE names. */
interface MemberChange {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

const NOT_ITSELF = 'another program has a better right to this user id'
const NOT_A_MEMBER = 'its sender is in no such group with us'

export class Groups implements MessageKind {
  readonly #context: MessagingContext
  readonly #groups = new GroupTable()

  constructor(context: MessagingContext) {
    this.#context = context
  }

  readonly signals: SignalHandlers<'GROUP_CREATE_ACK'> = {
    GROUP_CREATE_ACK: (message, { from, fields }) => {
      this.#context.table.at(from)?.capabilities.wrote(message, fields)
      return undefined
    },
  }

  readonly messages: UserMessageHandlers<'GROUP_CREATE' | 'GROUP_UPDATE' | 'GROUP_MESSAGE'> = {
    GROUP_CREATE: (message, sender) => this.#created(message, sender),
    GROUP_UPDATE: (message, sender, { fields }) => this.#updated(message, sender, fields),
    GROUP_MESSAGE: (message, sender, { now }) => this.#said(message, sender, now),
  }

  readonly commands: CommandHandlers<'group-create' | 'group-update' | 'group-message'> = {
    'group-create': (command, now) => {
      this.#create(command, now)
    },
    'group-update': (command, now) => {
      this.#update(command, now)
    },
    'group-message': (command, now) => {
      this.#say(command, now)
    },
  }

  get sizes() {
    return { groups: this.#groups.size }
  }

  // --- messages of others ---------------------------------------------------------------------------

  #created({ groupId, groupName, members }: LsnpMessages['GROUP_CREATE'], sender: PeerEntry): DropReason {
    if (!this.#hasItsUserId(sender)) return NOT_ITSELF
    if (!this.#includesUs(members)) return 'this group does not name us as a member'
    const known = this.#groups.get(groupId)
    const owner = sender.peer.userId
    if (known !== undefined && known.owner !== owner) return `the group ${groupId} belongs to ${known.owner}`
    const host = hostKey(sender.peer.ip)
    const problem = known === undefined ? this.#makeRoom(host) : undefined
    if (problem !== undefined) return problem
    const group = this.#groups.create({ id: groupId, name: groupName, members, owner }, host)
    if (group !== undefined) this.#emit(group, known === undefined ? 'created' : 'updated')
    return undefined
  }

  #updated(message: LsnpMessages['GROUP_UPDATE'], sender: PeerEntry, fields: Fields): DropReason {
    const { groupId, add = [], remove = [] } = message
    if (!this.#hasItsUserId(sender)) return NOT_ITSELF
    const by = sender.peer.userId
    const known = this.#groups.find(groupId, by)
    if (known === undefined) return this.#createdByAddition(message, sender, fields)
    if (known.owner !== by) return `the group ${known.id} belongs to ${known.owner}`
    const group = this.#groups.update(known.id, by, add, remove)
    if (group === undefined) return undefined
    const isRemoved = !this.#includesUs(group.members)
    if (isRemoved) this.#groups.delete(group.id)
    this.#emit(group, isRemoved ? 'removed' : 'updated')
    return undefined
  }

  /** One program sends a new member GROUP_ADD alone, which names all members, and no GROUP_CREATE. */
  #createdByAddition(
    { groupId, from: owner, add = [] }: LsnpMessages['GROUP_UPDATE'],
    sender: PeerEntry,
    fields: Fields,
  ): DropReason {
    const members = userIds.read(fields.get('MEMBERS') ?? '')
    const isWhole = fields.get('TYPE') === 'GROUP_ADD' && !(members instanceof Problem)
    if (!isWhole || members === undefined || !this.#includesUs(add))
      return `there is no group ${groupId} here`
    const groupName = fields.get('GROUP_NAME') ?? groupId
    const group = { from: owner, groupId, groupName, members: [...members, ...add] }
    return this.#created({ type: 'GROUP_CREATE', ...group }, sender)
  }

  #said(message: LsnpMessages['GROUP_MESSAGE'], sender: PeerEntry, now: number): DropReason {
    const group = this.#groups.find(message.groupId, sender.peer.userId)
    if (group?.members.includes(sender.peer.userId) !== true) return NOT_A_MEMBER
    if (!this.#hasItsUserId(sender)) return NOT_ITSELF
    const id = this.#context.idOfNew({ ...message, groupId: group.id }, sender, now)
    if (id === undefined) return A_COPY
    const { content: text, timestamp } = message
    const sentAt = this.#context.sentAt(timestamp, now)
    this.#context.lan.event({ kind: 'group-message', from: sender.peer, group, id, text, sentAt })
    return undefined
  }

  // --- commands of our user -------------------------------------------------------------------------

  #create({ id, name, members }: Command<'group-create'>, now: number): void {
    const { lan, table } = this.#context
    const others = members.filter((member) => !lan.addresses.isUs(member))
    const present = others.map((member) => table.find(member)).find((entry) => entry !== undefined)
    if (present === undefined)
      throw new ChatError(422, 'no_members', 'a group needs a member who is on this network')
    if (this.#groups.get(id) !== undefined)
      throw new ChatError(409, 'group_exists', `there is a group ${id} already`)
    const owner = lan.addresses.userIdFor(present.peer.ip)
    // Checks also the user ids of members who are not here now.
    encoded({ type: 'GROUP_CREATE', from: owner, groupId: id, groupName: name, members: others }, 'rfc')
    const problem = this.#makeRoom(undefined)
    if (problem !== undefined) throw new ChatError(429, 'too_many_groups', problem)
    const group = this.#groups.create({ id, name, members: others, owner })
    if (group === undefined) return
    this.#announce(group, group.members, now)
    this.#emit(group, 'created')
  }

  /** GROUP_UPDATE names neither the group nor its other members, so a new member gets GROUP_CREATE, too. */
  #update({ id, add, remove }: Command<'group-update'>, now: number): void {
    const before = this.#ownGroup(id)
    encoded({ type: 'GROUP_UPDATE', from: before.owner, groupId: id, add, remove }, 'rfc')
    const group = this.#groups.update(id, before.owner, add, remove)
    if (group === undefined) return
    const key = `update ${this.#context.lan.newId()}`
    for (const entry of this.#present(before)) this.#sendChange(key, group, { add, remove }, entry, now)
    this.#announce(group, add, now)
    this.#emit(group, 'updated')
  }

  #say({ id, group: groupId, text }: Command<'group-message'>, now: number): void {
    const { table, sender } = this.#context
    const group = this.#groups.get(groupId)
    if (group === undefined) throw new ChatError(404, 'unknown_group', `you are in no group ${groupId}`)
    this.#groups.use(groupId)
    for (const userId of this.#others(group)) {
      const entry = table.find(userId)
      if (entry === undefined) {
        const reason = 'it is not on this network'
        this.#context.report({ id, userId }, { ok: false, confirmed: false, reason })
        continue
      }
      const forms = this.#forms(group, id, text, entry, now)
      this.#context.introduceTo(entry, now)
      const isSent = forms.some((message) => sender.send(`${id} ${text}`, entry, message, now))
      this.#context.report({ id, userId }, isSent ? SENT : TOO_MUCH)
    }
  }

  /**
   * The forms of a text, the best first: with and without a copy of it in base64. The copy is left out if it makes the
   * datagram too long for a program that has not shown to need it.
   */
  #forms(group: Group, id: string, text: string, to: PeerEntry, now: number) {
    const header = this.#context.header(to, 'GROUP_MESSAGE', now)
    const { id: groupId, name: groupName } = group
    const ids = { groupId, groupName, messageId: id, otherId: id }
    const plain = { type: 'GROUP_MESSAGE', ...header, ...ids, content: text } as const
    const twice = { ...plain, message: text }
    if (to.capabilities.groupForm === 'action') return [twice]
    return encoded(twice, 'rfc').length <= LAN_LIMITS.smallestBuffer ? [twice, plain] : [plain]
  }

  #sendChange(key: string, group: Group, change: MemberChange, to: PeerEntry, now: number): void {
    const header = this.#context.header(to, 'GROUP_UPDATE', now)
    const { id: groupId, name: groupName } = group
    const message = { type: 'GROUP_UPDATE', ...header, groupId, groupName } as const
    for (const part of partsFor(to, change)) {
      const place = `${key} ${'action' in part ? part.action : ''}`
      this.#context.sender.send(place, to, { ...message, ...part }, now)
    }
  }

  /** Sends GROUP_CREATE to those of these members who are here. */
  #announce(group: Group, members: readonly string[], now: number): void {
    const key = `create ${this.#context.lan.newId()}`
    const { id: groupId, name: groupName } = group
    for (const entry of this.#present(group)) {
      if (!members.includes(entry.peer.userId)) continue
      const header = this.#context.header(entry, 'GROUP_CREATE', now)
      const message = { type: 'GROUP_CREATE', ...header, groupId, groupName, members: group.members } as const
      this.#context.introduceTo(entry, now)
      this.#context.sender.send(key, entry, message, now)
    }
  }

  // --- common ---------------------------------------------------------------------------------------

  #emit(group: Group, change: 'created' | 'updated' | 'removed'): void {
    this.#context.lan.event({ kind: 'group', group, change })
  }

  #includesUs(members: readonly string[]): boolean {
    return members.some((member) => this.#context.lan.addresses.isUs(member))
  }

  /** Removes a group whose owner has left, if there is no room for another. Returns why there is still none. */
  #makeRoom(host: string | undefined): string | undefined {
    const problem = this.#groups.problem(host)
    if (problem === undefined) return undefined
    const { table } = this.#context
    const abandoned = this.#groups.abandoned(host, (owner) => table.find(owner) !== undefined)
    if (abandoned === undefined) return problem
    this.#groups.delete(abandoned.id)
    this.#emit(abandoned, 'removed')
    return this.#groups.problem(host)
  }

  /** The members without our user. */
  #others({ members }: Group): readonly string[] {
    return members.filter((member) => !this.#context.lan.addresses.isUs(member))
  }

  /** The other members that are here. */
  #present(group: Group): PeerEntry[] {
    return this.#others(group)
      .map((member) => this.#context.table.find(member))
      .filter((entry) => entry !== undefined)
  }

  /** Whether no other program has a better right to its user id. */
  #hasItsUserId(entry: PeerEntry): boolean {
    return this.#context.table.find(entry.peer.userId) === entry
  }

  #ownGroup(id: string): Group {
    const group = this.#groups.get(id)
    if (group === undefined) throw new ChatError(404, 'unknown_group', `you are in no group ${id}`)
    if (this.#context.lan.addresses.isUs(group.owner)) return group
    throw new ChatError(403, 'not_yours', `only ${group.owner} may change who is in ${group.name}`)
  }
}

/** One message with both lists; for a program that reads actions, one message for each action. */
function partsFor({ capabilities }: PeerEntry, { add, remove }: MemberChange) {
  if (capabilities.groupForm === 'rfc') return [{ add, remove }]
  const actions = [
    { action: 'ADD', add, remove: [], members: add },
    { action: 'REMOVE', add: [], remove, members: remove },
  ] as const
  return actions.filter(({ members }) => members.length > 0)
}
