/** Free ports of 127.0.0.1 at which peers may be. */
import { createServer } from 'node:net'
import { portProblem } from '../../chat/address.ts'

/** Below the range from which most kernels take the ports of outgoing connections. */
const FIRST = 10_100
const LAST = 32_000

/** A port that no outgoing connection takes before it is used, or while its program is down. */
export async function freePort(random = Math.random): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(random() * (LAST - FIRST))
    // Peers ignore one another at the port of another service.
    if (portProblem(port) === undefined && (await isFree(port))) return port
  }
}

/** Different ports. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  while (found.size < count) found.add(await freePort())
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
