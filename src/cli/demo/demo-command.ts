/**
 * `parley demo`: a tracker and some peers, each in a process of its own, talk, are killed and come back; the command
 * shows what happens on the wire, what each terminal prints, and whether it was what should happen.
 */
import { Interrupted, withParticipants } from '../participants/with-participants.ts'
import { EXIT } from '../system/exit-codes.ts'
import { plain, styleFor } from '../terminal/style.ts'
import { nextKey } from './keys.ts'
import { Output } from './output.ts'
import { actJson, closingText, openingText, summaryJson, summaryText, type Paper } from './report.ts'
import { DemoRunner, type Reporter } from './runner.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'
import { summaryOf } from './summary.ts'
import type { Participants } from '../participants/participants.ts'

export interface DemoOptions {
  /** Waits for a key between scenarios. */
  readonly pause: boolean
  /** A file for a recording (asciicast version 2) of what is printed. */
  readonly record?: string | undefined
  readonly color: boolean
  /** One JSON object for each scenario, and one for the summary. */
  readonly json: boolean
}

/** Resolves to the exit status: 0 when every check passed, 130 when interrupted, else 1. Rejects with ExitError. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const output = new Output(options.record)
  try {
    return await withParticipants((peers) => perform(options, peers, output))
  } finally {
    output.close()
  }
}

async function perform(options: DemoOptions, peers: Participants, output: Output): Promise<number> {
  const style = options.json ? plain : styleFor(process.stdout.isTTY, process.env, options.color)
  const paper = { columns: output.columns, style }
  const demo = new DemoRunner(peers)
  const begin = performance.now()
  let paused = 0
  const pause = async (): Promise<void> => {
    if (!options.pause) return
    const pauseBegin = performance.now()
    if (!options.json) output.print(style.dim('\n  Enter: the next act; q: the end\n'))
    const key = await output.pausing(() => nextKey(process.stdin, peers.signal))
    if (key === 'stop') throw new Interrupted('stopped by a key')
    paused += performance.now() - pauseBegin
  }
  try {
    const results = await demo.runAll(SCENARIOS, { style, pause, ...reports(options.json, paper, output) })
    const summary = summaryOf(results, SCENARIOS.length, performance.now() - begin - paused)
    output.print(options.json ? summaryJson(summary) : summaryText(summary, paper))
    return summary.complete ? EXIT.ok : EXIT.failure
  } finally {
    demo.close()
  }
}

function reports(json: boolean, paper: Paper, output: Output): Pick<Reporter, 'begins' | 'ended'> {
  return {
    begins: (scenario, number) => {
      if (!json) output.print(openingText(scenario, number, SCENARIOS.length, paper))
    },
    ended: (result) => {
      output.print(json ? actJson(result) : closingText(result, paper))
    },
  }
}
