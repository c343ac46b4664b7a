/** Ignoring a person between real processes: what it says is not seen, also after a restart, until the undo. */
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { Program } from './programs.ts'

test('an ignored person is not heard, over a restart, until /unignore', async () => {
  const env = { XDG_DATA_HOME: temporaryDirectory() }
  const [alicesPort, bobsPort] = [await freePort(), await freePort()]
  const start = (name: string, port: number, other: number): Program =>
    new Program(
      ['peer', '--ip', '127.0.0.1', '--no-tracker', '--no-lan', '--name', name, '--port', `${port}`].concat(
        ...['--peer', `127.0.0.1:${other}`],
      ),
      env,
    )
  const bob = start('bob', bobsPort, alicesPort)
  let alice = start('alice', alicesPort, bobsPort)
  await alice.prints(/bob joined|bob/)
  bob.type('first\n')
  await alice.prints(/first/)
  alice.type('/ignore bob\n')
  await alice.prints(/bob is ignored/)
  bob.type('second\n')
  alice.type('/ignored\n')
  alice.type('/quit\n')
  expect(await alice.ends()).toBe(0)
  expect(alice.out).not.toContain('second')
  alice = start('alice', alicesPort, bobsPort)
  await alice.prints(/bob/)
  bob.type('third\n')
  await expect
    .poll(
      () => {
        alice.type('/ignored\n')
        return alice.out
      },
      { timeout: 20_000, interval: 500 },
    )
    .toMatch(/bob ignored since .* [1-9][0-9]* messages? dropped/)
  alice.type('/unignore bob\n')
  await alice.prints(/bob is no longer ignored/)
  bob.type('fourth\n')
  await alice.prints(/fourth/)
  expect(alice.out).not.toContain('third')
  for (const program of [alice, bob]) {
    program.type('/quit\n')
    expect(await program.ends()).toBe(0)
  }
})
