/** GET and POST /p2p/hello: who this peer is, and greetings. Shapes: docs/protocol.md. */
import { bodyFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { provedKey, refuseBrowsers } from '../server/request-rules.ts'
import type { Quotas } from '../server/quotas.ts'
import type { Greetings } from './greetings.ts'

export function helloRoutes(greetings: Greetings, quotas: Quotas): Routes {
  return {
    'GET /p2p/hello': () => json(200, greetings.hello()),
    'POST /p2p/hello': (request, context) => {
      const { remote } = context
      refuseBrowsers(request)
      quotas.consume('greetings', remote.host)
      return json(200, greetings.onHello(bodyFields(request), remote.host, provedKey(context)))
    },
  }
}
