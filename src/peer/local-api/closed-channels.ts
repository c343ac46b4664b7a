/** Closed channels in the local API: creating one, and who is in it. Coming in and leaving is as for every other channel. */
import { ChatError } from '../../chat/errors.ts'
import { anyChannel } from '../../chat/wire/closed.ts'
import { channelName } from '../../chat/wire/fields.ts'
import {
  CreateRequest,
  InviteRequest,
  RemoveRequest,
  type Invited,
  type LocalChannel,
  type LocalMembers,
} from '../../chat/wire/local-api.ts'
import { formFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { bodyOf, isGiven, missing } from './fields.ts'
import type { Peer, PeerId } from '../../chat/model.ts'
import type { LocalChat } from './local-chat.ts'
import type { Presenter } from './presenter.ts'

/** Each handler throws ChatError. `writing`: those that may change the state. */
export function closedChannelRoutes({ peer, view }: { readonly peer: LocalChat; readonly view: Presenter }): {
  readonly reading: Routes
  readonly writing: Routes
} {
  return {
    reading: {
      'GET /api/members': ({ query }) => {
        const { channel } = formFields(query)
        if (!isGiven(channel)) throw missing('channel')
        return json(200, view.members(anyChannel(channel)) satisfies LocalMembers)
      },
    },
    writing: {
      'POST /api/closed-channels': (request) => {
        const label = peer.createClosed(channelName(bodyOf(CreateRequest, request).name, 'name'))
        return json(200, view.channel(label) satisfies LocalChannel)
      },
      'POST /api/invitations': (request) => {
        const { channel, person } = bodyOf(InviteRequest, request)
        const label = anyChannel(channel)
        if (!isGiven(person) || person === undefined)
          return json(200, { link: peer.inviteByLink(label) } satisfies Invited)
        peer.invite(label, known(peer, person))
        return json(200, { link: undefined } satisfies Invited)
      },
      'POST /api/removals': (request) => {
        const { channel, person, link } = bodyOf(RemoveRequest, request)
        const label = anyChannel(channel)
        if (isGiven(link) && link !== undefined) peer.withdrawLink(label, link)
        else if (isGiven(person) && person !== undefined) peer.remove(label, member(peer, label, person))
        else throw missing('person')
        return { status: 204 }
      },
    },
  }
}

/** Throws ChatError 404. */
function known(peer: LocalChat, id: PeerId): Peer {
  const found = peer.known(id)
  if (found === undefined) throw new ChatError(404, 'unknown_peer', 'this peer met no such person')
  return found
}

/** Also one who was never met here. Throws ChatError 404. */
function member(peer: LocalChat, label: string, id: PeerId): Peer {
  return peer.closed(label).people.find((each) => each.peer.key === id)?.peer ?? known(peer, id)
}
