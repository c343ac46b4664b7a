/** Whether this peer is alive, and whether the peer that asks can be reached. */
import { ChatError } from '../../chat/errors.ts'
import { bodyFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { refuseBrowsers } from '../server/request-rules.ts'
import { checkWanted, nonceIn, type ReachCheck } from './reach-check.ts'
import type { Handler } from '../../http/message.ts'
import type { Quotas } from '../server/quotas.ts'

export function selfRoutes(reachCheck: ReachCheck, quotas: Quotas): Routes {
  const health: Handler = () => json(200, { status: 'ok' })
  return {
    'GET /healthz': health,
    'GET /health': health,
    'POST /p2p/check': async (request, { remote }) => {
      refuseBrowsers(request)
      quotas.consume('checks', remote.host)
      return json(200, await reachCheck.check(checkWanted(bodyFields(request), remote.host), remote.host))
    },
    // Another peer looks whether it reaches this one.
    'GET /p2p/check/*': ({ path }) => {
      const nonce = nonceIn(path)
      if (nonce === undefined) throw new ChatError(404, 'not_found', 'no such path')
      return json(200, { status: 'ok', nonce })
    },
  }
}
