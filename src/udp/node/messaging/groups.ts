/** The groups of LSNP that we are in. Pure. Ids are case-sensitive and made by the maker of the group. */
import { LAN_LIMITS } from '../limits.ts'
import { LSNP_LIMITS } from '../../lsnp/limits.ts'
import type { Group } from '../model.ts'

export class LanGroups {
  readonly #groups = new Map<string, Group>()

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

  /**
   * A group as its maker tells it. Undefined when there is no room, it belongs to somebody else, or nothing of it
   * is new.
   */
  create(group: Group): Group | undefined {
    const known = this.#groups.get(group.id)
    if (known === undefined && this.#groups.size >= LAN_LIMITS.groups) return undefined
    if (known !== undefined && known.owner !== group.owner) return undefined
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
