/** The user who answers the questions of `parley lan`: at a terminal, or by the lines of a pipe. */
import { createInterface } from 'node:readline'
import { sanitize } from '../../chat/sanitize.ts'
import { systemClock } from '../system/clock.ts'
import { EXIT } from '../system/exit-codes.ts'
import { reflowOf } from '../terminal/layout.ts'
import { Terminal, type TerminalListener } from '../terminal/terminal.ts'
import { wrap } from '../terminal/wrap.ts'
import { QUESTIONS, type Asker } from './dialogue.ts'
import type { Complete, Completion } from '../terminal/completion.ts'

export interface ClosingAsker extends Asker {
  readonly isPipe: boolean
  /** Sets the candidates for Tab where a command is asked for. */
  setCompletion(complete: Complete): void
  close(): void
}

interface Question {
  readonly text: string
  /** Undefined: there are no more lines. */
  readonly answer: (line: string | undefined) => void
}

/** The question is the prompt; question and answer stay on the screen as one line. */
export class TerminalAsker implements ClosingAsker, TerminalListener {
  readonly isPipe = false
  readonly #terminal: Terminal
  readonly #stopping: AbortController
  /** Lines entered before a question; undefined is the end. */
  readonly #early: (string | undefined)[] = []
  #question: Question | undefined
  #complete: Complete = noCompletion

  /** Ctrl-C aborts `stopping`; a second time it ends the process. */
  constructor(stopping: AbortController) {
    this.#stopping = stopping
    this.#terminal = new Terminal({
      input: process.stdin,
      output: process.stdout,
      prompt: '',
      reflow: reflowOf(process.env),
      clock: systemClock,
      listener: this,
    })
  }

  readonly print = (text: string): void => {
    this.#terminal.print(wrap(text, this.#terminal.columns))
  }

  readonly ask = (text: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      this.#question = { text, answer: resolve }
      if (this.#early.length > 0) {
        this.#take(this.#early.shift())
        return
      }
      this.#terminal.setPrompt(text)
      this.#terminal.setHistory(text)
    })

  setCompletion(complete: Complete): void {
    this.#complete = complete
  }

  close(): void {
    this.#terminal.close()
  }

  complete(line: string, cursor: number): Completion {
    const complete = this.#question?.text === QUESTIONS.command ? this.#complete : noCompletion
    return complete(line, cursor)
  }

  onLine(line: string): void {
    this.#take(line)
  }

  onText(text: string): void {
    this.#take(text)
  }

  onInterrupt(): void {
    if (this.#stopping.signal.aborted) {
      this.close()
      process.exit(EXIT.interrupted)
    }
    this.#terminal.print('-- leaving; Ctrl-C again leaves at once')
    this.#stopping.abort(EXIT.interrupted)
  }

  onEnd(): void {
    this.#take(undefined)
  }

  onLost(): void {
    this.#stopping.abort(EXIT.ok)
  }

  /** There are no channels to go to. */
  onShortcut(): void {
    return
  }

  #take(line: string | undefined): void {
    if (this.#question === undefined) {
      this.#early.push(line)
      return
    }
    const { text, answer } = this.#question
    this.#question = undefined
    if (line !== undefined) this.print(text + sanitize(line))
    this.#terminal.setPrompt('')
    answer(line)
  }
}

function noCompletion(_line: string, cursor: number): Completion {
  return { from: cursor, candidates: [] }
}

/** A question is a line of its own, so that everything printed begins a line. */
export function pipeAsker(): ClosingAsker {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const print = (text: string): void => {
    process.stdout.write(`${text}\n`)
  }
  return {
    isPipe: true,
    print,
    ask: async (question) => {
      print(question.trimEnd())
      const next: IteratorResult<string, undefined> = await lines.next()
      return next.value
    },
    setCompletion: () => undefined,
    close: () => {
      process.stdin.destroy()
    },
  }
}
