/** The documents as the tests of this folder read them: prose, fenced blocks, command lines. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Paths below the root. */
export const DOCUMENTS: readonly string[] = ['README.md', ...docsFolder()]

export function read(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8')
}

export interface Block {
  /** What stands behind the opening fence: `sh`, `json`; empty when nothing does. */
  readonly language: string
  readonly text: string
  /** The line of the document in which it begins, from 1 on. */
  readonly line: number
}

/** Fenced code blocks (CommonMark section 4.5). */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(FENCED)].map((match) => {
    const [, language = '', body = ''] = match
    return { language, text: body, line: text.slice(0, match.index).split('\n').length + 1 }
  })
}

/** What is not in a fenced block. */
export function proseOf(text: string): string {
  return text.replace(FENCED, '')
}

/** Paragraphs, items of lists and rows of tables. */
export function passagesOf(text: string): string[] {
  return proseOf(text).split(/\n\n+|\n(?=\||- |\d+\. )/)
}

/** What stands between backquotes, on one line or over the end of one. */
export function quotedIn(prose: string): string[] {
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted.replaceAll('\n', ' '))
}

export interface CommandLine {
  /** Without comments; a command that goes on over several lines is one. */
  readonly text: string
  /** What the comment behind it says; empty without one. */
  readonly comment: string
  readonly line: number
}

/** The commands of a block of `sh`. */
export function commandsOf({ text, line }: Block): CommandLine[] {
  const commands: CommandLine[] = []
  let pending: string | undefined
  text.split('\n').forEach((each, index) => {
    const whole = pending === undefined ? each : `${pending} ${each.trim()}`
    pending = undefined
    if (whole.endsWith('\\')) {
      pending = whole.slice(0, -1).trim()
      return
    }
    const [, command = '', comment = ''] =
      /^((?:[^#'"]|'[^']*'|"(?:[^"\\]|\\.)*"|\S#)*?)(?:(?:^|\s+)#\s*(.*))?$/.exec(whole) ?? []
    if (command.trim() !== '') commands.push({ text: command.trim(), comment, line: line + index })
  })
  return commands
}

const FENCED = /^```(\S*)\n([^]*?)^```$/gm

function docsFolder(): string[] {
  const names = readdirSync(`${ROOT}/docs`).filter((name) => name.endsWith('.md'))
  return names.sort().map((name) => `docs/${name}`)
}
