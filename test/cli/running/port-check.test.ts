/** Ports are looked at before anything is opened on their behalf: real sockets on loopback. */
import { expect, test } from 'vitest'
import { ExitError } from '../../../src/cli/system/exit-codes.ts'
import { checkPorts, type WantedPort } from '../../../src/cli/running/port-check.ts'
import { freePort, takenPort } from '../../support/ports.ts'

const wanted = (port: number, host = '127.0.0.1'): WantedPort => ({
  host,
  port,
  purpose: 'cannot open the page',
  flag: '--server-port',
})

test('ports that are free stay free', async () => {
  const [one, other] = [await freePort(), await freePort()]
  for (let count = 0; count < 3; count++) await checkPorts([wanted(one), wanted(other), wanted(0)])
})

test('no port at all is no wish', async () => {
  await expect(checkPorts([])).resolves.toBeUndefined()
})

test.each<[what: string, make: () => Promise<readonly WantedPort[]>, sentence: string]>([
  [
    'one that is taken',
    async () => [wanted(await takenPort())],
    'is taken; choose another with --server-port',
  ],
  [
    'one that is taken, behind one that is free',
    async () => [wanted(0), wanted(await takenPort())],
    'is taken; choose another with --server-port',
  ],
  [
    'the same one twice',
    async () => {
      const port = await freePort()
      return [wanted(port), wanted(port)]
    },
    'is taken; choose another with --server-port',
  ],
  [
    'at an address of another machine',
    () => Promise.resolve([wanted(0, '192.0.2.1')]),
    'cannot open the page: this machine has no address 192.0.2.1',
  ],
])('is refused with a sentence: %s', async (_what, make, sentence) => {
  const ports = await make()
  const error: unknown = await checkPorts(ports).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ExitError)
  expect(error).toMatchObject({ status: 4, message: expect.stringContaining(sentence) as string })
})

test('held ports are released if a later one is taken', async () => {
  const port = await freePort()
  await expect(checkPorts([wanted(port), wanted(await takenPort())])).rejects.toThrow(ExitError)
  await checkPorts([wanted(port)])
})
