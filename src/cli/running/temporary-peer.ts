/** A peer that lives as long as one command. The command uses its local API, on loopback, as that of a running peer. */
import { randomBytes } from 'node:crypto'
import { stillWaiting } from '../../chat/waiting.ts'
import { WebServer } from '../../peer/local-api/server.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import { LocalClient } from './local-client.ts'
import { PeerEvents } from './peer-events.ts'
import { startPeer, type StartFlags } from './start-peer.ts'
import type { HttpClient } from '../../http/network.ts'

export interface TemporaryPeer {
  readonly local: LocalClient
  /** The directory of its messages; undefined: they are in memory only. */
  readonly directory: string | undefined
  /** Resolves when newcomers of a channel no longer get what was said there so far. */
  readonly closedToNewcomers: () => Promise<void>
  readonly close: () => Promise<void>
}

/** `onProblem` gets, in a sentence, problems that do not stop the peer. Rejects with ExitError. */
export async function startTemporaryPeer(
  client: HttpClient,
  flags: StartFlags,
  onProblem: (sentence: string) => void,
): Promise<TemporaryPeer> {
  const events = new PeerEvents()
  const { peer, directory } = await startPeer(flags, {
    show: (event) => {
      if (event.kind === 'notice') onProblem(event.text)
      if (event.kind === 'resumed') onProblem(stillWaiting(event.messages) ?? '')
      events.show(event)
    },
  })
  const token = randomBytes(32).toString('base64url')
  const web = new WebServer({
    peer,
    // No file names this address and this token, so no other program uses them.
    host: '127.0.0.1',
    port: 0,
    token,
    pages: undefined,
    clock: systemClock,
    random: systemRandom,
    lan: () => undefined,
    onError: (error) => {
      onProblem(String(error))
    },
  })
  events.listen(web)
  const close = async (): Promise<void> => {
    await web.close()
    await peer.close()
  }
  try {
    await web.listen()
  } catch (error) {
    await close()
    throw error
  }
  return {
    local: new LocalClient(client, web.address, token),
    directory,
    closedToNewcomers: () => peer.closedToNewcomers(),
    close,
  }
}
