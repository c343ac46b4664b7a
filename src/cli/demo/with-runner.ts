/** A stage for as long as somebody needs it: nothing of it stays, however that ends. */
import { EXIT } from '../system/exit-codes.ts'
import { Interrupted } from './model.ts'
import { Processes } from './processes.ts'
import { DemoRunner } from './runner.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const

/** Resolves to what `perform` resolves to, an exit status, or to 130 when it was interrupted. */
export async function onStage(perform: (stage: DemoRunner) => Promise<number>): Promise<number> {
  const interruption = new AbortController()
  const { signal } = interruption
  const interrupt = (): void => {
    interruption.abort()
  }
  const processes = await Processes.prepare(signal)
  const stage = new DemoRunner(processes, signal)
  const closeNow = (): void => {
    processes.closeNow()
  }
  process.once('exit', closeNow)
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    return await perform(stage)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.stderr.write('-- interrupted\n')
    return EXIT.interrupted
  } finally {
    stage.close()
    await processes.close()
    process.removeListener('exit', closeNow)
    for (const name of SIGNALS) process.removeListener(name, interrupt)
  }
}
