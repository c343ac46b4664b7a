/** Where a peer listens when the system keeps ports back (EACCES above 1023). */
import { describe, expect, test } from 'vitest'
import { ExitError, listenError } from '../../../src/cli/system/exit-codes.ts'
import { isTaken, listenAnywhere, listenOnFirstFree } from '../../../src/peer/self/listen.ts'
import { bindProblem } from '../../../src/udp/socket.ts'

function failing(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** listen() where these ports cannot be had. */
function listenBut(ports: Readonly<Record<number, string>>) {
  return ({ port }: { readonly port: number }): Promise<number> => {
    const code = ports[port]
    return code === undefined ? Promise.resolve(port) : Promise.reject(failing(code))
  }
}

describe('a port that is reserved by the system', () => {
  test.each([
    ['the first of the range: the next', undefined, NaN, { 8000: 'EACCES', 8001: 'EADDRINUSE' }, 8002],
    ['the one of before: the first of the range', undefined, 8765, { 8765: 'EACCES' }, 8000],
  ])('%s', async (_name, port, before, taken, expected) => {
    const wanted = { host: '0.0.0.0', port, before, hasFallback: false }
    expect(await listenAnywhere(wanted, listenBut(taken))).toEqual({
      server: expected,
      host: '0.0.0.0',
    })
  })

  test('the one that was asked for: an error', async () => {
    const wanted = { host: '0.0.0.0', port: 8000, before: NaN, hasFallback: false }
    await expect(listenAnywhere(wanted, listenBut({ 8000: 'EACCES' }))).rejects.toThrow('EACCES')
  })

  test('the first of several: the next', async () => {
    const listen = listenBut({ 8080: 'EACCES' })
    expect(await listenOnFirstFree([8080, 8081], (port) => listen({ port }))).toBe(8081)
  })

  test('all of several: an error', async () => {
    const listen = listenBut({ 8080: 'EADDRINUSE', 8081: 'EACCES' })
    await expect(listenOnFirstFree([8080, 8081], (port) => listen({ port }))).rejects.toThrow('EACCES')
  })

  test.each([
    ['in use', 'EADDRINUSE', 8000, true],
    ['in use, of the administrator', 'EADDRINUSE', 80, true],
    ['reserved', 'EACCES', 1024, true],
    ['of the administrator', 'EACCES', 1023, false],
    ['an address of another machine', 'EADDRNOTAVAIL', 8000, false],
  ])('another one has to be taken: %s', (_name, code, port, expected) => {
    expect(isTaken(failing(code), port)).toBe(expected)
  })
})

describe('the sentence for a port', () => {
  test.each([
    ['in use', 'EADDRINUSE', 8000, 'linux', 'no: port 8000 on 0.0.0.0 is taken; choose another with --port'],
    [
      'reserved',
      'EACCES',
      8000,
      'linux',
      'no: port 8000 on 0.0.0.0 is reserved by the system; choose another with --port',
    ],
    [
      'reserved by Windows',
      'EACCES',
      8000,
      'win32',
      'no: port 8000 on 0.0.0.0 is reserved by the system; choose another with --port ("netsh int ipv4 show excludedportrange protocol=tcp" lists what Windows keeps back)',
    ],
    [
      'of the administrator',
      'EACCES',
      80,
      'linux',
      'no: no permission for port 80; ports below 1024 are for the administrator',
    ],
  ])('TCP, %s', (_name, code, port, platform, sentence) => {
    const error = listenError(failing(code), 'no', '0.0.0.0', port, '--port', platform)
    expect(error).toBeInstanceOf(ExitError)
    expect(error).toMatchObject({ status: 4, message: sentence })
  })

  test.each([
    [
      'EADDRINUSE',
      'linux',
      'UDP port 50999 is taken by a program that does not share it (EADDRINUSE): nobody is found; end that program and start again, or use a tracker: parley peer --tracker-ip ADDRESS',
    ],
    [
      'EACCES',
      'linux',
      'UDP port 50999 is reserved by the system (EACCES): nobody is found; use a tracker: parley peer --tracker-ip ADDRESS',
    ],
    [
      'EACCES',
      'win32',
      'UDP port 50999 is reserved by the system (EACCES) ("netsh int ipv4 show excludedportrange protocol=udp" lists what Windows keeps back): nobody is found; use a tracker: parley peer --tracker-ip ADDRESS',
    ],
    [
      'EINVAL',
      'win32',
      'UDP port 50999 cannot be opened (EINVAL): nobody is found; use a tracker: parley peer --tracker-ip ADDRESS',
    ],
  ])('UDP, %s on %s', (code, platform, sentence) => {
    expect(bindProblem(50_999, code, 'nobody is found', platform)).toBe(sentence)
  })
})
