/**
 * Runs benchmarks as compiled code.
 *
 *   npm run bench                  all of them, in less than five minutes; writes docs/performance.md, docs/plots/
 *                                  and bench/results.json
 *   npm run bench -- --quick       the same with tiny counts: does it work? Nothing is judged, nothing is written
 *   npm run bench:NAME -- FLAGS    one of them, scripts/bench/NAME.ts; --help lists its flags
 *
 * With `--profile DIRECTORY` each process of a benchmark leaves a .cpuprofile there, which the DevTools of Chromium and
 * https://www.speedscope.app show.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiled } from './bench/harness/compiled.ts'
import { COMPILED, PROFILES } from './bench/harness/remote.ts'
import { refuse } from './support/command-line.ts'

const [first = '', ...others] = process.argv.slice(2)
const isAll = first === '' || first.startsWith('-')
const args = isAll ? process.argv.slice(2) : others
const profiles = withoutProfile(args)
const folder = compiled()
if (!isAll && !existsSync(new URL(`bench/${first}.ts`, import.meta.url)))
  refuse(`${first}: there is no such benchmark`)
// The browser of `web` is found from the sources; the peers are compiled there, too.
const command =
  first === 'web'
    ? ['--import', 'tsx', fileURLToPath(new URL('bench/harness/main.ts', import.meta.url)), first]
    : isAll
      ? [join(folder, 'scripts/bench/harness/all.js')]
      : [join(folder, 'scripts/bench/harness/main.js'), first]
const env = {
  ...process.env,
  [COMPILED]: folder,
  ...(profiles === undefined ? {} : { [PROFILES]: profiles }),
}
const child = spawn(process.execPath, [...command, ...args], { stdio: 'inherit', env })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    child.kill(signal)
  })
child.once('exit', (status) => {
  process.exitCode = status ?? 1
})

/** Takes `--profile DIRECTORY` out of the flags; returns the directory. */
function withoutProfile(flags: string[]): string | undefined {
  const at = flags.indexOf('--profile')
  if (at === -1) return undefined
  const [, directory] = flags.splice(at, 2)
  return directory === undefined ? refuse('--profile: must be followed by a directory') : resolve(directory)
}
