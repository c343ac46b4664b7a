/** The memory of this process after a full garbage collection. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

export interface Used {
  /** In bytes: live objects, and what the kernel counts as resident. */
  readonly heap: number
  readonly resident: number
}

export function used(): Used {
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, resident: rss }
}
