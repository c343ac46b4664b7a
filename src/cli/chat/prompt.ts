/** The prompt of a chat in a terminal. It is there before the chat: lines entered meanwhile wait for it. */
import { channelTitle } from '../../chat/closed-label.ts'
import { GENERAL } from '../../chat/model.ts'
import { systemClock } from '../system/clock.ts'
import { EXIT } from '../system/exit-codes.ts'
import { reflowOf } from '../terminal/layout.ts'
import { Terminal, type TerminalListener } from '../terminal/terminal.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Completion } from '../terminal/completion.ts'
import type { Shortcut } from '../terminal/editor.ts'
import type { ChatSession } from './session.ts'
import type { ChatView } from './view.ts'

type Action = (session: ChatSession) => void

export class Prompt implements ChatView, TerminalListener {
  readonly #terminal: Terminal
  readonly #stopping: AbortController
  readonly #early: Action[] = []
  #session: ChatSession | undefined

  /** Ctrl-C and Ctrl-D abort `stopping` with the exit status as the reason; a second time they end the process. */
  constructor(stopping: AbortController) {
    this.#stopping = stopping
    this.#terminal = new Terminal({
      input: process.stdin,
      output: process.stdout,
      prompt: promptFor(GENERAL),
      reflow: reflowOf(process.env),
      clock: systemClock,
      listener: this,
    })
    this.#terminal.setHistory(GENERAL)
  }

  /** The session performs lines from now on, first those that were entered before. */
  attach(session: ChatSession): void {
    this.#session = session
    for (const action of this.#early) action(session)
  }

  close(): void {
    this.#terminal.close()
  }

  // --- what the session shows -----------------------------------------------------------------------

  print(text: string): void {
    this.#terminal.print(wrap(text, this.#terminal.columns))
  }

  note(text: string): void {
    this.print(text)
  }

  problem(text: string): void {
    this.print(text)
  }

  showChannel(channel: string | undefined): void {
    this.#terminal.setPrompt(promptFor(channel))
    if (channel !== undefined) this.#terminal.setHistory(channel)
  }

  quit(): void {
    this.#stopping.abort(EXIT.ok)
  }

  // --- what the user does ---------------------------------------------------------------------------

  complete(line: string, cursor: number): Completion {
    return this.#session?.complete(line, cursor) ?? { from: cursor, candidates: [] }
  }

  onLine(line: string): void {
    this.#act((session) => void session.perform(line))
  }

  onText(text: string): void {
    this.#act((session) => void session.say(text))
  }

  onShortcut(shortcut: Shortcut): void {
    if (shortcut.kind === 'channel') this.#session?.goTo(shortcut.number)
    else if (shortcut.kind === 'next-unread') this.#session?.goToUnread()
    else this.#terminal.type(this.#session?.ignoreLast ?? '')
  }

  onInterrupt(): void {
    this.#leave(EXIT.interrupted, '-- leaving; Ctrl-C again leaves at once')
  }

  onEnd(): void {
    this.#leave(EXIT.ok, '-- leaving')
  }

  onLost(): void {
    this.#stopping.abort(EXIT.ok)
  }

  #act(action: Action): void {
    if (this.#session === undefined) this.#early.push(action)
    else action(this.#session)
  }

  #leave(status: number, sentence: string): void {
    if (this.#stopping.signal.aborted) {
      this.close()
      process.exit(status)
    }
    this.#terminal.print(sentence)
    this.#stopping.abort(status)
  }
}

function promptFor(channel: string | undefined): string {
  return channel === undefined ? 'no channel> ' : `${channelTitle(channel)}> `
}
