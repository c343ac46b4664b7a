/**
 * Checks that ports are free before a peer opens, changes or announces anything.
 *
 * All ports are held at the same time, so that two flags with one port are found; all are released at the end.
 */
import { createServer, type Server } from 'node:net'
import { listenError } from '../system/exit-codes.ts'

/** Beginnings of error messages. */
export const CANNOT_START_PEER = 'cannot start the peer'
export const CANNOT_OPEN_PAGE = 'cannot open the page'

export interface WantedPort {
  readonly host: string
  /** 0: any. */
  readonly port: number
  /** The beginning of the error message. */
  readonly purpose: string
  /** The flag that chooses another port. */
  readonly flag: string
}

/** Rejects with ExitError for the first port that is not available. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  const held: Server[] = []
  try {
    for (const { host, port, purpose, flag } of wanted) {
      const server = createServer()
      await listening(server, host, port).catch((error: unknown) => {
        throw listenError(error, purpose, host, port, flag)
      })
      held.push(server)
    }
  } finally {
    await Promise.all(held.map(closed))
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ host, port, exclusive: true }, resolve)
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}
