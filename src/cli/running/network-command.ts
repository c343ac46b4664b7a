/** `parley network`: makes the key of a closed network, and shows it for another member. */
import { randomBytes } from 'node:crypto'
import { NetworkKey } from '../../identity/network-key.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { qrCode } from '../terminal/qr-code.ts'
import { coloured, plain } from '../terminal/style.ts'
import { networkKeyIn, usualNetworkKeyFile, writeNetworkKey } from './network-key.ts'

export interface NetworkFlags {
  readonly action: 'new' | 'show'
  /** Undefined: the usual one. */
  readonly file: string | undefined
  readonly color: boolean
}

/** Returns the exit status. Throws ExitError. */
export function runNetwork({ action, file, color }: NetworkFlags): number {
  const path = file ?? usualNetworkKeyFile()
  if (path === undefined)
    throw new ExitError(EXIT.usage, 'there is no home directory: name a file for the network key')
  const key = action === 'new' ? newKey(path) : networkKeyIn(path, warn)
  const code = qrCode(key.text, process.stdout.isTTY && color ? coloured : plain)
  const use = `Start every member with it: parley peer --network-key ${path}`
  const secret = 'Who has it is a member: give it to members only, and not over this network.'
  process.stdout.write(`Network ${key.label}, in ${path}\n\n${key.text}\n\n${code}\n\n${use}\n${secret}\n`)
  return EXIT.ok
}

function newKey(path: string): NetworkKey {
  const key = new NetworkKey(randomBytes(32))
  writeNetworkKey(path, key)
  return key
}

function warn(sentence: string): void {
  process.stderr.write(`WARNING: ${sentence}\n`)
}
