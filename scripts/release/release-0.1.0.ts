/**
 * Builds version 0.1.0 from the history of this checkout, unless that was done before, and prints the path of its
 * main.js, for tests of compatibility by hand:
 *
 *   node "$(npx tsx scripts/release/release-0.1.0.ts)" peer --name old
 *
 * Exit 1 with a sentence when the history does not reach back to it.
 */
import { NoHistory, release010 } from './build.ts'

try {
  console.log(await release010())
} catch (error) {
  if (!(error instanceof NoHistory)) throw error
  console.error(error.message)
  process.exitCode = 1
}
