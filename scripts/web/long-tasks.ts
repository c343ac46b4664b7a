/**
 * Long tasks of a page: more than 50 ms of processor time, which does not depend on the load of the machine.
 */
import type { CDPSession, Page } from 'playwright-core'

const LONG = 50

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of processor time. */
  readonly tdur?: number
}

/** The milliseconds of each long task during `work`. */
export async function longTasksOf(page: Page, work: () => Promise<void>): Promise<number[]> {
  const session = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value) if (isTraceEvent(event)) events.push(event)
  })
  const traceConfig = { includedCategories: ['toplevel', 'devtools.timeline'] }
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig })
  await work()
  await finished(session)
  const main = events.find(({ name }) => name === 'FireAnimationFrame')
  return events
    .filter(({ name, pid, tid }) => name.endsWith('RunTask') && pid === main?.pid && tid === main.tid)
    .map(({ tdur = 0 }) => Math.round(tdur / 1_000))
    .filter((milliseconds) => milliseconds > LONG)
}

function finished(session: CDPSession): Promise<void> {
  return new Promise((resolve, reject) => {
    session.on('Tracing.tracingComplete', () => {
      resolve()
    })
    session.send('Tracing.end').catch(reject)
  })
}

function isTraceEvent(value: object): value is TraceEvent {
  return 'name' in value && 'pid' in value && 'tid' in value
}
