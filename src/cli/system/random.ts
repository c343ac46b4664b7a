/** Unpredictable random numbers of this machine. */
import type { Random } from '../../chat/random.ts'

const pool = new Uint32Array(256)
let next = pool.length

export const systemRandom: Random = () => {
  if (next === pool.length) {
    crypto.getRandomValues(pool)
    next = 0
  }
  return (pool[next++] ?? 0) / 2 ** 32
}
