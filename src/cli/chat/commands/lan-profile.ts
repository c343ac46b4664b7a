/** What others see beside the user's name. */
import { LIMITS } from '../../../chat/limits.ts'
import { sanitizeLine } from '../../../chat/sanitize.ts'
import { pictureLine } from '../../terminal/render.ts'
import { needed, type Command } from './command.ts'
import { requireLan } from './lsnp.ts'

export const LAN_PROFILE_COMMANDS: readonly Command[] = [
  {
    names: ['status'],
    usage: '/status [text]',
    help: 'show a line beside your name, or none any more',
    topic: 'lan',
    run: ({ chat, print }, rest) => {
      const status = rest.replace(/\s+/g, ' ')
      requireLan(chat)
      chat.show({ status })
      print(status === '' ? '-- you show no status' : `-- you show "${sanitizeLine(status)}"`)
    },
  },
  {
    names: ['avatar'],
    usage: '/avatar file',
    help: `a picture: PNG, JPEG, GIF or WebP, at most ${LIMITS.avatarBytes / 1024} KB`,
    topic: 'lan',
    run: async ({ chat, print, readFile }, rest) => {
      requireLan(chat)
      chat.show({ avatar: await readFile(needed(rest, '/avatar file')) })
      print(`-- you show ${pictureLine(chat.profile(chat.self).avatar)}`)
    },
  },
]
