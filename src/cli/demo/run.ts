/** Plays the acts one after the other, and tells what comes of each. */
import { ExpectationError, type Played } from './model.ts'
import type { Scenario } from './act.ts'
import { now } from './program.ts'
import { screenRows } from './screen.ts'
import type { Style } from '../terminal/style.ts'
import type { DemoRunner } from './runner.ts'

export interface Reporter {
  readonly style: Style
  readonly begins: (act: Scenario, number: number) => void
  readonly ended: (played: Played) => void
  /** Between two acts. Rejects with Interrupted when it wants no more. */
  readonly pause: () => Promise<void>
}

/** Every act is played, whatever became of those before. Rejects with Interrupted. */
export async function run(
  acts: readonly Scenario[],
  stage: DemoRunner,
  audience: Reporter,
): Promise<Played[]> {
  const all: Played[] = []
  for (const [index, act] of acts.entries()) {
    if (index > 0) await audience.pause()
    audience.begins(act, index + 1)
    const played = await playOne(act, index + 1, acts.length, stage, audience.style)
    audience.ended(played)
    all.push(played)
  }
  return all
}

async function playOne(
  act: Scenario,
  number: number,
  of: number,
  stage: DemoRunner,
  style: Style,
): Promise<Played> {
  const begin = now()
  stage.begin()
  try {
    await act.run(stage)
  } catch (error) {
    if (stage.signal.aborted) throw error
    const { checks } = stage.records
    const isRecorded = error instanceof ExpectationError && checks.some(({ passed }) => !passed)
    const missing = error instanceof Error ? error.message : String(error)
    if (!isRecorded) stage.holds('the act can be played', false, missing)
  }
  const { checks, deliveries } = stage.records
  const { started, said } = stage.processes
  const screens = said.map(({ name, lines }) => {
    const seen = deliveries.filter(({ to }) => to === name)
    return { name, rows: screenRows(lines, seen, style) }
  })
  const { title, wire } = act
  return { number, of, title, wire, started, screens, deliveries, checks, ms: now() - begin }
}
