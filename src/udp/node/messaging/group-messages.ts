/**
 * Groups of LSNP: what others make of them and say in them, and what we do. Pure.
 *
 * A group is known by its id, to some programs by its name alone, so what we send has both. Each program is told of
 * changes in the form that it writes itself (src/udp/node/messaging/capabilities.ts).
 */
import { ChatError } from '../../../chat/errors.ts'
import { LanGroups } from './groups.ts'
import { hostKey } from '../../../http/ip.ts'
import { LAN_LIMITS } from '../limits.ts'
import { encoded } from '../context.ts'
import { A_COPY, SENT, TOO_MUCH, type LanSpeech } from './speech.ts'
import { Problem, userIds } from '../../lsnp/values.ts'
import type { Fields, LsnpMessages } from '../../lsnp/codec.ts'
import type { Group, LanCommand } from '../model.ts'
import type { Entry } from '../peer-table.ts'

/** The members that one GROUP_UPDATE names. */
interface Change {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

const NOT_ITSELF = 'another program has a better right to this user id'
const NOT_A_MEMBER = 'its sender is in no such group with us'

export class LanGroupTalk {
  readonly #speech: LanSpeech
  readonly #groups = new LanGroups()

  constructor(speech: LanSpeech) {
    this.#speech = speech
  }

  get size(): number {
    return this.#groups.size
  }

  // --- what others say: returns why it was dropped --------------------------------------------------

