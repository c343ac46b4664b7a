/** HttpNetwork for one program of the simulation. */
import { SimulatedClient, type Internet } from './http-client.ts'
import { Listener } from './http-server.ts'
import type { HttpNetwork } from '../../src/http/network.ts'
import type { Life } from './life.ts'

export function networkFor(life: Life, internet: Internet): HttpNetwork {
  return {
    client: (options) => new SimulatedClient(life, internet, options),
    accepts: () => Promise.resolve(true),
    listen: (handler, options) =>
      new Promise((resolve) => {
        resolve(new Listener(life, handler, options))
      }),
  }
}
