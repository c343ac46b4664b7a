/**
 * Processes whose wall clock is wrong at a start, leaps while they run and is right again: no message is deleted or
 * fails, and the order stays.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keptIn } from '../../scripts/chaos/kept.ts'
import { Actor, numbered } from './faults-support.ts'
import { tracker } from './programs.ts'
import { temporaryDirectory } from '../support/files.ts'

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const LEAPS = ['+400d', '-20y', '+25h']

/** The wall clock of one program, which reads the file each time. Its monotonic clocks stay as they are. */
class WallClock {
  readonly #file = join(temporaryDirectory(), 'time')

  constructor() {
    this.set('+0')
  }

  /** By a rename: a program that reads an empty file for a moment sees every clock leap, monotonic ones too. */
  set(offset: string): void {
    writeFileSync(`${this.#file}.new`, `${offset}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }

  /** The command that starts a program with it. */
  get under(): string[] {
    const faketime = {
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
    const variables = { LD_PRELOAD: FAKETIME, ...faketime }
    return ['env', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)]
  }
}

async function stop(actor: Actor): Promise<void> {
  const { life } = actor
  actor.signal('SIGTERM')
  await expect.poll(() => life.end).toBe(0)
}

/** Alice's clock leaps while Bob is away, Bob's once he is back; each starts once with a wrong clock and once with a right one. */
async function leaps(leap: string): Promise<void> {
  const { port } = await tracker()
  const [wallOfAlice, wallOfBob] = [new WallClock(), new WallClock()]
  // A line without a recipient waits for one; keep that short.
  const flags = ['--timeout', '0.2']
  const alice = await Actor.cast('alice', { tracker: port, under: wallOfAlice.under, flags })
  const bob = await Actor.cast('bob', { tracker: port, under: wallOfBob.under })
  const lines = numbered('line', 6)
  const [one = '', two = '', three = '', four = '', five = '', six = ''] = lines
  const say = async (text: string): Promise<void> => {
    const count = alice.said.length
    alice.type(text)
    await alice.hasSaid(count + 1)
  }
  alice.start()
  bob.start()
  await Promise.all([alice.meets('bob'), bob.meets('alice')])
  await say(one)
  await bob.shows(1)
  await bob.kill()

  await say('/msg bob this waits')
  wallOfAlice.set(leap)
  await say(two)
  await say('/msg bob and this')
  wallOfAlice.set('+0')
  await say(three)
  await stop(alice)

  wallOfAlice.set(leap)
  alice.start()
  await say(four)
  await stop(alice)

  wallOfAlice.set('+0')
  alice.start()
  await say(five)

  wallOfBob.set(leap)
  bob.start()
  await bob.shows(7)
  wallOfBob.set('+0')
  await say(six)
  await bob.shows(8)
  const failures = alice.events.flatMap((event) => (event.kind === 'receipt' ? event.receipt.failed : []))
  expect(failures).toEqual([])
  await Promise.all([stop(alice), stop(bob)])
  const kept = [...lines, 'this waits', 'and this']
  for (const { data } of [alice, bob]) expect((await keptIn(data)).map(({ text }) => text)).toEqual(kept)
  expect(bob.shownApart.direct).toEqual(['this waits', 'and this'])
}

test(
  'a clock that leaps 400 days ahead, 20 years back or 25 hours ahead loses no message',
  { timeout: 120_000 },
  async ({ skip }) => {
    skip(!existsSync(FAKETIME), `${FAKETIME} is not installed: the clock of a process cannot be set`)
    await Promise.all(LEAPS.map(leaps))
  },
)
