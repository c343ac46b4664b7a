/** The end of a process with its descendants. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endTree } from '../../../src/cli/running/process-tree.ts'
import { until } from '../../support/wait.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A shell in its own process group that prints its pid and that of a child. */
async function shell(script: string) {
  const child = spawn(script, { shell: true, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await until(() => printed.split('\n').length > 2, 'both pids are printed')
  return { child, pids: printed.trim().split('\n').map(Number) }
}

test.each([
  ['that obeys SIGTERM', 'echo $$; sleep 600 & echo $!; wait'],
  ['that ignores SIGTERM', `trap '' TERM; echo $$; sleep 600 & echo $!; while :; do wait; done`],
])('a group %s ends as a whole', async (_name, script) => {
  const { child, pids } = await shell(script)
  expect(pids.map(isAlive)).toEqual([true, true])
  const exited = once(child, 'exit')
  await endTree(child, process.platform)
  await exited
  await until(() => !pids.some(isAlive), 'the shell and its child have ended')
  expect(child.stdout.destroyed).toBe(true)
})

test('a process that has ended already is no problem', async () => {
  const child = spawn('exit 0', { shell: true, detached: true, stdio: 'ignore' })
  await once(child, 'exit')
  await expect(endTree(child, process.platform)).resolves.toBeUndefined()
})

test('a process that could not be started is no problem', async () => {
  const child = spawn('/no/such/program', { stdio: 'ignore' })
  await once(child, 'error')
  await expect(endTree(child, process.platform)).resolves.toBeUndefined()
})
