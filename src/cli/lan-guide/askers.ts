/** Who answers the questions of `parley lan`: somebody at a terminal, or the lines of a pipe. */
import { createInterface } from 'node:readline'
import { EXIT } from '../system/exit-codes.ts'
import { sanitize } from '../../chat/sanitize.ts'
import { QUESTIONS, type Asker } from './dialogue.ts'
import { reflowOf } from '../terminal/layout.ts'
import { systemClock } from '../system/clock.ts'
import { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Complete } from '../terminal/editor.ts'

export interface ClosingAsker extends Asker {
  readonly isPipe: boolean
  /** What Tab offers where a command is asked for. */
  readonly setCompletion: (complete: Complete) => void
  readonly close: () => void
}

/** Question and answer stay on the screen as one line. */
export function terminalAsker(stopping: AbortController): ClosingAsker {
  /** Lines that nobody has asked for yet; undefined is the end. */
  const ahead: (string | undefined)[] = []
  let asking: { readonly question: string; readonly answer: (line: string | undefined) => void } | undefined
  let completion: Complete = (_line, cursor) => ({ from: cursor, candidates: [] })
  const take = (line: string | undefined): void => {
    if (asking === undefined) {
      ahead.push(line)
      return
    }
    const { question, answer } = asking
    asking = undefined
    if (line !== undefined) terminal.print(wrap(question + sanitize(line), terminal.columns))
    terminal.setPrompt('')
    answer(line)
  }
  const terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    prompt: '',
    reflow: reflowOf(process.env),
    complete: (line, cursor) =>
      asking?.question === QUESTIONS.command ? completion(line, cursor) : { from: cursor, candidates: [] },
    clock: systemClock,
    onLine: take,
    onText: take,
    onInterrupt: () => {
      if (stopping.signal.aborted) {
        terminal.close()
        process.exit(EXIT.interrupted)
      }
      terminal.print('-- leaving; Ctrl-C again leaves at once')
      stopping.abort(EXIT.interrupted)
    },
    onEnd: () => {
      take(undefined)
    },
    onGone: () => {
      stopping.abort(EXIT.ok)
    },
  })
  return {
    isPipe: false,
    print: (text) => {
      terminal.print(wrap(text, terminal.columns))
    },
    ask: (question) =>
      new Promise((resolve) => {
        asking = { question, answer: resolve }
        if (ahead.length > 0) {
          take(ahead.shift())
          return
        }
        terminal.setPrompt(question)
        terminal.setHistory(question)
      }),
    setCompletion: (complete) => {
      completion = complete
    },
    close: () => {
      terminal.close()
    },
  }
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
