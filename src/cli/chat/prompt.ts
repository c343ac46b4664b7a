/** The prompt of a chat in a terminal: there at once, also before the chat is. */
import { GENERAL } from '../../chat/model.ts'
import { EXIT } from '../system/exit-codes.ts'
import { reflowOf } from '../terminal/layout.ts'
import { systemClock } from '../system/clock.ts'
import { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/wrap.ts'
import type { ChatSession } from './session.ts'

export interface Prompt {
  readonly print: (text: string) => void
  readonly onChannel: (channel: string | undefined) => void
  /** From now on lines are performed; those that were typed before are now. */
  readonly begin: (session: ChatSession) => void
  readonly close: () => void
}

/** The first interruption ends the chat in order, with the exit status as the reason; the second ends it at once. */
export function terminalFace(stopping: AbortController): Prompt {
  let session: ChatSession | undefined
  const early: ((session: ChatSession) => void)[] = []
  const enter = (act: (session: ChatSession) => void): void => {
    if (session === undefined) early.push(act)
    else act(session)
  }
  const interrupt = (status: number) => (): void => {
    if (stopping.signal.aborted) {
      terminal.close()
      process.exit(status)
    }
    terminal.print(status === EXIT.interrupted ? '-- leaving; Ctrl-C again leaves at once' : '-- leaving')
    stopping.abort(status)
  }
  const terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    prompt: promptFor(GENERAL),
    reflow: reflowOf(process.env),
    complete: (line, cursor) => session?.complete(line, cursor) ?? { from: cursor, candidates: [] },
    clock: systemClock,
    onLine: (line) => {
      enter((chat) => void chat.perform(line))
    },
    onText: (text) => {
      enter((chat) => void chat.say(text))
    },
    onInterrupt: interrupt(EXIT.interrupted),
    onEnd: interrupt(EXIT.ok),
    onGone: () => {
      stopping.abort(EXIT.ok)
    },
    onShortcut: (shortcut) => {
      if (shortcut.kind === 'channel') session?.goTo(shortcut.number)
      else session?.goToUnread()
    },
  })
  terminal.setHistory(GENERAL)
  return {
    print: (text) => {
      terminal.print(wrap(text, terminal.columns))
    },
    onChannel: (channel) => {
      terminal.setPrompt(promptFor(channel))
      if (channel !== undefined) terminal.setHistory(channel)
    },
    begin: (given) => {
      session = given
      for (const act of early) act(given)
    },
    close: () => {
      terminal.close()
    },
  }
}

function promptFor(channel: string | undefined): string {
  return channel === undefined ? 'no channel> ' : `#${channel}> `
}
