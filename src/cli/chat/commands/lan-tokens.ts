/** Tokens of LSNP messages: how long they are valid, and how to revoke them. */
import { usage, type Command } from './command.ts'

/** A year, in seconds. */
const MAX_TTL = 31_536_000

export const LAN_TOKEN_COMMANDS: readonly Command[] = [
  {
    names: ['revoke'],
    usage: '/revoke',
    help: 'make the tokens (LSNP) that you gave out worthless',
    topic: 'lan',
    most: 0,
    run: ({ chat, print }) => {
      chat.lan.command({ kind: 'revoke' })
      print('-- the tokens that you gave out are no longer good')
    },
  },
  {
    names: ['ttl'],
    usage: '/ttl seconds',
    help: 'how long tokens (LSNP) are good; 3600 at first',
    topic: 'lan',
    most: 1,
    run: ({ chat, print }, rest) => {
      const seconds = /^[0-9]{1,8}$/.test(rest) ? Number(rest) : 0
      if (seconds < 1 || seconds > MAX_TTL) throw usage(`/ttl seconds, a whole number from 1 to ${MAX_TTL}`)
      chat.lan.command({ kind: 'ttl', seconds })
      print(`-- your tokens are good for ${seconds} s from now on`)
    },
  },
]
