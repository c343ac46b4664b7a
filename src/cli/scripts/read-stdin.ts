/** The text of a message, from the words of a command line or from standard input. */
import { LIMITS } from '../../chat/limits.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import type { Readable } from 'node:stream'

/** Standard input, or a stream in its place. */
export type Input = Readable & { readonly isTTY?: boolean }

/**
 * The words with spaces between them. Without words, or for `-`, the whole input without line ends at its end; an input
 * that is longer than a message is not read to its end, and rejects with ExitError.
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
