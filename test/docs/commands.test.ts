/**
 * Every command line of the documents is run, or is in the list of those that are not, with the reason. A new line in a
 * document needs no change here unless it is of a new kind.
 */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { DOCUMENTS, blocksOf, commandsOf, read, type Block, type CommandLine } from './documents.ts'
import { DocumentSession, isLasting, type Outcome } from './session.ts'

/** Commands that are run as they stand. */
const RUN = [
  /^curl /,
  /^(?:echo|printf|df|date|uptime) .*\| *(?:node dist\/cli\/main\.js|parley|curl)\b/,
  /^(?:node dist\/cli\/main\.js|parley)\b/,
  /^npm run simulate -- --seed \d+$/,
  /^source <\(parley completion (?:bash|zsh)\)$/,
  /^[A-Z]+=/,
]

/** Commands that are not run, and why. */
const NOT_RUN: readonly (readonly [line: RegExp, why: string])[] = [
  [/^npm (?:ci|install|test|pack)\b/, 'installs, builds or tests all; .ci/run does'],
  [
    /^npm run (?:bench|chaos|check|fuzz|picture|screenshots|simulate|man)\b/,
    'takes minutes; has tests of its own',
  ],
  [/^(?:npm run|node dist\/cli\/main\.js|parley) (?:demo|bench)\b/, 'takes a minute; has tests of its own'],
  [/^npx tsx test\/docs\/lsnp-client\.ts\b/, 'test/docs/reading.test.ts runs it on a LAN of its own'],
  [/^parley identity (?:export|import)\b/, 'asks for a passphrase; test/e2e/move.test.ts runs it'],
  [/^parley identity undo-move\b/, 'needs a person that was moved; test/e2e/move.test.ts runs it'],
  [/^(?:apt|apt-get|sudo|systemctl|docker|git) /, 'changes the machine'],
]

/** Tools that some machines lack; their lines are left out there. */
const TOOLS = ['jq', 'zsh', 'fish']

interface Surroundings {
  /** Programs that run through the whole document, with their input. */
  readonly before?: readonly (readonly [command: string, typed: string])[]
  /** Its blocks are lists of examples that do not depend on each other. */
  readonly isOfExamples?: boolean
}

/** Documents that assume running programs. */
const SURROUNDINGS: Readonly<Record<string, Surroundings>> = {
  // A peer with a page, through which other commands find it; a peer between pipes has none.
  'README.md': { before: [['parley web', '']] },
  'docs/protocol.md': {
    before: [
      ['parley tracker --port 9001', ''],
      ['parley peer --ip 127.0.0.1 --port 8000 --web-port 8080', ''],
    ],
  },
  'docs/cli.md': {
    isOfExamples: true,
    before: [
      ['parley tracker --port 9001', ''],
      ['parley web', ''],
      // The name is that of this bob: the others meet it in #general before another bob starts.
      ['parley peer --ip 127.0.0.1 --port 8000 --name bob', 'hello\n/join #ops\n'],
    ],
  },
}

/** Expected exit statuses other than 0. */
const STATUSES: readonly (readonly [line: RegExp, status: number])[] = [
  // curl: 22 is a status from 400 on, 28 the end of --max-time.
  [/\/api\/pictures\/0{64}$/, 22],
  [/^curl .*--max-time/, 28],
  [/\| *curl .*--max-time/, 28],
  // The doctor always finds something here.
  [/^parley doctor\b/, 1],
]

function mayEndWith({ text, comment }: CommandLine): number[] {
  const documented = /(?:exit status|;) (\d+) if/.exec(comment)?.[1]
  const listed = STATUSES.filter(([line]) => line.test(text)).map(([, status]) => status)
  return [0, ...listed, ...(documented === undefined ? [] : [Number(documented)])]
}

function missingTool(text: string): string | undefined {
  const named = TOOLS.filter((tool) => new RegExp(`\\b${tool}\\b`).test(text))
  return named.find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
}

const SHELL_BLOCKS = ['sh', 'bash', 'shell']

const COMMANDS = DOCUMENTS.flatMap((document) =>
  blocksOf(read(document))
    .filter(({ language }) => SHELL_BLOCKS.includes(language))
    .flatMap((block) => commandsOf(block).map((command) => ({ document, ...command }))),
)

