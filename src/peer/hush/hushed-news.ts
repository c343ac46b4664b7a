/**
 * News of people with what holds for them. Pure. Invariant: what an ignored or blocked person does is marked in every event,
 * so that every reader keeps quiet about the same news.
 */
import { isUnheard, type HushKind } from '../../chat/hush.ts'
import { peerId, type ChatEvent, type PeerId } from '../../chat/model.ts'

/** The event with `hushed` where it is about a hushed person. Of those who were in a channel before, unheard people are left out. */
export function markedNews(event: ChatEvent, kindOf: (id: PeerId) => HushKind | undefined): ChatEvent {
  switch (event.kind) {
    case 'joined':
    case 'parted':
    case 'renamed':
    case 'profile':
    case 'followed':
    case 'liked': {
      const hushed = kindOf(peerId(event.peer))
      return hushed === undefined ? event : { ...event, hushed }
    }
    case 'present': {
      const peers = event.peers.filter((peer) => !isUnheard(kindOf(peerId(peer))))
      if (peers.length === event.peers.length) return event
      return peers.length > 0 ? { ...event, peers } : { ...event, peers, hushed: 'ignore' }
    }
    default:
      return event
  }
}
