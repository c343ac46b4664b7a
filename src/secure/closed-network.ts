/** HTTP of a closed network, for programs that are no peers: all requests go over connections that prove the network key. */
import { Router } from '../http/router.ts'
import { onlySentence, refuseStrangers } from './closed.ts'
import { SecureDoor } from './door.ts'
import { securedBy } from './initiator.ts'
import type { HttpNetwork } from '../http/network.ts'
import type { Clock } from '../http/transport/clock.ts'
import type { SecureSelf } from './self.ts'

/** The same network, in which this end proves itself, and answers to members only. */
export function closedNetwork(network: HttpNetwork, self: SecureSelf, clock: Clock): HttpNetwork {
  return {
    client: (options) => network.client({ ...options, ...securedBy(self) }),
    accepts: (address, within) => network.accepts(address, within),
    listen: (handler, options) => {
      const door = new Router(new SecureDoor({ self, clock }).routes, {
        guard: (head, context) => refuseStrangers(self, head, context),
      })
      return network.listen(
        (request, context) =>
          context.peer === undefined ? door.handle(request, context) : handler(request, context),
        { ...options, onlyAnswer: onlySentence(self) },
      )
    },
  }
}
