/**
 * Whether addresses can be listened at, before anything is opened, altered or announced on their behalf.
 *
 * All of them are held at the same time, so two wishes for one port are found; none is held any more at the end.
 */
import { createServer, type Server } from 'node:net'
import { listenError } from '../system/exit-codes.ts'

/** What fails, for the sentence that says so. */
export const CANNOT_START_PEER = 'cannot start the peer'
export const CANNOT_OPEN_PAGE = 'cannot open the page'

export interface WantedPort {
  readonly host: string
  /** 0: any. */
  readonly port: number
  /** What fails without it. */
  readonly purpose: string
  /** The flag that chooses another. */
  readonly flag: string
}

/** Rejects with ExitError for the first that cannot be had. */
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
