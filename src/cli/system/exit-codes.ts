/** Exit statuses, and the errors that end a command. */
import { isForAdministrator } from '../../peer/self/listen.ts'

/** The exit status of every command; `parley --help` lists them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** There was no recipient, or a message was not delivered in time. */
  undelivered: 3,
  /** The address or the port is not available. */
  address: 4,
  interrupted: 130,
} as const

/** The same in words, for the help, the manual and the reference. */
export const EXIT_MEANINGS: readonly (readonly [status: number, meaning: string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failure, 'failed'],
  [EXIT.usage, 'wrong usage: a flag, a variable or the configuration'],
  [EXIT.undelivered, 'nobody to deliver to, or not delivered in time'],
  [EXIT.address, 'address or port not available'],
  [EXIT.interrupted, 'interrupted'],
]

/** Ends a command with a sentence for the user and a status for programs. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** An error of listen(2) as a sentence that says what to do. `flag`: the flag for the port. */
export function listenError(
  error: unknown,
  what: string,
  host: string,
  port: number,
  flag = '--port',
  platform: string = process.platform,
): unknown {
  switch (error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined) {
    case 'EADDRINUSE':
      return new ExitError(
        EXIT.address,
        `${what}: port ${port} on ${host} is taken; choose another with ${flag}`,
      )
    case 'EACCES':
      return new ExitError(
        EXIT.address,
        isForAdministrator(port)
          ? `${what}: no permission for port ${port}; ports below 1024 are for the administrator`
          : `${what}: port ${port} on ${host} is reserved by the system; choose another with ${flag}${
              platform === 'win32'
                ? ' ("netsh int ipv4 show excludedportrange protocol=tcp" lists what Windows keeps back)'
                : ''
            }`,
      )
    // The last two happen without IPv6.
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new ExitError(EXIT.address, `${what}: this machine has no address ${host}`)
    default:
      return error
  }
}
