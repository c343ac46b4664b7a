/** The words for messages of other users and for news, unless a command has its own. */
import { eventLine, messageLine, type MessageMarks } from '../terminal/render.ts'
import type { ChatEvent, ChatMessage } from '../../chat/model.ts'
import type { Style } from '../terminal/style.ts'

/** Everything that has one line, whatever came before. */
export type News = Exclude<ChatEvent, { kind: 'message' | 'receipt' | 'became' }>

export interface Wording {
  /** Lines begin with the time of day, so a line above them says the day where it changes. */
  readonly isDated: boolean
  readonly message: (message: ChatMessage, receivedAt: number, marks: MessageMarks) => string
  /** Undefined: no line. */
  readonly news: (news: News) => string | undefined
}

export function defaultWording(style: Style): Wording {
  return {
    isDated: true,
    message: (message, receivedAt, marks) => messageLine(message, receivedAt, style, marks),
    news: (news) => eventLine(news, style),
  }
}
