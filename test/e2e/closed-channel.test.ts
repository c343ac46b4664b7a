/** A closed channel of three real processes: invitations, a link, a removal, a restart, and what others see of it. */
import { expect, test } from 'vitest'
import { get } from '../support/ask.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { PATIENCE, Program, peer, tracker } from './programs.ts'

const LINK = /parley:closed\?key=[\w-]{43}&token=[\w-]{22}&at=127\.0\.0\.1:\d+/

test(
  'members come in by invitation and by link, talk, and hear nothing more once they are removed',
  async () => {
    const { port } = await tracker()
    const bob = await peer('bob', port)
    const carol = await peer('carol', port)
    const olga = await peer('olga', port)
    const alice = await peer('alice', port)
    await alice.prints('are here')
    alice.type('/create #ops --closed\n/invite bob\n')
    await alice.prints(
      'bob is invited to 🔒#!ops, and reads what is said from now on; /remove bob #!ops takes that back',
    )
    await bob.prints('alice invites you to the closed channel 🔒#!ops: /join #!ops to come in')
    bob.type('/join #!ops\n')
    await alice.prints(/bob joined 🔒#!ops/)
    alice.type('/invite\n')
    const [link = ''] = await alice.prints(LINK)
    carol.type(`/join ${link}\n`)
    await carol.prints('you are in 🔒#!ops')
    await alice.prints(/carol joined 🔒#!ops/)
    await bob.prints(/carol joined 🔒#!ops/)
    alice.type('#!ops the vault opens at noon\n')
    await bob.prints(/alice> the vault opens at noon/)
    await carol.prints(/alice> the vault opens at noon/)
    olga.type(`/join ${link}\n`)
    await olga.prints('this link was used, withdrawn, or is too old')

    alice.type('/remove bob #!ops\n')
    await bob.prints('alice removed you from 🔒#!ops')
    await carol.prints(/🔒#!ops: alice removed bob/)
    carol.type('#!ops now at one\n')
    await alice.prints(/carol> now at one/)
    for (const line of ['/join #!ops', '#!ops x', '/members #!ops']) {
      bob.type(`${line}\n`)
      await bob.prints('alice removed you from 🔒#!ops: to come in, ask alice for an invitation again')
    }
    bob.type('/history #!ops\n')
    await bob.prints(/🔒#!ops, which you are not in: the last that you keep, 1\n[^]*the vault opens at noon/)
    carol.type('/members #!ops\n')
    await carol.prints(/🔒#!ops: 2 people\n {4}(?:alice {2}here {2}made it\n {4}you|you {2}here\n {4}alice)/)
    const told = JSON.stringify([
      (await get(port, '/get-list')).json,
      (await get(port, '/metrics')).text,
      (await get(Number(/:(\d+)$/.exec(link)?.[1]), '/p2p/hello')).json,
    ])
    expect(told).not.toContain('ops')
    expect(olga.all).not.toContain('ops"')
    expect(bob.all).not.toContain('now at one')
    expect(olga.all).not.toContain('vault')
  },
  2 * PATIENCE,
)

type Start = (name: string, port: number, other: number) => Program

/** Starts programs that know each other by their ports, each time with the same data. */
function starter(): Start {
  const env = { XDG_DATA_HOME: temporaryDirectory() }
  return (name, port, other) => {
    const own = ['--ip', '127.0.0.1', '--no-tracker', '--no-lan', '--name', name, '--port', `${port}`]
    return new Program(['peer', ...own, '--peer', `127.0.0.1:${other}`], env)
  }
}

test(
  'who leaves while the creator is away is out when both are there again, and can be invited again',
  async () => {
    const [alicesPort, bobsPort, start] = [await freePort(), await freePort(), starter()]
    const bob = start('bob', bobsPort, alicesPort)
    let alice = start('alice', alicesPort, bobsPort)
    await alice.prints(/bob/)
    alice.type('/create #ops --closed\n/invite bob\n')
    await bob.prints('/join #!ops to come in')
    bob.type('/join #!ops\n')
    await alice.prints(/bob joined 🔒#!ops/)
    alice.type('/quit\n')
    expect(await alice.ends()).toBe(0)
    await bob.prints(/alice left 🔒#!ops/)
    bob.type('/part #!ops\n')
    await bob.prints(/left 🔒#!ops/)
    alice = start('alice', alicesPort, bobsPort)
    await alice.prints('bob left 🔒#!ops')
    alice.type('/members #!ops\n')
    await alice.prints(/🔒#!ops: 1 person/)
    alice.type('/invite bob #!ops\n')
    await bob.prints(/(?:to come in, [^]*){2}/)
    bob.type('/part #!ops\n')
    await alice.prints('bob declined the invitation to 🔒#!ops')
  },
  2 * PATIENCE,
)

test(
  'a restart keeps the channel, and what was said meanwhile is caught up',
  async () => {
    const [alicesPort, bobsPort, start] = [await freePort(), await freePort(), starter()]
    let bob = start('bob', bobsPort, alicesPort)
    const alice = start('alice', alicesPort, bobsPort)
    await alice.prints(/bob/)
    alice.type('/create #ops --closed\n/invite bob\n')
    await bob.prints('/join #!ops to come in')
    bob.type('/join #!ops\n')
    await alice.prints(/bob joined 🔒#!ops/)
    bob.type('/quit\n')
    expect(await bob.ends()).toBe(0)
    await alice.prints(/bob left 🔒#!ops/)
    alice.type('#!ops said while bob was away\n')
    bob = start('bob', bobsPort, alicesPort)
    await bob.prints('said while bob was away')
    bob.type('/list\n')
    await bob.prints(/🔒#!ops {2}2 there/)
    bob.type('#!ops back again\n')
    await alice.prints(/bob> back again/)
  },
  2 * PATIENCE,
)
