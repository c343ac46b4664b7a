/** Reads the documents: prose, fenced blocks, command lines. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Paths below the root. */
export const DOCUMENTS: readonly string[] = ['README.md', ...docsFolder()]

export function read(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8')
}

export interface Block {
  /** After the opening fence: `sh`, `json`; empty without one. */
  readonly language: string
  readonly text: string
  /** The line in which it begins, from 1. */
  readonly line: number
}

/** Fenced code blocks (CommonMark section 4.5). */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(FENCED)].map((match) => {
    const [, language = '', body = ''] = match
    return { language, text: body, line: text.slice(0, match.index).split('\n').length + 1 }
  })
}

/** Everything outside fenced blocks. */
export function proseOf(text: string): string {
  return text.replace(FENCED, '')
}

/** Paragraphs, items of lists and rows of tables. */
export function passagesOf(text: string): string[] {
  return proseOf(text).split(/\n\n+|\n(?=\||- |\d+\. )/)
}

/** Text between backquotes; it may span two lines. */
export function quotedIn(prose: string): string[] {
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted.replaceAll('\n', ' '))
}

export interface CommandLine {
  /** Without comments; continued lines are joined. */
  readonly text: string
  /** Its comment; empty without one. */
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
