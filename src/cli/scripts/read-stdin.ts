/** A text that is given as words of a command line or on standard input. */
import { LIMITS } from '../../chat/limits.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import type { Readable } from 'node:stream'

/** Standard input, or what stands for it. */
export type Input = Readable & { readonly isTTY?: boolean }

/**
 * The words with spaces between them; when there are none, or `-`, all of the input without line ends at its end. Rejects
 * with ExitError when that is more than a message can be; then the rest is not read.
 */
export async function givenText(words: readonly string[], input: Input): Promise<string> {
  const isInput = words.length === 0 || (words.length === 1 && words[0] === '-')
  if (!isInput) return words.join(' ')
  if (input.isTTY === true)
    process.stderr.write('parley: type the message; Ctrl-D at the beginning of a line sends it\n')
  input.setEncoding('utf8')
  let text = ''
  for await (const piece of input) {
    text += String(piece)
    if (text.length > LIMITS.textBytes)
      throw new ExitError(EXIT.usage, `the message must have at most ${LIMITS.textCharacters} characters`)
  }
  return text.replace(/[\r\n]+$/, '')
}
