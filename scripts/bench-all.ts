/**
 * All benchmarks, one after the other, each with flags that keep the whole under five minutes on two cores; then
 * docs/performance.md, docs/plots/ and bench/results.json.
 *
 *   npm run bench -- [--quick] [--only delivery,http]
 *
 * With --quick or --only nothing is written. Exit 1 when a benchmark did not end well; a goal that is missed is told,
 * not an error.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asReport } from './bench/report.ts'
import { asResult, type Result } from './bench/result.ts'
import { settings } from './bench/settings.ts'
import { asSvg } from './bench/svg.ts'
import { refuse } from './command-line.ts'

/** One way of MQTT is enough here; all of them: npm run bench:delivery. */
const DELIVERIES = 'floor,appended,kept,parley,parley-memory,ws,undici,http,mqtt1,nats,redis'

/** In the order of the report, with what each is given here. */
const BENCHMARKS: Readonly<Record<string, readonly string[]>> = {
  delivery: ['--count', '500', '--rounds', '3', '--systems', DELIVERIES],
  http: ['--warm-up', '1', '--rounds', '3', '--loads', '32x1,256x1'],
  parser: ['--milliseconds', '200', '--rounds', '3'],
  fanout: ['--rounds', '2', '--messages', '10'],
  tracker: ['--rounds', '2', '--calls', '200'],
  discovery: ['--rounds', '6', '--joins', '20'],
  start: ['--rounds', '5', '--idle', '3'],
  history: ['--count', '100000'],
  memory: ['--connections', '5000', '--requests', '50000', '--messages', '30000'],
  hostile: ['--seconds', '4'],
  loaded: ['--seconds', '2', '--rounds', '1'],
  web: ['--messages', '40', '--loads', '4'],
}

/** A benchmark that takes longer than this hangs, in milliseconds. */
const PATIENCE_MS = 240_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const PAGE = 'docs/performance.md'
const PLOTS = 'docs/plots'
const FIGURES = 'bench/results.json'

const { texts, quick } = settings({ numbers: {}, texts: { only: '' } })
const names = texts.only === '' ? Object.keys(BENCHMARKS) : texts.only.split(',')
for (const name of names)
  if (BENCHMARKS[name] === undefined)
    refuse(`--only ${name}: must be some of ${Object.keys(BENCHMARKS).join(',')}`)
const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
const begin = performance.now()
const results: Result[] = []
const failed: { name: string; reason: string }[] = []

for (const name of names) {
  console.log(`=== ${name}\n`)
  const found = await run(name)
  if ('reason' in found) failed.push({ name, reason: found.reason })
  else results.push(found)
  console.log()
}
rmSync(folder, { recursive: true })
const seconds = (performance.now() - begin) / 1000
if (quick || texts.only !== '') console.log(`${seconds.toFixed(0)} s; nothing is written.`)
else write()
for (const { name, reason } of failed) console.error(`bench:${name}: ${reason}`)
process.exitCode = failed.length > 0 ? 1 : 0

/** A benchmark that finds a goal missed may exit with 1: as long as it told its result it did its work. */
async function run(name: string): Promise<Result | { readonly reason: string }> {
  const json = join(folder, `${name}.json`)
  const args = [...(quick ? ['--quick'] : (BENCHMARKS[name] ?? [])), '--json', json]
  const [program, ...before] = programOf(name)
  if (program === undefined) return { reason: 'there is no such benchmark here' }
  const child = spawn(program, [...before, ...args], { stdio: 'inherit', timeout: PATIENCE_MS })
  const stop = (): void => {
    child.kill()
    process.exit(1)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  const status = await new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  for (const signal of SIGNALS) process.off(signal, stop)
  if (!existsSync(json)) return { reason: `it ended with ${status ?? 'a signal'}` }
  const found = asResult(JSON.parse(readFileSync(json, 'utf8')), name)
  return found ?? { reason: 'its result is not in the form of scripts/bench/result.ts' }
}

/** The page is built by Vite and measured in a browser: a script of its own, which may be missing. */
function programOf(name: string): readonly string[] {
  if (name !== 'web') return [process.execPath, fileURLToPath(new URL(`bench-${name}.js`, import.meta.url))]
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  return scripts['bench:web'] === undefined ? [] : ['npm', 'run', '--silent', 'bench:web', '--']
}

function write(): void {
  const command = 'npm run bench'
  const date = new Date().toISOString().slice(0, 10)
  const report = asReport({ results, failed, date, machine: machine(), command, seconds })
  rmSync(PLOTS, { recursive: true, force: true })
  for (const place of [PLOTS, dirname(FIGURES)]) mkdirSync(place, { recursive: true })
  for (const { charts } of results)
    for (const chart of charts) writeFileSync(join(PLOTS, `${chart.file}.svg`), asSvg(chart))
  writeFileSync(PAGE, report)
  writeFileSync(FIGURES, `${JSON.stringify({ date, machine: machine(), results, failed }, null, 1)}\n`)
  spawnSync('npx', ['prettier', '--write', PAGE, FIGURES], { stdio: 'ignore' })
  console.log(`${seconds.toFixed(0)} s; wrote ${PAGE}, ${PLOTS}/ and ${FIGURES}.`)
}

function machine(): string[] {
  const [cpu] = cpus()
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0)
  const { sqlite, v8 } = process.versions as Record<string, string | undefined>
  return [
    `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${gibibytes} GiB of memory, ${type()} ${release()}, loopback.`,
    `Node ${process.version} (V8 ${v8 ?? 'unknown'}${sqlite === undefined ? '' : `, SQLite ${sqlite}`}).`,
    `Packages: ${packages().join(', ')}.`,
  ]
}

/** Those that are compared, as they are pinned. */
function packages(): string[] {
  const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    version: string
    devDependencies: Record<string, string>
  }
  const compared = ['ws', 'undici', 'mqtt', 'nats', '@redis/client']
  return [`parley ${version}`, ...compared.map((name) => `${name} ${devDependencies[name] ?? 'missing'}`)]
}
