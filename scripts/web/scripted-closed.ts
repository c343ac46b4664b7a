/** Closed channels of a scripted peer: made and changed there alone. */
import { peerId, type Peer, type PeerId } from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'
import type { ClosedView } from '../../src/peer/peer-view.ts'
import { idOf, type Person } from './world.ts'

export abstract class ScriptedClosed {
  channels: readonly string[]
  self: Peer
  /** Closed channels that the user is invited to. */
  invited: readonly { readonly name: string; readonly from: Person }[] = []
  readonly #closed = new Map<string, ClosedView>()

  constructor(channels: readonly string[], self: Peer) {
    this.channels = channels
    this.self = self
  }

  abstract known(id: PeerId): Peer | undefined

  closedChannels(): readonly ClosedView[] {
    const invitations = this.invited.map(({ name, from }) => {
      const people = [
        { peer: this.known(idOf(from)) ?? this.self, isCreator: true, isHere: true, isInvited: false },
      ]
      return { label: `!${name}`, epoch: 2, isIn: false, isOwn: false, people, links: [] }
    })
    return [...this.#closed.values(), ...invitations]
  }

  closed(label: string): ClosedView {
    const found = this.#closed.get(label)
    if (found === undefined) throw new ChatError(404, 'not_invited', `you are in no closed channel #${label}`)
    return found
  }

  createClosed(name: string): string {
    const label = `!${name}`
    const you = { peer: this.self, isCreator: true, isHere: true, isInvited: false }
    this.#closed.set(label, { label, epoch: 1, isIn: true, isOwn: true, people: [you], links: [] })
    if (!this.channels.includes(label)) this.channels = [...this.channels, label]
    return label
  }

  follow(): Promise<string> {
    return Promise.reject(new ChatError(404, 'no_link', 'this link was used, withdrawn, or is too old'))
  }

  invite(label: string, peer: Peer): void {
    const { people, ...channel } = this.closed(label)
    const others = people.filter((each) => peerId(each.peer) !== peerId(peer))
    this.#closed.set(label, {
      ...channel,
      people: [...others, { peer, isCreator: false, isHere: false, isInvited: true }],
    })
  }

  remove(label: string, peer: Peer): void {
    const { people, ...channel } = this.closed(label)
    this.#closed.set(label, {
      ...channel,
      people: people.filter((each) => peerId(each.peer) !== peerId(peer)),
    })
  }

  inviteByLink(label: string): string {
    const { links, ...channel } = this.closed(label)
    const token = String(links.length).padStart(22, 'A')
    const link = `parley:closed?key=${this.self.key ?? ''}&token=${token}&at=${this.self.ip}:${this.self.port}`
    this.#closed.set(label, { ...channel, links: [...links, link] })
    return link
  }

  withdrawLink(label: string, link: string): boolean {
    const { links, ...channel } = this.closed(label)
    this.#closed.set(label, { ...channel, links: links.filter((each) => each !== link) })
    return links.includes(link)
  }
}
