/**
 * Runs benchmarks as compiled code.
 *
 *   npm run bench                  all of them, in less than five minutes; writes docs/performance.md, docs/plots/
 *                                  and bench/results.json
 *   npm run bench -- --quick       the same with tiny counts: does it work? Nothing is judged, nothing is written
 *   npm run bench:NAME -- FLAGS    one of them, scripts/bench-NAME.ts, whose flags stand in its first lines
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { compiled } from './bench/compiled.ts'

const [name = '', ...args] = process.argv.slice(2)
const script = name === '' || name.startsWith('-') ? 'bench-all' : `bench-${name}`
const own = script === 'bench-all' ? process.argv.slice(2) : args
const child = spawn(process.execPath, [join(compiled(), 'scripts', `${script}.js`), ...own], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    child.kill(signal)
  })
child.once('exit', (status) => {
  process.exitCode = status ?? 1
})
