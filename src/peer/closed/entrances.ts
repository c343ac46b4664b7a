/**
 * Proofs of membership, one for each connection between two members of a closed channel.
 *
 * Invariant: nothing of a closed channel is on a connection on which not both ends have proved, for that connection alone,
 * that they have the secret of its epoch; the end that connected proves it first, to a key that the creator named. When the
 * epoch is over, so is the connection.
 */
import { channelTitle } from '../../chat/closed-label.ts'
import { isObject } from '../../chat/wire/fields.ts'
import { epochIn, proofIn, removalIn } from '../../chat/wire/closed.ts'
import { anyJson } from '../../chat/wire/json.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import {
  isMember,
  membershipProof,
  isMembershipProof,
  type Bound,
  type ClosedId,
  type Epoch,
} from '../../identity/closed-channel.ts'
import { ClientError } from '../../http/client-connection.ts'
import { ChatError } from '../../chat/errors.ts'
import { refuse } from '../../http/router.ts'
import { signatureOf } from '../messages/signatures/signed-form.ts'
import { postRequest } from '../self/requests.ts'
import type { ChatMessage, ClosedScope, Peer } from '../../chat/model.ts'
import type { Entrance, Admit } from '../../http/client.ts'
import type { Context, ProvedPeer, ReceivedResponse, Target } from '../../http/message.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'
import type { Self } from '../self/self.ts'
import type { ClosedChannel, Membership } from './membership.ts'

export const PROVE_PATH = '/p2p/closed/prove'
export const EPOCH_PATH = '/p2p/closed/epoch'

/** The epoch for which a connection was proved. */
interface Entered {
  readonly id: ClosedId
  readonly number: number
}

export interface EntrancesOptions {
  readonly membership: Membership
  readonly self: Pick<Self, 'keys' | 'networkTag'>
  /** Called when a person that is in this epoch answers that it left, or declined. */
  readonly onLeft: (epoch: Epoch, key: KeyId) => void
}

export class Entrances {
  readonly #membership: Membership
  readonly #self: Pick<Self, 'keys' | 'networkTag'>
  readonly #onLeft: EntrancesOptions['onLeft']
  /** Connections that others made, by their other end, which is one object for each connection. */
  readonly #entered = new WeakMap<ProvedPeer, Entered>()

  constructor({ membership, self, onLeft }: EntrancesOptions) {
    this.#membership = membership
    this.#self = self
    this.#onLeft = onLeft
  }

  // --- as the end that connects ---------------------------------------------------------------------

  /** Where what belongs to this channel goes: to the member, over a connection of this epoch. */
  roomOf(target: Target, { epoch }: Pick<ClosedChannel, 'epoch'>): Target {
    return { ...target, room: `${epoch.id} ${epoch.number}` }
  }

  /** The same for a message of a closed channel; every other message goes to the target itself. */
  targetOf(target: Target, closed: ClosedScope | undefined): Target {
    if (closed === undefined) return target
    const channel = this.#membership.joinedId(closed.id)
    // Nobody is let into the room of a channel that this peer is not in.
    return channel === undefined ? { ...target, room: closed.id } : this.roomOf(target, channel)
  }

