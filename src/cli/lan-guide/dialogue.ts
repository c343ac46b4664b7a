/**
 * The questions and answers of `parley lan`, in the words of the first LSNP program. `ask` gets an answer from a terminal
 * or from the lines of a pipe.
 */
import { GENERAL, peerId, type Peer } from '../../chat/model.ts'
import { messageText, chosenName } from '../../chat/wire/fields.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { isHere, peerNamed } from '../chat/commands/recipients.ts'
import { statusLine, type DirectStatus } from './direct-status.ts'
import { availablePeers, calledIn, knownPeers, type Mode } from './render.ts'
import type { Chat, Session } from '../chat/commands/command.ts'

export interface Asker {
  readonly print: (text: string) => void
  /** The line that answers the question; undefined: there are no more lines. */
  readonly ask: (question: string) => Promise<string | undefined>
}

export interface Dialogue extends Asker {
  readonly chat: Chat
  readonly mode: Mode
  readonly readFile: Session['readFile']
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Does a line as the prompt of `parley peer` does. Errors are printed. */
  readonly perform: (line: string) => Promise<void>
  /** Waits until this holds, for a limited time. */
  readonly waitUntil: (holds: () => boolean) => Promise<void>
  /** The first status of a direct message that was sent in this turn of the event loop. */
  readonly statusOf: (messageId: string, to: Peer) => Promise<DirectStatus>
  /** Aborted by /quit. */
  readonly quitting: AbortSignal
}

export const QUESTIONS = {
  username: 'Username: ',
  verbose: 'Enable verbose mode? (y/n, default=y): ',
  command: 'Command (POST/DM/PROFILE/LIST/VERBOSE/QUIT): ',
  message: 'Message: ',
  recipient: 'Recipient (user@ip): ',
  displayName: 'Display Name: ',
  status: 'Status message: ',
  picture: 'Add profile picture? (y/n): ',
  path: 'Enter path to image file (or press Enter to skip): ',
} as const

type Perform = (dialogue: Dialogue, rest: string) => void | Promise<void>

const WORDS: ReadonlyMap<string, Perform> = new Map<string, Perform>([
  ['POST', post],
  ['DM', direct],
  ['PROFILE', profile],
  ['LIST', list],
  ['VERBOSE', toggleVerbose],
  ['HELP', help],
])

/** Something is missing. The message is one of the first LSNP program. */
class NotDone extends Error {
  override readonly name = 'NotDone'
}

const INVALID = 'Invalid command. Use POST, DM, PROFILE, LIST, VERBOSE, or QUIT; /help tells of more'

/** A valid name; undefined: there are no more lines. */
export async function askName({ ask, print }: Asker): Promise<string | undefined> {
  for (;;) {
    const answer = await ask(QUESTIONS.username)
    if (answer === undefined) return undefined
    try {
      return chosenName(answer)
    } catch (error) {
      print(sentence(error))
    }
  }
}

export function askVerbose(asker: Asker): Promise<boolean> {
  return askYesOrNo(asker, QUESTIONS.verbose, true)
}

/** An empty answer is `otherwise`, and so is the end of the input. Anything but yes and no repeats the question. */
async function askYesOrNo({ ask, print }: Asker, question: string, otherwise: boolean): Promise<boolean> {
  for (;;) {
    const answer = (await ask(question))?.trim().toLowerCase() ?? ''
    if (answer === '') return otherwise
    if (['y', 'yes'].includes(answer)) return true
    if (['n', 'no'].includes(answer)) return false
    print('Please answer y or n.')
  }
}

export function verboseLine({ verbose }: Mode): string {
  return `Verbose mode: ${verbose ? 'ON' : 'OFF'}`
}

/** Asks for commands until QUIT or the last line. Resolves to whether all of them succeeded. */
export async function converse(dialogue: Dialogue): Promise<boolean> {
  let allDone = true
  while (!dialogue.quitting.aborted) {
    const line = await dialogue.ask(QUESTIONS.command)
    if (line === undefined || /^\s*quit\s*$/i.test(line)) break
    try {
      await perform(dialogue, line.trim())
    } catch (error) {
      allDone = false
      dialogue.print(sentence(error))
    }
  }
  dialogue.print('Goodbye!')
  return allDone
}

