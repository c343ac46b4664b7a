/** A passphrase: typed without an echo, or from a file or a pipe for scripts. */
import { readFileSync } from 'node:fs'
import { systemCode } from '../../chat/errors.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'

const LEAST = 8

/** `file`: undefined asks, or reads the first line of a pipe. `isNew`: it is asked for twice. Rejects with ExitError. */
export async function givenPassphrase(file: string | undefined, isNew: boolean): Promise<string> {
  const passphrase = file === undefined ? await ask(isNew) : firstLine(contentOf(file))
  if (isNew && Array.from(passphrase).length < LEAST)
    throw new ExitError(
      EXIT.usage,
      `a passphrase has at least ${LEAST} characters: who has the file can try as many as there is time for`,
    )
  return passphrase
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ExitError(
      EXIT.usage,
      `${file} cannot be read (${systemCode(error)}): name the file with the passphrase`,
    )
  }
}

async function ask(isNew: boolean): Promise<string> {
  if (!process.stdin.isTTY) return firstLine(await piped())
  const passphrase = await typed('Passphrase: ')
  if (isNew && (await typed('The same again: ')) !== passphrase)
    throw new ExitError(EXIT.usage, 'the two passphrases differ: nothing was done')
  return passphrase
}

async function piped(): Promise<string> {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const piece of process.stdin) text += String(piece)
  return text
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

/** A line that the terminal does not show. */
function typed(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setEncoding('utf8')
  stdin.setRawMode(true)
  stdin.resume()
  return new Promise((resolve, reject) => {
    let line = ''
    const end = (finish: () => void): void => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      finish()
    }
    const take = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n') {
          end(() => {
            resolve(line)
          })
          return
        }
        if (character === CTRL_C || character === CTRL_D) {
          end(() => {
            reject(new ExitError(EXIT.interrupted, 'nothing was done'))
          })
          return
        }
        line = edited(line, character)
      }
    }
    stdin.on('data', take)
  })
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE, CTRL_U] = ['\x03', '\x04', '\b', '\x7f', '\x15']

function edited(line: string, character: string): string {
  if (character === CTRL_U) return ''
  if (character === BACKSPACE || character === DELETE) return Array.from(line).slice(0, -1).join('')
  return line + character
}
