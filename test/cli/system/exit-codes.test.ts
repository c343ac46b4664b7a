/** Errors of listen(2) as sentences. */
import { expect, test } from 'vitest'
import { EXIT, EXIT_MEANINGS, ExitError, listenError } from '../../../src/cli/system/exit-codes.ts'

function failed(code: string): Error {
  return Object.assign(new Error(code), { code })
}

test.each<[code: string, port: number, platform: string, sentence: string]>([
  ['EADDRINUSE', 8000, 'linux', 'cannot start: port 8000 on 10.0.0.1 is taken; choose another with --port'],
  [
    'EACCES',
    80,
    'linux',
    'cannot start: no permission for port 80; ports below 1024 are for the administrator',
  ],
  [
    'EACCES',
    8000,
    'win32',
    'cannot start: port 8000 on 10.0.0.1 is reserved by the system; choose another with --port ("netsh int ipv4 show excludedportrange protocol=tcp" lists what Windows keeps back)',
  ],
  ['EADDRNOTAVAIL', 8000, 'linux', 'cannot start: this machine has no address 10.0.0.1'],
  ['EAFNOSUPPORT', 8000, 'linux', 'cannot start: this machine has no address 10.0.0.1'],
  ['EINVAL', 8000, 'linux', 'cannot start: this machine has no address 10.0.0.1'],
])('%s at port %d on %s', (code, port, platform, sentence) => {
  const error = listenError(failed(code), 'cannot start', '10.0.0.1', port, '--port', platform)
  expect(error).toBeInstanceOf(ExitError)
  expect(error).toMatchObject({ status: EXIT.address, message: sentence })
})

test('any other error stays as it is', () => {
  for (const error of [failed('EMFILE'), 'text']) {
    expect(listenError(error, 'cannot start', '10.0.0.1', 8000)).toBe(error)
  }
})

test('every exit status has a meaning', () => {
  expect(EXIT_MEANINGS.map(([status]) => status)).toEqual(Object.values(EXIT))
})
