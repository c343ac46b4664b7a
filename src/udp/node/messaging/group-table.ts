/** The LSNP groups that our user is in. Ids are case-sensitive; the owner of a group makes its id. */
import { LAN_LIMITS } from '../limits.ts'
import { LSNP_LIMITS } from '../../lsnp/limits.ts'
import type { Group } from '../model.ts'

export class GroupTable {
  readonly #groups = new Map<string, Group>()
  /** The host that each group of another user came from. */
  readonly #hosts = new Map<string, string>()
  /** The groups in which our user has written. */
  readonly #used = new Set<string>()

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  /**
   * The group that this member means: by its id, or by its name, because some programs know no ids; of several groups with
   * one name the latest. A group that the member is not in is found by its id alone.
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

  /** Our user has written in a group, so it is kept when its owner leaves. */
  use(id: string): void {
    if (this.#groups.has(id)) this.#used.add(id)
  }

  /** Why there is no room for another group of `host`; undefined if there is. Without a host: for a group of our user. */
  problem(host: string | undefined): string | undefined {
    if (host !== undefined && this.#ofHost(host).length >= LAN_LIMITS.groupsPerHost)
      return `there is room for ${LAN_LIMITS.groupsPerHost} groups of one host`
    return this.size >= LAN_LIMITS.groups ? `there is room for ${LAN_LIMITS.groups} groups` : undefined
  }

  /**
   * The oldest group that another one of `host` may replace: our user has never written in it, and its owner has left. If
   * the host has its share of groups, one of its own.
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
   * Adds or replaces a group as its owner, at `host`, describes it; without a host it is a group of our user. Undefined if
   * there is no room, if another user owns it, or if nothing of it is new.
   */
  create(group: Group, host?: string): Group | undefined {
    const known = this.#groups.get(group.id)
    if (known === undefined && this.problem(host) !== undefined) return undefined
    if (known !== undefined && known.owner !== group.owner) return undefined
    if (known === undefined && host !== undefined) this.#hosts.set(group.id, host)
    return this.#keep(known, { ...group, members: withoutDoubles([group.owner, ...group.members]) })
  }

  /** Changes the members of a group. Undefined if `by` does not own it, or if nothing changes. */
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
