/** Named checks, one after the other; what fails is told, and the next goes on. */

export class Checks {
  #failed = 0

  async check(name: string, work: () => Promise<void>): Promise<void> {
    const start = performance.now()
    try {
      await work()
      console.log(`✓ ${name} (${Math.round(performance.now() - start)} ms)`)
    } catch (error) {
      this.#failed++
      console.log(`✗ ${name}\n    ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }

  /** For the exit status of the script. */
  get failed(): number {
    return this.#failed
  }
}

/** Waits until `seen` gives what is expected; throws with the last that it gave. In milliseconds. */
export async function until<T>(seen: () => Promise<T> | T, expected: T, within = 5_000): Promise<void> {
  const end = performance.now() + within
  let last: T
  do {
    last = await seen()
    if (JSON.stringify(last) === JSON.stringify(expected)) return
    await new Promise((resolve) => setTimeout(resolve, 30))
  } while (performance.now() < end)
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(last)}`)
}

export function equal<T>(seen: T, expected: T): void {
  if (JSON.stringify(seen) !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(seen)}`)
}
