/** A peer that lives only as long as a command, and is talked to as one that runs: by its local API, on loopback. */
import { randomBytes } from 'node:crypto'
import { WebServer } from '../../peer/local-api/server.ts'
import { systemRandom } from '../system/random.ts'
import { LocalClient } from './local-client.ts'
import { startPeer, type StartFlags } from './start-peer.ts'
import { stillWaiting } from '../../chat/waiting.ts'
import { systemClock } from '../system/clock.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { HttpClient } from '../../http/network.ts'

export interface OwnPeer {
  readonly local: LocalClient
  /** The directory in which it keeps its messages; undefined: nowhere. */
  readonly directory: string | undefined
  /** Resolves when no newcomer of a channel gets what was said there so far. */
  readonly closedToNewcomers: () => Promise<void>
  readonly close: () => Promise<void>
}

/** `onProblem` is told in a sentence what does not stop it. Rejects with ExitError. */
export async function startOwnPeer(
  client: HttpClient,
  flags: StartFlags,
  onProblem: (sentence: string) => void,
): Promise<OwnPeer> {
  const early: ChatEvent[] = []
  let show = (event: ChatEvent): void => void early.push(event)
  const { peer, directory } = await startPeer(flags, (event) => {
    if (event.kind === 'notice') onProblem(event.text)
    if (event.kind === 'resumed') onProblem(stillWaiting(event.messages) ?? '')
    show(event)
  })
  const token = randomBytes(32).toString('base64url')
  const web = new WebServer({
    // Nobody else is told of it, so that nobody counts on it.
    ...{ peer, token, host: '127.0.0.1', port: 0, pages: undefined },
    ...{ clock: systemClock, random: systemRandom, lan: () => undefined },
    onError: (error) => {
      onProblem(String(error))
    },
  })
  show = web.show
  early.forEach(show)
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
    ...{ local: new LocalClient(client, web.address, token), directory, close },
    closedToNewcomers: () => peer.closedToNewcomers(),
  }
}