  /** Why a message must not go to a peer; undefined if it may. */
  problemFor({ closed, channel }: ChatMessage, { key }: Peer): string | undefined {
    if (closed === undefined) return undefined
    if (this.#membership.joinedId(closed.id) === undefined)
      return `you are no longer in ${channelTitle(channel)}`
    const isFellow = key !== undefined && this.#membership.isFellow(closed.id, key)
    return isFellow ? undefined : `no longer in ${channelTitle(channel)}`
  }

  /** A message that waited while another epoch began is said in that one. */
  inThisEpoch(message: ChatMessage): ChatMessage {
    const epoch = message.closed && this.#membership.joinedId(message.closed.id)?.epoch
    if (epoch === undefined || epoch.number === message.closed?.epoch) return message
    const { id, from, channel, content, sentAt, seq } = message
    const closed = { id: epoch.id, epoch: epoch.number }
    const anew = { id, from, channel, content, sentAt, closed, ...(seq === undefined ? {} : { seq }) }
    const signature = signatureOf(anew, this.#self)
    return signature === undefined ? anew : { ...anew, signature }
  }

  /** Proves this end on a new connection, and has the other end prove itself. */
  readonly admit: Admit = async ({ key, room }, entrance) => {
    const [id = '', number] = room.split(' ')
    const channel = this.#membership.joinedId(id)
    if (channel?.epoch.number !== Number(number) || key === undefined || !isKeyId(key))
      throw notLetIn('another epoch of the channel has begun')
    if (!isMember(channel.epoch, key)) throw notLetIn('this peer is no member of the channel')
    const { epoch } = channel
    if (await this.#isProved(entrance, epoch, key)) return
    await this.#offer(entrance, epoch, key)
    if (!(await this.#isProved(entrance, epoch, key))) throw notLetIn('it does not prove that it is a member')
  }

  async #isProved({ binding, ask }: Entrance, epoch: Epoch, responder: KeyId): Promise<boolean> {
    const bound = { hash: binding, initiator: this.#self.keys.id, responder }
    const own = membershipProof(epoch, 'initiator', bound).toString('base64url')
    const answer = await ask(postRequest(PROVE_PATH, JSON.stringify({ proof: own })))
    refuseBusy(answer)
    const theirs = answer.status === 200 ? proofIn(fieldsOf(answer)['proof']) : undefined
    return theirs !== undefined && isMembershipProof(theirs, epoch, 'responder', bound)
  }

  /** The other end does not know this epoch: it is given to it, or gives a later one. */
  async #offer({ ask }: Entrance, epoch: Epoch, responder: KeyId): Promise<void> {
    const answer = await ask(postRequest(EPOCH_PATH, JSON.stringify({ epoch })))
    refuseBusy(answer)
    const { epoch: other, removal: written, state } = fieldsOf(answer)
    if (answer.status === 200 && state === 'joined') return
    if (answer.status === 200 && state === 'left') {
      this.#onLeft(epoch, responder)
      throw notLetIn('it has left the channel')
    }
    if (answer.status === 200) throw notLetIn('it has not come in yet')
    const later = epochIn(other)
    if (later !== undefined && this.#membership.take(later, responder).kind === 'taken')
      throw notLetIn('it knows a later epoch of the channel')
    const removal = removalIn(written)
    if (removal !== undefined && this.#membership.takeRemoval(removal))
      throw notLetIn('you were removed from the channel')
    throw notLetIn('it does not take part in the channel')
  }

  // --- as the end that is connected to --------------------------------------------------------------

  /** Answers the proof of the other end with that of this one. Throws ChatError 403, 404. */
  prove(fields: Readonly<Record<string, unknown>>, { peer }: Context): string {
    const [hash, proof] = [peer?.binding, proofIn(fields['proof'])]
    if (peer?.kind !== 'peer' || hash === undefined || proof === undefined || !isKeyId(peer.id))
      throw new ChatError(403, 'no_proof', 'membership is proved over a connection that proves a key')
    const bound: Bound = { hash, initiator: peer.id, responder: this.#self.keys.id }
    for (const { epoch } of this.#membership.joined) {
      if (!isMember(epoch, bound.initiator)) continue
      if (!isMembershipProof(proof, epoch, 'initiator', bound)) continue
      this.#entered.set(peer, { id: epoch.id, number: epoch.number })
      return membershipProof(epoch, 'responder', bound).toString('base64url')
    }
    throw new ChatError(404, 'unknown', 'this proves nothing here')
  }

  /** Refuses everything on a connection whose epoch is over, and ends it. Throws Refusal 409. */
  refuseOutdated({ peer }: Context): void {
    const entered = peer && this.#entered.get(peer)
    if (entered !== undefined && this.#membership.joinedId(entered.id)?.epoch.number !== entered.number)
      throw refuse(409, 'old_epoch', 'another epoch of this channel has begun', { close: true })
  }

  /** The closed channel that this connection was let into, and its other end. Throws ChatError 403. */
  entered({ peer }: Pick<Context, 'peer'>): { readonly channel: ClosedChannel; readonly key: KeyId } {
    const entered = peer && this.#entered.get(peer)
    const channel = entered && this.#membership.joinedId(entered.id)
    const key = peer?.id
    if (
      channel === undefined ||
      key === undefined ||
      !isKeyId(key) ||
      channel.epoch.number !== entered?.number
    )
      throw new ChatError(403, 'not_proved', 'membership was not proved on this connection')
    return { channel, key }
  }

  /**
   * A message as it arrived, in the channel of its label here if it is one of a closed channel, which only a connection of
   * that channel may bring. Throws ChatError 403, 409.
   */
  localized(message: IncomingMessage, context: Pick<Context, 'peer'>): IncomingMessage {
    const { closed } = message
    if (closed === undefined) return message
    const { channel } = this.entered(context)
    // A member speaks for itself only: what others said is in the history, with their signatures.
    if (message.hops > 0) throw new ChatError(403, 'not_direct', 'nothing is relayed in a closed channel')
    if (channel.epoch.id !== closed.id)
      throw new ChatError(403, 'not_proved', 'membership was not proved on this connection', {
        field: 'closed',
      })
    if (closed.epoch !== channel.epoch.number)
      throw new ChatError(409, 'old_epoch', 'this was said in another epoch of the channel', {
        field: 'closed',
      })
    return { ...message, channel: channel.label }
  }
}

/** A peer that is busy says nothing of the channel, and often ends the connection with its answer. Throws ClientError. */
function refuseBusy({ status }: ReceivedResponse): void {
  if (status === 429 || status >= 500) throw notLetIn('it is busy')
}

function notLetIn(why: string): ClientError {
  return new ClientError('not_admitted', why)
}

function fieldsOf({ body }: ReceivedResponse): Readonly<Record<string, unknown>> {
  const value = anyJson(body.toString())
  return isObject(value) ? value : {}
}