function isListed(text: string): boolean {
  return NOT_RUN.some(([line]) => line.test(text))
}

test('every line is run or listed', () => {
  const unknown = COMMANDS.filter(({ text }) => !isListed(text) && !RUN.some((line) => line.test(text)))
  expect(unknown.map(({ document, line, text }) => `${document}:${line}: ${text}`)).toEqual([])
})

test('every entry of the lists is needed', () => {
  const isUseless = (line: RegExp): boolean => !COMMANDS.some(({ text }) => line.test(text))
  const listed = [...STATUSES, ...NOT_RUN.slice(0, 4)].map(([line]) => line)
  expect(listed.filter(isUseless)).toEqual([])
})

const WITH_COMMANDS = DOCUMENTS.filter((document) =>
  COMMANDS.some((command) => command.document === document),
)

test.concurrent.each(WITH_COMMANDS)('%s', { timeout: 90_000 }, async (document) => {
  const { before = [], isOfExamples = false } = SURROUNDINGS[document] ?? {}
  const session = await DocumentSession.begin(before)
  const problems: string[] = []
  try {
    const text = read(document)
    const blocks = blocksOf(text)
    for (const [index, block] of blocks.entries()) {
      if (!SHELL_BLOCKS.includes(block.language)) continue
      if (isOfExamples) {
        problems.push(...(await examplesOf(document, block, session)))
        problems.push(...(await session.endLasting(before.length)))
        continue
      }
      let last: Outcome | undefined
      for (const command of runnable(block)) {
        last = await session.run(command.text)
        problems.push(...problemsOf(document, command, last))
      }
      const answer = answerOf(text, block, blocks[index + 1])
      if (answer !== undefined && last !== undefined)
        expect(shapeOf(JSON.parse(last.out)), `${document}:${block.line}`).toEqual(shapeOf(answer))
    }
  } finally {
    problems.push(...(await session.end()))
  }
  expect(problems).toEqual([])
})

test('a line that fails and one that ends too early are reported', async () => {
  const session = await DocumentSession.begin([])
  const block: Block = { language: 'sh', text: 'parley nonsense\nparley peer --no-such-flag\n', line: 1 }
  const problems = await examplesOf('this', block, session)
  expect(problems.map((each) => each.split('\n', 2).join())).toEqual([
    'this:2: parley peer --no-such-flag,  ended with 2',
    'this:1: parley nonsense,  ended with 2',
  ])
  await session.end()
})

/** Runs the programs that go on, then all others at once. Resolves to what went wrong. */
async function examplesOf(document: string, block: Block, session: DocumentSession): Promise<string[]> {
  const tried = (commands: CommandLine[]): Promise<string[][]> =>
    Promise.all(
      commands.map(async (command) => problemsOf(document, command, await session.run(command.text))),
    )
  const commands = runnable(block)
  const lasting = await tried(commands.filter(({ text }) => isLasting(text)))
  const others = await tried(commands.filter(({ text }) => !isLasting(text)))
  return [...lasting, ...others].flat()
}

function runnable(block: Block): CommandLine[] {
  return commandsOf(block).filter(({ text }) => !isListed(text) && missingTool(text) === undefined)
}

function problemsOf(document: string, command: CommandLine, { status, out, err }: Outcome): string[] {
  const { text, line } = command
  const isFine = isLasting(text)
    ? status === undefined
    : status !== undefined && mayEndWith(command).includes(status)
  return isFine ? [] : [`${document}:${line}: ${text}\n  ended with ${status ?? 'nothing'}\n${out}${err}`]
}

/** The JSON that the document shows as the output of a block. */
function answerOf(text: string, block: Block, next: Block | undefined): unknown {
  if (next?.language !== 'json') return undefined
  const between = text
    .split('\n')
    .slice(block.line + block.text.split('\n').length - 1, next.line - 2)
    .join('\n')
  return /(?:answer|prints):\s*$/.test(between) ? (JSON.parse(next.text) as unknown) : undefined
}

/** The fields of a value and their types, because values differ from run to run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
}
