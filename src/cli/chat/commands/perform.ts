/** Lines of the user, done. */
import { isClosedLabel } from '../../../chat/closed-label.ts'
import { enter } from './channels.ts'
import { here, say, type Session } from './command.ts'
import { notJoined, readInput, withoutEmptyLines } from './read-input.ts'

/** Does what a line says. Throws ChatError with a sentence for the user. */
export async function perform(session: Session, line: string): Promise<void> {
  const input = readInput(line)
  switch (input.kind) {
    case 'nothing':
      return
    case 'text':
      say(session, here(session), input.text)
      return
    case 'channel':
      if (input.text === '') return enter(session, input.channel)
      // The peer knows why it is not in a closed channel.
      if (!isClosedLabel(input.channel) && !session.chat.channels.includes(input.channel))
        throw notJoined(input.channel, input.text)
      say(session, input.channel, input.text)
      return
    case 'command':
      return input.command.run(session, input.rest)
  }
}

/** Sends a text to the channel in front, whatever it begins with. Throws ChatError with a sentence for the user. */
export function sayText(session: Session, text: string): void {
  const said = withoutEmptyLines(text)
  if (said !== '') say(session, here(session), said)
}
