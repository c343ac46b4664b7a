/** `parley doctor`: why you see nobody. Looks at everything that a peer needs, and says what is wrong and what fixes it. */
import { TCP } from '../../http/network.ts'
import { EXIT } from '../system/exit-codes.ts'
import { systemRandom } from '../system/random.ts'
import { directoryOf } from '../system/paths.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import { diagnose } from './diagnose.ts'
import { runProbes } from './probes/run-probes.ts'
import { asJson, asText, fitted } from './report.ts'
import type { Address } from '../../http/message.ts'

export interface DoctorOptions {
  readonly name: string
  /** Where a peer would listen. */
  readonly ip: string
  readonly port?: number | undefined
  /** Undefined: no tracker. */
  readonly tracker: Address | undefined
  /** Names; all when there are none. */
  readonly interfaces: readonly string[]
  readonly lan: boolean
  readonly peers: readonly Address[]
  /** Where messages are kept; undefined: in the directory of the name. */
  readonly data?: string | undefined
  /** For everything together, in seconds. */
  readonly timeout: number
  readonly json: boolean
  readonly color: boolean
  /** Nobody asked for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
}

/** Who is asked needs some time to answer, in milliseconds. */
const SHORTEST = 1_000

/** Prints what was found. Resolves to the exit status: 0 nothing is wrong, 1 something is. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { name, ip, port, tracker, interfaces, lan, peers, data, timeout, json, color, isTrackerOptional } =
    options
  const begun = Date.now() - performance.now()
  const findings = await runProbes({
    wanted: { name, ip, port, interfaces, isTrackerOptional },
    ...{
      lan,
      tracker,
      peers,
      directory: data ?? directoryOf(name),
      timeout: Math.max(SHORTEST, timeout * 1_000),
    },
    ...{ network: TCP, clock: systemClock, random: systemRandom },
    // As the wall clock says now, but without its jumps.
    now: () => begun + performance.now(),
  })
  const diagnosis = diagnose(findings)
  const style = styleFor(process.stdout.isTTY, process.env, color)
  const { isTTY, columns } = process.stdout
  const text = asText(diagnosis, style)
  const shown = json ? asJson(diagnosis, findings) : isTTY ? fitted(text, columns) : text
  process.stdout.write(`${shown}\n`)
  return diagnosis.isWrong ? EXIT.failure : EXIT.ok
}
