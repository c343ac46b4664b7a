/**
 * Writes one act of `parley demo` and its summary into docs/demo.md: the block after the heading "Transcript".
 *
 *   npm run transcript
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const DOCUMENT = fileURLToPath(new URL('../../docs/demo.md', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const BLOCK = /(\n## Transcript\n[^]*?\n```text\n)[^]*?(```\n)/

const demo = spawn(process.execPath, [...process.execArgv, MAIN, 'demo', '--no-color'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = new Promise<number | null>((resolve) => demo.on('close', resolve))
const output = await text(demo.stdout)
const excerpt = [/^3\/\d+ [^]*?(?=\n\n4\/)/m, /^Summary\n[^]*/m].map(
  (part) => part.exec(output)?.[0].trimEnd() ?? '',
)
const status = await ended
const before = readFileSync(DOCUMENT, 'utf8')

if (status !== 0) {
  process.stdout.write(output)
  process.stderr.write('a check failed: docs/demo.md stays as it is\n')
  process.exitCode = 1
} else if (!BLOCK.test(before)) {
  process.stderr.write('docs/demo.md has no block after the heading "Transcript"\n')
  process.exitCode = 1
} else {
  writeFileSync(
    DOCUMENT,
    before.replace(BLOCK, (_all, head: string, tail: string) => `${head}${excerpt.join('\n\n')}\n${tail}`),
  )
}
