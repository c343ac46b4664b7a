/** scripts/interop/secure_peer.py, a peer in Python that shares no code with Parley, as a process that the test ends. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { ChildProgram } from '../../src/cli/system/child-program.ts'
import type { KeyId } from '../../src/identity/public-key.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/interop/secure_peer.py', import.meta.url))

/** The same Python with and without settings of the user; undefined without one that has the library. */
export const PYTHON = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import cryptography']).status === 0,
)
export const NO_PYTHON = 'there is no python3 with the library cryptography'

export class PythonPeer extends ChildProgram {
  constructor(...args: readonly string[]) {
    super(PYTHON ?? 'python3', [SCRIPT, ...args])
    onTestFinished(async () => {
      this.signal('SIGKILL')
      await this.ended
    })
  }

  /** The key that it made at its start. */
  async key(): Promise<KeyId> {
    await this.prints(/^key .*\n/m)
    return /^key (.*)$/m.exec(this.out)?.[1] as KeyId
  }

  /** Where it listens. */
  async port(): Promise<number> {
    await this.prints(/^listening on \d+\n/m)
    return Number(/^listening on (\d+)$/m.exec(this.out)?.[1])
  }
}
