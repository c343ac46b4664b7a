/** Commands for the program itself. */
import type { Command } from './command.ts'

export const PROGRAM_COMMANDS: readonly Command[] = [
  {
    names: ['verbose'],
    word: 'VERBOSE',
    usage: '/verbose',
    help: 'tell when messages are delivered, and every datagram',
    topic: 'more',
    most: 0,
    run: (session) => {
      session.verbose = !session.verbose
      session.chat.traceDatagrams(session.verbose)
      session.print(`-- verbose ${session.verbose ? 'on' : 'off'}`)
    },
  },
  {
    names: ['quit', 'exit'],
    word: 'QUIT',
    usage: '/quit',
    help: 'leave; Ctrl-D on an empty line does the same',
    most: 0,
    run: (session) => {
      session.quit()
    },
  },
]
