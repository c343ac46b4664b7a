/**
 * Runs benchmarks as compiled code.
 *
 *   npm run bench                  all of them, in less than five minutes; writes docs/performance.md, docs/plots/
 *                                  and bench/results.json
 *   npm run bench -- --quick       the same with tiny counts: does it work? Nothing is judged, nothing is written
 *   npm run bench:NAME -- FLAGS    one of them, scripts/bench-NAME.ts, whose flags stand in its first lines
 *
 * With `--profile DIRECTORY` each process of a benchmark is profiled, and drawn as a flame graph (SVG) there.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PROFILES } from './bench/children.ts'
import { compiled } from './bench/compiled.ts'
import { flameSvg, framesOf, type CpuProfile } from './bench/flame.ts'
import { refuse } from './command-line.ts'

const [name = '', ...others] = process.argv.slice(2)
const isAll = name === '' || name.startsWith('-')
const { args, profiles } = withoutProfile(isAll ? process.argv.slice(2) : others)
const script = join(compiled(), 'scripts', `bench-${isAll ? 'all' : name}.js`)
if (!existsSync(script)) refuse(`${name}: there is no such benchmark`)
const child = spawn(process.execPath, [script, ...args], {
  stdio: 'inherit',
  env: { ...process.env, ...(profiles === undefined ? {} : { [PROFILES]: profiles }) },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    child.kill(signal)
  })
child.once('exit', (status) => {
  process.exitCode = status ?? 1
  if (profiles !== undefined) draw(profiles)
})

function withoutProfile(given: readonly string[]): {
  readonly args: readonly string[]
  readonly profiles?: string
} {
  const at = given.indexOf('--profile')
  const directory = given[at + 1]
  if (at === -1) return { args: given }
  if (directory === undefined) refuse('--profile: must be followed by a directory')
  return { args: given.filter((_, index) => index !== at && index !== at + 1), profiles: resolve(directory) }
}

function draw(directory: string): void {
  for (const file of readdirSync(directory).filter((each) => each.endsWith('.cpuprofile'))) {
    const title = file.replace(/\.cpuprofile$/, '')
    const profile = JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile
    writeFileSync(join(directory, `${title}.svg`), flameSvg(framesOf(profile), title))
    console.log(join(directory, `${title}.svg`))
  }
}
