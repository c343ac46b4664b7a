/** Made-up messages for a long history, the same ones every time. */
import type { Entry } from '../../src/store/store.ts'

export const CONVERSATIONS = ['general', 'ops', 'random', '@10.0.0.7:8000']
/** Length of each message. */
export const CHARACTERS = 300
export const DIFFERENT_WORDS = 50_000
const SENDERS = 20

/** The message of this number, two milliseconds after the one before; `beginning` in Unix milliseconds. */
export function entry(number: number, beginning: number): Entry {
  const sender = number % SENDERS
  const identity = `${sender}`.padStart(16, 'a')
  const conversation = CONVERSATIONS[(number >> 3) % CONVERSATIONS.length] ?? 'general'
  const at = beginning + number * 2
  return {
    message: {
      id: `${identity.slice(0, 10)}${number.toString(16).padStart(8, '0')}`,
      from: { ip: `10.0.0.${sender}`, port: 8000, name: `peer${sender}`, identity },
      channel: conversation.startsWith('@') ? 'private' : conversation,
      content: { kind: 'text', text: text(number) },
      sentAt: at,
      seq: number,
    },
    conversation,
    at,
    receivedAt: at,
    own: false,
  }
}

/** Words are as frequent as in a language: the n-th most common about 1/n as often as the first. */
function text(number: number): string {
  let state = (number * 2_654_435_761) >>> 0
  let words = ''
  while (words.length < CHARACTERS) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words += `${word(Math.floor(DIFFERENT_WORDS ** (state / 2 ** 32)) - 1)} `
  }
  return words.slice(0, CHARACTERS)
}

/** The n-th most common word. */
export function word(rank: number): string {
  const letters = 'etaoinshrdlucmfwypvbgk'
  let rest = (rank * 7_919 + 1_013) % 1_000_003
  let letter = ''
  do {
    letter += letters[rest % letters.length] ?? ''
    rest = Math.floor(rest / letters.length)
  } while (rest > 0)
  return rank < 5 ? letter.slice(0, 3) : `${letter}${rank % 3 === 0 ? 'ing' : 'er'}`
}
