/** GET and POST /p2p/hello: who this peer is, and greetings. Shapes: docs/protocol.md. */
import { bodyFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { refuseBrowsers } from '../server/request-rules.ts'
import type { Quotas } from '../server/quotas.ts'
import type { HelloService } from './hello.ts'

export function helloRoutes(hello: HelloService, quotas: Quotas): Routes {
  return {
    'GET /p2p/hello': () => json(200, hello.hello()),
    'POST /p2p/hello': (request, { remote }) => {
      refuseBrowsers(request)
      quotas.consume('greetings', remote.host)
      return json(200, hello.onHello(bodyFields(request), remote.host))
    },
  }
}
