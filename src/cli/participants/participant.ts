/** One process that a demonstration drives: this program once more, as a tracker or a peer, through its standard input. */
import { eventFrom } from '../../chat/wire/events.ts'
import { ChildProgram } from '../system/child-program.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import type { ChatEvent, ChatMessage } from '../../chat/model.ts'
import type { ParticipantFilter } from './participant-filter.ts'

/** A line that was typed or printed. `at` is in milliseconds of `performance.now()`. */
export type Line = { readonly at: number } & (
  | { readonly kind: 'typed' | 'printed'; readonly text: string }
  | { readonly kind: 'event'; readonly event: ChatEvent }
)

export interface ParticipantOptions {
  readonly name: string
  readonly port: number
  /** Sub-command and flags. */
  readonly args: readonly string[]
  /** Folder for its configuration and data. */
  readonly directory: string
  /** Leaves out events of other programs of this machine. */
  readonly filter: ParticipantFilter
  /** Ends every wait. */
  readonly signal: AbortSignal
}

/** A tracker reads no input. This makes it end with its input, as peers do, so that it does not outlive its parent. */
const ENDS_WITH_INPUT = 'data:text/javascript,process.stdin.once("end",()=>process.exit()).resume().unref()'

export class Participant {
  readonly name: string
  readonly port: number
  /** Since begin() was called. */
  lines: Line[] = []
  readonly program: ChildProgram

  /** Starts the process. */
  constructor({ name, port, args, directory, filter, signal }: ParticipantOptions) {
    this.name = name
    this.port = port
    this.program = new ChildProgram(process.execPath, [...process.execArgv, ...programArgs(args)], {
      name,
      env: cleanEnvironment(directory),
      signal,
      onLine: (text) => {
        const line = lineFrom(text, filter)
        if (line !== undefined) this.lines.push(line)
      },
    })
  }

  /** Forgets what was typed and printed so far. */
  begin(): void {
    this.lines = []
    this.program.forget()
  }

  /** Types a line; returns when that was. */
  type(text: string): number {
    const at = performance.now()
    this.program.enter(text)
    this.lines.push({ at, kind: 'typed', text })
    return at
  }

  /** The first thing found in the lines from index `from` on. Rejects as ChildProgram.until() does. */
  waitFor<Found>(
    what: string,
    ms: number,
    find: (line: Line) => Found | undefined,
    from = 0,
  ): Promise<Found> {
    let next = from
    return this.program.until(what, ms, () => {
      for (const line of this.lines.slice(next)) {
        next++
        const found = find(line)
        if (found !== undefined) return found
      }
      return undefined
    })
  }
}

/** The message of another peer that this line shows. */
export function messageIn(line: Line): ChatMessage | undefined {
  return line.kind === 'event' && line.event.kind === 'message' && !line.event.own
    ? line.event.message
    : undefined
}

function lineFrom(text: string, filter: ParticipantFilter): Line | undefined {
  const at = performance.now()
  const event = eventFrom(text)
  if (event === undefined) return { at, kind: 'printed', text }
  const kept = filter.only(event)
  return kept === undefined ? undefined : { at, kind: 'event', event: kept }
}

/** This program as it was started, with another command. Throws ExitError. */
function programArgs(args: readonly string[]): string[] {
  const [, main] = process.argv
  if (main === undefined)
    throw new ExitError(
      EXIT.failure,
      'this program does not know from which file it was started: run it as `parley`',
    )
  const extra = args[0] === 'tracker' ? ['--import', ENDS_WITH_INPUT] : []
  return [...extra, main, ...args]
}

/** Without the user's settings, and limited to the loopback interface. */
function cleanEnvironment(directory: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:PARLEY_|FORCE_COLOR$)/.test(name))
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    PARLEY_INTERFACE: 'lo',
    XDG_CONFIG_HOME: directory,
    XDG_DATA_HOME: directory,
  }
}
