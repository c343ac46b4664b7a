/** Ends a process and all its descendants; what ignores SIGTERM is killed. Never rejects. */
import { execFile, type ChildProcess } from 'node:child_process'
import { taskkillCall } from './hook-shell.ts'

/** Time for a process to end by itself, in milliseconds. */
const GRACE = 1_000
/** Between two looks whether it has ended, in milliseconds. */
const POLL = 20

/** Resolves when the child no longer keeps this process alive. */
export async function endTree(child: ChildProcess, platform: NodeJS.Platform): Promise<void> {
  if (child.pid !== undefined) await (platform === 'win32' ? taskkill(child.pid) : endGroup(child.pid))
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
}

async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  for (let waited = 0; waited < GRACE; waited += POLL) {
    if (!signalGroup(pid, 0)) return
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
  signalGroup(pid, 'SIGKILL')
}

/** False: the group has ended. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

async function taskkill(pid: number): Promise<void> {
  const { file, args } = taskkillCall(pid, process.env)
  await new Promise<void>((resolve) => {
    execFile(file, args, { windowsHide: true, timeout: GRACE }, () => {
      resolve()
    })
  })
}
