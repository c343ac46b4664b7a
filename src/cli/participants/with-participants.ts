/** Participants for the length of one function: however it ends, no process and no file of them stays. */
import { EXIT } from '../system/exit-codes.ts'
import { Participants } from './participants.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const

/** The user has stopped it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Resolves to what `perform` resolves to, an exit status, or to 130 when it was interrupted. */
export async function withParticipants(
  perform: (participants: Participants) => Promise<number>,
): Promise<number> {
  const interruption = new AbortController()
  const interrupt = (): void => {
    interruption.abort(new Interrupted('interrupted'))
  }
  const participants = await Participants.prepare(interruption.signal)
  const closeNow = (): void => {
    participants.closeNow()
  }
  process.once('exit', closeNow)
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    return await perform(participants)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.stderr.write('-- interrupted\n')
    return EXIT.interrupted
  } finally {
    await participants.close()
    process.removeListener('exit', closeNow)
    for (const name of SIGNALS) process.removeListener(name, interrupt)
  }
}
