/**
 * A process that writes to a store until it is killed: one turn after the other, each with two own messages, a
 * setting, and a delivery of the turn before. Prints the number of each turn when it is saved.
 *
 *   node --import tsx test/store/writer.ts FILE
 */
import { systemClock } from '../../src/cli/system/clock.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { BOB, own } from './support.ts'

const [path = ''] = process.argv.slice(2)
const store = await openStore({
  path,
  clock: systemClock,
  random: Math.random,
  defer: setImmediate,
  keepHistory: true,
  // The messages of tests are from long ago.
  retention: Infinity,
})
process.stdout.write('open\n')

for (let turn = Number(store.setting('turn') ?? '0') + 1; ; turn++) {
  store.add(own(`a${turn}`, { seq: 2 * turn, at: turn }), [BOB])
  store.set('turn', String(turn))
  store.add(own(`b${turn}`, { seq: 2 * turn + 1, at: turn, conversation: 'ops' }), [BOB])
  store.delivered(`a${turn - 1}`, '10.0.0.2:8000')
  await store.saved()
  process.stdout.write(`${turn}\n`)
  // What is open when the process dies may be anything.
  if (turn % 7 === 0) void store.search('a', 3)
}
