/** Whose turn it is to be met, and how many meetings may wait. */
import { expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { Turns } from '../../../src/peer/contacts/turns.ts'
import { turn } from '../../support/wait.ts'

/** Turns, and the addresses whose turn it is, in order. */
function start() {
  const turns = new Turns()
  const begun: string[] = []
  const take = (ip: string): boolean | 'waits' => {
    const taken = turns.take(ip)
    if (typeof taken !== 'boolean') void taken.then(() => begun.push(ip))
    else if (taken) begun.push(ip)
    return typeof taken === 'boolean' ? taken : 'waits'
  }
  const takeAll = (...ips: readonly string[]): void => {
    for (const ip of ips) take(ip)
  }
  const end = async (ip: string): Promise<void> => {
    turns.end(ip)
    await turn()
  }
  return { turns, begun, take, takeAll, end }
}

const [ONE, TWO, THREE, FOUR] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] as const
const times = (count: number, ip: string): string[] => Array.from({ length: count }, () => ip)

test('one host gets four of eight places', () => {
  const { take, begun } = start()
  expect(times(5, ONE).map(take)).toEqual([true, true, true, true, 'waits'])
  expect(times(5, TWO).map(take)).toEqual([true, true, true, true, 'waits'])
  expect([take(THREE), begun.length]).toEqual(['waits', 8])
})

test('the next place goes to the host that has the fewest, and among equals to the one that waits longest', async () => {
  const { takeAll, begun, end } = start()
  takeAll(...times(8, ONE), ...times(8, TWO), THREE, FOUR)
  begun.length = 0
  for (const ip of [ONE, TWO, ONE, THREE, FOUR]) await end(ip)
  expect(begun).toEqual([THREE, FOUR, ONE, ONE, TWO])
})

test.each([
  ['a host', '10.0.0.9', LIMITS.peersPerHost],
  ['a loopback address', '127.0.0.1', LIMITS.peersPerLoopback],
])('so many meetings of %s wait, and one more is refused', (_name, ip, most) => {
  const { take } = start()
  const taken = times(4 + most + 1, ip).map(take)
  expect(taken.filter((each) => each === 'waits')).toHaveLength(most)
  expect(taken.at(-1)).toBe(false)
})

test('so many meetings wait in all, and one more is refused', () => {
  const { take } = start()
  const ips = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  const taken = ips.map(take)
  expect(taken.filter((each) => each === 'waits')).toHaveLength(2 * LIMITS.peersPerLoopback)
  expect(taken.at(-1)).toBe(false)
})

test('all begin when nothing is met any more', async () => {
  const { turns, takeAll, begun } = start()
  takeAll(...times(10, ONE))
  turns.flush()
  await turn()
  expect(begun).toHaveLength(10)
})
