/** The groups of LSNP that we are in. Pure. Ids are case-sensitive and made by the maker of the group. */
import { LAN_LIMITS } from '../limits.ts'
import { LSNP_LIMITS } from '../../lsnp/limits.ts'
import type { Group } from '../model.ts'

export class LanGroups {
  readonly #groups = new Map<string, Group>()
  /** The host from which each group of another user was made. */
  readonly #hosts = new Map<string, string>()
  /** Groups in which our user has written. */
  readonly #used = new Set<string>()

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  /**
   * The group that this member names, by its id; or by its name, as programs do that know no ids: of several with one
   * name the latest. A group that it is not in is found by its id alone.
   */
  find(idOrName: string, member: string): Group | undefined {
    const byId = this.#groups.get(idOrName)
    if (byId?.members.includes(member) === true) return byId
    const itsOwn = [...this.#groups.values()].filter(({ members }) => members.includes(member))
    return itsOwn.findLast(({ name }) => name === idOrName) ?? byId
  }

  get size(): number {
    return this.#groups.size
  }

  /** Our user has written in a group: it is kept when its owner leaves. */
  use(id: string): void {
    if (this.#groups.has(id)) this.#used.add(id)
  }

  /** Why there is no room for a group made at `host`; undefined when there is. Without a host: for one of ours. */
  problem(host: string | undefined): string | undefined {
    if (host !== undefined && this.#ofHost(host).length >= LAN_LIMITS.groupsPerHost)
      return `there is room for ${LAN_LIMITS.groupsPerHost} groups of one host`
    return this.size >= LAN_LIMITS.groups ? `there is room for ${LAN_LIMITS.groups} groups` : undefined
  }

  /**
   * The oldest group that may go for one made at `host`: our user has never written in it, and its owner has left. Of
   * the same host, where that has its share.
   */
  abandoned(host: string | undefined, isHere: (owner: string) => boolean): Group | undefined {
    const ofHost = host === undefined ? [] : this.#ofHost(host)
    const full = ofHost.length >= LAN_LIMITS.groupsPerHost ? ofHost : [...this.#hosts.keys()]
    const groups = full.filter((id) => !this.#used.has(id)).map((id) => this.#groups.get(id))
    return groups.find((group) => group !== undefined && !isHere(group.owner))
  }

  #ofHost(host: string): string[] {
    return [...this.#hosts].filter(([, each]) => each === host).map(([id]) => id)
  }

  /**
   * A group as its maker tells it, from `host`; without a host it is ours. Undefined when there is no room, it belongs
   * to another user, or nothing of it is new.
   */
  create(group: Group, host?: string): Group | undefined {
    const known = this.#groups.get(group.id)
    if (known === undefined && this.problem(host) !== undefined) return undefined
    if (known !== undefined && known.owner !== group.owner) return undefined
    if (known === undefined && host !== undefined) this.#hosts.set(group.id, host)
    return this.#keep(known, { ...group, members: withoutDoubles([group.owner, ...group.members]) })
  }

  /** Only its maker may change a group. Undefined for others, and when nothing changes. */
  update(id: string, by: string, add: readonly string[], remove: readonly string[]): Group | undefined {
    const known = this.#groups.get(id)
    if (known?.owner !== by) return undefined
    const members = withoutDoubles([...known.members, ...add]).filter((member) => !remove.includes(member))
    return this.#keep(known, { ...known, members })
  }

  delete(id: string): void {
    this.#groups.delete(id)
    this.#hosts.delete(id)
    this.#used.delete(id)
  }

  #keep(before: Group | undefined, group: Group): Group | undefined {
    if (before?.name === group.name && before.members.join() === group.members.join()) return undefined
    this.#groups.set(group.id, group)
    return group
  }
}

function withoutDoubles(members: readonly string[]): string[] {
  return [...new Set(members)].slice(0, LSNP_LIMITS.people)
}
