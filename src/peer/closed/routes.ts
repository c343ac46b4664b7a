/** What members of closed channels ask of each other, over connections that prove their keys. Shapes: docs/protocol.md. */
import { ChatError } from '../../chat/errors.ts'
import { isUnheard } from '../../chat/hush.ts'
import { epochIn, removalIn, tokenIn } from '../../chat/wire/closed.ts'
import { bodyFields } from '../../http/body.ts'
import { hostKey } from '../../http/ip.ts'
import { json, type Routes } from '../../http/router.ts'
import { provedKey, refuseBrowsers } from '../server/request-rules.ts'
import { EPOCH_PATH, PROVE_PATH, type Entrances } from './entrances.ts'
import { MEMBERS_PATH, REMOVAL_PATH, type Gathering } from './gathering.ts'
import { REDEEM_PATH, noLink, type Steward } from './steward.ts'
import type { Context, Handler, Request, Response } from '../../http/message.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import type { Epoch } from '../../identity/closed-channel.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Hush } from '../hush/hush.ts'
import type { Store } from '../../store/store.ts'
import type { Quotas } from '../server/quotas.ts'
import type { Membership } from './membership.ts'

export interface ClosedRoutesOptions {
  readonly membership: Membership
  readonly entrances: Entrances
  readonly gathering: Gathering
  readonly steward: Steward
  readonly quotas: Pick<Quotas, 'consume'>
  readonly hush: Pick<Hush, 'kindOf'>
  readonly store: Pick<Store, 'saved'>
}

export function closedRoutes({
  membership,
  entrances,
  gathering,
  steward,
  quotas,
  hush,
  store,
}: ClosedRoutesOptions): Routes {
  const isUnheardKey = (key: KeyId): boolean => isUnheard(hush.kindOf(key))
  /** A person who is not heard invites nobody, nor takes that back, and does not see that from the answer. */
  const isHeard = (by: KeyId, { id, creator }: Pick<Epoch, 'id' | 'creator'>): boolean =>
    membership.joinedId(id) !== undefined || !(isUnheardKey(by) || isUnheardKey(creator))
  /** Throws ChatError 403 in clear, 429. */
  const proved = (handle: (fields: Fields, key: KeyId, context: Context) => Response): Handler => {
    return async (request: Request, context) => {
      refuseBrowsers(request)
      quotas.consume('closed', context.remote.host)
      const key = provedKey(context)
      if (key === undefined)
        throw new ChatError(
          403,
          'no_proof',
          'closed channels are spoken of over connections that prove a key',
        )
      const response = handle(bodyFields(request), key, context)
      await store.saved()
      return response
    }
  }

  return {
    [`POST ${PROVE_PATH}`]: proved((fields, _key, context) =>
      json(200, { proof: entrances.prove(fields, context) }),
    ),
    [`POST ${EPOCH_PATH}`]: proved((fields, key, context) => {
      const epoch = epochIn(fields['epoch'])
      if (epoch === undefined) throw notForThisPeer()
      const host = hostKey(context.remote.host)
      const taken = membership.take(epoch, key, { isHeard: isHeard(key, epoch), host })
      const isKnown = taken.kind === 'taken' || taken.kind === 'outdated'
      if (isKnown && fields['leaving'] === 'for good') steward.heardThatLeft(epoch, key)
      switch (taken.kind) {
        case 'taken':
          return json(200, { state: taken.state })
        case 'outdated':
          return json(409, { error: 'old_epoch', detail: 'a later epoch has begun', epoch: taken.epoch })
        case 'removed':
          return json(410, { error: 'removed', detail: 'you were removed', removal: taken.removal })
        case 'too-many':
          throw new ChatError(429, 'too_many_invitations', 'too many invitations wait for the user here')
        case 'refused':
          throw notForThisPeer()
      }
    }),
    [`POST ${REMOVAL_PATH}`]: proved((fields, key) => {
      const removal = removalIn(fields['removal'])
      if (removal === undefined) throw notForThisPeer()
      if (!membership.takeRemoval(removal, { isHeard: isHeard(key, removal) })) throw notForThisPeer()
      return json(200, { status: 'ok' })
    }),
    [`POST ${MEMBERS_PATH}`]: proved((fields, _key, context) => {
      const { channel, key } = entrances.entered(context)
      const there = gathering.answer(channel, key, fields, context.remote.host)
      if (fields['leaving'] === 'for good') steward.left(channel.epoch, key)
      const people = there.map(({ key: id, ip, port, name }) => ({ key: id, ip, port, name }))
      return json(200, { people, came: channel.came })
    }),
    [`POST ${REDEEM_PATH}`]: proved((fields, key) => {
      const token = tokenIn(fields['token'])
      if (token === undefined || isUnheardKey(key)) throw noLink()
      return json(200, { epoch: steward.redeem(token, key).epoch })
    }),
  }
}

function notForThisPeer(): ChatError {
  return new ChatError(404, 'unknown', 'this is nothing to this peer')
}