  created({ groupId, groupName, members }: LsnpMessages['GROUP_CREATE'], from: Entry): string | undefined {
    if (!this.#isItself(from)) return NOT_ITSELF
    if (!this.#includesUs(members)) return 'this group does not name us as a member'
    const known = this.#groups.get(groupId)
    const owner = from.peer.userId
    if (known !== undefined && known.owner !== owner) return `the group ${groupId} belongs to ${known.owner}`
    const host = hostKey(from.peer.ip)
    const problem = known === undefined ? this.#makeRoom(host) : undefined
    if (problem !== undefined) return problem
    const group = this.#groups.create({ id: groupId, name: groupName, members, owner }, host)
    if (group !== undefined) this.#tell(group, known === undefined ? 'created' : 'updated')
    return undefined
  }

  updated(message: LsnpMessages['GROUP_UPDATE'], fields: Fields, from: Entry): string | undefined {
    const { groupId, add = [], remove = [] } = message
    if (!this.#isItself(from)) return NOT_ITSELF
    const by = from.peer.userId
    const known = this.#groups.find(groupId, by)
    if (known === undefined) return this.#toldByAddition(message, fields, from)
    if (known.owner !== by) return `the group ${known.id} belongs to ${known.owner}`
    const group = this.#groups.update(known.id, by, add, remove)
    if (group === undefined) return undefined
    const isRemoved = !this.#includesUs(group.members)
    if (isRemoved) this.#groups.delete(group.id)
    this.#tell(group, isRemoved ? 'removed' : 'updated')
    return undefined
  }

  /** One program tells a new member of the group by GROUP_ADD alone, which names all members. */
  #toldByAddition(
    { groupId, from: owner, add = [] }: LsnpMessages['GROUP_UPDATE'],
    fields: Fields,
    from: Entry,
  ): string | undefined {
    const members = userIds.read(fields.get('MEMBERS') ?? '')
    const isWhole = fields.get('TYPE') === 'GROUP_ADD' && !(members instanceof Problem)
    if (!isWhole || members === undefined || !this.#includesUs(add))
      return `there is no group ${groupId} here`
    const groupName = fields.get('GROUP_NAME') ?? groupId
    const group = { from: owner, groupId, groupName, members: [...members, ...add] }
    return this.created({ type: 'GROUP_CREATE', ...group }, from)
  }

  said(message: LsnpMessages['GROUP_MESSAGE'], from: Entry, now: number): string | undefined {
    const group = this.#groups.find(message.groupId, from.peer.userId)
    if (group?.members.includes(from.peer.userId) !== true) return NOT_A_MEMBER
    if (!this.#isItself(from)) return NOT_ITSELF
    const id = this.#speech.once({ ...message, groupId: group.id }, from, now)
    if (id === undefined) return A_COPY
    const { content: text, timestamp } = message
    const sentAt = this.#speech.sentAt(timestamp, now)
    this.#speech.context.event({ kind: 'group-message', from: from.peer, group, id, text, sentAt })
    return undefined
  }

  // --- what we do -----------------------------------------------------------------------------------

  create({ id, name, members }: Extract<LanCommand, { kind: 'group-create' }>, now: number): void {
    const { context, table } = this.#speech
    const others = members.filter((member) => !context.isUs(member))
    const present = others.map((member) => table.find(member)).find((entry) => entry !== undefined)
    if (present === undefined)
      throw new ChatError(422, 'no_members', 'a group needs somebody who is on this network')
    if (this.#groups.get(id) !== undefined)
      throw new ChatError(409, 'group_exists', `there is a group ${id} already`)
    const owner = context.userIdFor(present.peer.ip)
    // Also for those who are not here now, who may not be members as they are written.
    encoded({ type: 'GROUP_CREATE', from: owner, groupId: id, groupName: name, members: others }, 'rfc')
    const problem = this.#makeRoom(undefined)
    if (problem !== undefined) throw new ChatError(429, 'too_many_groups', problem)
    const group = this.#groups.create({ id, name, members: others, owner })
    if (group === undefined) return
    this.#announce(group, group.members, now)
    this.#tell(group, 'created')
  }

  /** A new member learns from GROUP_UPDATE neither the name nor the others: it is told as at the beginning. */
  update({ id, add, remove }: Extract<LanCommand, { kind: 'group-update' }>, now: number): void {
    const before = this.#ownGroup(id)
    encoded({ type: 'GROUP_UPDATE', from: before.owner, groupId: id, add, remove }, 'rfc')
    const group = this.#groups.update(id, before.owner, add, remove)
    if (group === undefined) return
    const key = `update ${this.#speech.context.newId()}`
    for (const entry of this.#present(before)) this.#change(key, group, { add, remove }, entry, now)
    this.#announce(group, add, now)
    this.#tell(group, 'updated')
  }

  say({ id, group: groupId, text }: Extract<LanCommand, { kind: 'group-message' }>, now: number): void {
    const { table, posting, introduce } = this.#speech
    const group = this.#groups.get(groupId)
    if (group === undefined) throw new ChatError(404, 'unknown_group', `you are in no group ${groupId}`)
    this.#groups.use(groupId)
    for (const userId of this.#others(group)) {
      const entry = table.find(userId)
      if (entry === undefined) {
        const reason = 'it is not on this network'
        this.#speech.fate({ id, userId }, { ok: false, confirmed: false, reason })
        continue
      }
      const forms = this.#forms(group, id, text, entry, now)
      introduce(entry, now)
      const isSent = forms.some((message) => posting.send(`${id} ${text}`, entry, message, now))
      this.#speech.fate({ id, userId }, isSent ? SENT : TOO_MUCH)
    }
  }

  /**
   * The forms of a message, the best first: with the text in base64, too, and without, where that is too much for a
   * program that has not shown to need it.
   */
  #forms(group: Group, id: string, text: string, to: Entry, now: number) {
    const header = this.#speech.header(to, 'GROUP_MESSAGE', now)
    const { id: groupId, name: groupName } = group
    const ids = { groupId, groupName, messageId: id, otherId: id }
    const plain = { type: 'GROUP_MESSAGE', ...header, ...ids, content: text } as const
    const twice = { ...plain, message: text }
    if (to.capabilities.groupForm === 'action') return [twice]
    return encoded(twice, 'rfc').length <= LAN_LIMITS.smallestBuffer ? [twice, plain] : [plain]
  }

  #change(key: string, group: Group, change: Change, to: Entry, now: number): void {
    const header = this.#speech.header(to, 'GROUP_UPDATE', now)
    const { id: groupId, name: groupName } = group
    const message = { type: 'GROUP_UPDATE', ...header, groupId, groupName } as const
    for (const part of partsFor(to, change)) {
      const place = `${key} ${'action' in part ? part.action : ''}`
      this.#speech.posting.send(place, to, { ...message, ...part }, now)
    }
  }

  /** To those of these members that are here. */
  #announce(group: Group, members: readonly string[], now: number): void {
    const { context, posting, introduce } = this.#speech
    const key = `create ${context.newId()}`
    const { id: groupId, name: groupName } = group
    for (const entry of this.#present(group)) {
      if (!members.includes(entry.peer.userId)) continue
      const header = this.#speech.header(entry, 'GROUP_CREATE', now)
      const message = { type: 'GROUP_CREATE', ...header, groupId, groupName, members: group.members } as const
      introduce(entry, now)
      posting.send(key, entry, message, now)
    }
  }

  // --- common ---------------------------------------------------------------------------------------

  #tell(group: Group, news: 'created' | 'updated' | 'removed'): void {
    this.#speech.context.event({ kind: 'group', group, news })
  }

  #includesUs(members: readonly string[]): boolean {
    return members.some((member) => this.#speech.context.isUs(member))
  }

  /** Frees a group whose owner has left, if there is no room for another. Returns why there is none. */
  #makeRoom(host: string | undefined): string | undefined {
    const problem = this.#groups.problem(host)
    if (problem === undefined) return undefined
    const { table } = this.#speech
    const abandoned = this.#groups.abandoned(host, (owner) => table.find(owner) !== undefined)
    if (abandoned === undefined) return problem
    this.#groups.delete(abandoned.id)
    this.#tell(abandoned, 'removed')
    return this.#groups.problem(host)
  }

  /** Its members without us. */
  #others({ members }: Group): readonly string[] {
    return members.filter((member) => !this.#speech.context.isUs(member))
  }

  /** Those of them that are here. */
  #present(group: Group): Entry[] {
    return this.#others(group)
      .map((member) => this.#speech.table.find(member))
      .filter((entry) => entry !== undefined)
  }

  /** Whether no other program goes by its user id with a better right. */
  #isItself(entry: Entry): boolean {
    return this.#speech.table.find(entry.peer.userId) === entry
  }

  #ownGroup(id: string): Group {
    const group = this.#groups.get(id)
    if (group === undefined) throw new ChatError(404, 'unknown_group', `you are in no group ${id}`)
    if (this.#speech.context.isUs(group.owner)) return group
    throw new ChatError(403, 'not_yours', `only ${group.owner} may change who is in ${group.name}`)
  }
}

/** One message with both lists, or one for each action to a program that reads those. */
function partsFor({ capabilities }: Entry, { add, remove }: Change) {
  if (capabilities.groupForm === 'rfc') return [{ add, remove }]
  const actions = [
    { action: 'ADD', add, remove: [], members: add },
    { action: 'REMOVE', add: [], remove, members: remove },
  ] as const
  return actions.filter(({ members }) => members.length > 0)
}
