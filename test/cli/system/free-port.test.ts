/** Ports for peers of this machine: free, and not those of services, at which peers ignore one another. */
import { describe, expect, test } from 'vitest'
import { portProblem } from '../../../src/chat/address.ts'
import { freePort, freePorts } from '../../../src/cli/system/free-port.ts'
import { startPeer } from '../../support/peers.ts'

/** Random numbers that lead to these ports, one after the other. */
function leadingTo(...ports: number[]): () => number {
  return () => ((ports.shift() ?? 0) - 10_100 + 0.5) / (32_000 - 10_100)
}

describe('freePort()', () => {
  test.each([[11_211], [27_017], [11_211, 27_017, 11_211]])(
    'passes over services: %j',
    async (...services) => {
      const free = await freePort()
      expect(await freePort(leadingTo(...services, free))).toBe(free)
    },
  )

  test('passes over a port that is taken', async () => {
    const [taken, free] = [await takenPortWithin(), await freePort()]
    expect(await freePort(leadingTo(taken, free))).toBe(free)
  })

  /** A port in the range that is taken. */
  async function takenPortWithin(): Promise<number> {
    const { peer } = await startPeer({ name: 'alice' })
    return peer.address.port
  }
})

test('freePorts() are different', async () => {
  const ports = await freePorts(20)
  expect(new Set(ports).size).toBe(20)
  expect(ports.filter((port) => portProblem(port) !== undefined)).toEqual([])
})
