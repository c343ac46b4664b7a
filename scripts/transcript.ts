/**
 * Writes what `parley demo` prints into docs/demo.md: the block behind the heading "Transcript".
 *
 *   npm run transcript
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const DOCUMENT = fileURLToPath(new URL('../docs/demo.md', import.meta.url))
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const BLOCK = /(\n## Transcript\n[^]*?\n```text\n)[^]*?(```\n)/

const demo = spawn(process.execPath, [...process.execArgv, MAIN, 'demo', '--no-color'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = new Promise<number | null>((resolve) => demo.on('close', resolve))
const transcript = (await text(demo.stdout)).trimStart()
const status = await ended
const before = readFileSync(DOCUMENT, 'utf8')

if (status !== 0) {
  process.stdout.write(transcript)
  process.stderr.write('not everything happened: docs/demo.md stays as it is\n')
  process.exitCode = 1
} else if (!BLOCK.test(before)) {
  process.stderr.write('docs/demo.md has no block behind the heading "Transcript"\n')
  process.exitCode = 1
} else {
  writeFileSync(
    DOCUMENT,
    before.replace(BLOCK, (_all, head: string, tail: string) => head + transcript + tail),
  )
}
