/**
 * All benchmarks, one after the other, each with flags that keep the whole under five minutes on two cores; then
 * docs/performance.md, docs/plots/ and bench/results.json.
 *
 *   npm run bench -- [--quick] [--only delivery,http]
 *
 * With --quick or --only nothing is written. Exit 1 when a benchmark has no result; a missed goal is reported, but is no
 * error.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { refuse } from '../../support/command-line.ts'
import { asReport } from './report.ts'
import { settings } from './settings.ts'
import { asSvg } from './svg.ts'
import type { Result } from './result.ts'

/** One of the two MQTT systems is enough here; `npm run bench:delivery` has both. */
const DELIVERIES = 'floor,tls,appended,kept,parley,parley-memory,parley-clear,ws,undici,http,mqtt1,nats,redis'

/** In the order of the report, with the flags of each. */
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
  handshakes: ['--seconds', '3'],
  loaded: ['--seconds', '2', '--rounds', '1'],
  web: ['--messages', '40', '--loads', '4'],
}

/** A benchmark that takes longer hangs, in milliseconds. */
const PATIENCE = 240_000
const PAGE = 'docs/performance.md'
const PLOTS = 'docs/plots'
const FIGURES = 'bench/results.json'

const { texts, quick } = settings({ numbers: {}, texts: { only: '' } }, 'all', process.argv.slice(2))
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
  const result = await run(name)
  if ('reason' in result) failed.push({ name, reason: result.reason })
  else results.push(result)
  console.log()
}
rmSync(folder, { recursive: true })
const seconds = (performance.now() - begin) / 1000
if (quick || texts.only !== '') console.log(`${seconds.toFixed(0)} s; nothing is written.`)
else write()
for (const { name, reason } of failed) console.error(`bench:${name}: ${reason}`)
process.exitCode = failed.length > 0 ? 1 : 0

/** A benchmark that misses a required goal exits with 1; its result counts all the same. */
async function run(name: string): Promise<Result | { readonly reason: string }> {
  const json = join(folder, `${name}.json`)
  const flags = [...(quick ? ['--quick'] : (BENCHMARKS[name] ?? [])), '--json', json]
  const child = spawn('npm', ['run', '--silent', `bench:${name}`, '--', ...flags], {
    stdio: 'inherit',
    timeout: PATIENCE,
  })
  const stop = (): void => {
    child.kill()
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
  if (!existsSync(json)) return { reason: `it ended with ${status ?? 'a signal'}` }
  return JSON.parse(readFileSync(json, 'utf8')) as Result
}

function write(): void {
  const command = 'npm run bench'
  const date = new Date().toISOString().slice(0, 10)
  const report = asReport({ results, failed, date, machine: machine(), command, seconds })
  rmSync(PLOTS, { recursive: true, force: true })
  for (const place of [PLOTS, dirname(FIGURES)]) mkdirSync(place, { recursive: true })
  for (const chart of results.flatMap(({ charts }) => charts))
    writeFileSync(join(PLOTS, `${chart.file}.svg`), asSvg(chart))
  writeFileSync(PAGE, report)
  writeFileSync(FIGURES, `${JSON.stringify({ date, machine: machine(), results, failed }, null, 1)}\n`)
  spawnSync('npx', ['prettier', '--write', PAGE, FIGURES], { stdio: 'ignore' })
  console.log(`${seconds.toFixed(0)} s; wrote ${PAGE}, ${PLOTS}/ and ${FIGURES}.`)
}

/** Sentences about the machine and the versions. */
function machine(): string[] {
  const [cpu] = cpus()
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0)
  const { sqlite, v8 } = process.versions as Record<string, string | undefined>
  const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    version: string
    devDependencies: Record<string, string>
  }
  const compared = ['ws', 'undici', 'mqtt', 'nats', '@redis/client']
  const packages = compared.map((name) => `${name} ${devDependencies[name] ?? 'missing'}`)
  return [
    `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${gibibytes} GiB of memory, ${type()} ${release()}, loopback.`,
    `Node ${process.version} (V8 ${v8 ?? 'unknown'}${sqlite === undefined ? '' : `, SQLite ${sqlite}`}).`,
    `Packages: ${[`parley ${version}`, ...packages].join(', ')}.`,
  ]
}
