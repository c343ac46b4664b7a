/**
 * `parley demo`: the demonstration by itself. A tracker and some peers, each a process of its own, are started,
 * talk, are killed and come back; what happens on the wire is told, and whether it was what should happen.
 */
import { EXIT } from '../system/exit-codes.ts'
import { plain, styleFor } from '../terminal/style.ts'
import { ACTS } from './scenarios/scenarios.ts'
import { nextWish } from './keys.ts'
import { Interrupted, type Played } from './model.ts'
import type { Scenario } from './act.ts'
import { onStage } from './with-runner.ts'
import { Output } from './output.ts'
import { run } from './run.ts'
import { now } from './program.ts'
import { actJson, closingText, openingText, summaryJson, summaryText, type Paper } from './report.ts'
import { summaryOf } from './summary.ts'
import type { DemoRunner } from './runner.ts'

export interface DemoOptions {
  /** Waits for a key between the acts. */
  readonly pause: boolean
  /** A file for a recording (asciicast version 2) of what is printed. */
  readonly record?: string | undefined
  readonly color: boolean
  /** One JSON object for each act, and one for the summary. */
  readonly json: boolean
}

/** Resolves to the exit status: 0 only if everything happened that should, 130 when interrupted. Rejects with ExitError. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const output = new Output(options.record)
  try {
    return await onStage((stage) => perform(options, stage, output))
  } finally {
    output.close()
  }
}

async function perform(options: DemoOptions, stage: DemoRunner, output: Output): Promise<number> {
  const style = options.json ? plain : styleFor(process.stdout.isTTY, process.env, options.color)
  const begin = now()
  let paused = 0
  const played = await run(ACTS, stage, {
    style,
    ...narrator(options, { columns: output.columns, style }, output),
    pause: async () => {
      if (!options.pause) return
      const pauseBegin = now()
      if (!options.json) output.print(style.dim('\n  Enter: the next act; q: the end\n'))
      const wish = await output.pausing(() => nextWish(process.stdin, stage.signal))
      if (wish === 'stop') throw new Interrupted('whoever watches wants no more')
      paused += now() - pauseBegin
    },
  })
  const summary = summaryOf(played, ACTS.length, now() - begin - paused)
  const paper = { columns: output.columns, style }
  output.print(options.json ? summaryJson(summary) : summaryText(summary, paper))
  return summary.complete ? EXIT.ok : EXIT.failure
}

interface Narrator {
  readonly begins: (act: Scenario, number: number) => void
  readonly ended: (played: Played) => void
}

function narrator({ json }: DemoOptions, paper: Paper, output: Output): Narrator {
  if (json) {
    return {
      begins: () => undefined,
      ended: (played) => {
        output.print(actJson(played))
      },
    }
  }
  return {
    begins: (act, number) => {
      output.print(openingText(act, number, ACTS.length, paper))
    },
    ended: (played) => {
      output.print(closingText(played, paper))
    },
  }
}
