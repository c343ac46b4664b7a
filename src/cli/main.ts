#!/usr/bin/env node
/** The `parley` command: arguments in, an exit status out. */
import { CommanderError } from 'commander'
import { EXIT, ExitError } from './system/exit-codes.ts'
import { forgetLostTerminals, hangUp } from './system/signals.ts'
import { program, withCommand } from './program/program.ts'

/** Resolves to the exit status. */
async function main(args: readonly string[]): Promise<number> {
  let status: number = EXIT.ok
  try {
    const parley = program((result) => (status = result))
    await parley.parseAsync(withCommand(args, parley), { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    process.stderr.write(`parley: ${sentence(error)}\n`)
    return error instanceof ExitError ? error.status : EXIT.failure
  }
}

/** An unexpected error is a bug of Parley: PARLEY_DEBUG=1 prints its stack. */
function sentence(error: unknown): string {
  if (error instanceof ExitError) return error.message
  if (!(error instanceof Error)) return `something went wrong: ${String(error)}`
  if (isWanted(process.env['PARLEY_DEBUG'])) return error.stack ?? error.message
  return `something went wrong: ${error.message} (PARLEY_DEBUG=1 says where)`
}

function isWanted(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== '0'
}

forgetLostTerminals()

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of the output has stopped, as `head` does: nothing is wrong.
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  if (error.code === 'EIO') hangUp()
  else process.exit(EXIT.failure)
})
// A program goes on if standard error is not read; a lost terminal ends it.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EIO') hangUp()
})

process.exitCode = await main(process.argv.slice(2))
