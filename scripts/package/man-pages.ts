/** Files made of the program's commands and flags: the manual page, the completions, the reference in docs/cli.md. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { manualPage } from '../../src/cli/program/man-page.ts'
import { program } from '../../src/cli/program/program.ts'
import { reference } from '../../src/cli/program/reference.ts'
import { completionScript } from '../../src/cli/program/shell-completion.ts'
import { VERSION } from '../../src/peer/self/version.ts'

const REFERENCE = 'docs/cli.md'
const BEGIN = '<!-- made by "npm run man": begin -->'
const END = '<!-- made by "npm run man": end -->'

/** The text of each file, by its path. Rejects when docs/cli.md has no place for the reference. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const parley = program(() => undefined)
  return new Map([
    ['packaging/man/parley.1', manualPage(parley, VERSION)],
    ['packaging/completion/parley.bash', completionScript('bash', parley)],
    ['packaging/completion/_parley', completionScript('zsh', parley)],
    ['packaging/completion/parley.fish', completionScript('fish', parley)],
    [REFERENCE, await withReference(reference(parley))],
  ])
}

/** The absolute path of a file of this package. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url))
}

async function withReference(chapters: string): Promise<string> {
  const path = pathOf(REFERENCE)
  const before = readFileSync(path, 'utf8')
  const [head, rest] = before.split(BEGIN)
  const [, tail] = (rest ?? '').split(END)
  if (head === undefined || tail === undefined)
    throw new Error(`${REFERENCE} must have "${BEGIN}" and "${END}"`)
  const text = `${head}${BEGIN}\n\n${chapters}\n${END}${tail}`
  return format(text, { ...(await resolveConfig(path)), filepath: path })
}