async function perform(dialogue: Dialogue, line: string): Promise<void> {
  if (line === '') return
  if (/^[/#]/.test(line)) return dialogue.perform(line)
  const [, word = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(line) ?? []
  const command = WORDS.get(word.toUpperCase())
  if (command === undefined) throw new NotDone(INVALID)
  await command(dialogue, rest)
}

async function post(dialogue: Dialogue, rest: string): Promise<void> {
  const { chat, mode, print, waitUntil } = dialogue
  const text = rest === '' ? await answerTo(dialogue, QUESTIONS.message) : rest
  const message = messageText(neededMessage(text))
  await waitUntil(() => chat.members(GENERAL).length > 0)
  await chat.join(GENERAL)
  const { recipients } = chat.say(GENERAL, message)
  if (mode.verbose) print(`Message broadcasted to ${countOf(recipients)}`)
}

/** `DM`, or `DM user@ip text`. */
async function direct(dialogue: Dialogue, rest: string): Promise<void> {
  const { chat, print, waitUntil } = dialogue
  const [, given = '', written = ''] = /^(\S+)\s*([^]*)$/.exec(rest) ?? []
  await waitUntil(() => chat.peers.length > 0)
  if (chat.peers.length === 0) throw new NotDone('No peers available. Use LIST to discover peers first.')
  if (given === '') print(availablePeers(chat))
  const recipient = given === '' ? await answerTo(dialogue, QUESTIONS.recipient) : given
  if (recipient === '') throw new NotDone('No recipient specified')
  const text = written === '' ? await answerTo(dialogue, QUESTIONS.message) : written
  await sendDirect(dialogue, recipient, messageText(neededMessage(text)))
}

async function sendDirect(
  { chat, mode, print, waitUntil, statusOf }: Dialogue,
  recipient: string,
  text: string,
): Promise<void> {
  await waitUntil(() => isHere(chat, recipient))
  if (!isHere(chat, recipient)) throw new Error(`Peer ${recipient} not found or unreachable`)
  const peer = await peerNamed(chat, recipient)
  const who = calledIn(mode, peer, chat)
  const status = await statusOf(chat.directTo(peerId(peer), text).messageId, peer)
  // The session prints why it failed.
  if (status !== 'failed') print(statusLine(status, who))
}

/**
 * Empty answers change nothing. The answers are applied together, so that other peers get few updates. If the picture
 * cannot be used the rest is still changed, and the last line says so.
 */
async function profile(dialogue: Dialogue, rest: string): Promise<void> {
  const { chat, print, perform } = dialogue
  if (rest !== '') return perform(`/profile ${rest}`)
  const name = await answerTo(dialogue, QUESTIONS.displayName)
  const status = (await answerTo(dialogue, QUESTIONS.status)).replace(/\s+/g, ' ')
  const isWanted = await askYesOrNo(dialogue, QUESTIONS.picture, false)
  const path = isWanted ? await answerTo(dialogue, QUESTIONS.path) : ''
  const avatar = path === '' ? undefined : await readPicture(dialogue, path)
  if (name !== '') await chat.rename(chosenName(name))
  const isUnread = path !== '' && avatar === undefined
  if (isUnread && name === '' && status === '') throw new NotDone('Profile not changed')
  const isShown = show(dialogue, status, avatar) && !isUnread
  const updated = `Profile updated and broadcasted to ${countOf(chat.peers.length)}`
  if (!isShown) throw new NotDone(`${updated}; the picture was not changed`)
  print(updated)
}

/** Whether both were applied; only the status if the file is no picture. Throws ChatError for the status. */
function show({ chat, print }: Dialogue, status: string, avatar: Buffer | undefined): boolean {
  const named = status === '' ? {} : { status }
  if (avatar === undefined) {
    chat.show(named)
    return true
  }
  try {
    chat.show({ ...named, avatar })
  } catch (error) {
    chat.show(named)
    print(sentence(error))
    return false
  }
  const shown = chat.profile(chat.self).avatar
  if (shown !== undefined) print(`Avatar added: ${shown.type}, ${shown.data.length} characters`)
  return true
}

/** Undefined: it cannot be read; the error is printed. */
async function readPicture({ print, readFile }: Dialogue, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    print(sentence(error))
    return undefined
  }
}

/** `1 peer`, `2 peers`. */
function countOf(peers: number): string {
  return peers === 1 ? '1 peer' : `${peers} peers`
}

function list({ chat, mode, now, print }: Dialogue): void {
  print(knownPeers(chat, mode, now()))
}

function toggleVerbose({ mode, print }: Dialogue): void {
  mode.verbose = !mode.verbose
  print(verboseLine(mode))
}

async function help({ perform, print }: Dialogue, rest: string): Promise<void> {
  if (rest === '') print(WORD_HELP)
  await perform(`/help ${rest}`)
}

const WORD_HELP = `  POST [text]                  a message to everybody
  DM [user@ip text]            a message to one person
  PROFILE                      your name, a line beside it, a picture
  LIST                         everybody who is there
  VERBOSE                      show more or less of what happens
  QUIT                         leave
and all that the prompt of parley peer knows:`

async function answerTo({ ask }: Asker, question: string): Promise<string> {
  return ((await ask(question)) ?? '').trim()
}

function neededMessage(text: string): string {
  if (text === '') throw new NotDone('No message provided')
  return text
}

/** `Error: nobody here is called zoe`. */
function sentence(error: unknown): string {
  if (error instanceof NotDone) return error.message
  return `Error: ${sanitizeLine(error instanceof Error ? error.message : String(error))}`
}
