/** Caps that fit into the number of files that a process may have open. */
import { describe, expect, test } from 'vitest'
import { limitIn } from '../../../src/http/transport/open-files.ts'
import { DEFAULT_CAPS, capsWithin } from '../../../src/http/server.ts'
import { echo, serve } from '../support.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { statuses } from '../../support/answers.ts'

describe('the limit of open files', () => {
  test.each([
    [
      'a number',
      'Max processes             10  20  processes\nMax open files            64                   4096                 files     \n',
      64,
    ],
    ['none', 'Max open files            unlimited            unlimited            files     \n', Infinity],
    ['nothing is said', '', Infinity],
  ])('%s', (_name, limits, expected) => {
    expect(limitIn(limits)).toBe(expected)
  })
})

test.each([
  [Infinity, 512, 16, 128, 64],
  [1_024, 512, 16, 128, 64],
  [1_023, 491, 16, 128, 64],
  [256, 108, 16, 108, 64],
  [64, 12, 12, 12, 12],
  [40, 4, 4, 4, 4],
])('%s files: %i connections, %i of a host, %i of this machine, %i silent ones', (files, ...counts) => {
  const { total, perHost, perLoopback, silent } = capsWithin(files, DEFAULT_CAPS)
  expect([total, perHost, perLoopback, silent]).toEqual(counts)
})

test('200 connections with 64 files: each that is rejected gets 503, and a request is answered', async () => {
  const refused: string[] = []
  await using server = await serve(echo, { openFiles: 64, onRefused: (code) => refused.push(code) })
  const crowd = await Promise.all(Array.from({ length: 200 }, () => RawSocket.connect(server.address.port)))
  try {
    const honest = await RawSocket.connect(server.address.port)
    await honest.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(statuses(await honest.untilEnd())).toEqual([200])
    expect(server.connections).toBeLessThanOrEqual(64)
    // The first were replaced by those that came later, the last are still silent.
    const ends = crowd.slice(0, 100).map(async (each) => statuses(await each.untilEnd()))
    for (const end of await Promise.all(ends)) expect(end).toEqual([503])
  } finally {
    for (const each of crowd) each.socket.destroy()
  }
})
