/**
 * People one does not want to hear, between real processes: what an ignored person says is not seen, also after a restart,
 * until the undo; a blocked one finds nobody there; a shared list is taken over and undone.
 */
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { Program } from './programs.ts'

function starter() {
  const env = { XDG_DATA_HOME: temporaryDirectory() }
  return (name: string, port: number, ...others: readonly number[]): Program => {
    const own = ['--ip', '127.0.0.1', '--no-tracker', '--no-lan', '--name', name, '--port', `${port}`]
    return new Program(['peer', ...own, ...others.flatMap((other) => ['--peer', `127.0.0.1:${other}`])], env)
  }
}

async function quit(...programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    program.type('/quit\n')
    expect(await program.ends()).toBe(0)
  }
}

test('a blocked person sees its message wait, as for one who is away, and it arrives after /unblock', async () => {
  const start = starter()
  const [alicesPort, bobsPort] = [await freePort(), await freePort()]
  const bob = start('bob', bobsPort, alicesPort)
  const alice = start('alice', alicesPort, bobsPort)
  await alice.prints(/bob/)
  await bob.prints(/alice/)
  alice.type('/block bob\n')
  await alice.prints(/bob is blocked/)
  bob.type('/msg alice are you there?\n')
  alice.type('not for bob yet\n')
  await expect
    .poll(
      () => {
        alice.type('/ignored\n')
        return alice.out
      },
      { timeout: 20_000, interval: 500 },
    )
    .toMatch(/bob blocked since .* [1-9][0-9]* attempts? not answered/)
  expect(bob.out).not.toMatch(/refused|blocked|not for bob/)
  expect(alice.out).not.toContain('are you there?')
  alice.type('/unblock bob\n')
  await alice.prints(/are you there\?/)
  // It catches up on the channel, as one who was away.
  await bob.prints(/not for bob/)
  await quit(bob)
  alice.type('/quit\n')
  // What alice said had no recipient.
  expect(await alice.ends()).toBe(3)
})

test('a list of ignored people is shared, looked at, taken over and undone', async () => {
  const start = starter()
  const [alicesPort, carolsPort, mallorysPort] = [await freePort(), await freePort(), await freePort()]
  const carol = start('carol', carolsPort)
  const mallory = start('mallory', mallorysPort, carolsPort)
  const alice = start('alice', alicesPort, carolsPort, mallorysPort)
  await carol.prints(/mallory/)
  await mallory.prints(/alice/)
  await alice.prints(/mallory/)
  mallory.type('buy one\n')
  await alice.prints(/buy one/)
  carol.type('/ignore mallory\n/ignored share #general\n')
  await alice.prints(
    /<carol> shares a list of 1 ignored person: \/ignored show carol or \/ignored take carol/,
  )
  expect(mallory.out).not.toContain('carol is')
  alice.type('/ignored show carol\n')
  await alice.prints(/1 mallory \(/)
  mallory.type('buy two\n')
  await alice.prints(/buy two/)
  alice.type('/ignored take carol\n')
  await alice.prints(/1 ignored person more, from the list of carol/)
  mallory.type('buy three\n')
  await expect
    .poll(
      () => {
        alice.type('/ignored\n')
        return alice.out
      },
      { timeout: 20_000, interval: 500 },
    )
    .toMatch(/mallory ignored since .* [1-9][0-9]* messages? dropped/)
  expect(alice.out).not.toContain('buy three')
  alice.type('/ignored undo carol\n')
  await alice.prints(/1 ignored person fewer/)
  await quit(alice, carol, mallory)
})

test('an ignored person is neither heard nor seen to come and go, over a restart, until /unignore', async () => {
  const start = starter()
  const [alicesPort, bobsPort] = [await freePort(), await freePort()]
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
  bob.type('third\n')
  const dropped = (): number => {
    alice.type('/ignored\n')
    const counts = [...alice.out.matchAll(/bob ignored since .* ([1-9][0-9]*) messages? dropped/g)]
    return Number(counts.at(-1)?.[1] ?? 0)
  }
  const patience = { timeout: 20_000, interval: 500 }
  await expect.poll(dropped, patience).toBeGreaterThan(0)
  const before = dropped()
  bob.type('/quit\n')
  expect(await bob.ends()).toBe(0)
  const another = start('bob', bobsPort, alicesPort)
  await another.prints(/alice (is here|joined)/)
  another.type('fifth\n')
  await expect.poll(dropped, patience).toBeGreaterThan(before)
  expect(alice.out).not.toMatch(/bob (joined|left)|bob is here/)
  // Afterwards a catch-up may bring what was said meanwhile.
  expect(alice.out).not.toMatch(/third|fifth/)
  alice.type('/unignore bob\n')
  await alice.prints(/bob is no longer ignored/)
  another.type('fourth\n')
  await alice.prints(/fourth/)
  await quit(alice, another)
})
