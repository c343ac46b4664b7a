/** Runs one benchmark: `main.js NAME FLAGS`. Exit 1 when it failed or a required goal is missed, 2 when it cannot run. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { refuse } from '../../support/command-line.ts'
import { GOALS, isGoal, isMet } from './goals.ts'
import { print } from './output.ts'
import type { Result } from './result.ts'
import type { Scenario } from './scenario.ts'

const [name = '', ...args] = process.argv.slice(2)
const file = new URL(`../${name}${extname(import.meta.url)}`, import.meta.url)
const { title, required, needs, prepare } = ((await import(file.href)) as { readonly default: Scenario })
  .default
const { quick, json, command, run, close } = prepare(name, args)
const [programs, install] = needs
for (const program of programs)
  if (spawnSync(program, ['--version']).error !== undefined)
    refuse(`${program} is not installed (${install})`)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    void close().finally(() => process.exit(1))
  })
const begin = performance.now()
try {
  const { about, tables, charts = [], goals = {}, notes = [], failures = [] } = await run()
  const reached = Object.entries(goals).flatMap(([goal, value]) =>
    isGoal(goal) && Number.isFinite(value) ? [{ goal, value }] : [],
  )
  const seconds = (performance.now() - begin) / 1000
  const all = [...notes, ...failures]
  const result: Result = {
    name,
    title,
    about,
    command,
    quick,
    seconds,
    tables,
    charts,
    goals: reached,
    notes: all,
  }
  print(result)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result)}\n`)
  const missed = reached.filter(({ goal, value }) => required.includes(goal) && !isMet(GOALS[goal], value))
  process.exitCode = failures.length > 0 || (missed.length > 0 && !quick) ? 1 : 0
} finally {
  await close()
}
