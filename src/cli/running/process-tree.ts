/** Ends a process with all that it has started; what does not end when asked is killed. Never rejects. */
import { execFile, type ChildProcess } from 'node:child_process'
import { taskkillCall } from './hook-shell.ts'

/** How long a process has to end by itself, in milliseconds. */
const GRACE = 1_000
/** Between two looks whether it has ended, in milliseconds. */
const LOOK_AGAIN = 20

/** Resolves when nothing of it holds this process any more. */
export async function endTree(child: ChildProcess, platform: NodeJS.Platform): Promise<void> {
  if (child.pid !== undefined) await (platform === 'win32' ? taskkill(child.pid) : endGroup(child.pid))
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
}

async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  for (let waited = 0; waited < GRACE; waited += LOOK_AGAIN) {
    if (!signalGroup(pid, 0)) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
  }
  signalGroup(pid, 'SIGKILL')
}

/** False: there is none any more. */
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
